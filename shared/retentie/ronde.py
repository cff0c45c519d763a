"""Retention beside the work of a service, once a day."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.exchange.huis import Huis
from shared.retentie.opruimen import Opruimer, Soort
from shared.retentie.termijnen import Bewaartermijnen

ROUND_SECONDS = 24 * 3600.0
LOOK_SECONDS = 15.0
"""Between looks whether it is time, and before a round that failed is tried again."""
log = structlog.get_logger()


@dataclass
class Opruimronde:
    """Takes away what is past its term; the first time when the service has just started."""

    termijnen: Bewaartermijnen
    soorten: Sequence[Soort]
    due: float = field(default=0.0, init=False)
    """By the monotonic clock."""

    async def run(self, huis: Huis) -> None:
        """A task of its own: the first round over years of messages takes long, and no parked message may wait for
        it."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look(huis)
            except (SQLAlchemyError, OSError, TimeoutError):
                log.warning("clearing_failed", service=huis.service, exc_info=True)

    async def look(self, huis: Huis) -> None:
        """A round, when it is time for one."""
        if time.monotonic() < self.due:
            return
        opruimer = Opruimer(huis.service, huis.engine, huis.tables, huis.kluis, self.termijnen, self.soorten)
        gone = await opruimer.run(huis.klok.now())
        log.info("cleared", service=huis.service, aantal=sum(gone.values()))
        for naam, number in gone.items():
            huis.meters.opgeruimd.labels(huis.service, naam).inc(number)
        huis.relay.wake()
        self.due = time.monotonic() + ROUND_SECONDS
