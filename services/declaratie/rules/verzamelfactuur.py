"""The rules on the year-end verzamelfactuur: it equals what was granted in its year, and nothing else is asked of it.

They are no technical rules of the standard: those of 2.4 are not public. They carry the number of the retourcode
(docs/besluiten/0012).
"""

from services.declaratie.domain.declaratie import Declaratie, Prestatie
from services.declaratie.domain.verzamelfactuur import VerzamelFeiten, belongs
from services.declaratie.rules.declaratie import tr333_declaration_number_is_new
from services.declaratie.rules.factuur import FACTUUR_BTW
from shared.iwmo.regels import Afwijking, Tabel, regel

GETOOND = 5
"""So many missing toewijzingen are named in the signal; all of them are at /verzamelfacturen."""


@regel("RC8007", berichten="WMO303F", retourcode="8007", klasse="Prestatie", bron="WJ001 8007", releases=("2.4",))
def rc8007_line_is_of_the_year(prestatie: Prestatie, feiten: VerzamelFeiten) -> Afwijking | None:
    """A line of a verzamelfactuur is of another year: the middle of its ProductPeriode lies outside that of the
    invoice."""
    if belongs(prestatie.periode, feiten.periode):
        return None
    return Afwijking(
        "De ProductPeriode hoort niet bij het jaar van de verzamelfactuur",
        gevonden=str(prestatie.periode),
        verwacht=f"binnen {feiten.periode}",
    )


@regel("RC8033", berichten="WMO303F", retourcode="8033", klasse="Prestatie", bron="WJ001 8033", releases=("2.4",))
def rc8033_amount_is_what_was_granted(prestatie: Prestatie, feiten: VerzamelFeiten) -> Afwijking | None:
    """The lines of a verzamelfactuur for one client, toewijzing and product do not come to what the WMO303Ds of that
    year were granted for it, credits taken off. In cents."""
    if not belongs(prestatie.periode, feiten.periode):
        return None
    toets = feiten.vergelijking.toets(prestatie)
    if toets.klopt:
        return None
    return Afwijking(
        "De verzamelfactuur is hier niet gelijk aan wat in het jaar is toegekend (eurocenten)",
        gevonden=str(toets.gefactureerd),
        verwacht=str(toets.toegekend),
    )


@regel("VF001", berichten="WMO303F", retourcode="", klasse="Header", niveau=0, bron="docs/besluiten/0012",
       releases=("2.4",))  # fmt: skip
def vf001_nothing_granted_is_left_out(declaratie: Declaratie, feiten: VerzamelFeiten) -> Afwijking | None:
    """What was granted in the year is missing in its verzamelfactuur. There is no line to refuse, so it is a sign."""
    missing = feiten.vergelijking.ontbreekt
    if not missing:
        return None
    nummers = list(dict.fromkeys(str(one.groep[1]) for one in missing))
    shown = ", ".join(nummers[:GETOOND]) + (f" en {len(nummers) - GETOOND} meer" if len(nummers) > GETOOND else "")
    return Afwijking(
        f"In de verzamelfactuur ontbreekt wat is toegekend op toewijzing {shown} (bedragen in eurocenten)",
        gevonden=str(declaratie.ingediend),
        verwacht=str(feiten.verwacht),
    )


FACTUUR_REGELS: Tabel[Declaratie, VerzamelFeiten] = Tabel((tr333_declaration_number_is_new,))
SIGNALEN: Tabel[Declaratie, VerzamelFeiten] = Tabel((vf001_nothing_granted_is_left_out,))
REGEL_REGELS: Tabel[Prestatie, VerzamelFeiten] = Tabel(
    (*FACTUUR_BTW, rc8007_line_is_of_the_year, rc8033_amount_is_what_was_granted)
)
