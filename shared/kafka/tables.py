"""The tables a service needs in its own schema to publish and to follow events."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Sequence,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB


@dataclass(frozen=True)
class KafkaTables:
    """Handles on the tables of one service; every function of this package takes them as an argument."""

    outbox: Table
    tijdperk: Table
    relay_stand: Table
    relay_deel: Table
    barriere_nummer: Sequence
    barriere_gelezen: Table
    watermerk: Table
    lees_stand: Table
    niet_toegepast: Table


def kafka_tables(metadata: MetaData) -> KafkaTables:
    """Add the tables to `metadata`, in its schema, so that the service's migrations make them."""
    return KafkaTables(
        outbox=_outbox(metadata),
        tijdperk=_tijdperk(metadata),
        relay_stand=_relay_stand(metadata),
        relay_deel=_relay_deel(metadata),
        barriere_nummer=Sequence("barriere_nummer", data_type=BigInteger, metadata=metadata, schema=metadata.schema),
        barriere_gelezen=_barriere_gelezen(metadata),
        watermerk=_watermerk(metadata),
        lees_stand=_lees_stand(metadata),
        niet_toegepast=_niet_toegepast(metadata),
    )


def _outbox(metadata: MetaData) -> Table:
    """Events that are to leave; `verzonden` is set once the broker has acknowledged them."""
    table = Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("event_id", Uuid, nullable=False, server_default=func.gen_random_uuid()),
        Column("topic", Text, nullable=False),
        Column("sleutel", Text, nullable=False),
        Column("soort", Text, nullable=False),
        Column("epoch", Integer, nullable=False),
        Column("versie", BigInteger, nullable=False),
        Column("data", JSONB, nullable=False),
        Column("aangemaakt", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("verzonden", DateTime(timezone=True)),
    )
    # The relay looks for this mark and never for "id > last id": ids become visible out of order.
    Index("outbox_onverzonden", table.c.id, postgresql_where=table.c.verzonden.is_(None))
    return table


def _tijdperk(metadata: MetaData) -> Table:
    """At most one row (id 1; absent means 1 and 1). `epoch` rises when a backup is restored, `generatie` when
    the broker turns out to be an empty one."""
    return Table(
        "tijdperk",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("epoch", Integer, nullable=False, server_default="1"),
        Column("generatie", BigInteger, nullable=False, server_default="1"),
    )


def _relay_stand(metadata: MetaData) -> Table:
    """The last record of ours that the broker acknowledged, per partition; by it a replaced broker is
    recognised."""
    return Table(
        "relay_stand",
        metadata,
        Column("topic", Text, primary_key=True),
        Column("partitie", Integer, primary_key=True, autoincrement=False),
        Column("offset", BigInteger, nullable=False),
        Column("event_id", Uuid, nullable=False),
    )


def _relay_deel(metadata: MetaData) -> Table:
    """What each relay of a slice of the keys has proven: before `tijd`, and before the barriers in `echo` were read,
    all of its slice was published. Only where a service has more relays than one."""
    return Table(
        "relay_deel",
        metadata,
        Column("deel", Integer, primary_key=True, autoincrement=False),
        Column("van", Integer, primary_key=True, autoincrement=False),
        Column("epoch", Integer, nullable=False),
        Column("generatie", BigInteger, nullable=False),
        Column("tijd", DateTime(timezone=True), nullable=False),
        Column("echo", JSONB, nullable=False),
    )


def _barriere_gelezen(metadata: MetaData) -> Table:
    """The highest barrier this service, as an owner, has read per requesting service."""
    return Table(
        "barriere_gelezen",
        metadata,
        Column("aanvrager", Text, primary_key=True),
        Column("nummer", BigInteger, nullable=False),
    )


def _watermerk(metadata: MetaData) -> Table:
    """What this service, as a reader, has applied per partition of an owner's topic.

    `echo` is the highest barrier of ours that the owner had read before it published all that precedes;
    `partities` is the number of partitions the owner published it to; `epoch` the owner's epoch.
    """
    return Table(
        "watermerk",
        metadata,
        Column("bron", Text, primary_key=True),
        Column("topic", Text, primary_key=True),
        Column("partitie", Integer, primary_key=True, autoincrement=False),
        Column("partities", Integer, nullable=False),
        Column("generatie", BigInteger, nullable=False),
        Column("epoch", Integer, nullable=False),
        Column("tijd", DateTime(timezone=True), nullable=False),
        Column("echo", BigInteger, nullable=False),
    )


def _lees_stand(metadata: MetaData) -> Table:
    """How far this service has applied each partition, kept with the projections: after a restored backup the
    broker's group offsets are ahead of the tables, and these are right."""
    return Table(
        "lees_stand",
        metadata,
        Column("topic", Text, primary_key=True),
        Column("partitie", Integer, primary_key=True, autoincrement=False),
        Column("volgende", BigInteger, nullable=False),
        Column("generatie", BigInteger, nullable=False),
    )


def _niet_toegepast(metadata: MetaData) -> Table:
    """Keys whose newest event could not be applied: no refusal may rest on them until a later one heals
    them."""
    return Table(
        "niet_toegepast",
        metadata,
        Column("topic", Text, primary_key=True),
        Column("sleutel", Text, primary_key=True),
        Column("epoch", Integer, nullable=False),
        Column("versie", BigInteger, nullable=False),
        Column("reden", Text, nullable=False),
        Column("sinds", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
