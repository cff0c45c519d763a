"""A message through claim, facts, verdict and record, on one connection; and waiting for the database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.exchange import register
from shared.exchange.dienst import Dienst, Heen, Oordeel
from shared.exchange.register import Claim
from shared.exchange.tables import ExchangeTables
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Kop
from shared.kafka.outbox import NewEvent
from shared.security.kluis import Kluis
from tests.shared.iwmo.berichten import ONTVANGEN, a_heen, soort

KLUIS = Kluis((("a", AESGCM(b"k" * 32)),), b"p" * 32)
SECONDS = 20.0


async def claim(
    conn: AsyncConnection, tables: ExchangeTables, kop: Kop, body: bytes = b"<x/>", bericht_id: UUID | None = None
) -> Claim:
    """Claims the key of a message; its hash is its body."""
    return await register.claim(conn, tables, bericht_id or uuid4(), kop, body, body, KLUIS, ONTVANGEN)


async def process(
    conn: AsyncConnection, dienst: Dienst[Any, Any], tables: ExchangeTables, inhoud: Inhoud, naam: str, release: Any
) -> tuple[Heen, Oordeel, list[NewEvent]]:
    """Judges a message on what the database has, and records it when it is accepted."""
    heen = a_heen(inhoud, soort(naam, release))
    await claim(conn, tables, heen.kop, str(inhoud).encode(), heen.id)
    lezing = dienst.read(heen, KLUIS)
    assert dienst.in_message(lezing, heen) == []
    facts = await dienst.facts(conn, lezing, heen)
    oordeel = dienst.judge(lezing, facts, heen)
    if oordeel.afgekeurd:
        return heen, oordeel, []
    return heen, oordeel, await dienst.record(conn, lezing, facts, oordeel, heen, KLUIS)


def codes(oordeel: Oordeel) -> list[str]:
    return [melding.retourcode for melding in oordeel.meldingen]


async def until(fact: Callable[[], Awaitable[bool]]) -> None:
    """Waits for a fact, with a deadline."""
    async with asyncio.timeout(SECONDS):
        while not await fact():
            await asyncio.sleep(0.005)


async def until_blocked(engine: AsyncEngine, number: int = 1) -> None:
    """Waits until so many sessions of this role wait for a lock."""
    blocked = text(
        "select count(*) from pg_locks join pg_stat_activity using (pid) where not granted and usename = session_user"
    )

    async def are_blocked() -> bool:
        async with engine.connect() as conn:
            return int(await conn.scalar(blocked)) >= number

    await until(are_blocked)
