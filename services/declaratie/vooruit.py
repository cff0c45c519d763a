"""Judging a large declaration while the database writes the lines that were judged already."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.declaratie import Declaratie
from services.declaratie.domain.feiten import DeclaratieFeiten
from services.declaratie.events import declaratie_events
from services.declaratie.oordeel import judge_clients
from services.declaratie.tables import DECLARATIE, PRESTATIE
from services.declaratie.vastleggen import COLUMNS, OF_GRANTED, Boek, Row
from shared.db import copy_batches
from shared.exchange.dienst import Beside, Heen, Oordeel
from shared.iwmo.regels import Melding
from shared.kafka.outbox import NewEvent

AT_ONCE = 1_000
"""Lines that are judged while the database writes as many before them."""


async def judge_and_record(
    conn: AsyncConnection, work: "Werk", beside: Beside, judged: Callable[[Oordeel], None]
) -> tuple[Oordeel, list[NewEvent] | None]:
    """Judges clients and lines, and writes them meanwhile: the database has as much work with a line as we have. The
    verdict, which ``judged`` is told before all is written, and what it tells; None instead when not all was written,
    because a refusal that rests on foreign facts is not final: the caller then undoes what was."""
    # What it adds up to is known when all is judged; what counts the lines must find it.
    await conn.execute(insert(DECLARATIE).values(work.boek.declaratie()))
    following = _Following(work, beside, judged)
    async with aclosing(following.parts()) as parts:
        await copy_batches(conn, PRESTATIE, COLUMNS[:OF_GRANTED], following.while_granted(parts))
        if following.left is not None:
            await copy_batches(conn, PRESTATIE, COLUMNS, _and_the_rest(following.left, parts))
    if following.ended is None:
        return await beside(work.end), None
    oordeel, events = await following.ended
    await conn.execute(update(DECLARATIE).where(DECLARATIE.c.bericht_id == work.heen.id).values(work.boek.declaratie()))
    return oordeel, events


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of judged lines, and whether all of those were granted whole."""

    rows: list[Row]
    granted: bool


class Werk:
    """A declaration that is judged a part at a time; ``verdict`` makes of all that was found wrong what it comes to."""

    def __init__(
        self,
        lezing: Declaratie,
        feiten: DeclaratieFeiten,
        heen: Heen,
        verdict: Callable[[list[Melding]], Oordeel],
    ) -> None:
        self.heen = heen
        self.boek = Boek(lezing, feiten, heen)
        self.wacht = False
        """A refusal rests on foreign facts."""
        self._verdict = verdict
        self._meldingen: list[Melding] = []
        self._clienten = judge_clients(lezing, feiten)

    def part(self) -> _Part | None:
        """The next lines; None after the last."""
        rows: list[Row] = []
        granted = True
        for client, found in self._clienten:
            rows += self.boek.enter(client, found)
            if found:
                granted = False
                self._meldingen += found
                self.wacht = self.wacht or any(one.vreemd for one in found)
            if len(rows) >= AT_ONCE:
                break
        return _Part(rows, granted) if rows else None

    def end(self) -> Oordeel:
        """The verdict, once what was not judged yet is judged too."""
        for _, found in self._clienten:
            self._meldingen += found
        return self._verdict(self._meldingen)

    def tell(self) -> list[NewEvent]:
        """What it did."""
        return declaratie_events(self.boek.declaratie(), self.boek.granted)


class _Following:
    """The parts of one declaration as they go to the database."""

    def __init__(self, work: Werk, beside: Beside, judged: Callable[[Oordeel], None]) -> None:
        self._work, self._beside, self._judged = work, beside, judged
        self.left: _Part | None = None
        """The first part that was not granted whole."""
        self.ended: asyncio.Future[tuple[Oordeel, list[NewEvent]]] | None = None
        """What follows from all of them: worked out while the last are being written."""

    async def parts(self) -> AsyncGenerator[_Part, None]:
        """Each part, while the next is judged; no more of them once the verdict must wait."""
        coming = asyncio.create_task(self._beside(self._work.part))
        try:
            while (part := await coming) is not None and not self._work.wacht:
                coming = asyncio.create_task(self._beside(self._work.part))
                yield part
        finally:
            await asyncio.wait([coming])
        if not self._work.wacht:
            self.ended = asyncio.gather(self._end(), self._beside(self._work.tell))

    async def _end(self) -> Oordeel:
        oordeel = await self._beside(self._work.end)
        self._judged(oordeel)
        return oordeel

    async def while_granted(self, parts: AsyncIterator[_Part]) -> AsyncIterator[Iterable[Row]]:
        """The rows up to the first part that is not."""
        async for part in parts:
            if not part.granted:
                self.left = part
                return
            yield (row[:OF_GRANTED] for row in part.rows)


async def _and_the_rest(first: _Part, parts: AsyncIterator[_Part]) -> AsyncIterator[Iterable[Row]]:
    yield first.rows
    async for part in parts:
        yield part.rows
