"""Waits after failures."""

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from shared.webhooks.terugval import LONGEST, SPREAD, pause

FIRST = timedelta(seconds=10)


@given(st.integers(1, 10_000), st.integers(0, 2**32))
def test_a_wait_doubles_up_to_an_hour_and_differs_a_little(failures: int, seed: int) -> None:
    wait = pause(failures, FIRST, Random(seed))

    meant = min(FIRST * 2 ** min(failures - 1, 20), LONGEST)
    assert meant * (1 - SPREAD) <= wait <= meant * (1 + SPREAD)


def test_waits_of_two_receivers_are_not_the_same() -> None:
    chance = Random(20250401)

    assert len({pause(3, FIRST, chance) for _ in range(20)}) == 20


def test_a_receiver_may_ask_for_longer_but_not_for_ever() -> None:
    chance = Random(20250401)

    assert pause(1, FIRST, chance, timedelta(minutes=10)) == timedelta(minutes=10)
    assert pause(1, FIRST, chance, timedelta(days=10)) == LONGEST
    assert pause(4, FIRST, chance, timedelta(seconds=1)) > timedelta(seconds=60)
