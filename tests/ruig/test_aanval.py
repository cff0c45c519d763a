"""The attacker of B16: when its process is gone, that is known, and nobody waits for what it would say."""

import os

import pytest

from tests.ruig.aanval import Verzoek, Wapen, under_attack


class Sterft:
    """Ends the process that unpacks it."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (3,)


async def test_an_attacker_that_died_is_missed_at_once() -> None:
    verzoek = Verzoek("GET", "/", b"", {"Sterft": Sterft()})  # type: ignore[dict-item]

    with pytest.raises(EOFError):
        async with under_attack("http://127.0.0.1:1", "", [Wapen("sterft", 1, [verzoek])]):
            pass
