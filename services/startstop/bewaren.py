"""What this service keeps sealed, and for how long. Starts and stops stay as long as the contract says."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop.evaluatie.opslag import as_event, zegel_context
from services.startstop.tables import EVALUATIE, EXCHANGE, KAFKA
from shared.kafka import outbox
from shared.kafka.outbox import VERVALLEN, NewEvent
from shared.retentie.berichten import BERICHTEN
from shared.retentie.opruimen import BATCH, Ronde, Soort, Weg
from shared.security.roteren import Verzegeld, berichten
from shared.webhooks.opslag import abonnementen

VERZEGELD = (
    berichten(EXCHANGE),
    abonnementen(EXCHANGE),
    Verzegeld(EVALUATIE.versie, lambda row: zegel_context(row.evaluatie_id, row.versie)),
)


async def clear_evaluaties(conn: AsyncConnection, ronde: Ronde) -> Weg:
    """Evaluaties of support that ended so long ago, all versions; and a tombstone on their topic."""
    evaluatie, versie = EVALUATIE.evaluatie, EVALUATIE.versie
    c, before = evaluatie.c, ronde.grenzen.dossier
    statement = select(evaluatie).where(ronde.groep.has(c.gemeente), c.einddatum < before.date(), c.ingediend < before)
    rows = (await conn.execute(statement.order_by(c.volgnummer).limit(BATCH).with_for_update())).all()
    ids = [row.id for row in rows]
    await conn.execute(delete(versie).where(versie.c.evaluatie_id.in_(ids)))
    await conn.execute(delete(evaluatie).where(c.id.in_(ids)))
    last = (as_event(row) for row in rows)
    await outbox.add(conn, KAFKA, [NewEvent(one.topic, one.sleutel, VERVALLEN, one.versie + 1, {}) for one in last])
    return [row.gemeente for row in rows]


SOORTEN = (*BERICHTEN, Soort("evaluaties", clear_evaluaties))
