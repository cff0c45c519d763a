"""When a webhook that failed is tried again: after ten seconds, doubling to an hour, for five days."""

from datetime import timedelta
from random import Random

LONGEST = timedelta(hours=1)
SPREAD = 0.2
"""Part by which a wait is longer or shorter by chance: receivers that went away together do not come back to all at
once."""
_DOUBLINGS = 30
"""More of them is past the longest wait, however small the first."""


def pause(failures: int, first: timedelta, chance: Random, asked: timedelta | None = None) -> timedelta:
    """The wait after so many failures in a row (1 or more). ``asked``: what the receiver asked for himself
    (Retry-After), which makes it longer, up to the longest."""
    doubled: timedelta = min(first * 2 ** min(failures - 1, _DOUBLINGS), LONGEST)
    wait: timedelta = doubled * chance.uniform(1 - SPREAD, 1 + SPREAD)
    return max(wait, min(asked, LONGEST)) if asked else wait
