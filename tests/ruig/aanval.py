"""One party that does its worst, in a process of its own: in that of the test it would hold up the party beside it."""

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

SECONDS = 60
"""In which it begins, and ends."""
Answers = dict[str, Counter[int]]
"""By weapon: how often each status."""


@dataclass(frozen=True)
class Wapen:
    """What is sent again and again over so many connections (``lijnen``): these requests in turn."""

    naam: str
    lijnen: int
    verzoeken: Sequence["Verzoek"]


@dataclass(frozen=True)
class Verzoek:
    """One request, with a body."""

    method: str
    path: str
    body: bytes
    headers: Mapping[str, str]


@dataclass
class Aanval:
    """What came of it: filled when it is over."""

    answers: Answers = field(default_factory=dict)


@asynccontextmanager
async def under_attack(url: str, token: str, wapens: Sequence[Wapen]) -> AsyncIterator[Aanval]:
    """From the moment that its process is there, and begins to connect, until the end of the block."""
    aanval, spawn = Aanval(), multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_attack, args=(there, url, token, wapens), daemon=True)
    process.start()
    there.close()  # it has its own: once that is gone nothing more is waited for here
    try:
        await asyncio.wait_for(asyncio.to_thread(here.recv), SECONDS)
        yield aanval
        here.send("stop")
        aanval.answers = await asyncio.wait_for(asyncio.to_thread(here.recv), SECONDS)
    finally:
        process.kill()
        process.join()


def _attack(pipe: Connection, url: str, token: str, wapens: Sequence[Wapen]) -> None:
    asyncio.run(_throw(pipe, url, token, wapens))


async def _throw(pipe: Connection, url: str, token: str, wapens: Sequence[Wapen]) -> None:
    answers: Answers = {wapen.naam: Counter() for wapen in wapens}
    over = asyncio.Event()
    lines = [
        asyncio.create_task(_line(url, token, wapen, first, answers[wapen.naam], over))
        for wapen in wapens
        for first in range(wapen.lijnen)
    ]
    pipe.send("begun")
    await asyncio.to_thread(pipe.recv)
    # What was asked is waited for, so that nothing of it goes on in the test that follows.
    over.set()
    await asyncio.gather(*lines)
    pipe.send(answers)


async def _line(url: str, token: str, wapen: Wapen, first: int, answers: Counter[int], over: asyncio.Event) -> None:
    """One connection after another, and over each one request after another, until it is over; ``first``: of the
    requests."""
    at, turn = urlsplit(url), first
    while not over.is_set():
        # The node may hang up on what it refuses.
        with suppress(OSError, asyncio.IncompleteReadError, ValueError):
            reader, writer = await asyncio.open_connection(at.hostname, at.port)
            try:
                while not over.is_set():
                    turn += 1
                    writer.write(_head(at.netloc, token, one := wapen.verzoeken[turn % len(wapen.verzoeken)]))
                    writer.write(one.body)
                    answers[await _status(reader)] += 1
            finally:
                writer.close()


def _head(host: str, token: str, one: Verzoek) -> bytes:
    headers = {"Host": host, "Authorization": f"Bearer {token}", "Content-Length": str(len(one.body)), **one.headers}
    lines = (f"{one.method} {one.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", "")
    return "\r\n".join(lines).encode()


async def _status(reader: asyncio.StreamReader) -> int:
    """Of one answer, read to its end; ValueError when it is none, or ends with the connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    status = int(head.split()[1])
    await reader.readexactly(int(length))
    return status
