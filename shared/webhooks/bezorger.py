"""Delivers webhooks beside the work of a service: looks round for subscriptions with something to tell, and serves each
in a task of its own, so that a receiver that is slow holds up nobody else's.

Each process of a service has one. A subscription is at work in one process at a time, on a lease; between the steps no
transaction is open, and what came of an attempt is written right after it. Killed in between, the attempt is made again
(at least once, with the same id).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import SystemRandom
from uuid import UUID, uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange.huis import Huis
from shared.namens import intern
from shared.problems import NietBeschikbaarError
from shared.webhooks import bijwerken, uitslag
from shared.webhooks.adressen import Grenzen
from shared.webhooks.bijwerken import HUUR, Beurt
from shared.webhooks.gebeurtenis import MEDIA_TYPE, Post, event
from shared.webhooks.handtekening import Geheim, headers
from shared.webhooks.opslag import zegel_context
from shared.webhooks.verzender import Lijn, Uitkomst, Verzender

LOOK_SECONDS = 0.5
STOP_SECONDS = 3.0
MOST = 256
"""Subscriptions that one process serves at once. A party has few (setting), so nobody fills it alone."""
CONNECTIONS = 2
"""Of the pool, for all of them together: messages have the others."""
log = structlog.get_logger()


class Bezorger:
    """Works until ``stop``, which gives what is under way a moment to finish."""

    def __init__(self, huis: Huis, verzender: Verzender | None = None) -> None:
        settings = huis.settings
        self._huis = huis
        self._verzender = verzender or Verzender(Grenzen.of(settings), settings.webhook_seconden, settings.webhook_ca)
        self._regels = uitslag.Regels(
            timedelta(seconds=settings.webhook_herhaling_seconden),
            timedelta(days=settings.webhook_dagen),
            SystemRandom(),
        )
        self._huurder = uuid4()
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._places: dict[str, asyncio.Semaphore] = {}
        self._database = asyncio.Semaphore(CONNECTIONS)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Rounds, until it is stopped; one that fails is followed by the next."""
        try:
            while not self._stopping.is_set():
                try:
                    await self.round()
                # Whatever it is: who gave up would tell nobody anything until somebody restarts the process.
                except Exception:
                    log.warning("webhook_round_failed", service=self._huis.service, exc_info=True)
                await self._wait(LOOK_SECONDS)
        finally:
            self._break_off()

    def _break_off(self) -> None:
        for task in self._tasks.values():
            task.cancel()

    async def stop(self) -> None:
        """Begin nothing new, and return when nothing is under way. An attempt that takes long is broken off, and made
        again by another process when the lease has ended."""
        self._stopping.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self.settled()
        self._break_off()
        await self.settled()

    async def _wait(self, seconds: float) -> None:
        """So long, or until it is stopped."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def settled(self) -> None:
        """Until all that is under way is done."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def round(self) -> None:
        """Takes on what has something to tell."""
        room = MOST - len(self._tasks)
        if room <= 0:
            return
        nu = self._huis.klok.now()
        async with self._begin() as conn:
            taken = await bijwerken.take(conn, self._huis.tables, self._huurder, nu, room, self._tasks.keys())
        for beurt in taken:
            task = asyncio.create_task(self._serve(beurt))
            self._tasks[beurt.id] = task
            task.add_done_callback(partial(self._done, beurt.id))
        if not self._tasks:
            self._places.clear()

    def _done(self, abonnement_id: UUID, _: asyncio.Task[None]) -> None:
        del self._tasks[abonnement_id]

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[AsyncConnection]:
        async with self._database:
            with intern():
                async with self._huis.engine.begin() as conn:
                    yield conn

    async def _serve(self, beurt: Beurt) -> None:
        """All that is due of one subscription, as long as it is this process's."""
        until = time.monotonic() + HUUR.total_seconds() / 2
        try:
            geheim = Geheim.of_bytes(self._huis.kluis.open(beurt.inhoud, zegel_context(beurt.id)))
            async with self._verzender.lijn(beurt.url, beurt.mislukt, beurt.partij) as lijn:
                more = True
                while more and time.monotonic() < until and not self._stopping.is_set():
                    beurt, more = await self._tell_some(beurt, geheim, lijn, until)
        except NietBeschikbaarError:
            log.warning("webhook_without_key", service=self._huis.service)
            await self._wait(self._regels.eerste.total_seconds())
        # Whatever it is, nothing is lost: what was not written is told again.
        except Exception:
            log.exception("webhook_failed", service=self._huis.service)
            await self._wait(self._regels.eerste.total_seconds())
        with suppress(Exception):  # else the lease ends by itself
            async with self._begin() as conn:
                await bijwerken.give_back(conn, self._huis.tables, beurt, self._huurder)

    async def _tell_some(self, beurt: Beurt, geheim: Geheim, lijn: Lijn | None, until: float) -> tuple[Beurt, bool]:
        """Some of it at once; whether there may be more to tell now."""
        huis = self._huis
        async with self._begin() as conn:
            await bijwerken.look(conn, huis.tables, beurt, huis.klok.now())
        async with self._begin() as conn:
            posts = await bijwerken.due(conn, huis.tables, beurt, huis.klok.now(), huis.settings.webhook_gelijktijdig)
        tried = await self._try(beurt, geheim, lijn, posts, until)
        if not tried:
            return beurt, False
        async with self._begin() as conn:
            stand = await uitslag.write(conn, huis.tables, beurt, tried, huis.klok.now(), self._regels)
        for _, one in tried:
            huis.meters.webhook_pogingen.labels(huis.service, one.soort).inc()
        if stand.rust:
            log.error("webhook_in_rust", service=huis.service, partij=beurt.partij, abonnement_id=str(beurt.id))
        return replace(beurt, mislukt=stand.mislukt, mislukt_sinds=stand.sinds), not stand.mislukt

    async def _try(
        self, beurt: Beurt, geheim: Geheim, lijn: Lijn | None, posts: Sequence[Post], until: float
    ) -> uitslag.Geprobeerd:
        """The outcome of each that had a place in time; without a way to the receiver it is the same for all, and one
        is enough."""
        if lijn is None:
            return [(post, Uitkomst("adres")) for post in posts[:1]]
        places = self._places.setdefault(beurt.partij, asyncio.Semaphore(self._huis.settings.webhook_gelijktijdig))

        async def tell(post: Post) -> Uitkomst | None:
            body = event(self._huis.service, post)
            async with places:
                if time.monotonic() >= until:
                    return None  # other receivers of this party took so long: there is another turn
                signed = headers(geheim, str(post.id), body, self._huis.klok.now())
                return await lijn.post(body, {"Content-Type": MEDIA_TYPE, **signed})

        outcomes = await asyncio.gather(*map(tell, posts))
        return [(post, one) for post, one in zip(posts, outcomes, strict=True) if one is not None]
