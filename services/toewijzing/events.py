"""What this service publishes and follows: the state of toewijzingen and of products; what was claimed."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.tables import GEDECLAREERD, KAFKA, PRODUCT, TOEWIJZING, VERSIE
from services.toewijzing.tarieven import tarief_from_row
from shared.feiten.product import Tarief
from shared.feiten.product import sleutel as product_sleutel
from shared.feiten.projectie import newest, upsert_newer
from shared.feiten.toewijzing import Toewijzing
from shared.feiten.toewijzing_tabel import from_row
from shared.feiten.verbruik import Declaratieverbruik
from shared.kafka import outbox, topics
from shared.kafka.applier import Handler
from shared.kafka.envelope import Event
from shared.kafka.outbox import NewEvent

BATCH = 1000
VERBRUIK = "declaratie-verbruik"


def toewijzing_event(toewijzing: Toewijzing, versie: int) -> NewEvent:
    """The whole state of one toewijzing."""
    return NewEvent(topics.TOEWIJZING, toewijzing.sleutel, "toewijzing-gewijzigd", versie, toewijzing.as_data())


def product_event(gemeente: str, product_code: str, tarieven: Sequence[Tarief], versie: int) -> NewEvent:
    """All contracts of one product of a gemeente."""
    data = {
        "gemeente": gemeente,
        "productCode": product_code,
        "tarieven": [tarief.as_data() for tarief in tarieven],
    }
    return NewEvent(topics.PRODUCT, product_sleutel(gemeente, product_code), "product-gewijzigd", versie, data)


async def read_products(conn: AsyncConnection, gemeente: str | None = None) -> dict[tuple[str, str], list[Tarief]]:
    """The contracts, per gemeente and product code."""
    statement = select(PRODUCT).order_by(PRODUCT.c.gemeente, PRODUCT.c.product_code, PRODUCT.c.geldig_van, PRODUCT.c.id)
    if gemeente is not None:
        statement = statement.where(PRODUCT.c.gemeente == gemeente)
    found: dict[tuple[str, str], list[Tarief]] = {}
    for row in await conn.execute(statement):
        found.setdefault((row.gemeente, row.product_code), []).append(tarief_from_row(row))
    return found


async def republish(conn: AsyncConnection) -> None:
    """The whole current state into the outbox again, with the versions it has; it is held against change meanwhile."""
    # The version row of a key is what a change locks first, so holding those keeps copy and newer event in order.
    statement = select(VERSIE.c.topic, VERSIE.c.sleutel, VERSIE.c.nummer).order_by(VERSIE.c.topic, VERSIE.c.sleutel)
    versies = {(row.topic, row.sleutel): row.nummer for row in await conn.execute(statement.with_for_update(read=True))}
    events: list[NewEvent] = []
    for row in await conn.execute(select(TOEWIJZING)):
        toewijzing = from_row(row)
        # A key that came after the versions were read has its own event in the outbox. The row says which version it
        # is; the number given last may have gone to a message that was refused.
        if (topics.TOEWIJZING, toewijzing.sleutel) in versies:
            events.append(toewijzing_event(toewijzing, row.versie))
    for (gemeente, code), tarieven in (await read_products(conn)).items():
        if versie := versies.get((topics.PRODUCT, product_sleutel(gemeente, code))):
            events.append(product_event(gemeente, code, tarieven, versie))
    for start in range(0, len(events), BATCH):
        await outbox.add(conn, KAFKA, events[start : start + BATCH])


async def apply_declaratie(conn: AsyncConnection, events: Sequence[Event]) -> None:
    """Projects what a declaration granted on each toewijzing (TR385); other news of declarations is of no use here."""
    rows = []
    for event in newest([one for one in events if one.soort == VERBRUIK]):
        part = Declaratieverbruik.from_data(event.data)
        rows += [
            {
                "sleutel": event.sleutel,
                "nummer": regel.nummer,
                "gemeente": part.gemeente,
                "debet": regel.debet,
                "credit": regel.credit,
                "epoch": event.epoch,
                "versie": event.versie,
            }
            for regel in part.regels
        ]
    await upsert_newer(conn, GEDECLAREERD, rows)


HANDLERS: dict[str, Handler] = {topics.DECLARATIE: apply_declaratie}
