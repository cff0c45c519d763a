"""Where the support under a toewijzing stands: begun, standing still, over; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.startstop.domain import TIJDELIJK, Gemeld, Start, Stop


@dataclass(frozen=True, slots=True)
class Stand:
    """Of the support under one toewijzing: its first day, since when all of it stands still, and its last day.

    None is: not begun, goes on (or is over), not over.
    """

    begonnen: date | None = None
    pauze: date | None = None
    einde: date | None = None

    def geeindigd(self, vandaag: date) -> date | None:
        """The day on which it ended, if it has: a stop may be reported before its day."""
        return self.einde if self.einde is not None and self.einde <= vandaag else None


def stand_of(eind: date | None, held: Sequence[Gemeld], vandaag: date) -> Stand:
    """How it stands today. ``eind``: the last day of the toewijzing; ``held``: the reports that hold on it, in order of
    delivery.

    It ends with the last stop, or when the planned day has passed: also without a stop (step 9), and a stop that is
    reported later moves that day no more.
    """
    starts = [one.wat for one in held if isinstance(one.wat, Start)]
    if not starts:
        return Stand()
    begonnen = min(start.begindatum for start in starts)
    final = [one for one in held if _is_final(one)]
    open_starts = _open_starts(starts, held)
    if not open_starts and (eind is None or max(one.dag for one in final) <= eind):
        return Stand(begonnen, einde=max(einddatum_of(one) for one in final))
    if eind is not None and eind < vandaag:
        return Stand(begonnen, einde=eind)
    paused = _paused(held)
    if any(start not in paused for start in open_starts):
        return Stand(begonnen)
    return Stand(begonnen, pauze=max(paused[start] for start in open_starts))


def _open_starts(starts: Sequence[Start], held: Iterable[Gemeld]) -> list[Start]:
    """Those without a final stop. A temporary stop ends a start once its product has a later one."""
    latest = {start.product: start for start in starts}
    ended = {one.start for one in held if _is_final(one)}
    paused = _paused(held)
    return [one for one in starts if one not in ended and (one not in paused or latest[one.product] == one)]


def _is_final(one: Gemeld) -> bool:
    return isinstance(one.wat, Stop) and one.wat.reden != TIJDELIJK


def _paused(held: Iterable[Gemeld]) -> dict[Start, date]:
    """The starts with a temporary stop, and since when."""
    found: dict[Start, date] = {}
    for one in held:
        if isinstance(one.wat, Stop) and one.wat.reden == TIJDELIJK:
            found[one.start] = max(one.wat.einddatum, found.get(one.start, date.min))
    return found


def einddatum_of(one: Gemeld) -> date:
    """The day of a stop; of a start none that counts."""
    return one.wat.einddatum if isinstance(one.wat, Stop) else date.min


def is_geevalueerd(einde: date, geevalueerd: date | None) -> bool:
    """Whether an evaluatie of that day looks back on this end."""
    return geevalueerd is not None and geevalueerd >= einde
