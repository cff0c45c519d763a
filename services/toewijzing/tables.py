"""The tables of the schema ``toewijzing``."""

from sqlalchemy import (
    BigInteger,
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

from shared.exchange.tables import exchange_tables
from shared.feiten.toewijzing_tabel import toewijzing_columns
from shared.kafka.tables import kafka_tables
from shared.kafka.versies import versie_table

METADATA = MetaData(schema="toewijzing")
EXCHANGE = exchange_tables(METADATA)
KAFKA = kafka_tables(METADATA)
VERSIE = versie_table(METADATA)

TOEWIJZING = Table(
    "toewijzing",
    METADATA,
    *toewijzing_columns(),
    Column("release", Text, nullable=False),
    Column("referentie_aanbieder", Text),
    Column("bericht_id", Uuid, ForeignKey("bericht.id"), nullable=False),
    Column("gewijzigd", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("toewijzing_aanbieder", "aanbieder", "gemeente", "nummer"),
    Index("toewijzing_client", "gemeente", "client"),
)
"""The current version of each toegewezen product: of all versions received, the one decided last (OP080)."""

PRODUCT = Table(
    "product",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("gemeente", Text, nullable=False),
    Column("aanbieder", Text),
    Column("product_code", Text, nullable=False),
    Column("categorie", Text, nullable=False),
    Column("eenheid", Text, nullable=False),
    Column("tarief", BigInteger),
    Column("variant", Text, nullable=False),
    Column("geldig_van", Date, nullable=False),
    Column("geldig_tot", Date),
    Index("product_code", "gemeente", "product_code"),
)
"""What a gemeente has contracted: per product and aanbieder (or all) a unit and a tariff in cents, for a time."""
