"""How long questions about five million judged lines take over HTTP, and what their figures cost a recording."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from bench.gegevens import GEMEENTE
from bench.meten import spread
from bench.opstelling import opstelling
from bench.uitkomst import Uitkomst
from bench.veel_prestaties import GROOT, load
from shared.security.partij import Partij

PRESTATIES = 5_000_000
ROUNDS = 5
"""Of each question, after one that is not counted."""
MAX_MS = 1000
SECONDS = 120.0
KLEIN = "12000003"
"""One of the many aanbieders, at the large gemeente."""
CSV = {"Accept": "text/csv"}
LARGE = f"select bericht_id from declaratie.declaratie where aanbieder = '{GROOT}' order by id desc limit 1"  # noqa: S608
MAX_COUNTING = 1.3
COLUMNS = (
    "bericht_id", "gemeente", "aanbieder", "client", "toewijzing_nummer", "categorie", "code", "begindatum",
    "einddatum", "volume", "eenheid", "tarief", "bedrag", "credit", "toegekend", "dubbel", "retourcodes", "referentie",
)  # fmt: skip
LINES = f"select {', '.join(COLUMNS)} from declaratie.prestatie where bericht_id = $1"  # noqa: S608 - ours


@dataclass(frozen=True)
class Vraag:
    """One question: by whom, where, and what; with ``body`` it is a POST."""

    wat: str
    partij: Partij
    pad: str
    params: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def vragen(bericht_id: str) -> list[Vraag]:
    """What contract managers ask, the widest and the rarest first; the id is of a large declaration."""
    gemeente, groot, klein = Partij.gemeente(GEMEENTE), Partij.aanbieder(GROOT), Partij.aanbieder(KLEIN)
    kwartaal = {"van": "2024-01-01", "tot": "2024-03-31"}
    alles = {"groep": ["maand", "aanbieder", "product", "retourcode"], **kwartaal}
    maand = {"van": "2022-02-01", "tot": "2022-02-28"}
    nergens = {"categorie": "15", "toegekend": False}
    regels: list[tuple[str, Partij, dict[str, Any]]] = [
        ("first page", gemeente, {}),
        ("first page, the large aanbieder", groot, {}),
        ("one aanbieder, one month, refused", gemeente, {"aanbieder": KLEIN, "van": "2023-03-01", "tot": "2023-03-31",
                                                          "toegekend": False}),
        ("one retourcode", gemeente, {"retourcode": "0611"}),
        ("one product, credits, of the large aanbieder", groot, {"productCode": "01A01", "credit": True}),
        ("a broken month of the first year", gemeente, {"van": "2022-01-01", "tot": "2022-01-01"}),
        ("what there is none of", gemeente, nergens),
        ("a toewijzing", groot, {"toewijzingNummer": 1_000_007}),
        ("the most lines on a page", gemeente, {"limiet": 500, "toegekend": False}),
    ]  # fmt: skip
    cijfers: list[tuple[str, Partij, dict[str, Any]]] = [
        ("total of everything", gemeente, {}),
        ("per month", gemeente, {"groep": "maand"}),
        ("per aanbieder and product", gemeente, {"groep": ["aanbieder", "product"]}),
        ("per retourcode, refused", gemeente, {"groep": "retourcode", "toegekend": False}),
        ("per month and gemeente, the large aanbieder", groot, {"groep": ["maand", "gemeente"]}),
        (
            "per month, aanbieder and retourcode, a quarter",
            gemeente,
            {"groep": ["maand", "aanbieder", "retourcode"], **kwartaal},
        ),
        ("of one toewijzing", gemeente, {"toewijzingNummer": 1_000_007}),
    ]
    return [
        *(Vraag(f"lines: {wat}", partij, "/prestaties", params) for wat, partij, params in regels),
        *(Vraag(f"figures: {wat}", partij, "/cijfers", params) for wat, partij, params in cijfers),
        Vraag("figures: all four groups as CSV, a quarter", gemeente, "/cijfers", alles, headers=CSV),
        Vraag("declarations: first page", gemeente, "/declaraties"),
        Vraag("declarations: refused as a whole (none)", gemeente, "/declaraties", {"status": "afgekeurd"}),
        Vraag("declarations: an aanbieder's, one month", klein, "/declaraties", maand),
        Vraag("declarations: with one retourcode", gemeente, "/declaraties", {"retourcode": "0611"}),
        Vraag("declarations: with a product, one month", klein, "/declaraties", {"productCode": "01A04", **maand}),
        Vraag("declarations: with what there is none of", gemeente, "/declaraties", {"categorie": "15"}),
        Vraag("declarations: by number", klein, "/declaraties", {"nummer": "D7"}),
        Vraag("declarations: the last lines of a large one", groot, f"/declaraties/{bericht_id}/regels"),
        Vraag("consumption: one toewijzing", groot, f"/verbruik/{1_000_007}"),
        Vraag("consumption: a page", gemeente, "/verbruik/zoek", body={"limiet": 100}),
        Vraag("consumption: a product of an aanbieder", gemeente, "/verbruik/zoek",
              body={"aanbieder": KLEIN, "productCode": "01A04", "limiet": 100}),
        Vraag("consumption: one client", gemeente, "/verbruik/zoek", body={"bsn": "999990019"}),
    ]  # fmt: skip


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
    """Every question on so many lines."""
    async with opstelling() as hier:
        await load(hier.conn, prestaties)
        large = await hier.conn.fetchval(LARGE)
        port = hier.stapel.state["poorten"]["declaratie"]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=SECONDS) as client:
            for vraag in vragen(str(large)):
                token = await asyncio.to_thread(hier.stapel.token, vraag.partij)
                took = [await ask(client, vraag, token) for _ in range(ROUNDS + 1)][1:]
                most = max(took) * 1000
                yield Uitkomst(vraag.wat, f"{most:,.0f} ms", f"≤ {MAX_MS} ms", most <= MAX_MS, spread(took))
        yield await counting(hier.conn, large)


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
