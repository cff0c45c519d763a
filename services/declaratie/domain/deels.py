"""Grants in part; pure.

Only a declaration of 2.4 can be granted in part: its WMO304 tells of every line ToegekendeBedragPrestatie beside
IngediendeBedragPrestatie. Of an invoice (WMO303F) a line is granted whole or not at all, since release 2.3; so is one
of a WMO323, whose WMO325 has the refused lines alone (regels-tr, chapter 4).

What is granted in part is the amount: no message has a granted volume, and TR322 adds up GeleverdVolume. So the whole
volume counts as used, also where less is paid for it; with euro (83) the volume is the amount, and only what is granted
counts. A credit is a copy of the debit (IV091) and takes back what that was granted: the rest is refused of it too, so
that granted and refused are what was claimed, and a debit with its credit leaves nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.declaratie.domain.declaratie import Prestatie
from shared.iwmo.regels import Afwijking, Melding, Plek, Regel
from shared.iwmo.waarden import EURO

DEELBAAR = "WMO303D"
"""The one message whose lines may be granted in part."""
DEELS_DOOR_GEMEENTE = Regel("HAND", (DEELBAAR,), "", "Prestatie", 3, "besluit van de gemeente", ("2.4",))
DEELS_TERUGGENOMEN = Regel("HAND", (DEELBAAR,), "", "Prestatie", 3, "besluit van de gemeente; IV091", ("2.4",))
"""A credit of what was granted in part."""


@dataclass(frozen=True, slots=True)
class DeelsToegekend(Melding):
    """A line that is granted in part, and why not whole. ``toegekend``: cents, above 0 and below its amount."""

    toegekend: int


def by_decision(prestatie: Prestatie, toegekend: int, retourcode: str, reden: str | None) -> DeelsToegekend:
    """A debit of which its gemeente grants so many cents."""
    told = f": {reden}" if reden else ""
    return _in_part(
        DEELS_DOOR_GEMEENTE, prestatie, toegekend, retourcode, f"De gemeente heeft deze prestatie deels toegekend{told}"
    )


def by_debit(prestatie: Prestatie, gekort: int, retourcodes: Sequence[str]) -> DeelsToegekend:
    """A credit of a debit of which so many cents were not granted, for these reasons."""
    return _in_part(
        DEELS_TERUGGENOMEN,
        prestatie,
        prestatie.bedrag - gekort,
        retourcodes[0],
        "De prestatie die deze credit terugneemt was deels toegekend; alleen dat deel wordt teruggenomen",
    )


def _in_part(regel: Regel, prestatie: Prestatie, toegekend: int, retourcode: str, told: str) -> DeelsToegekend:
    afwijking = Afwijking(f"{told} (eurocenten)", gevonden=str(prestatie.bedrag), verwacht=str(toegekend))
    return DeelsToegekend(replace(regel, retourcode=retourcode), prestatie.plek, afwijking, toegekend)


def granted_in_part(meldingen: Iterable[Melding]) -> Mapping[Plek, int]:
    """The cents that are granted of lines that are granted in part, by their place."""
    return {one.plek: one.toegekend for one in meldingen if isinstance(one, DeelsToegekend)}


def as_granted(prestatie: Prestatie, toegekend: int) -> Prestatie:
    """A line as it counts when so many cents of it are granted."""
    return replace(prestatie, bedrag=toegekend, volume=toegekend if prestatie.eenheid == EURO else prestatie.volume)
