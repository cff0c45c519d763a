"""Reading a body: within its size, its ratio and its time."""

import asyncio
import gzip
import random
from contextlib import suppress
from typing import Any

import pytest
import zstandard
from starlette.requests import Request

from shared.exchange.huis import Huis
from shared.exchange.ontvangst import read_body
from shared.problems import (
    KnooppuntError,
    MediaTypeError,
    OnleesbaarError,
    TeGrootError,
    VerzoekError,
)
from tests.shared.exchange.verzoeken import a_huis, a_request

MB = 1024 * 1024
NOISE = random.Random(1).randbytes(MB + 1)  # cannot be compressed


@pytest.fixture(scope="module")
def huis() -> Huis:
    """With a limit of one megabyte."""
    return a_huis()


def zstd(body: bytes, **options: Any) -> bytes:
    return zstandard.ZstdCompressor(**options).compress(body)


async def refusal(huis: Huis, request: Request, error: type[KnooppuntError]) -> KnooppuntError:
    with pytest.raises(error) as caught:
        await read_body(huis, request)
    return caught.value


def pieces(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


BODY = b"<Bericht>" + bytes(range(256)) * 400 + b"</Bericht>"
ENCODED = {"identity": BODY, "gzip": gzip.compress(BODY), "zstd": zstd(BODY)}


@pytest.mark.parametrize("encoding", ENCODED)
@pytest.mark.parametrize("size", [1, 7, 1024, 1_000_000])
async def test_a_body_is_read_whole_in_pieces_of_any_size(encoding: str, size: int, huis: Huis) -> None:
    body = ENCODED[encoding]
    request = a_request(*pieces(body, max(size, len(body) // 2000)), content_encoding=encoding)

    assert await read_body(huis, request) == BODY


@pytest.mark.parametrize("encoding", ["", "identity", "GZIP", " zstd "])
async def test_the_name_of_an_encoding_is_read_kindly(encoding: str, huis: Huis) -> None:
    body = ENCODED.get(encoding.strip().lower() or "identity", BODY)

    assert await read_body(huis, a_request(body, content_encoding=encoding)) == BODY


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "x-gzip", "gzip;q=1"])
async def test_another_encoding_is_refused_with_what_is_known(encoding: str, huis: Huis) -> None:
    error = await refusal(huis, a_request(BODY, content_encoding=encoding), MediaTypeError)

    assert error.headers["Accept-Encoding"] == "gzip, zstd"


async def test_an_empty_body_is_empty(huis: Huis) -> None:
    assert await read_body(huis, a_request()) == b""


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
async def test_a_body_of_exactly_the_limit_is_read(encoding: str, huis: Huis) -> None:
    body = NOISE[:MB]
    packed = {"identity": body, "gzip": gzip.compress(body), "zstd": zstd(body)}[encoding]

    assert len(await read_body(huis, a_request(*pieces(packed, 65536), content_encoding=encoding))) == MB


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
async def test_a_body_one_byte_over_the_limit_is_refused(encoding: str, huis: Huis) -> None:
    body = NOISE[: MB + 1]
    packed = {"identity": body, "gzip": gzip.compress(body), "zstd": zstd(body)}[encoding]

    await refusal(huis, a_request(*pieces(packed, 65536), content_encoding=encoding), TeGrootError)


async def test_a_declared_length_over_the_limit_is_refused_before_reading(huis: Huis) -> None:
    """The request has no body at all: reading it would fail in another way."""
    await refusal(huis, a_request(ends=False, content_length=str(MB + 1)), TeGrootError)


@pytest.mark.parametrize("length", ["-1", "x", "", "²", "1e9"])
async def test_a_declared_length_that_is_no_number_does_not_matter(length: str, huis: Huis) -> None:
    assert await read_body(huis, a_request(b"abc", content_length=length)) == b"abc"


@pytest.mark.parametrize(
    "pack", [lambda body: gzip.compress(body, 9), lambda body: zstd(body, level=19)], ids=["gzip", "zstd"]
)
async def test_a_bomb_is_refused_by_its_ratio(pack: Any) -> None:
    """Far below the limit in bytes, far above it in ratio."""
    large = a_huis(max_bericht_mb=128)
    bomb = pack(b" " * (64 * MB))
    assert len(bomb) < 100_000

    await refusal(
        large,
        a_request(*pieces(bomb, 4096), content_encoding="gzip" if bomb[:2] == b"\x1f\x8b" else "zstd"),
        TeGrootError,
    )


async def test_a_small_body_that_packs_well_is_no_bomb(huis: Huis) -> None:
    body = b" " * 150_000

    assert await read_body(huis, a_request(gzip.compress(body), content_encoding="gzip")) == body


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("keep", [0, 1, 10, 0.5, -1])
async def test_a_truncated_body_is_refused(encoding: str, keep: float, huis: Huis) -> None:
    packed = ENCODED[encoding]
    cut = int(len(packed) * keep) if 0 < keep < 1 else int(keep)

    await refusal(huis, a_request(packed[:cut], content_encoding=encoding), OnleesbaarError)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_damaged_body_is_refused(encoding: str, huis: Huis) -> None:
    packed = gzip.compress(BODY) if encoding == "gzip" else zstd(BODY, write_checksum=True)
    damaged = packed[:-6] + bytes([packed[-6] ^ 255]) + packed[-5:]

    await refusal(huis, a_request(damaged, content_encoding=encoding), OnleesbaarError)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_body_in_another_encoding_than_it_says_is_refused(encoding: str, huis: Huis) -> None:
    await refusal(huis, a_request(BODY, content_encoding=encoding), OnleesbaarError)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("size", [10, 100_000])
async def test_a_body_in_two_parts_is_read_whole_or_refused(encoding: str, size: int, huis: Huis) -> None:
    """Both formats allow parts one after the other; half of a message must never pass for the whole."""
    first, second = BODY[:5000], BODY[5000:]
    pack: Any = gzip.compress if encoding == "gzip" else zstd
    request = a_request(*pieces(pack(first) + pack(second), size), content_encoding=encoding)

    with suppress(OnleesbaarError):
        assert await read_body(huis, request) == BODY


async def test_a_sender_who_hangs_up_halfway_sent_nothing(huis: Huis) -> None:
    await refusal(huis, a_request(b"<Ber", ends=False), VerzoekError)


async def test_a_sender_who_falls_silent_is_not_waited_for() -> None:
    async def never() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError("never")

    silent = a_request()
    silent._receive = never

    await refusal(a_huis(leestijd_seconden=1), silent, VerzoekError)
