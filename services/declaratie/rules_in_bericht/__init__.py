"""Level 2 on WMO303D, WMO303F, WMO323 and WMO325: what each must be in itself, in a table per class.

declaratie  the declaration or answer as a whole, and its totals
prestatie   each line, and the facts that lines are compared with
"""

from services.declaratie.rules_in_bericht.declaratie import ANTWOORD_REGELS, BEDRAG_REGELS, DECLARATIE_REGELS
from services.declaratie.rules_in_bericht.prestatie import (
    ANTWOORD_PRESTATIE_REGELS,
    PRESTATIE_REGELS,
    BerichtFeiten,
    feiten_of,
)

__all__ = [
    "ANTWOORD_PRESTATIE_REGELS",
    "ANTWOORD_REGELS",
    "BEDRAG_REGELS",
    "DECLARATIE_REGELS",
    "PRESTATIE_REGELS",
    "BerichtFeiten",
    "feiten_of",
]
