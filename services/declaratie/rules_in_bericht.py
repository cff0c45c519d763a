"""Level 2 on WMO303D, WMO303F, WMO323 and WMO325: what each must be in itself, in a table per class.

A declaration may have a hundred thousand lines, so what a line is compared with is found in one pass beforehand.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Hashable, Set
from dataclasses import dataclass
from datetime import date

from services.declaratie.domain import Bedrag, Declaratie, DeclaratieAntwoord, Prestatie, total
from shared.iwmo.in_bericht import years_before
from shared.iwmo.kop import Kop
from shared.iwmo.regels import Afwijking, Tabel, regel
from shared.iwmo.waarden import EURO, Periode

EERSTE_DAG = date(2021, 1, 1)
"""Before it there was no declaration of release 3."""
VERJARING = 5
"""Years."""


@dataclass(frozen=True, slots=True)
class BerichtFeiten:
    """What the rules on a line compare it with."""

    kop: Kop
    oudste: date = date.min
    """A ProductPeriode that ended before this day is too old."""
    referenties: Set[str] = frozenset()
    dubbel_gecrediteerd: Set[str] = frozenset()
    dubbel_gedeclareerd: Set[Hashable] = frozenset()


def feiten_of(declaratie: Declaratie, kop: Kop) -> BerichtFeiten:
    """The numbers and claims of a declaration that its lines may clash with."""
    claims = Counter(_claim(line) for line in declaratie.prestaties if not line.credit)
    return BerichtFeiten(
        kop=kop,
        oudste=years_before(declaratie.dagtekening, VERJARING),
        referenties=declaratie.references.keys(),
        dubbel_gecrediteerd={number for number, count in declaratie.credited.items() if count > 1},
        dubbel_gedeclareerd={claim for claim, count in claims.items() if count > 1},
    )


def _claim(prestatie: Prestatie) -> Hashable:
    """What a debit claims: one product of one toewijzing in one period."""
    periode = prestatie.periode
    return prestatie.nummer, prestatie.categorie, prestatie.code, periode.begin, periode.eind


def _last_day(periode: Periode) -> date:
    return periode.eind or date.max


# The declaration or answer as a whole


@regel("TR358", berichten="WMO303D WMO303F WMO323", klasse="Declaratie", niveau=2, bron="TR358")
def tr358_total_is_sum_of_lines(declaratie: Declaratie, _: object) -> Afwijking | None:
    """The total is not the sum of the lines, credits negative."""
    expected = total(declaratie.prestaties)
    if declaratie.ingediend == expected:
        return None
    return Afwijking(
        "Het ingediende totaalbedrag is niet de som van de prestaties",
        gevonden=str(declaratie.ingediend),
        verwacht=str(expected),
    )


@regel("CS340", berichten="WMO323", klasse="Declaratie", niveau=2, bron="CS340", releases=("3.2",))
def cs340_period_is_a_month(declaratie: Declaratie, _: object) -> Afwijking | None:
    """The DeclaratiePeriode is not one whole calendar month."""
    begin = declaratie.periode.begin
    first, last = begin.replace(day=1), begin.replace(day=monthrange(begin.year, begin.month)[1])
    if (begin, declaratie.periode.eind) == (first, last):
        return None
    return Afwijking(
        "De DeclaratiePeriode is niet een hele kalendermaand",
        gevonden=str(declaratie.periode),
        verwacht=str(Periode(first, last)),
    )


@regel("TR342", berichten="WMO325", klasse="DeclaratieAntwoord", niveau=2, bron="TR342 IV087", releases=("3.2",))
def tr342_granted_is_submitted_less_refused(antwoord: DeclaratieAntwoord, _: object) -> Afwijking | None:
    """Submitted less granted is not the sum of the refused lines; of a declaration refused whole nothing is granted."""
    ingediend, toegekend = antwoord.ingediend.saldo, antwoord.toegekend.saldo
    expected = 0 if antwoord.afgekeurd else ingediend - total(antwoord.prestaties)
    if toegekend != expected:
        return Afwijking(
            "Het toegekende totaalbedrag is niet het ingediende min de afgewezen prestaties",
            gevonden=str(toegekend),
            verwacht=str(expected),
        )
    if antwoord.afgekeurd and antwoord.clienten:
        return Afwijking("Een antwoord op een geheel afgewezen declaratie noemt geen clienten")
    return None


@regel(
    "CS325", berichten="WMO303D WMO303F WMO323 WMO325", klasse="Declaratie DeclaratieAntwoord", niveau=2, bron="CS325"
)
def cs325_total_of_zero_is_debit(bedrag: Bedrag, _: object) -> Afwijking | None:
    """A total of zero is marked as credit."""
    return _zero_is_debit(bedrag.cents, credit=bedrag.credit)


def _zero_is_debit(cents: int, *, credit: bool) -> Afwijking | None:
    if cents or not credit:
        return None
    return Afwijking("Een bedrag van nul is debet", gevonden="C", verwacht="D")


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
    return Afwijking("Hetzelfde VorigReferentieNummer staat bij meer prestaties", gevonden=prestatie.vorige_referentie)


@regel("TR316", berichten="WMO303D WMO303F WMO323", klasse="Prestatie", niveau=2, bron="TR316")
def tr316_credit_not_beside_its_debit(prestatie: Prestatie, feiten: BerichtFeiten) -> Afwijking | None:
    """A line takes back a line of the same message."""
    if prestatie.vorige_referentie is None or prestatie.vorige_referentie not in feiten.referenties:
        return None
    return Afwijking("De credit staat in hetzelfde bericht als zijn debet", gevonden=prestatie.vorige_referentie)


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
def cs325_line_of_zero_is_debit(prestatie: Prestatie, _: object) -> Afwijking | None:
    """A line of zero is marked as credit."""
    return _zero_is_debit(prestatie.bedrag, credit=prestatie.credit)


@regel("CD087", berichten="WMO303D WMO303F WMO323", klasse="Prestatie", niveau=2, bron="CD087")
def cd087_a_tariff_unless_in_euros(prestatie: Prestatie, _: object) -> Afwijking | None:
    """ProductTarief is absent, or there where Eenheid 83 (euro) has none."""
    if (prestatie.eenheid == EURO) == (prestatie.tarief is None):
        return None
    if prestatie.tarief is None:
        return Afwijking(f"ProductTarief is verplicht bij Eenheid {prestatie.eenheid}", verwacht="een ProductTarief")
    return Afwijking(f"ProductTarief blijft leeg bij Eenheid {EURO}", gevonden=str(prestatie.tarief), verwacht="leeg")


@regel("CS339", berichten="WMO303D WMO303F WMO323", klasse="Prestatie", niveau=2, bron="CS339")
def cs339_volume_in_euros_is_the_amount(prestatie: Prestatie, _: object) -> Afwijking | None:
    """With Eenheid 83 the GeleverdVolume is not the amount, both in cents."""
    if prestatie.eenheid != EURO or prestatie.bedrag == prestatie.volume:
        return None
    return Afwijking(
        f"Bij Eenheid {EURO} is het bedrag gelijk aan het GeleverdVolume",
        gevonden=str(prestatie.bedrag),
        verwacht=str(prestatie.volume),
    )


@regel("CS337", berichten="WMO323", klasse="Prestatie", niveau=2, bron="CS337", releases=("3.2",))
def cs337_period_within_a_month(prestatie: Prestatie, _: object) -> Afwijking | None:
    """The ProductPeriode ends in another month than it begins in."""
    begin, eind = prestatie.periode.begin, _last_day(prestatie.periode)
    if (begin.year, begin.month) == (eind.year, eind.month):
        return None
    return Afwijking("De ProductPeriode valt niet binnen een kalendermaand", gevonden=str(prestatie.periode))


BEDRAG_REGELS: Tabel[Bedrag, object] = Tabel((cs325_total_of_zero_is_debit,))
DECLARATIE_REGELS: Tabel[Declaratie, BerichtFeiten] = Tabel(
    (cs100_period_from_2021, cs340_period_is_a_month, tr137_period_is_past, tr358_total_is_sum_of_lines)
)
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
ANTWOORD_REGELS: Tabel[DeclaratieAntwoord, object] = Tabel((tr342_granted_is_submitted_less_refused,))
ANTWOORD_PRESTATIE_REGELS: Tabel[Prestatie, BerichtFeiten] = Tabel(
    (cd060_a_credit_names_what_it_takes_back, tr137_period_is_past, cs325_line_of_zero_is_debit)
)
