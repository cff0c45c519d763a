"""Who may publish which keys: advisory locks, which end with the session that holds them."""

from sqlalchemy import ARRAY, Text, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka.deel import Deel


async def take(conn: AsyncConnection, service: str, deel: Deel) -> bool:
    """Whether this session is now the one relay of the slice; never waits.

    A relay of all keys has the service to itself. Relays of slices share the service, and each has its slots to
    itself, also from relays that divide the keys in another number of slices.
    """
    name = f"knooppunt:relay:{service}"
    key = func.hashtextextended(name, 0)
    async with conn.begin():
        if deel.geheel:
            return bool(await conn.scalar(select(func.pg_try_advisory_lock(key))))
        slots = func.unnest(bindparam("slots", type_=ARRAY(Text))).column_valued("slot")
        own = func.bool_and(func.pg_try_advisory_lock(func.hashtextextended(slots, 0)))
        shared = await conn.scalar(select(func.pg_try_advisory_lock_shared(key)))
        if shared and await conn.scalar(select(own), {"slots": [f"{name}:{slot}" for slot in deel.sloten]}):
            return True
        await conn.execute(select(func.pg_advisory_unlock_all()))
        return False
