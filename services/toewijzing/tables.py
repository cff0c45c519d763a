"""The tables of the schema ``toewijzing``."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.toewijzing.dossier.tabellen import dossier_tables
from shared.exchange.tables import exchange_tables
from shared.feiten.toewijzing_tabel import toewijzing_columns
from shared.kafka.tables import kafka_tables
from shared.kafka.versies import versie_table

METADATA = MetaData(schema="toewijzing")
EXCHANGE = exchange_tables(METADATA)
KAFKA = kafka_tables(METADATA)
VERSIE = versie_table(METADATA)
DOSSIER = dossier_tables(METADATA)

TOEWIJZING = Table(
    "toewijzing",
    METADATA,
    *toewijzing_columns(),
    Column("release", Text, nullable=False),
    Column("referentie_aanbieder", Text),
    Column("gewijzigd", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("toewijzing_aanbieder", "aanbieder", "gemeente", "nummer"),
    Index("toewijzing_client", "gemeente", "client"),
)
"""The current version of each toegewezen product: of all versions received, the one decided last (OP080)."""

VERZOEK = Table(
    "verzoek",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("bericht_id", Uuid, ForeignKey("bericht.id"), nullable=False),
    Column("soort", Text, nullable=False),
    Column("gemeente", Text, nullable=False),
    Column("aanbieder", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("referentie", Text, nullable=False),
    Column("reden", Text),
    Column("dagtekening", Date, nullable=False),
    Column("ontvangen", Date, nullable=False),
    Column("producten", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("reden_afwijzing", Text),
    Column("antwoord_bericht_id", Uuid, ForeignKey("bericht.id")),
    Column("toewijzing_bericht_id", Uuid, ForeignKey("bericht.id")),
    Column("besloten", Date),
    Index("verzoek_referentie", "aanbieder", "referentie", unique=True),
    Index("verzoek_gemeente", "gemeente", "id"),
    Index(
        "verzoek_open",
        "gemeente",
        "aanbieder",
        "client",
        postgresql_where=text("status in ('open', 'in_onderzoek')"),
    ),
)
"""Every accepted request: an AangevraagdProduct of a WMO315 or the Verzoek of a WMO317. ``status``: open, in_onderzoek,
afgewezen or toegewezen; ``producten`` is what was asked for."""

ANTWOORD = Table(
    "antwoord",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("bericht_id", Uuid, ForeignKey("bericht.id"), nullable=False),
    Column("verzoek_id", BigInteger, ForeignKey("verzoek.id"), nullable=False),
    Column("verzoek_antwoord", Text, nullable=False),
    Column("reden_afwijzing", Text),
    Index("antwoord_verzoek", "verzoek_id", "id"),
)
"""Every accepted WMO319, on the request that it answers."""

GEDECLAREERD = Table(
    "gedeclareerd",
    METADATA,
    Column("sleutel", Text, primary_key=True),
    Column("nummer", BigInteger, primary_key=True, autoincrement=False),
    Column("gemeente", Text, nullable=False),
    Column("debet", BigInteger, nullable=False),
    Column("credit", BigInteger, nullable=False),
    Column("epoch", Integer, nullable=False, server_default="1"),
    Column("versie", BigInteger, nullable=False),
    Index("gedeclareerd_nummer", "gemeente", "nummer"),
)
"""What the declarations granted on each toewijzing, projected: ``sleutel`` is that of the event (verbruik.py)."""

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

CATALOGUS_TARIEF = Table(
    "catalogus_tarief",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("regio", Text, nullable=False),
    Column("gemeente", Text),
    Column("code", Text, nullable=False),
    Column("intensiteit", Integer, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("geldig_van", Date, nullable=False),
    Column("geldig_tot", Date),
    Index("catalogus_tarief_code", "regio", "code", "intensiteit"),
)
"""What a result area costs per four weeks at an intensity, or a product per unit (``intensiteit`` 0), in cents: for the
whole region, or for one gemeente, which then goes first."""
