"""Traffic that goes on while something happens to the cluster, in a ledger that is compared afterwards."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from shared.settings import SERVICES
from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.ruig.grootboek import Grootboek
from tests.ruig.maat import MAAT
from tests.ruig.verkeer import verkeer
from tests.wachten import eventually

TEMPO = 12.0
TEGELIJK = 4
EERST = 10


@asynccontextmanager
async def onder_verkeer(boek: Grootboek, kringen: Sequence[Kring], naam: str, **feiten: Any) -> AsyncIterator[None]:
    """Messages of all kinds meanwhile, some before and some after; then everything must be right, and every message
    taken at its first try."""
    boek.tempo = TEMPO
    loting, done = MAAT.loting(naam), asyncio.Event()

    async def keep_on() -> None:
        while not done.is_set():
            await verkeer(boek, kringen, boek.genomen + 1, loting, tegelijk=TEGELIJK)

    async with asyncio.TaskGroup() as group:
        group.create_task(keep_on())
        await taken(boek, EERST)
        yield
        await taken(boek, EERST)
        done.set()
    MAAT.noteer(naam, berichten=boek.genomen, antwoorden=boek.antwoorden(), **feiten)
    await boek.controleer()
    assert set(boek.antwoorden()) <= {200, 201, 202}


async def taken(boek: Grootboek, more: int) -> None:
    """Back when so many more messages were taken."""
    wanted = boek.genomen + more

    async def so_many() -> bool:
        return boek.genomen >= wanted

    await eventually(so_many, f"{more} more messages are taken", seconds=60)


async def generations(stapel: Stapel) -> list[int]:
    """Of each service the number of its log: one higher each time that it found its broker to be an empty one."""
    sql = " union all ".join(
        f"select '{one}' dienst, coalesce(max(generatie), 1) nummer from {one}.tijdperk" for one in SERVICES
    )
    return [row["nummer"] for row in await stapel.query(f"select * from ({sql}) alle order by dienst")]
