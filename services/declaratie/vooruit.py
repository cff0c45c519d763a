"""Judging a large declaration while the database writes the lines that were judged already."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.declaratie import Declaratie
from services.declaratie.domain.feiten import DeclaratieFeiten
from services.declaratie.events import declaratie_events
from services.declaratie.oordeel import judge_clients
from services.declaratie.tables import DECLARATIE, PRESTATIE
from services.declaratie.vastleggen import COLUMNS, Boek, Row
from shared.db import copy_rows
from shared.exchange.dienst import Beside, Heen, Oordeel
from shared.iwmo.regels import Melding
from shared.kafka.outbox import NewEvent

PARTS = 5
"""In so many at most, whatever the size: each is a statement of its own."""
LEAST = 1_000
"""Lines in a part."""


async def judge_and_record(
    conn: AsyncConnection, work: "Werk", beside: Beside, judged: Callable[[Oordeel], None]
) -> tuple[Oordeel, list[NewEvent] | None]:
    """Judges clients and lines, and writes them meanwhile: the database has as much work with a line as we have, with
    what it counts when a statement ends. The verdict, which ``judged`` is told before all is written, and what it
    tells; None instead when not all was written, because a refusal that rests on foreign facts is not final: the caller
    then undoes what was."""
    # What it adds up to is known when all is judged; what counts the lines must find it.
    await conn.execute(insert(DECLARATIE).values(work.boek.declaratie()))
    following = _Following(work, beside, judged)
    async with aclosing(following.parts()) as parts:
        async for part in parts:
            wide = work.boek.wide(granted=part.granted)
            await copy_rows(conn, PRESTATIE, COLUMNS[:wide], (row[:wide] for row in part.rows))
    if following.ended is None:
        return await beside(work.end), None
    oordeel, events = await following.ended
    await conn.execute(update(DECLARATIE).where(DECLARATIE.c.bericht_id == work.heen.id).values(work.boek.declaratie()))
    return oordeel, events


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of judged lines, whether all of those were granted whole, and whether they are the last."""

    rows: list[Row]
    granted: bool
    last: bool


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
        self._left = sum(len(client.prestaties) for client in lezing.clienten)
        self._at_once = max(LEAST, -(-self._left // PARTS))
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
            if len(rows) >= self._at_once:
                break
        self._left -= len(rows)
        return _Part(rows, granted, last=not self._left) if rows else None

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
        self.ended: asyncio.Future[tuple[Oordeel, list[NewEvent]]] | None = None
        """What follows from all of them: worked out while the last are being written."""

    async def parts(self) -> AsyncGenerator[_Part, None]:
        """Each part, while the next is judged; no more of them once the verdict must wait. What follows from all is
        worked out while the last is written."""
        work, beside = self._work, self._beside
        coming = asyncio.create_task(beside(work.part))
        try:
            while (part := await coming) is not None and not part.last and not work.wacht:
                coming = asyncio.create_task(beside(work.part))
                yield part
        finally:
            await asyncio.wait([coming])
        if work.wacht:
            return
        self.ended = asyncio.gather(self._end(), beside(work.tell))
        if part is not None:
            yield part

    async def _end(self) -> Oordeel:
        oordeel = await self._beside(self._work.end)
        self._judged(oordeel)
        return oordeel
