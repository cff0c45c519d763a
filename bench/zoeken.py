"""How long questions about five million judged lines take over HTTP, and what their figures cost a recording."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from statistics import median
from time import perf_counter
from uuid import UUID

import asyncpg
import httpx

from bench.betalen import betalen
from bench.meten import spread
from bench.opstelling import opstelling
from bench.uitkomst import Uitkomst
from bench.veel_overig import load_overig
from bench.veel_prestaties import GROOT, load
from bench.vragen import Vraag, vragen

PRESTATIES = 5_000_000
ROUNDS = 5
"""Of each question, after one that is not counted."""
MAX_MS = 1000
SECONDS = 120.0
WAITING = f"select bericht_id from declaratie.handmatig_declaratie where aanbieder = '{GROOT}'"  # noqa: S608
INVOICE = "select bericht_id from declaratie.verzamelfactuur"
LARGE = f"select bericht_id from declaratie.declaratie where aanbieder = '{GROOT}' order by id desc limit 1"  # noqa: S608
MAX_COUNTING = 1.3
COLUMNS = (
    "bericht_id", "gemeente", "aanbieder", "client", "toewijzing_nummer", "categorie", "code", "begindatum",
    "einddatum", "volume", "eenheid", "tarief", "bedrag", "credit", "toegekend", "dubbel", "retourcodes", "referentie",
)  # fmt: skip
LINES = f"select {', '.join(COLUMNS)} from declaratie.prestatie where bericht_id = $1"  # noqa: S608 - ours


async def ask(client: httpx.AsyncClient, vraag: Vraag, token: str) -> float:
    """The seconds until the last byte of the answer, which must be a good one."""
    headers = {"Authorization": f"Bearer {token}", **vraag.headers}
    start = perf_counter()
    answer = await client.request(
        "GET" if vraag.body is None else "POST",
        f"/declaratie/v1{vraag.pad}",
        params=vraag.params,
        json=vraag.body,
        headers=headers,
    )
    took = perf_counter() - start
    answer.raise_for_status()
    return took


async def zoeken(prestaties: int = PRESTATIES) -> AsyncIterator[Uitkomst]:
    """Every question on so many lines, and what is paid of them."""
    async with opstelling() as hier:
        await load(hier.conn, prestaties)
        await load_overig(hier.conn)
        large, waiting, invoice = [await hier.conn.fetchval(one) for one in (LARGE, WAITING, INVOICE)]
        port = hier.stapel.state["poorten"]["declaratie"]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=SECONDS) as client:
            for vraag in vragen(str(large), str(waiting), str(invoice)):
                token = await asyncio.to_thread(hier.stapel.token, vraag.partij)
                took = [await ask(client, vraag, token) for _ in range(ROUNDS + 1)][1:]
                yield within(vraag.wat, took)
            async for wat, took in betalen(client, hier.stapel):
                yield within(wat, took)
        yield await counting(hier.conn, large)


def within(wat: str, took: Sequence[float]) -> Uitkomst:
    """What was found of a question, of which the slowest counts."""
    most = max(took) * 1000
    return Uitkomst(wat, f"{most:,.0f} ms", f"≤ {MAX_MS} ms", most <= MAX_MS, spread(took))


async def counting(conn: asyncpg.Connection, bericht_id: UUID) -> Uitkomst:
    """What it costs a recording that its lines are counted: COPY of a large declaration with and without, in turn."""
    lines = await conn.fetch(LINES, bericht_id)
    took: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(ROUNDS):
        for counted, found in took.items():
            records = [(*tuple(line.values())[:-1], f"{len(found)}{counted}{line['referentie']}") for line in lines]
            transaction = conn.transaction()
            await transaction.start()
            if not counted:
                await conn.execute("alter table declaratie.prestatie disable trigger prestatie_geteld_insert")
            start = perf_counter()
            await conn.copy_records_to_table("prestatie", schema_name="declaratie", columns=COLUMNS, records=records)
            found.append(perf_counter() - start)
            await transaction.rollback()
    ratio = median(took[True]) / median(took[False])
    return Uitkomst(
        f"COPY of {len(lines):,} lines, counted for the figures / not counted", f"{ratio:.2f} x",
        f"≤ {MAX_COUNTING} x", ratio <= MAX_COUNTING, f"{spread(took[True])} against {spread(took[False])}",
    )  # fmt: skip
