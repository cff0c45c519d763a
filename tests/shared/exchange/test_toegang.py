"""How many may be in hand at once, how long one may wait, and where a page begins."""

from contextlib import AbstractContextManager

import pytest

from shared.exchange.api import _wait_of, cursor_number
from shared.exchange.ontvangst import Toegang
from shared.problems import NietBeschikbaarError, TeVeelError, VerzoekError
from shared.security.partij import Beller, Partij
from shared.settings import Settings

A, B, C = (Beller(f"token-{n}", frozenset({Partij.aanbieder(f"{n}" * 8)})) for n in (1, 2, 3))
KB = 1024
MB = 1024 * KB


def a_toegang(**deviations: int) -> Toegang:
    """Room for three messages, of which two of one party; and for ten megabytes in all."""
    limits = {"gelijktijdig": 3, "gelijktijdig_per_partij": 2, "gelijktijdig_mb": 10}
    limits |= {"gelijktijdig_lezen": 3, "gelijktijdig_lezen_per_partij": 2}
    return Toegang(Settings(**(limits | deviations)))  # type: ignore[arg-type]


def enters(toegang: Toegang, beller: Beller, way: str, size: int = KB) -> AbstractContextManager[None]:
    return toegang.reading(beller) if way == "reading" else toegang.room(beller, size)


WAYS = pytest.mark.parametrize("way", ["reading", "room"])


@WAYS
def test_a_party_with_its_hands_full_is_told_429_and_others_go_on(way: str) -> None:
    toegang = a_toegang()

    with enters(toegang, A, way), enters(toegang, A, way):
        with pytest.raises(TeVeelError) as caught, enters(toegang, A, way):
            pass
        with enters(toegang, B, way):
            pass

    assert (caught.value.status, "Retry-After" in caught.value.headers) == (429, True)


@WAYS
def test_a_party_counts_as_one_under_all_its_tokens(way: str) -> None:
    toegang, other_token = a_toegang(), Beller("ander-token", A.partijen)

    with enters(toegang, A, way), enters(toegang, other_token, way):
        third = enters(toegang, other_token, way)
        with pytest.raises(TeVeelError), third:
            pass


@WAYS
def test_a_full_house_tells_everybody_503(way: str) -> None:
    toegang = a_toegang()

    with enters(toegang, A, way), enters(toegang, A, way), enters(toegang, B, way):
        fourth = enters(toegang, C, way)
        with pytest.raises(NietBeschikbaarError) as caught, fourth:
            pass

    assert (caught.value.status, "Retry-After" in caught.value.headers) == (503, True)


@WAYS
def test_a_place_comes_free_however_the_message_ends(way: str) -> None:
    toegang = a_toegang(gelijktijdig=1, gelijktijdig_lezen=1)

    for _ in range(3):
        with pytest.raises(ZeroDivisionError), enters(toegang, A, way, 900 * KB):
            raise ZeroDivisionError


@WAYS
def test_one_who_was_refused_holds_no_place(way: str) -> None:
    toegang = a_toegang()

    with enters(toegang, A, way), enters(toegang, A, way):
        for _ in range(3):
            with pytest.raises(TeVeelError), enters(toegang, A, way):
                pass
        with enters(toegang, B, way):
            pass


def test_the_bytes_being_judged_are_bounded_together() -> None:
    toegang = a_toegang()

    with toegang.room(A, 6 * MB):
        with pytest.raises(NietBeschikbaarError), toegang.room(B, 5 * MB):
            pass
        with toegang.room(B, 4 * MB):
            pass
    with toegang.room(B, 5 * MB):
        pass


def test_one_larger_than_all_room_goes_alone() -> None:
    toegang = a_toegang()

    with toegang.room(A, 50 * MB), pytest.raises(NietBeschikbaarError), toegang.room(B, 2 * MB):
        pass


def test_a_small_one_never_waits_for_a_large_one() -> None:
    toegang = a_toegang()

    with toegang.room(A, 50 * MB), toegang.room(B, 1 * MB):
        pass


def test_slow_senders_keep_nobody_from_his_verdict() -> None:
    toegang = a_toegang()

    with toegang.reading(A), toegang.reading(A), toegang.reading(B), toegang.room(A, KB):
        pass


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
