"""What this service keeps sealed, and for how long. Toewijzingen and requests stay as long as the contract says."""

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.dossier.opslag import zegel_context
from services.toewijzing.tables import DOSSIER, EXCHANGE, TOEWIJZING
from shared.retentie.berichten import BERICHTEN
from shared.retentie.opruimen import BATCH, Ronde, Soort, Weg
from shared.security.roteren import Verzegeld, berichten
from shared.webhooks.opslag import abonnementen

VERZEGELD = (
    berichten(EXCHANGE),
    abonnementen(EXCHANGE),
    Verzegeld(DOSSIER.dossier, lambda row: zegel_context(row.id, row.versie), extra=("versie",)),
)


async def clear_dossiers(conn: AsyncConnection, ronde: Ronde) -> Weg:
    """Cases in which nothing was done for so long, nor any support ran that they assigned; the last of a row of cases
    first, and when it has gone the one before it."""
    table, given, step = DOSSIER.dossier, DOSSIER.nummer, DOSSIER.stap
    before, later = ronde.grenzen.dossier, table.alias("later")
    of_case = and_(TOEWIJZING.c.gemeente == given.c.gemeente, TOEWIJZING.c.nummer == given.c.nummer)
    ran = or_(TOEWIJZING.c.einddatum.is_(None), TOEWIJZING.c.einddatum >= before.date())
    statement = (
        select(table.c.id, table.c.gemeente)
        .where(
            ronde.groep.has(table.c.gemeente),
            table.c.gewijzigd < before,
            ~exists().where(later.c.vorig_id == table.c.id),
            ~exists().where(given.c.dossier_id == table.c.id, of_case, ran),
        )
        .order_by(table.c.volgnummer)
        .limit(BATCH)
        .with_for_update()
    )
    rows = (await conn.execute(statement)).all()
    ids = [row.id for row in rows]
    for child in (step, given):
        await conn.execute(delete(child).where(child.c.dossier_id.in_(ids)))
    await conn.execute(delete(table).where(table.c.id.in_(ids)))
    return [row.gemeente for row in rows]


SOORTEN = (*BERICHTEN, Soort("dossiers", clear_dossiers))
