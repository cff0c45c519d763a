"""Waiting for a fact with a deadline."""

import time
from collections.abc import Callable


def eventually(fact: Callable[[], bool], seconds: float = 30) -> None:
    """Returns as soon as the fact is true; fails after the deadline."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.05)
