"""With which retourcodes a gemeente may refuse a line."""

from functools import cache
from typing import Any

from services.declaratie.oordeel import ALS_DEBET
from services.declaratie.rules.declaratie import DECLARATIE_REGELS
from services.declaratie.rules.omvang import OMVANG_REGELS
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codelijsten import codelijst
from shared.iwmo.kop import KOP_REGELS, OUDE_GEMEENTE_REGELS
from shared.iwmo.regels import GOED, NIET_BEOORDEELD, TECHNISCH_AFGEKEURD, VOLLEDIG_TOEGEKEND, Regel, Tabel

LIJST = "WJ001"
NO_REFUSAL = frozenset({GOED, NIET_BEOORDEELD, TECHNISCH_AFGEKEURD, VOLLEDIG_TOEGEKEND})


@cache
def codes_of_a_line(release: str) -> frozenset[str]:
    """The codes of the release's list that refuse a line.

    3.2 says of each code what it is about: here those of the rules on a debit. The list of 2.4 has many more, of which
    nothing says that: there all but those that say no fault, or are about more than one line.
    """
    lijst = codelijst(release, LIJST)
    if lijst is None:
        raise ValueError(f"{release} has no list {LIJST}")
    listed = frozenset(lijst.by_code) - NO_REFUSAL
    if release == "3.2":
        return listed & _used(release, ALS_DEBET, OMVANG_REGELS)
    return listed - _used(release, KOP_REGELS, OUDE_GEMEENTE_REGELS, DECLARATIE_REGELS)


def _used(release: str, *tabellen: Tabel[Any, Any]) -> frozenset[str]:
    known: Release = next(one for one in RELEASES if one == release)
    rules: list[Regel] = [vars(function)["regel"] for tabel in tabellen for function in tabel.regels]
    return frozenset(one.retourcode for one in rules if known in one.releases)
