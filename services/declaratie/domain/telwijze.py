"""Which days, weeks and months count towards what a toewijzing allows, for the reader (IV077, IV078; Dutch)."""

from services.declaratie.domain.omvang import DAG, HUISHOUDELIJKE_HULP, MAAND, WEEK, WEKEN_PER_MAAND
from shared.iwmo.waarden import INSPANNING, Omvang

_SIMPLE = {DAG: "elke dag", MAAND: "elke kalendermaand die geraakt wordt, ook een gebroken"}
_ISO_WEEKS = "elke week (maandag tot en met zondag) die geraakt wordt, ook een gebroken"
_SUNDAYS = "elke zondag, en de rest van de toewijzing na haar laatste zondag"
_WHOLE = "de hele toewijzing"


def period_counting(omvang: Omvang, categorie: str) -> str:
    """How a ProductPeriode is counted; goes with ``period_limit``."""
    if omvang.frequentie == WEEK and categorie == HUISHOUDELIJKE_HULP:
        return f"{WEKEN_PER_MAAND} weken voor elke kalendermaand die geraakt wordt (huishoudelijke hulp)"
    return total_counting(omvang)


def total_counting(omvang: Omvang) -> str:
    """How the whole toewijzing is counted; goes with ``total_limit``."""
    if omvang.frequentie == WEEK:
        return _ISO_WEEKS if omvang.eenheid in INSPANNING else _SUNDAYS
    return _SIMPLE.get(omvang.frequentie, _WHOLE)
