"""A payload gives back what was written, however it is kept."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import payload
from shared.payload import Payload, Writer
from tests.shared.exchange.verwerken import KLUIS

PARTS = st.lists(st.binary(max_size=300), max_size=8)


@given(
    parts=PARTS,
    large=st.integers(0, 400),
    held=st.integers(0, 800),
    chunk=st.integers(1, 400),
    catch_up=st.integers(1, 3),
)
def test_it_gives_back_what_was_written(parts: list[bytes], large: int, held: int, chunk: int, catch_up: int) -> None:
    body = b"".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payload, "LARGE_BYTES", large)
        patch.setattr(payload, "HELD_BYTES", max(large, held))
        patch.setattr(payload, "CHUNK", chunk)
        patch.setattr(payload, "CATCH_UP", catch_up)
        writer = Writer()
        for part in parts:
            writer.write(part)
        made = writer.done()

        for one in (made, Payload.of(body), Payload.unpacked(made.packed, len(body))):
            assert (one.whole(), b"".join(one.chunks()), len(one)) == (body, body, len(body))
            assert (one.digest, b"".join(one.pieces(100))) == (hashlib.sha256(body).digest(), body)
            assert one.start(10) == body[: len(one.start(10))]
            assert len(one.start(10)) >= min(10, len(body))
        assert made.large == (len(body) > large)
        assert KLUIS.open(KLUIS.seal(made, "x"), "x") == body
        assert KLUIS.open_payload(KLUIS.seal(body, "x"), "x", len(body)).whole() == body


def test_a_large_one_is_kept_compressed() -> None:
    writer = Writer()
    for _ in range(2 * payload.HELD_BYTES // payload.CHUNK):
        writer.write(b"regel " * (payload.CHUNK // 6))

    made = writer.done()

    assert not made.held
    assert len(made.packed) < len(made) / 100
    assert sum(map(len, made.chunks())) == len(made)


def test_many_small_pieces_are_kept_as_few() -> None:
    writer = Writer()
    for _ in range(2 * payload.CHUNK):
        writer.write(b"x")

    assert len(list(writer.done().chunks())) == 2
