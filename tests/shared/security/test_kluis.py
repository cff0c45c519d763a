"""Payloads sealed, and BSNs as keyed pseudonyms."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.problems import NietBeschikbaarError
from shared.security.kluis import Kluis, SleutelError

PSEUDONIEM = base64.b64encode(b"p" * 32).decode()
BSN = "999990019"


def key(letter: str) -> str:
    return f"{letter}:{base64.b64encode(letter.encode() * 32).decode()}"


def a_kluis(*letters: str, pseudoniem: str = PSEUDONIEM) -> Kluis:
    return Kluis.from_settings(",".join(map(key, letters)), pseudoniem)


@given(clear=st.binary(max_size=2000), context=st.text(max_size=50).filter(lambda text: text.isprintable()))
def test_what_is_sealed_can_be_opened(clear: bytes, context: str) -> None:
    kluis = a_kluis("a")

    assert kluis.open(kluis.seal(clear, context), context) == clear


def test_a_large_payload_survives_and_shrinks() -> None:
    clear = b"<Bericht>" * 500_000

    sealed = a_kluis("a").seal(clear, "x")

    assert a_kluis("a").open(sealed, "x") == clear
    assert len(sealed) < len(clear) // 100


def test_a_sealed_payload_shows_nothing_and_is_never_the_same_twice() -> None:
    kluis = a_kluis("a")

    first, second = kluis.seal(BSN.encode(), "x"), kluis.seal(BSN.encode(), "x")

    assert first != second
    assert BSN.encode() not in first


def test_a_payload_is_bound_to_its_context() -> None:
    kluis = a_kluis("a")

    with pytest.raises(NietBeschikbaarError):
        kluis.open(kluis.seal(b"inhoud", "bericht 1"), "bericht 2")


@pytest.mark.parametrize("at", [0, 1, 2, 5, 13, 20, -1])
def test_a_changed_payload_does_not_open(at: int) -> None:
    kluis = a_kluis("a")
    sealed = bytearray(kluis.seal(b"inhoud", "x"))
    sealed[at] ^= 1

    with pytest.raises(NietBeschikbaarError):
        kluis.open(bytes(sealed), "x")


def test_a_new_first_key_seals_and_the_old_one_still_opens() -> None:
    old, both, new = a_kluis("a"), a_kluis("b", "a"), a_kluis("b")

    before, after = old.seal(b"oud", "x"), both.seal(b"nieuw", "x")

    assert (both.open(before, "x"), both.open(after, "x"), new.open(after, "x")) == (b"oud", b"nieuw", b"nieuw")
    with pytest.raises(NietBeschikbaarError):
        new.open(before, "x")
    with pytest.raises(NietBeschikbaarError):
        old.open(after, "x")


def test_another_key_under_the_same_name_does_not_open() -> None:
    other = Kluis.from_settings(f"a:{base64.b64encode(b'z' * 32).decode()}", PSEUDONIEM)

    with pytest.raises(NietBeschikbaarError):
        other.open(a_kluis("a").seal(b"inhoud", "x"), "x")


def test_without_a_key_nothing_is_kept_or_read() -> None:
    empty = Kluis.from_settings("", "")

    assert not empty.usable
    with pytest.raises(NietBeschikbaarError) as caught:
        empty.seal(b"inhoud", "x")
    assert int(caught.value.headers["Retry-After"]) > 0
    with pytest.raises(NietBeschikbaarError):
        empty.open(a_kluis("a").seal(b"inhoud", "x"), "x")
    with pytest.raises(NietBeschikbaarError):
        empty.pseudoniem(BSN)


def test_usable_needs_both_keys() -> None:
    assert a_kluis("a").usable
    assert not a_kluis("a", pseudoniem="").usable
    assert not a_kluis().usable


@pytest.mark.parametrize(
    "sleutels",
    [
        "a",
        "a:",
        ":" + key("a").partition(":")[2],
        key("a").replace("a:", "a"),
        "a:" + base64.b64encode(b"x" * 16).decode(),
        "a:" + base64.b64encode(b"x" * 33).decode(),
        "a:geen base64!",
        key("a") + "," + "b:kort",
        "x" * 256 + key("a")[1:],
    ],
    ids=range(9),
)
def test_a_bad_key_setting_is_named_and_not_shown(sleutels: str) -> None:
    with pytest.raises(SleutelError, match="KNOOPPUNT_SLEUTELS") as caught:
        Kluis.from_settings(sleutels, PSEUDONIEM)

    assert key("a").partition(":")[2] not in str(caught.value)


@pytest.mark.parametrize("secret", ["geen base64!", base64.b64encode(b"x" * 31).decode(), "é"])
def test_a_bad_pseudonym_key_is_named(secret: str) -> None:
    with pytest.raises(SleutelError, match="KNOOPPUNT_PSEUDONIEM_SLEUTEL"):
        Kluis.from_settings(key("a"), secret)


def test_white_space_and_empty_parts_of_a_setting_do_not_matter() -> None:
    kluis = Kluis.from_settings(f" {key('b')} ,, {key('a')},", PSEUDONIEM)

    assert [kid for kid, _ in kluis.sleutels] == ["b", "a"]


def test_a_pseudonym_is_stable_and_follows_from_the_key_alone() -> None:
    pseudoniem = a_kluis("a").pseudoniem(BSN)

    assert a_kluis("b", "c").pseudoniem(BSN) == pseudoniem
    assert a_kluis("a", pseudoniem=base64.b64encode(b"q" * 32).decode()).pseudoniem(BSN) != pseudoniem
    assert a_kluis("a").pseudoniem("123456782") != pseudoniem
    assert len(pseudoniem) == 32
    assert BSN not in pseudoniem
