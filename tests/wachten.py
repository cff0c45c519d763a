"""Waiting for a fact with a deadline, instead of for seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def eventually(
    fact: Callable[[], Awaitable[object]], what: str | Callable[[], str], seconds: float = 20.0, every: float = 0.01
) -> None:
    """Return as soon as `fact` holds; fail with `what` after `seconds`, which may be asked then."""
    deadline = time.monotonic() + seconds
    while not await fact():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what() if callable(what) else what}"
        await asyncio.sleep(every)


def eventually_true(fact: Callable[[], object], seconds: float = 30) -> None:
    """The same for a fact that can be asked without an event loop."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        time.sleep(0.02)
