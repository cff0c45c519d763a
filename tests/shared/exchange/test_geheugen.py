"""When memory that only points to itself is looked for."""

import gc
from collections.abc import Iterator

import pytest

from shared.exchange import geheugen
from shared.exchange.geheugen import collecting_later
from shared.payload import LARGE_BYTES

LARGE = LARGE_BYTES + 1


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_not_while_a_large_message_is_dealt_with() -> None:
    with collecting_later(LARGE):
        with collecting_later(LARGE), collecting_later(LARGE_BYTES):
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_as_always_for_a_small_one() -> None:
    with collecting_later(LARGE_BYTES):
        assert gc.isenabled()


def test_again_after_one_that_failed() -> None:
    with pytest.raises(ValueError, match="fails"), collecting_later(LARGE):
        raise ValueError("fails")
    assert gc.isenabled()


def test_in_time_where_large_ones_follow_each_other_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geheugen, "LONGEST", 0.0)
    with collecting_later(LARGE):
        with collecting_later(LARGE):
            pass
        assert gc.isenabled()
