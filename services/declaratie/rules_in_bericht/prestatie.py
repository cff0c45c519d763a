"""The rules on a line of a declaration (303, 323) or answer (325), and those on a period that the whole has too.

A declaration may have a hundred thousand lines, so what a line is compared with is found in one pass beforehand.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.declaratie.domain import Declaratie, Prestatie
from shared.iwmo.in_bericht import years_before
from shared.iwmo.kop import Kop
from shared.iwmo.regels import Afwijking, Herstel, Plek, Tabel, regel
from shared.iwmo.waarden import EURO, Periode

EERSTE_DAG = date(2021, 1, 1)
"""Before it there was no declaration of release 3."""
VERJARING = 5
"""Years."""
NUL_IS_DEBET = "Een bedrag van nul is debet"
BEDRAG = {"2.4": "IngediendeBedragPrestatie/DeclaratieFactuurBedrag", "3.2": "IngediendBedrag"}
"""Where a line has its amount."""
Paar = tuple[Plek, Plek]
"""The first two places of what may be there once."""


@dataclass(frozen=True, slots=True)
class BerichtFeiten:
    """What the rules on a line compare it with."""

    kop: Kop
    oudste: date = date.min
    """A ProductPeriode that ended before this day is too old."""
    referenties: Mapping[str, Plek] = field(default_factory=dict)
    """The first line with each ReferentieNummer."""
    dubbel_gecrediteerd: Mapping[Hashable, Paar] = field(default_factory=dict)
    dubbel_gedeclareerd: Mapping[Hashable, Paar] = field(default_factory=dict)

    @property
    def bedrag(self) -> str:
        """The path of the amount below a line."""
        return BEDRAG[self.kop.soort.release]


def feiten_of(declaratie: Declaratie, kop: Kop) -> BerichtFeiten:
    """The numbers and claims of a declaration that its lines may clash with."""
    lines = list(declaratie.prestaties)
    crediting = [line for line in lines if line.vorige_referentie]
    return BerichtFeiten(
        kop=kop,
        oudste=years_before(declaratie.dagtekening, VERJARING),
        referenties={line.referentie: line.plek for line in reversed(lines)} if crediting else {},
        dubbel_gecrediteerd=_twice(crediting, lambda line: line.vorige_referentie),
        dubbel_gedeclareerd=_twice([line for line in lines if not line.credit], _claim),
    )


def _twice(lines: Sequence[Prestatie], key: Callable[[Prestatie], Hashable]) -> dict[Hashable, Paar]:
    if len(set(map(key, lines))) == len(lines):
        return {}
    first: dict[Hashable, Plek] = {}
    found: dict[Hashable, Paar] = {}
    for line in lines:
        earlier = first.setdefault(key(line), line.plek)
        if earlier is not line.plek:
            found.setdefault(key(line), (earlier, line.plek))
    return found


def _other(paar: Paar, plek: Plek) -> Plek:
    """The first place that is not this one."""
    return paar[1] if plek == paar[0] else paar[0]


def _claim(prestatie: Prestatie) -> Hashable:
    """What a debit claims: one product of one toewijzing in one period."""
    periode = prestatie.periode
    return prestatie.nummer, prestatie.categorie, prestatie.code, periode.begin, periode.eind


def _last_day(periode: Periode) -> date:
    return periode.eind or date.max


# The declaration and its lines alike


def _period_of(subject: Declaratie | Prestatie) -> str:
    return "declaratieperiode" if isinstance(subject, Declaratie) else "ProductPeriode"


@regel("TR137", berichten="WMO303D WMO303F WMO323 WMO325", klasse="Declaratie Prestatie", niveau=2, bron="TR137")
def tr137_period_is_past(subject: Declaratie | Prestatie, feiten: BerichtFeiten) -> Afwijking | None:
    """The declaratieperiode or ProductPeriode ends before it begins, or after the Dagtekening of the message."""
    begin, eind, dagtekening = subject.periode.begin, _last_day(subject.periode), feiten.kop.dagtekening
    if begin <= eind <= dagtekening:
        return None
    what = _period_of(subject)
    if eind < begin:
        return Afwijking(
            f"De {what} eindigt voor zij begint", gevonden=eind.isoformat(), verwacht=f"vanaf {begin.isoformat()}"
        )
    return Afwijking(
        f"De {what} eindigt na de Dagtekening van het bericht",
        gevonden=eind.isoformat(),
        verwacht=f"uiterlijk {dagtekening.isoformat()}",
    )


@regel("CS100", berichten="WMO323", klasse="Declaratie Prestatie", niveau=2, bron="CS100", releases=("3.2",))
def cs100_period_from_2021(subject: Declaratie | Prestatie, _: object) -> Afwijking | None:
    """The declaratieperiode or ProductPeriode begins or ends before 2021."""
    if subject.periode.begin >= EERSTE_DAG and _last_day(subject.periode) >= EERSTE_DAG:
        return None
    what = _period_of(subject)
    return Afwijking(
        f"De {what} ligt voor 2021", gevonden=str(subject.periode), verwacht=f"vanaf {EERSTE_DAG.isoformat()}"
    )


# A line


@regel("TR315", berichten="WMO303D WMO303F WMO323", klasse="Prestatie", niveau=2, bron="TR315")
def tr315_credits_differ(prestatie: Prestatie, feiten: BerichtFeiten) -> Afwijking | None:
    """Two lines of the message take back the same earlier line."""
    if prestatie.vorige_referentie is None or prestatie.vorige_referentie not in feiten.dubbel_gecrediteerd:
        return None
    return Afwijking(
        "Hetzelfde VorigReferentieNummer staat bij meer prestaties",
        gevonden=prestatie.vorige_referentie,
        botst_met_plek=_other(feiten.dubbel_gecrediteerd[prestatie.vorige_referentie], prestatie.plek),
    )


@regel("TR316", berichten="WMO303D WMO303F WMO323", klasse="Prestatie", niveau=2, bron="TR316")
def tr316_credit_not_beside_its_debit(prestatie: Prestatie, feiten: BerichtFeiten) -> Afwijking | None:
    """A line takes back a line of the same message."""
    if prestatie.vorige_referentie is None or prestatie.vorige_referentie not in feiten.referenties:
        return None
    return Afwijking(
        "De credit staat in hetzelfde bericht als zijn debet",
        gevonden=prestatie.vorige_referentie,
        botst_met_plek=feiten.referenties[prestatie.vorige_referentie],
    )


@regel("TR335", berichten="WMO303D WMO303F WMO323", klasse="Prestatie", niveau=2, bron="TR335")
def tr335_claimed_within_five_years(prestatie: Prestatie, feiten: BerichtFeiten) -> Afwijking | None:
    """The ProductPeriode ended more than five years before the day of the declaration."""
    eind = _last_day(prestatie.periode)
    if eind >= feiten.oudste:
        return None
    return Afwijking(
        f"De ProductPeriode eindigt meer dan {VERJARING} jaar voor de dagtekening van de declaratie",
        gevonden=eind.isoformat(),
        verwacht=f"vanaf {feiten.oudste.isoformat()}",
    )


@regel("TR416", berichten="WMO323", klasse="Prestatie", niveau=2, bron="TR416", releases=("3.2",))
def tr416_claimed_once(prestatie: Prestatie, feiten: BerichtFeiten) -> Afwijking | None:
    """Two debits claim the same product of the same toewijzing in the same period; 2.4 let them add up."""
    if not feiten.dubbel_gedeclareerd or prestatie.credit or _claim(prestatie) not in feiten.dubbel_gedeclareerd:
        return None
    return Afwijking(
        "Meer prestaties declareren hetzelfde product van dezelfde toewijzing in dezelfde ProductPeriode",
        gevonden=f"{prestatie.nummer}, {prestatie.categorie}/{prestatie.code}, {prestatie.periode}",
        botst_met_plek=_other(feiten.dubbel_gedeclareerd[_claim(prestatie)], prestatie.plek),
    )


@regel("CD060", berichten="WMO303D WMO303F WMO323 WMO325", klasse="Prestatie", niveau=2, bron="CD060")
def cd060_a_credit_names_what_it_takes_back(prestatie: Prestatie, _: object) -> Afwijking | None:
    """A credit has no VorigReferentieNummer, or a debit has one."""
    if prestatie.credit == (prestatie.vorige_referentie is not None):
        return None
    if prestatie.credit:
        return Afwijking("Een creditprestatie noemt het VorigReferentieNummer", verwacht="een VorigReferentieNummer")
    return Afwijking(
        "Een debetprestatie heeft geen VorigReferentieNummer", gevonden=prestatie.vorige_referentie, verwacht="leeg"
    )


@regel("CS325", berichten="WMO303D WMO303F WMO323 WMO325", klasse="Prestatie", niveau=2, bron="CS325")
def cs325_line_of_zero_is_debit(prestatie: Prestatie, feiten: BerichtFeiten) -> Afwijking | None:
    """A line of zero is marked as credit; as a debit it takes back nothing (CD060)."""
    if prestatie.bedrag or not prestatie.credit:
        return None
    herstel = [Herstel(f"{feiten.bedrag}/DebetCredit", "D")]
    if prestatie.vorige_referentie is not None:
        herstel.append(Herstel("ProductReferentie/VorigReferentieNummer", None))
    return Afwijking(NUL_IS_DEBET, gevonden="C", verwacht="D", herstel=tuple(herstel))


@regel("CD087", berichten="WMO303D WMO303F WMO323", klasse="Prestatie", niveau=2, bron="CD087")
def cd087_a_tariff_unless_in_euros(prestatie: Prestatie, _: object) -> Afwijking | None:
    """ProductTarief is absent, or there where Eenheid 83 (euro) has none."""
    if (prestatie.eenheid == EURO) == (prestatie.tarief is None):
        return None
    if prestatie.tarief is None:
        return Afwijking(f"ProductTarief is verplicht bij Eenheid {prestatie.eenheid}", verwacht="een ProductTarief")
    # Where the volume is the amount, the unit is surely right and the tariff too much; else it may be the unit.
    in_euros = prestatie.volume == prestatie.bedrag
    return Afwijking(
        f"ProductTarief blijft leeg bij Eenheid {EURO}",
        gevonden=str(prestatie.tarief),
        verwacht="leeg",
        herstel=(Herstel("ProductTarief", None),) if in_euros else (),
    )


@regel("CS339", berichten="WMO303D WMO303F WMO323", klasse="Prestatie", niveau=2, bron="CS339")
def cs339_volume_in_euros_is_the_amount(prestatie: Prestatie, feiten: BerichtFeiten) -> Afwijking | None:
    """With Eenheid 83 the GeleverdVolume is not the amount, both in cents."""
    if prestatie.eenheid != EURO or prestatie.bedrag == prestatie.volume:
        return None
    return Afwijking(
        f"Bij Eenheid {EURO} is het bedrag gelijk aan het GeleverdVolume",
        gevonden=str(prestatie.bedrag),
        verwacht=str(prestatie.volume),
        herstel=(Herstel(f"{feiten.bedrag}/Bedrag", str(prestatie.volume)),),
    )


@regel("CS337", berichten="WMO323", klasse="Prestatie", niveau=2, bron="CS337", releases=("3.2",))
def cs337_period_within_a_month(prestatie: Prestatie, _: object) -> Afwijking | None:
    """The ProductPeriode ends in another month than it begins in."""
    begin, eind = prestatie.periode.begin, _last_day(prestatie.periode)
    if (begin.year, begin.month) == (eind.year, eind.month):
        return None
    return Afwijking("De ProductPeriode valt niet binnen een kalendermaand", gevonden=str(prestatie.periode))


PRESTATIE_REGELS: Tabel[Prestatie, BerichtFeiten] = Tabel(
    (
        cd060_a_credit_names_what_it_takes_back,
        tr315_credits_differ,
        tr316_credit_not_beside_its_debit,
        cs100_period_from_2021,
        cs337_period_within_a_month,
        tr137_period_is_past,
        tr335_claimed_within_five_years,
        tr416_claimed_once,
        cd087_a_tariff_unless_in_euros,
        cs339_volume_in_euros_is_the_amount,
        cs325_line_of_zero_is_debit,
    )
)
ANTWOORD_PRESTATIE_REGELS: Tabel[Prestatie, BerichtFeiten] = Tabel(
    (cd060_a_credit_names_what_it_takes_back, tr137_period_is_past, cs325_line_of_zero_is_debit)
)
