"""Refusals in the audit trail: each has a row of its own, up to so many of one caller in a minute; what comes above
that is counted, and stands there as one row per caller, reason and minute.

So who sends one bad request after another does not fill the database, and still cannot do it unseen (decision 0029).
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.exchange import register
from shared.exchange.tables import ExchangeTables
from shared.namens import namens
from shared.security.partij import Beller

ROUND_SECONDS = 60.0
log = structlog.get_logger()


@dataclass
class Weigeringen:
    """What was refused in this minute, in this process."""

    tables: ExchangeTables
    most: int
    _own: Counter[Beller] = field(default_factory=Counter)
    """How many rows of its own each caller has had."""
    _together: Counter[tuple[Beller, str]] = field(default_factory=Counter)
    """How many are still to be written together, by caller and reason."""

    async def note(self, engine: AsyncEngine, beller: Beller, reden: str, bericht_id: UUID | None) -> None:
        """Writes a refusal down, now or with others; ``reden`` is the code of its problem document. Where the database
        is away it is counted, and written later."""
        if self._own[beller] >= self.most:
            self._together[beller, reden] += 1
            return
        self._own[beller] += 1
        if not await self._write(engine, beller, reden, bericht_id):
            self._together[beller, reden] += 1

    async def run(self, engine: AsyncEngine) -> None:
        """A round a minute."""
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            await self.round(engine)

    async def round(self, engine: AsyncEngine) -> None:
        """Writes what was counted and begins anew; what cannot be written stays for the next round."""
        counted, self._together = self._together, Counter()
        self._own.clear()
        for (beller, reden), number in counted.items():
            if not await self._write(engine, beller, f"{reden}, {number} keer", None):
                self._together[beller, reden] += number

    async def _write(self, engine: AsyncEngine, beller: Beller, uitkomst: str, bericht_id: UUID | None) -> bool:
        try:
            with namens(beller.partijen):
                async with engine.begin() as conn:
                    await register.note(conn, self.tables, beller, "geweigerd", uitkomst, bericht_id=bericht_id)
        except (SQLAlchemyError, OSError, TimeoutError):
            log.warning("refusal_not_recorded", exc_info=True)
            return False
        return True
