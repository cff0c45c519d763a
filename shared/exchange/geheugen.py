"""When the interpreter looks for memory that only points to itself."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

from shared.payload import LARGE_BYTES

LONGEST = 10.0
"""Seconds without a collection, where one large message follows the other."""


class _Stand:
    """How many large messages are under way, and since when none were; one per process."""

    busy = 0
    since = 0.0


@contextmanager
def collecting_later(size: int) -> Iterator[None]:
    """Looks for none while a message of so many bytes is dealt with, if that is large: it makes a million objects and
    no cycles, and to go through those takes a tenth to a third of its time. They are gone when this ends, so it goes
    around all that holds them."""
    if size <= LARGE_BYTES:
        yield
        return
    if not _Stand.busy:
        _Stand.since = time.monotonic()
    _Stand.busy += 1
    gc.disable()
    try:
        yield
    finally:
        _Stand.busy -= 1
        if not _Stand.busy or time.monotonic() - _Stand.since > LONGEST:
            _Stand.since = time.monotonic()
            gc.enable()
