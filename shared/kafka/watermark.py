"""Whether an owner's facts are provably here: the last step of the road a barrier travels.

A reader that would refuse on an owner's facts asks a barrier (`outbox.ask_barrier`). The owner's relay echoes
it in its watermarks after it has published everything that was committed before it read the barrier. When the
echo has come back through every partition of every topic concerned, the projection holds all of that. No
clock takes part.
"""

from collections.abc import Collection

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka.tables import KafkaTables
from shared.kafka.topics import TOPICS


async def lowest_echo(conn: AsyncConnection, tables: KafkaTables, bron: str, topics: Collection[str]) -> int | None:
    """The highest barrier that all of `topics` have passed; messages parked with that number or a lower one
    may be judged. None as long as some partition has not brought a watermark yet."""
    table = tables.watermerk
    per_topic = (
        select(
            func.count().label("gezien"),
            # The owner says how many partitions there are: another replica of ours may be the one that reads
            # them.
            func.max(table.c.partities).label("partities"),
            func.min(table.c.echo).label("echo"),
        )
        .where(table.c.bron == bron, table.c.topic.in_(topics))
        .group_by(table.c.topic)
    )
    rows = (await conn.execute(per_topic)).all()
    if len(rows) < len(set(topics)) or any(row.gezien < row.partities for row in rows):
        return None
    return min((int(row.echo) for row in rows), default=None)


async def passed(conn: AsyncConnection, tables: KafkaTables, bron: str, topics: Collection[str], barriere: int) -> bool:
    """Whether everything `bron` had committed when it read `barriere` is applied in this service's tables."""
    echo = await lowest_echo(conn, tables, bron, topics)
    return echo is not None and echo >= barriere


async def unapplied(conn: AsyncConnection, tables: KafkaTables, topic: str, sleutels: Collection[str]) -> set[str]:
    """The keys whose newest event was set aside as poison, as far as it may be about `sleutels`. The projection of
    those is known to be incomplete, so no watermark justifies a refusal on it; a later event of the key heals it.

    On a compact topic a key is what its event is about. An event of another topic has a key of its own, of which only
    the gemeente tells what it may be about; one that does not even tell that may be about anything.
    """
    table = tables.niet_toegepast
    if topic in TOPICS and not TOPICS[topic].compact:
        gemeenten = {sleutel.partition(":")[0] for sleutel in sleutels}
        gemeente = func.split_part(table.c.sleutel, ":", 1)
        concerned = or_(gemeente.in_(sorted(gemeenten)), ~table.c.sleutel.contains(":"))
    else:
        concerned = table.c.sleutel == func.any(list(sleutels))
    statement = select(table.c.sleutel).where(table.c.topic == topic, concerned)
    return set((await conn.execute(statement)).scalars())
