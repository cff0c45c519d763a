"""B12: bombs cost their sender. Each is refused within seconds and within memory, and opens nothing (P9)."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from bench.meten import MB, forget_peak, resident
from tests.keten.berichten.startstop import a_305
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.ruig.bommen import BOMMEN, Bom, Lokaas
from tests.ruig.maat import Maat, alleen_vol

SERVICE = "startstop"
PATH = f"/{SERVICE}/v1/berichten"
SECRET = "lokaas-8f1d"
SECONDS = 5.0
MOST = 8 * 128 * MB
"""Of memory: eight times the limit of a body."""


@asynccontextmanager
async def bait(folder: Path) -> AsyncIterator[tuple[Lokaas, list[str]]]:
    """A file and an address that nothing may open; with who came to the address."""
    came: list[str] = []

    async def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(str(writer.get_extra_info("peername")))
        writer.close()

    server = await asyncio.start_server(count, "127.0.0.1", 0)
    file = folder / "lokaas.txt"
    file.write_text(SECRET)
    async with server:
        yield Lokaas(str(file), f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"), came


@contextmanager
def within_memory(stapel: Stapel) -> Iterator[Callable[[], int]]:
    """How many bytes the service took at most, above what it had; at the end it has them back."""
    pid = int(stapel.state[SERVICE])
    forget_peak(pid)
    before = resident("VmRSS", pid)
    yield lambda: resident("VmHWM", pid) - before
    assert int(stapel.state[SERVICE]) == pid, "the service died"


@pytest.mark.parametrize("bom", BOMMEN, ids=lambda bom: bom.naam.replace(" ", "_"))
async def test_b12_a_bomb_is_refused(kring32: Kring, bom: Bom, maat: Maat, tmp_path: Path) -> None:
    size = maat.kies(2, 20)
    async with bait(tmp_path) as (lokaas, came):
        body = bom.make(a_305(kring32, kring32.nummer()).xml, lokaas, size)
        with within_memory(kring32.stapel) as most:
            start = time.monotonic()
            answer = await kring32.aanbieder.request("POST", PATH, content=body, headers=bom.headers)
            seconds = time.monotonic() - start

            assert answer.status_code in bom.mag, answer.text[:500]
            assert seconds <= SECONDS, f"{seconds:.1f} s"
            assert most() <= MOST
            assert SECRET not in answer.text
            assert not came, "a connection was made"
            assert len(answer.content) < 100_000, "the errors are bounded"
            maat.noteer(
                f"B12 {bom.naam}", MB=f"{len(body) / MB:.1f}", s=f"{seconds:.2f}", geheugen=f"{most() / MB:.0f}"
            )


HOOFDEN: dict[str, tuple[str, list[str]]] = {
    "cursor": ("?cursor=" + "9" * 5_000, []),
    "cursor, no number": ("?cursor=%00%ff%27%3B--", []),
    "many parameters": ("?" + "&".join(f"p{n}=1" for n in range(5_000)), []),
    "limiet": ("?limiet=99999999999999999999", []),
    "long header": ("", ["X-Lang: " + "a" * 100_000]),
    "header without end": ("", ["X-Lang: " + "a" * 1_000_000]),
    "many headers": ("", [f"X-{n}: a" for n in range(10_000)]),
    "headers all alike": ("", ["X: a"] * 5_000),
    "request id": ("", ["X-Request-ID: " + "${jndi:ldap://127.0.0.1/a}" * 100]),
    "prefer": ("", ["Prefer: wait=" + "9" * 4_000]),
    "accept": ("", ["Accept: " + "a/b;q=0.1," * 4_000]),
    "two tokens": ("", ["Authorization: Bearer " + "a" * 30_000]),
}


@pytest.mark.parametrize("naam", HOOFDEN)
async def test_b12_a_head_that_is_too_much(kring32: Kring, naam: str) -> None:
    query, lines = HOOFDEN[naam]
    own = [f"GET {PATH}{query} HTTP/1.1", "Host: x", "Connection: close"]
    head = [*own, f"Authorization: Bearer {kring32.aanbieder.token}", *lines, "", ""]

    told = await asyncio.wait_for(_told(kring32.stapel, "\r\n".join(head).encode()), SECONDS)

    assert int(told.split(b" ")[1]) in {200, 400, 401, 406, 414, 431}, told[:500]


def _head(sender: Deelnemer, *lines: str) -> bytes:
    own = [f"POST {PATH} HTTP/1.1", "Host: x", f"Authorization: Bearer {sender.token}", "Content-Type: application/xml"]
    return "\r\n".join([*own, *lines, "", ""]).encode()


async def _told(stapel: Stapel, sent: bytes, *, close: bool = False) -> bytes:
    """What the service itself answers to these bytes, up to its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stapel.state["poorten"][SERVICE])
    writer.write(sent)
    if close:
        writer.write_eof()
    try:
        return await reader.read(64 * 1024)
    except ConnectionResetError:
        return b"hung_up 431"  # on what was still coming
    finally:
        writer.close()


async def test_b12_a_body_shorter_than_it_says_keeps_nothing(kring32: Kring) -> None:
    body = a_305(kring32, kring32.nummer()).xml
    sent = _head(kring32.aanbieder, f"Content-Length: {len(body) + 1000}") + body

    told = await asyncio.wait_for(_told(kring32.stapel, sent, close=True), SECONDS)

    assert told.startswith(b"HTTP/1.1 400 ") or not told
    assert (await kring32.aanbieder.get(PATH))["berichten"] == []


async def test_b12_a_body_longer_than_it_says_is_no_second_message(kring32: Kring) -> None:
    body = a_305(kring32, kring32.nummer()).xml
    sent = _head(kring32.aanbieder, f"Content-Length: {len(body) // 2}") + body

    told = await asyncio.wait_for(_told(kring32.stapel, sent), SECONDS)

    assert told.startswith(b"HTTP/1.1 400 ")
    assert (await kring32.aanbieder.get(PATH))["berichten"] == []


async def test_b12_a_body_of_two_lengths_is_refused(kring32: Kring) -> None:
    body = a_305(kring32, kring32.nummer()).xml
    sent = _head(kring32.aanbieder, f"Content-Length: {len(body)}", "Transfer-Encoding: chunked") + body

    told = await asyncio.wait_for(_told(kring32.stapel, sent), SECONDS)

    assert told.startswith(b"HTTP/1.1 400 ")


@alleen_vol
@pytest.mark.parametrize("chunked", [False, True])
async def test_b12_a_body_that_never_ends_is_cut_off(kring32: Kring, chunked: bool) -> None:
    """One byte each second: under 10 kB/s, so it is over once the longest silence is."""
    lines = ("Transfer-Encoding: chunked",) if chunked else ("Content-Length: 1000000",)
    port = kring32.stapel.state["poorten"][SERVICE]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_head(kring32.aanbieder, *lines))
    answer = asyncio.create_task(reader.read(64 * 1024))
    start = time.monotonic()

    while not answer.done() and time.monotonic() - start < 60:
        writer.write(b"1\r\n \r\n" if chunked else b" ")
        await asyncio.wait((answer,), timeout=1)
    writer.close()

    assert (await answer).startswith(b"HTTP/1.1 400 ")
    assert time.monotonic() - start < 40
