"""What a relay saw before it selected, and when that may be said: the owner's half of a watermark."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

WATERMARK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the clock and at the barriers read so far, taken before the unsent rows are selected."""

    tijd: datetime
    epoch: int
    generatie: int
    echo: Mapping[str, int]

    def same_word(self, other: "Look | None") -> bool:
        """Whether a watermark of `other` already said all that matters: everything but the time."""
        mine = (self.epoch, self.generatie, self.echo)
        return other is not None and mine == (other.epoch, other.generatie, other.echo)


@dataclass(frozen=True, slots=True)
class Sweep:
    """A look that holds once every unsent row up to and including this id has gone."""

    look: Look
    upto: int

    def proven_by(self, last_id: int) -> bool:
        """Rows go in order of id; what became visible later does not hold it up."""
        return last_id >= self.upto


class Said:
    """The last word, and whether it is time for another: at once when there is news, else now and then."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.last: Look | None = None
        self._at = 0.0

    def is_due(self, look: Look) -> bool:
        """Whether `look` is to be said."""
        return not look.same_word(self.last) or self._clock() - self._at >= WATERMARK_SECONDS

    def say(self, look: Look) -> None:
        """It was said."""
        self.last, self._at = look, self._clock()
