"""The tables of verzamelfacturen, apart from declarations: nothing of them counts as claimed, used or to be paid."""

from dataclasses import dataclass

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
)


@dataclass(frozen=True)
class VerzamelTabellen:
    """Invoices and their lines."""

    factuur: Table
    regel: Table


def verzamel_tabellen(metadata: MetaData) -> VerzamelTabellen:
    """Adds the tables to the service's metadata."""
    return VerzamelTabellen(_factuur(metadata), _regel(metadata))


def _factuur(metadata: MetaData) -> Table:
    """Every judged verzamelfactuur. Cents with their sign: ``ingediend`` what it says, ``verwacht`` what was granted in
    its year, ``toegekend`` the lines that agree. ``ontbreekt`` counts what it leaves out."""
    return Table(
        "verzamelfactuur",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("bericht_id", Uuid, ForeignKey("bericht.id"), nullable=False, unique=True),
        Column("gemeente", Text, nullable=False),
        Column("aanbieder", Text, nullable=False),
        Column("nummer", Text, nullable=False),
        Column("begindatum", Date, nullable=False),
        Column("einddatum", Date, nullable=False),
        Column("dagtekening", Date, nullable=False),
        Column("ingediend", BigInteger, nullable=False),
        Column("verwacht", BigInteger, nullable=False),
        Column("toegekend", BigInteger, nullable=False),
        Column("regels", BigInteger, nullable=False),
        Column("regels_toegekend", BigInteger, nullable=False),
        Column("ontbreekt", BigInteger, nullable=False),
        Column("verwerkt", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Index("verzamelfactuur_nummer", "aanbieder", "nummer", unique=True),
        Index("verzamelfactuur_gemeente", "gemeente", "id"),
    )


def _regel(metadata: MetaData) -> Table:
    """Every line, and after those what was granted and left out (without ``referentie``). In cents with their sign:
    ``bedrag`` of the line itself; ``gefactureerd`` and ``toegekend`` are the sums by which it was compared."""
    return Table(
        "verzamelregel",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        # No foreign key, as on ``prestatie``.
        Column("bericht_id", Uuid, nullable=False),
        Column("client", Text, nullable=False),
        Column("referentie", Text),
        Column("toewijzing_nummer", BigInteger, nullable=False),
        Column("categorie", Text, nullable=False),
        Column("code", Text, nullable=False),
        Column("begindatum", Date, nullable=False),
        Column("einddatum", Date, nullable=False),
        Column("bedrag", BigInteger, nullable=False),
        Column("gefactureerd", BigInteger, nullable=False),
        Column("toegekend", BigInteger, nullable=False),
        Column("akkoord", Boolean, nullable=False),
        Column("retourcodes", ARRAY(Text), nullable=False),
        Index("verzamelregel_bericht", "bericht_id", "id"),
    )
