"""From where a partition is to be read.

The broker's group offsets are a hint. They are ahead of the projections after the database was restored, and
they say nothing when the log under them was replaced. The tables know what was applied, the generation in
each message tells which log it is from; where the two disagree with the hint, the partition is read again
from where they agree. Reading twice is harmless, skipping is not.

A stored place never goes back: what was applied stays so, also while some reader goes through it again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Table, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka.publisher import Partition
from shared.kafka.received import Received
from shared.kafka.tables import KafkaTables
from shared.statement import Statement, as_arrays, given_rows

_KEPT = ("topic", "partitie", "volgende", "generatie")


@dataclass(frozen=True, slots=True)
class Place:
    """The offset to read next, in the log of this generation."""

    volgende: int
    generatie: int


class Positions:
    """What one consumer knows of the partitions it holds."""

    def __init__(self) -> None:
        self._generations: dict[Partition, int] = {}
        self._looked_up: set[Partition] = set()

    def forget(self) -> None:
        """The partitions were dealt out anew: somebody else may have read on, so look in the tables again.

        The generations stay known for the batch that is being applied at this moment.
        """
        self._looked_up.clear()

    def unknown(self, partitions: Iterable[Partition]) -> list[Partition]:
        """Those whose stored place has yet to be read."""
        return [partition for partition in partitions if partition not in self._looked_up]

    def generation(self, partition: Partition) -> int:
        """The generation this partition is read in; a watermark of an earlier one says nothing about this
        log."""
        return self._generations.get(partition, 0)

    def is_behind(self, received: Received, stored: Place) -> bool:
        """Whether a reader of this service, with `stored` as its place, has already dealt with this record: it has gone
        past it, or reads a later log, in which the owner tells everything again."""
        own = Place(received.offset + 1, self.generation(received.partition))
        return (stored.generatie, stored.volgende) >= (own.generatie, own.volgende)

    def rewind(self, batch: Sequence[Received], stored: Place | None) -> int | None:
        """The offset to go back to before this batch of one partition may be applied; None when it may be
        right away.

        `stored` is the place in the tables when the partition is new to us, else None.
        """
        partition, first = batch[0].partition, batch[0].offset
        generatie = max(received.generatie for received in batch)
        is_new = partition not in self._looked_up
        known = self.generation(partition)
        if is_new:
            known = stored.generatie if stored else 0
        self._looked_up.add(partition)
        self._generations[partition] = max(generatie, known)
        if generatie > known:
            wanted = 0  # another log, or our first sight of it: nothing before this batch is known to be applied
        elif is_new:
            wanted = stored.volgende if stored else 0
        else:
            return None
        return wanted if first > wanted else None


async def read_places(
    conn: AsyncConnection, tables: KafkaTables, partitions: Sequence[Partition]
) -> dict[Partition, Place]:
    """The stored place of each partition that has one."""
    table = tables.lees_stand
    rows = (await conn.execute(select(table).where(table.c.topic.in_({topic for topic, _ in partitions})))).all()
    places = {(row.topic, row.partitie): Place(row.volgende, row.generatie) for row in rows}
    return {partition: places[partition] for partition in partitions if partition in places}


async def claim_places(
    conn: AsyncConnection, tables: KafkaTables, partitions: Iterable[Partition]
) -> dict[Partition, Place]:
    """The stored places, at zero where there was none; to the end of the transaction nobody else applies anything of
    these partitions."""
    wanted = sorted(set(partitions))
    table = tables.lees_stand
    await conn.execute(
        insert(table).on_conflict_do_nothing(),
        [{"topic": topic, "partitie": partition, "volgende": 0, "generatie": 0} for topic, partition in wanted],
    )
    claimed = select(table).where(tuple_(table.c.topic, table.c.partitie).in_(wanted))
    rows = (await conn.execute(claimed.order_by(table.c.topic, table.c.partitie).with_for_update())).all()
    return {(row.topic, row.partitie): Place(row.volgende, row.generatie) for row in rows}


async def keep_places(conn: AsyncConnection, tables: KafkaTables, places: dict[Partition, Place]) -> None:
    """Note how far each partition has been applied, unless that was further already.

    Call it before applying: two readers of one partition then follow each other, and what the one sets aside as poison
    the other either finds set aside, and heals, or has passed before.
    """
    rows = [(topic, partition, place.volgende, place.generatie) for (topic, partition), place in sorted(places.items())]
    await _keeping(tables.lees_stand).run(conn, as_arrays(rows, _KEPT))


@cache
def _keeping(table: Table) -> Statement:
    statement = insert(table).from_select(list(_KEPT), given_rows(table, _KEPT))
    new = statement.excluded
    further = tuple_(table.c.generatie, table.c.volgende) < tuple_(new.generatie, new.volgende)
    moved = {"volgende": new.volgende, "generatie": new.generatie}
    # The row is locked even where it stays as it is.
    return Statement(statement.on_conflict_do_update(index_elements=["topic", "partitie"], set_=moved, where=further))
