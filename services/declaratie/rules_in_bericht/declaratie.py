"""The rules on a declaration (303, 323) or answer (325) as a whole, and on their totals."""

from calendar import monthrange

from services.declaratie.domain import Bedrag, Declaratie, DeclaratieAntwoord, total, vat
from services.declaratie.rules_in_bericht.prestatie import (
    NUL_IS_DEBET,
    BerichtFeiten,
    cs100_period_from_2021,
    tr137_period_is_past,
)
from shared.iwmo.regels import Afwijking, Herstel, Plek, Tabel, regel
from shared.iwmo.waarden import Periode


def _in_full(bedrag: Bedrag, above: Plek, cents: int) -> tuple[Herstel, ...]:
    """What makes a total this many cents, told from the class that it stands in."""
    place = "/".join(naam for naam, _ in bedrag.plek[len(above) :])
    found = []
    if bedrag.cents != abs(cents):
        found.append(Herstel(f"{place}/TotaalBedrag", str(abs(cents))))
    if bedrag.credit != (cents < 0):
        found.append(Herstel(f"{place}/DebetCredit", "C" if cents < 0 else "D"))
    return tuple(found)


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
        herstel=_in_full(declaratie.totaal, declaratie.plek, expected),
    )


@regel("RC8835", berichten="WMO303D WMO303F", klasse="Header", niveau=2, bron="WJ001 8835", releases=("2.4",))
def rc8835_vat_total_is_sum_of_lines(declaratie: Declaratie, feiten: BerichtFeiten) -> Afwijking | None:
    """The total of VAT is not that of the lines of an invoice, credits negative; absent it is zero. In a declaration
    no VAT counts. In cents."""
    stated = declaratie.btw
    invoice = feiten.kop.soort.naam == "WMO303F"
    if stated is None and not invoice:
        return None
    found, expected = stated.saldo if stated else 0, vat(declaratie.prestaties) if invoice else 0
    if found == expected:
        return None
    return Afwijking(
        "Het BtwTotaalBedrag is niet de som van de btw van de prestaties (eurocenten)",
        gevonden=str(found),
        verwacht=str(expected),
        herstel=_in_full(stated, declaratie.plek, expected) if stated else (),
    )


@regel("CS340", berichten="WMO323", klasse="Declaratie", niveau=2, bron="CS340", releases=("3.2",))
def cs340_period_is_a_month(declaratie: Declaratie, _: object) -> Afwijking | None:
    """The DeclaratiePeriode is not one whole calendar month."""
    begin, eind = declaratie.periode.begin, declaratie.periode.eind
    first, last = begin.replace(day=1), begin.replace(day=monthrange(begin.year, begin.month)[1])
    if (begin, eind) == (first, last):
        return None
    one_month = eind is not None and first <= eind <= last  # else it may be the month of either day
    changed = (("Begindatum", begin, first), ("Einddatum", eind, last))
    return Afwijking(
        "De DeclaratiePeriode is niet een hele kalendermaand",
        gevonden=str(declaratie.periode),
        verwacht=str(Periode(first, last)),
        herstel=tuple(
            Herstel(f"DeclaratiePeriode/{naam}", right.isoformat())
            for naam, now, right in changed
            if one_month and now != right
        ),
    )


@regel("TR342", berichten="WMO325", klasse="DeclaratieAntwoord", niveau=2, bron="TR342 IV087", releases=("3.2",))
def tr342_granted_is_submitted_less_refused(antwoord: DeclaratieAntwoord, _: object) -> Afwijking | None:
    """Submitted less granted is not the sum of the refused lines; of a declaration refused whole nothing is granted."""
    toegekend = antwoord.toegekend.saldo
    expected = 0 if antwoord.afgekeurd else antwoord.ingediend.saldo - total(antwoord.prestaties)
    superfluous = (Herstel("Clienten", None),) if antwoord.afgekeurd and antwoord.clienten else ()
    if toegekend != expected:
        return Afwijking(
            "Het toegekende totaalbedrag is niet het ingediende min de afgewezen prestaties",
            gevonden=str(toegekend),
            verwacht=str(expected),
            # Otherwise any of the three may be the wrong one.
            herstel=(*_in_full(antwoord.toegekend, antwoord.plek, 0), *superfluous) if antwoord.afgekeurd else (),
        )
    if superfluous:
        return Afwijking("Een antwoord op een geheel afgewezen declaratie noemt geen clienten", herstel=superfluous)
    return None


@regel(
    "CS325", berichten="WMO303D WMO303F WMO323 WMO325", klasse="Declaratie DeclaratieAntwoord", niveau=2, bron="CS325"
)
def cs325_total_of_zero_is_debit(bedrag: Bedrag, _: object) -> Afwijking | None:
    """A total of zero is marked as credit."""
    if bedrag.cents or not bedrag.credit:
        return None
    return Afwijking(NUL_IS_DEBET, gevonden="C", verwacht="D", herstel=(Herstel("DebetCredit", "D"),))


BEDRAG_REGELS: Tabel[Bedrag, object] = Tabel((cs325_total_of_zero_is_debit,))
DECLARATIE_REGELS: Tabel[Declaratie, BerichtFeiten] = Tabel(
    (
        cs100_period_from_2021,
        cs340_period_is_a_month,
        tr137_period_is_past,
        tr358_total_is_sum_of_lines,
        rc8835_vat_total_is_sum_of_lines,
    )
)
ANTWOORD_REGELS: Tabel[DeclaratieAntwoord, object] = Tabel((tr342_granted_is_submitted_less_refused,))
