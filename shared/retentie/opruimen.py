"""Takes away what is past its term, a batch at a time, and says how much.

Each batch is a transaction of its own, in which the audit trail tells what went and of which gemeente. Nothing is kept
beside what it takes: projections, events, DLQ and logs have no content in the first place. The audit trail itself goes
by ``knooppunt audit opruimen``, for which a service has no rights.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.exchange.spoor import Over, note
from shared.exchange.tables import ExchangeTables
from shared.namens import intern
from shared.retentie.termijnen import Bewaartermijnen, Grenzen, Groep
from shared.security.kluis import Kluis
from shared.security.partij import Beller

BATCH = 200
Weg = Sequence[str]
"""Of what was taken away: the gemeente of each."""


@dataclass(frozen=True, slots=True)
class Ronde:
    """What a batch needs to know: the tables, the keys, of which gemeenten, and what is past its term."""

    tables: ExchangeTables
    kluis: Kluis
    groep: Groep
    grenzen: Grenzen


@dataclass(frozen=True, slots=True)
class Soort:
    """A kind of thing that has a term: its name in counts, and what takes away one batch in the caller's transaction.
    Less than ``BATCH`` means that there is no more."""

    naam: str
    batch: Callable[[AsyncConnection, Ronde], Awaitable[Weg]]


@dataclass(frozen=True, slots=True)
class Opruimer:
    """Of one service."""

    service: str
    engine: AsyncEngine
    tables: ExchangeTables
    kluis: Kluis
    termijnen: Bewaartermijnen
    soorten: Sequence[Soort]

    async def run(self, nu: datetime, *, proef: bool = False) -> Counter[str]:
        """How many of each kind went, or with ``proef`` how many would in the end: then all is undone, which takes one
        long transaction. Two at the same time follow each other."""
        counts = Counter({soort.naam: 0 for soort in self.soorten})
        with intern():
            for groep in self.termijnen.groepen():
                ronde = Ronde(self.tables, self.kluis, groep, Grenzen.of(groep.termijnen, nu))
                if proef:
                    counts += await self._try(ronde)
                    continue
                for soort in self.soorten:
                    counts[soort.naam] += await self._all(soort, ronde)
        return Counter({soort.naam: counts[soort.naam] for soort in self.soorten})

    async def _all(self, soort: Soort, ronde: Ronde) -> int:
        total, more = 0, True
        while more:
            async with self.engine.begin() as conn:
                gone = await self._batch(conn, soort, ronde)
            total, more = total + len(gone), len(gone) >= BATCH
        return total

    async def _try(self, ronde: Ronde) -> Counter[str]:
        counts: Counter[str] = Counter()
        async with self.engine.connect() as conn:
            transaction = await conn.begin()
            for soort in self.soorten:
                more = True
                while more:
                    gone = await self._batch(conn, soort, ronde)
                    counts[soort.naam] += len(gone)
                    more = len(gone) >= BATCH
            await transaction.rollback()
        return counts

    async def _batch(self, conn: AsyncConnection, soort: Soort, ronde: Ronde) -> Weg:
        lock = func.hashtextextended(f"knooppunt:opruimen:{self.service}", 0)
        await conn.execute(select(func.pg_advisory_xact_lock(lock)))
        gone = await soort.batch(conn, ronde)
        beller = Beller(f"knooppunt:{self.service}", frozenset())
        for gemeente, number in sorted(Counter(gone).items()):
            what = f"{number} {soort.naam}"
            await note(conn, self.tables, beller, "opgeruimd", what, over=Over((gemeente,)))
        return gone
