"""Violence against the processes of a stack."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

from tests.keten.stapel import PROCESSES, Stapel, runs
from tests.ruig.grootboek import Grootboek


def with_children(pid: int) -> list[int]:
    """A process and all below it: the database works in processes of its own, of which the server is the parent."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                after_name = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(after_name[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


@asynccontextmanager
async def stil(stapel: Stapel, naam: str) -> AsyncIterator[None]:
    """One process of the stack stands still with all below it; it may be killed meanwhile."""
    pids = [pid for pid in (stapel.state[naam],) if runs(pid)]
    stopped = [one for pid in pids for one in with_children(pid)]
    _signal(stopped, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(stopped, signal.SIGCONT)


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def dood(stapel: Stapel, naam: str) -> None:
    """SIGKILL, unless it is being started again at this moment."""
    if runs(stapel.state[naam]):
        with suppress(ProcessLookupError):
            stapel.kill(naam)


async def geweld(stapel: Stapel, loting: Random, seconds: float) -> str:
    """Kills a random process, or has it stand still for so long; what was done."""
    naam = loting.choice(PROCESSES)
    if loting.random() < 0.5:
        dood(stapel, naam)
        return f"{naam} gedood"
    async with stil(stapel, naam):
        await asyncio.sleep(seconds)  # how long is what is tested
    return f"{naam} stilgezet"


@asynccontextmanager
async def elke(boek: Grootboek, berichten: int, storing: Callable[[], Awaitable[str]]) -> AsyncIterator[Counter[str]]:
    """Disturbs meanwhile, each time so many more messages were taken, also while an earlier one lasts; what was done,
    complete afterwards."""
    gedaan: Counter[str] = Counter()
    begun: list[asyncio.Task[None]] = []

    async def one() -> None:
        gedaan[await storing()] += 1

    async def disturb() -> None:
        volgende = boek.genomen + berichten
        while True:
            while boek.genomen < volgende:
                await asyncio.sleep(0.01)
            volgende += berichten
            begun.append(asyncio.create_task(one()))

    task = asyncio.create_task(disturb())
    try:
        yield gedaan
    finally:
        task.cancel()
        await asyncio.gather(*begun)


LOCK_SECONDS = 60
HOLDER = (
    "select l.pid, (l.classid::bigint << 32) | l.objid::bigint as key from pg_locks l join pg_stat_activity a using "
    "(pid) where l.locktype = 'advisory' and l.objsubid = 1 and l.granted and a.usename = $1"
)


async def _take(stapel: Stapel, dienst: str, conn: Any, key: int) -> None:
    """Takes a lock of a service, whoever of it holds that."""
    taking = asyncio.create_task(conn.fetch("select pg_advisory_lock($1)", key))
    while not taking.done():
        for row in await stapel.query(HOLDER, dienst):
            if row["key"] == key:
                await stapel.query("select pg_terminate_backend($1)", row["pid"])
        await asyncio.wait((taking,), timeout=0.05)
    await taking


@asynccontextmanager
async def relay_stil(stapel: Stapel, dienst: str) -> AsyncIterator[None]:
    """No relay of this service publishes: somebody else has the lock. Reception and judging go on."""
    conn = await stapel.connect()
    try:
        async with asyncio.timeout(LOCK_SECONDS):
            while not (holders := await stapel.query(HOLDER, dienst)):
                await asyncio.sleep(0.02)
            for key in {row["key"] for row in holders}:
                await _take(stapel, dienst, conn, key)
        yield
    finally:
        await conn.close()
