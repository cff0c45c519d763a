"""Waiting for a fact, with a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def eventually(
    fact: Callable[[], Awaitable[bool]], what: str, seconds: float = 20.0, every: float = 0.01
) -> None:
    """Return as soon as `fact` holds; fail with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not await fact():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        await asyncio.sleep(every)
