"""The waiting room: parked messages are judged again when what they wait for has come (P4)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Table, func, or_, select

from shared.exchange.dienst import GEPARKEERD
from shared.exchange.huis import Huis
from shared.exchange.termijnen import overdue
from shared.exchange.verwerking import reconsider
from shared.kafka import outbox, watermark
from shared.klok import NEDERLAND
from shared.namens import intern
from shared.werkdagen import eerste_op_tijd

BATCH = 200
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 600.0
ROUND_SECONDS = 15.0
ASK_AGAIN_SECONDS = 10.0
"""With the round above: a question that was lost is asked again well within half a minute."""
ALARM_SECONDS = 3600.0
log = structlog.get_logger()
Ronde = Callable[[Huis], Awaitable[Sequence[UUID]]]
"""What a service looks after now and then: the parked messages whose wait is over, though no event says so."""


@dataclass
class Wachtkamer:
    """Judges parked messages again. One that fails on a fault of ours gets ever longer pauses; the others go on."""

    huis: Huis
    rondes: Sequence[Ronde] = ()
    pauses: dict[UUID, tuple[float, float]] = field(default_factory=dict)
    """Per message: the pause, and the moment before which it is left alone (monotonic, seconds)."""
    alarmed: float = -ALARM_SECONDS
    """When the alarm was last raised (monotonic, seconds)."""

    async def after_events(self, keys: Collection[str]) -> None:
        """Judges what waits for these keys, and what waits for a barrier that has come back."""
        if self.huis.dienst.bron is None:
            return
        last = 0
        while rows := await self._candidates(keys, last):
            for row in rows:
                await self._try(row.id)
            last = rows[-1].volgnummer

    async def run(self) -> None:
        """Looks round now and then: what was missed is tried, and a barrier that may be lost is asked again."""
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                await self.after_events(())
                await self._ask_again()
                await self._alarm()
                for ronde in self.rondes:
                    for bericht_id in await ronde(self.huis):
                        await self._try(bericht_id)
            # Whatever it is: a waiting room that gave up would leave its messages there until somebody restarts the
            # process.
            except Exception:
                log.warning("round_failed", service=self.huis.service, exc_info=True)

    async def _try(self, bericht_id: UUID) -> None:
        pause, until = self.pauses.get(bericht_id, (FIRST_PAUSE_SECONDS / 2, 0.0))
        if time.monotonic() < until:
            return
        try:
            await reconsider(self.huis, bericht_id)
            self.pauses.pop(bericht_id, None)
        # Whatever it is, nothing of it was written: it stays parked, and must not keep others from their verdict.
        except Exception:
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            self.pauses[bericht_id] = (pause, time.monotonic() + pause)
            log.exception("reconsider_failed", bericht_id=str(bericht_id), seconden=pause)

    async def _alarm(self) -> None:
        """What waits longer than two working days will not have its answer in three: somebody must look (P3)."""
        if time.monotonic() - self.alarmed < ALARM_SECONDS:
            return
        async with self.huis.engine.connect() as conn:
            late = await conn.scalar(select(func.count()).where(_too_long(self.huis))) or 0
        if late:
            self.alarmed = time.monotonic()
            log.error("geparkeerd_te_lang", service=self.huis.service, aantal=late)

    async def _candidates(self, keys: Collection[str], after: int) -> Sequence[Any]:
        huis, table = self.huis, self.huis.tables.bericht
        async with huis.engine.connect() as conn:
            echo = await watermark.lowest_echo(conn, huis.kafka, huis.dienst.bron or "", huis.bron_topics)
            due = table.c.wacht_nummer <= (echo if echo is not None else -1)
            statement = (
                select(table.c.id, table.c.volgnummer)
                .where(
                    table.c.status == GEPARKEERD,
                    table.c.volgnummer > after,
                    or_(due, table.c.wacht_sleutels.overlap(list(keys))),
                )
                .order_by(table.c.volgnummer)
                .limit(BATCH)
            )
            return (await conn.execute(statement)).all()

    async def _ask_again(self) -> None:
        """A higher number answers for all lower ones, so one new barrier serves every message that waits too long. One
        that has yet to leave would bring no other answer: while the broker is away they do not pile up."""
        huis, table = self.huis, self.huis.tables.bericht
        if huis.dienst.bron is None:
            return
        long_ago = huis.klok.now() - timedelta(seconds=ASK_AGAIN_SECONDS)
        waiting = select(table.c.id).where(_for_facts(table), table.c.ontvangen < long_ago).limit(1)
        async with huis.engine.begin() as conn:
            if await conn.scalar(waiting) is None or await outbox.is_asking(conn, huis.kafka):
                return
            await outbox.ask_barrier(conn, huis.kafka, huis.service, huis.dienst.bron)
        huis.relay.wake()


async def wait_for_verdict(huis: Huis, bericht_id: UUID, seconds: float) -> None:
    """Returns when the message has its verdict, when it waits for a decision of its addressee, or when the time is up
    (Prefer: wait).

    Another replica may be the one that judges, so besides the event of this process the table is looked at.
    """
    if len(huis.wachtenden) >= huis.settings.max_wachtenden:
        return  # the answer is then 202, as it would be without the preference
    event = huis.wachtenden.setdefault(bericht_id, asyncio.Event())
    deadline = asyncio.get_running_loop().time() + seconds
    table = huis.tables.bericht
    try:
        while (left := deadline - asyncio.get_running_loop().time()) > 0 and not event.is_set():
            async with huis.engine.connect() as conn:
                waits = await conn.scalar(select(table.c.id).where(table.c.id == bericht_id, _for_facts(table)))
            if waits is None:
                return
            try:
                await asyncio.wait_for(event.wait(), min(left, 0.5))
            except TimeoutError:
                continue
    finally:
        if huis.wachtenden.get(bericht_id) is event:
            del huis.wachtenden[bericht_id]


def _for_facts(table: Table) -> ColumnElement[bool]:
    """Which messages wait for facts of another service: the others wait for a decision of their addressee."""
    return (table.c.status == GEPARKEERD) & table.c.wacht_nummer.is_not(None)


def _too_long(huis: Huis) -> ColumnElement[bool]:
    """Which of them have done so for more working days than they may."""
    table = huis.tables.bericht
    on_time = eerste_op_tijd(huis.klok.today(), huis.settings.geparkeerd_alarm)
    return _for_facts(table) & (table.c.ontvangen < datetime.combine(on_time, datetime.min.time(), NEDERLAND))


async def measure(huis: Huis) -> None:
    """How many wait for facts, how long the oldest has, how many too long (P3), and which terms are past."""
    table = huis.tables.bericht
    late = func.count().filter(_too_long(huis))
    statement = select(func.count(), func.min(table.c.ontvangen), late).where(_for_facts(table))
    with intern():
        async with huis.engine.connect() as conn:
            count, oldest, too_long = (await conn.execute(statement)).one()
            terms = await overdue(conn, huis.tables.termijn, huis.klok.today())
    huis.meters.geparkeerd.labels(huis.service).set(count)
    huis.meters.geparkeerd_alarm.labels(huis.service).set(too_long)
    age = (huis.klok.now() - oldest).total_seconds() if oldest else 0.0
    huis.meters.oudste_geparkeerd.labels(huis.service).set(age)
    huis.meters.termijnen_verlopen.clear()
    for regel, number in terms.items():
        huis.meters.termijnen_verlopen.labels(huis.service, regel).set(number)
