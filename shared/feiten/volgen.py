"""Following the facts of the service toewijzing: toewijzingen and products."""

from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.feiten import product_tabel, toewijzing_tabel
from shared.kafka import topics
from shared.kafka.applier import Handler
from shared.kafka.envelope import Event


def handlers(toewijzing: Table, product: Table) -> dict[str, Handler]:
    """What a service that projects both does with their events."""

    async def apply_toewijzing(conn: AsyncConnection, events: Sequence[Event]) -> None:
        await toewijzing_tabel.apply(conn, toewijzing, events)

    async def apply_product(conn: AsyncConnection, events: Sequence[Event]) -> None:
        await product_tabel.apply(conn, product, events)

    return {topics.TOEWIJZING: apply_toewijzing, topics.PRODUCT: apply_product}
