"""The tables of the evaluatie."""

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
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)


@dataclass(frozen=True)
class EvaluatieTabellen:
    """The evaluaties, and every version of each."""

    evaluatie: Table
    versie: Table


def evaluatie_tabellen(metadata: MetaData) -> EvaluatieTabellen:
    """Adds the tables to the service's metadata."""
    return EvaluatieTabellen(_evaluatie(metadata), _versie(metadata))


def _evaluatie(metadata: MetaData) -> Table:
    """The evaluatie of the support under a toewijzing, as its latest version is. ``einddatum``: the end of the support;
    ``gegeven``: the day on which the first evaluatie of this end came; ``vervolg``: there is a question to follow;
    ``ontvangen``: when the gemeente took note of this version."""
    return Table(
        "evaluatie",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("volgnummer", BigInteger, Identity(), nullable=False, unique=True),
        Column("gemeente", Text, nullable=False),
        Column("aanbieder", Text, nullable=False),
        Column("toewijzing_nummer", BigInteger, nullable=False),
        Column("versie", Integer, nullable=False),
        Column("einddatum", Date, nullable=False),
        Column("gegeven", Date, nullable=False),
        Column("vervolg", Boolean, nullable=False),
        Column("reden", Text, nullable=True),
        Column("ingediend", DateTime(timezone=True), nullable=False),
        Column("ontvangen", DateTime(timezone=True), nullable=True),
        UniqueConstraint("gemeente", "toewijzing_nummer", name="evaluatie_eenmaal"),
        CheckConstraint("reden is not null or not vervolg", name="evaluatie_reden"),
        Index("evaluatie_gemeente", "gemeente", "volgnummer"),
        Index("evaluatie_aanbieder", "aanbieder", "volgnummer"),
        Index("evaluatie_wachtend", "gemeente", "volgnummer", postgresql_where=text("ontvangen is null")),
    )


def _versie(metadata: MetaData) -> Table:
    """What each version says; ``inhoud`` is sealed, since it is about a person."""
    return Table(
        "evaluatie_versie",
        metadata,
        Column("evaluatie_id", Uuid, ForeignKey("evaluatie.id"), primary_key=True),
        Column("versie", Integer, primary_key=True, autoincrement=False),
        Column("gemeente", Text, nullable=False),
        Column("aanbieder", Text, nullable=False),
        Column("einddatum", Date, nullable=False),
        Column("vervolg", Boolean, nullable=False),
        Column("reden", Text, nullable=True),
        Column("ingediend", DateTime(timezone=True), nullable=False),
        Column("inhoud", LargeBinary, nullable=False),
    )
