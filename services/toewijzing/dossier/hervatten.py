"""Going on with what stands in ``verzending``: a process died between decision and WMO301, or the WMO301 had to wait.

Whoever asks again goes on where it was too (``toewijzing``); this is for cases of which nobody asks. It is harmless
beside a request that is still at it: the messages have a key that makes a repeat harmless (P2), and the case takes over
what became of them under its lock, once.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import literal_column, select

from services.toewijzing.dossier.opslag import Bewaard, Verzoek, lees
from services.toewijzing.dossier.verzenden import verzend, wacht_nog
from services.toewijzing.tables import DOSSIER
from shared.exchange.huis import Huis
from shared.security.partij import Beller

BATCH = 100
PATIENCE = timedelta(seconds=10)
"""So long a request may be at it by itself."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 600.0
log = structlog.get_logger()


@dataclass
class Hervatting:
    """A round over the cases that wait. One that fails on a fault of ours gets ever longer pauses; the others go on."""

    patience: timedelta = PATIENCE
    pauses: dict[UUID, tuple[float, float]] = field(default_factory=dict)
    """Per case: the pause, and the moment before which it is left alone (monotonic, seconds)."""

    async def __call__(self, huis: Huis) -> Sequence[UUID]:
        """A round; no parked message waits for it."""
        after = 0
        while rows := await self._candidates(huis, after):
            for dossier_id, _ in rows:
                await self._try(huis, dossier_id)
            after = rows[-1][1]
        return ()

    async def _candidates(self, huis: Huis, after: int) -> list[tuple[UUID, int]]:
        c = DOSSIER.dossier.c
        long_ago = huis.klok.now() - self.patience
        # In the statement itself: only then does the planner see that the index of these few will do.
        waits = c.fase == literal_column("'verzending'")
        statement = select(c.id, c.volgnummer).where(waits, c.gewijzigd <= long_ago, c.volgnummer > after)
        async with huis.engine.connect() as conn:
            rows = await conn.execute(statement.order_by(c.volgnummer).limit(BATCH))
            return [(row.id, row.volgnummer) for row in rows]

    async def _try(self, huis: Huis, dossier_id: UUID) -> None:
        pause, until = self.pauses.get(dossier_id, (FIRST_PAUSE_SECONDS / 2, 0.0))
        if time.monotonic() < until:
            return
        try:
            await _go_on(huis, dossier_id)
            self.pauses.pop(dossier_id, None)
        # Whatever it is, the case stands where it stood, and must not keep others from their WMO301.
        except Exception:
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            self.pauses[dossier_id] = (pause, time.monotonic() + pause)
            log.exception("hervatten_failed", dossier_id=str(dossier_id), seconden=pause)


async def _go_on(huis: Huis, dossier_id: UUID) -> None:
    async with huis.engine.connect() as conn:
        found = await lees(conn, huis.kluis, dossier_id)
        if found is None or found.zaak.fase != "verzending" or await wacht_nog(conn, huis, found):
            return
    sent = await verzend(huis, found, _verzoek(found))
    if sent.bewaard.zaak.fase != "verzending":
        log.info("verzending_hervat", dossier_id=str(dossier_id), fase=sent.bewaard.zaak.fase)


def _verzoek(bewaard: Bewaard) -> Verzoek:
    """It is the node that does it, for the gemeente that decided."""
    return Verzoek(Beller("knooppunt:toewijzing", frozenset()), f"knooppunt:{bewaard.zaak.gemeente}", "verzonden")
