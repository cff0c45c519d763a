"""The tables of the gemeente's hand."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)


@dataclass(frozen=True)
class HandTabellen:
    """The settings of gemeenten, the declarations that wait for them, and their lines to decide."""

    instelling: Table
    declaratie: Table
    regel: Table


def hand_tabellen(metadata: MetaData) -> HandTabellen:
    """Adds the tables to the service's metadata."""
    return HandTabellen(_instelling(metadata), _declaratie(metadata), _regel(metadata))


def _instelling(metadata: MetaData) -> Table:
    """Which lines a gemeente decides on itself: those for which all that is filled holds. ``bedrag_vanaf`` in cents."""
    return Table(
        "handmatig_instelling",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("gemeente", Text, nullable=False),
        Column("code", Text, nullable=True),
        Column("categorie", Text, nullable=True),
        Column("aanbieder", Text, nullable=True),
        Column("bedrag_vanaf", BigInteger, nullable=True),
        Column("gewijzigd", DateTime(timezone=True), nullable=False),
        Column("gewijzigd_door", Text, nullable=False),
        Index("handmatig_instelling_gemeente", "gemeente", "id"),
    )


def _declaratie(metadata: MetaData) -> Table:
    """A declaration that was put to its gemeente. It waits as long as its message is parked; ``uiterlijk`` ends the
    term of its answer, ``beslissen_tot`` is the last day to decide, ``gesloten`` when that is past, ``alarm`` when it
    was told that it comes near. ``ingediend`` in cents, credit negative."""
    return Table(
        "handmatig_declaratie",
        metadata,
        Column("id", BigInteger, Identity(), nullable=False, unique=True),
        Column("bericht_id", Uuid, ForeignKey("bericht.id"), primary_key=True),
        Column("soort", Text, nullable=False),
        Column("release", Text, nullable=False),
        Column("gemeente", Text, nullable=False),
        Column("aanbieder", Text, nullable=False),
        Column("nummer", Text, nullable=False),
        Column("begindatum", Date, nullable=False),
        Column("einddatum", Date, nullable=False),
        Column("ingediend", BigInteger, nullable=False),
        Column("regels", BigInteger, nullable=False),
        Column("geparkeerd", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("uiterlijk", Date, nullable=False),
        Column("beslissen_tot", Date, nullable=False),
        Column("gesloten", Boolean, nullable=False, server_default=text("false")),
        Column("alarm", DateTime(timezone=True), nullable=True),
        Index("handmatig_declaratie_gemeente", "gemeente", "id"),
    )


def _regel(metadata: MetaData) -> Table:
    """A line on which a gemeente is to decide, and what it decided last. ``bedrag`` and ``tarief`` in cents, and
    ``toegekend_bedrag`` of what is granted in part."""
    return Table(
        "handmatig_regel",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("bericht_id", Uuid, ForeignKey("handmatig_declaratie.bericht_id"), nullable=False),
        Column("referentie", Text, nullable=False),
        Column("toewijzing_nummer", BigInteger, nullable=False),
        Column("categorie", Text, nullable=False),
        Column("code", Text, nullable=False),
        Column("begindatum", Date, nullable=False),
        Column("einddatum", Date, nullable=False),
        Column("volume", BigInteger, nullable=False),
        Column("eenheid", Text, nullable=False),
        Column("tarief", BigInteger, nullable=True),
        Column("bedrag", BigInteger, nullable=False),
        Column("status", Text, nullable=False, server_default=text("'te_beslissen'")),
        Column("retourcode", Text, nullable=True),
        Column("reden", Text, nullable=True),
        Column("toegekend_bedrag", BigInteger, nullable=True),
        Column("beslist", DateTime(timezone=True), nullable=True),
        Column("beslist_door", Text, nullable=True),
        UniqueConstraint("bericht_id", "referentie", name="handmatig_regel_eenmaal"),
        CheckConstraint(
            "(status in ('afgekeurd', 'deels')) = (retourcode is not null)", name="handmatig_regel_retourcode"
        ),
        CheckConstraint("(status = 'deels') = (toegekend_bedrag is not null)", name="handmatig_regel_deels"),
        CheckConstraint("toegekend_bedrag > 0 and toegekend_bedrag < bedrag", name="handmatig_regel_minder"),
        CheckConstraint("(status = 'te_beslissen') = (beslist_door is null)", name="handmatig_regel_beslist"),
        Index("handmatig_regel_bericht", "bericht_id", "id"),
        Index("handmatig_regel_open", "bericht_id", postgresql_where=text("status = 'te_beslissen'")),
    )
