"""Retention beside the work of a service, once a day."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from shared.exchange.huis import Huis
from shared.retentie.opruimen import Opruimer, Soort
from shared.retentie.termijnen import Bewaartermijnen

ROUND_SECONDS = 24 * 3600.0
log = structlog.get_logger()


@dataclass
class Opruimronde:
    """Takes away what is past its term; the first time when the service has just started."""

    termijnen: Bewaartermijnen
    soorten: Sequence[Soort]
    due: float = field(default=0.0, init=False)
    """By the monotonic clock."""

    async def __call__(self, huis: Huis) -> Sequence[UUID]:
        """A round; no parked message waits for it."""
        if time.monotonic() < self.due:
            return ()
        opruimer = Opruimer(huis.service, huis.engine, huis.tables, huis.kluis, self.termijnen, self.soorten)
        gone = await opruimer.run(huis.klok.now())
        log.info("cleared", service=huis.service, aantal=sum(gone.values()))
        for naam, number in gone.items():
            huis.meters.opgeruimd.labels(huis.service, naam).inc(number)
        huis.relay.wake()
        self.due = time.monotonic() + ROUND_SECONDS
        return ()
