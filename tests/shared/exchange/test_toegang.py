"""How many may be in hand at once, how long one may wait, and where a page begins."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.exchange.api import cursor_number
from shared.exchange.berichten_api import _wait_of
from shared.exchange.toegang import Toegang
from shared.problems import NietBeschikbaarError, TeVeelError, VerzoekError
from shared.security.partij import Beller, Partij
from shared.settings import Settings

A, B, C = (Beller(f"token-{n}", frozenset({Partij.aanbieder(f"{n}" * 8)})) for n in (1, 2, 3))
KB = 1024
MB = 1024 * KB
SECONDS = 20.0


def a_toegang(**deviations: float) -> Toegang:
    """Room for three messages, of which two of one party; for ten megabytes in all; and nobody may wait."""
    limits = {"gelijktijdig": 3, "gelijktijdig_per_partij": 2, "gelijktijdig_mb": 10, "wachtrij": 0}
    limits |= {"gelijktijdig_lezen": 3, "gelijktijdig_lezen_per_partij": 2}
    return Toegang(Settings(**(limits | deviations)))  # type: ignore[arg-type]


def a_row(**deviations: float) -> Toegang:
    """The same, where one may wait as long as it takes: three in all, two of one party."""
    return a_toegang(**({"wachtrij": 3, "wachtrij_per_partij": 2, "wachtrij_seconden": SECONDS} | deviations))


@asynccontextmanager
async def entered(toegang: Toegang, beller: Beller, way: str, size: int = KB) -> AsyncIterator[None]:
    if way == "room":
        async with toegang.room(beller, size):
            yield
    else:
        with toegang.reading(beller):
            yield


WAYS = pytest.mark.parametrize("way", ["reading", "room"])


@WAYS
async def test_a_party_with_its_hands_full_is_told_429_and_others_go_on(way: str) -> None:
    toegang = a_toegang()

    async with entered(toegang, A, way), entered(toegang, A, way):
        with pytest.raises(TeVeelError) as caught:
            async with entered(toegang, A, way):
                pass
        async with entered(toegang, B, way):
            pass

    assert (caught.value.status, "Retry-After" in caught.value.headers) == (429, True)


@WAYS
async def test_a_party_counts_as_one_under_all_its_tokens(way: str) -> None:
    toegang, other_token = a_toegang(), Beller("ander-token", A.partijen)

    async with entered(toegang, A, way), entered(toegang, other_token, way):
        with pytest.raises(TeVeelError):
            async with entered(toegang, other_token, way):
                pass


@WAYS
async def test_a_full_house_tells_everybody_503(way: str) -> None:
    toegang = a_toegang()

    async with entered(toegang, A, way), entered(toegang, A, way), entered(toegang, B, way):
        with pytest.raises(NietBeschikbaarError) as caught:
            async with entered(toegang, C, way):
                pass

    assert (caught.value.status, "Retry-After" in caught.value.headers) == (503, True)


@WAYS
async def test_a_place_comes_free_however_the_message_ends(way: str) -> None:
    toegang = a_toegang(gelijktijdig=1, gelijktijdig_lezen=1)

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            async with entered(toegang, A, way, 900 * KB):
                raise ZeroDivisionError


@WAYS
async def test_one_who_was_refused_holds_no_place(way: str) -> None:
    toegang = a_toegang()

    async with entered(toegang, A, way), entered(toegang, A, way):
        for _ in range(3):
            with pytest.raises(TeVeelError):
                async with entered(toegang, A, way):
                    pass
        async with entered(toegang, B, way):
            pass


async def test_the_bytes_being_judged_are_bounded_together() -> None:
    toegang = a_toegang()

    async with toegang.room(A, 6 * MB):
        with pytest.raises(NietBeschikbaarError):
            async with toegang.room(B, 5 * MB):
                pass
        async with toegang.room(B, 4 * MB):
            pass
    async with toegang.room(B, 5 * MB):
        pass


async def test_one_larger_than_all_room_goes_alone() -> None:
    toegang = a_toegang()

    async with toegang.room(A, 50 * MB):
        with pytest.raises(NietBeschikbaarError):
            async with toegang.room(B, 2 * MB):
                pass


async def test_a_small_one_never_waits_for_a_large_one() -> None:
    toegang = a_toegang()

    async with toegang.room(A, 50 * MB), toegang.room(B, 1 * MB):
        pass


async def test_slow_senders_keep_nobody_from_his_verdict() -> None:
    toegang = a_toegang()

    with toegang.reading(A), toegang.reading(A), toegang.reading(B):
        async with toegang.room(A, KB):
            pass


class Klant:
    """One who asks for room, and stays until he is told to go."""

    def __init__(self, toegang: Toegang, beller: Beller, size: int = KB) -> None:
        self.inside, self.leave = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._visit(toegang, beller, size))

    async def _visit(self, toegang: Toegang, beller: Beller, size: int) -> None:
        async with toegang.room(beller, size):
            self.inside.set()
            await self.leave.wait()

    async def outcome(self) -> BaseException | None:
        """How it ended for him."""
        self.leave.set()
        return (await asyncio.gather(self.task, return_exceptions=True))[0]


async def settled() -> None:
    """Everybody has come as far as he can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def come(toegang: Toegang, *bellers: Beller) -> list[Klant]:
    klanten = [Klant(toegang, beller) for beller in bellers]
    await settled()
    return klanten


def inside(klanten: list[Klant]) -> list[bool]:
    return [klant.inside.is_set() for klant in klanten]


async def test_one_place_too_many_waits_for_its_turn_in_order() -> None:
    klanten = await come(a_row(), A, A, A, A)
    assert inside(klanten) == [True, True, False, False]

    klanten[1].leave.set()
    await settled()
    assert inside(klanten) == [True, True, True, False]

    assert [await klant.outcome() for klant in klanten] == [None] * 4


async def test_one_who_waits_for_his_own_places_keeps_nobody_else_waiting() -> None:
    klanten = await come(a_row(), A, A, A, B)

    assert inside(klanten) == [True, True, False, True]
    assert [await klant.outcome() for klant in klanten] == [None] * 4


async def test_a_full_house_is_waited_for_too() -> None:
    klanten = await come(a_row(), A, A, B, C)
    assert inside(klanten) == [True, True, True, False]

    klanten[0].leave.set()
    await settled()

    assert inside(klanten) == [True] * 4
    assert [await klant.outcome() for klant in klanten] == [None] * 4


async def test_the_row_is_bounded_per_party_and_in_all() -> None:
    row = a_row(wachtrij=3, wachtrij_per_partij=2)
    klanten = await come(row, A, A, B, A, A, A, B, C)

    refused = [klant.task.done() for klant in klanten]
    assert refused == [False, False, False, False, False, True, False, True]
    assert isinstance(await klanten[5].outcome(), TeVeelError)
    assert isinstance(await klanten[7].outcome(), NietBeschikbaarError)
    assert [await klant.outcome() for klant in klanten if klant not in (klanten[5], klanten[7])] == [None] * 6


async def test_nobody_waits_longer_than_the_wait() -> None:
    row = a_row(wachtrij_seconden=0.01)
    first, second, third = await come(row, A, A, A)

    assert isinstance(await third.outcome(), TeVeelError)
    assert [await first.outcome(), await second.outcome()] == [None, None]
    (last,) = await come(row, A)
    assert last.inside.is_set()
    assert await last.outcome() is None


async def test_one_who_gives_up_leaves_no_place_taken() -> None:
    row = a_row(gelijktijdig=1)
    first, second, third = await come(row, A, B, C)

    second.task.cancel()
    await settled()
    first.leave.set()
    await settled()

    assert third.inside.is_set()
    assert await third.outcome() is None
    (last,) = await come(row, A)
    assert last.inside.is_set()
    assert await last.outcome() is None


async def test_one_who_gives_up_as_his_turn_comes_hands_it_on() -> None:
    row = a_row(gelijktijdig=1)
    first, second, third = await come(row, A, B, C)

    first.leave.set()
    await first.task
    second.task.cancel()
    await settled()

    assert (second.task.cancelled(), third.inside.is_set()) == (True, True)
    assert await third.outcome() is None


async def test_a_large_one_does_not_wait() -> None:
    row = a_row()
    klanten = await come(row, A, A)

    large = Klant(row, A, 2 * MB)
    await settled()

    assert isinstance(await large.outcome(), TeVeelError)
    assert [await klant.outcome() for klant in klanten] == [None, None]


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("wait=5", 5),
        ("wait=0", 0),
        ("Wait = 5", 5),
        ("respond-async, wait=5", 5),
        ("wait=5, respond-async", 5),
        ("wait=5,wait=6", 5),
        ("wait=999999999999999999", 20),
        ("wait=20", 20),
        ("wait", 0),
        ("wait=", 0),
        ("wait=-5", 0),
        ("wait=5.5", 0),
        ("wait=vijf", 0),
        ("wait=²", 0),
        ("wait=٥", 0),
        ("return=minimal", 0),
        ("wait" * 1000, 0),
        ("wait=" + "9" * 5000, 0),
    ],
    ids=range(20),
)
def test_a_preference_to_wait(prefer: str | None, seconds: int) -> None:
    assert _wait_of(prefer, 20) == seconds


@pytest.mark.parametrize(("text", "cursor"), [(None, None), ("0", 0), ("15", 15), ("9" * 18, 10**18 - 1)])
def test_a_cursor_is_read(text: str | None, cursor: int | None) -> None:
    assert cursor_number(text) == cursor


@pytest.mark.parametrize("text", ["", " ", "x", "-1", "1.5", "9" * 19, "²", "٥", "1 ", "1\n", "0x1"])
def test_another_cursor_is_refused(text: str) -> None:
    with pytest.raises(VerzoekError):
        cursor_number(text)
