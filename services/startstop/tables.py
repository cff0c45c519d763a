"""The tables of the schema ``startstop``."""

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
    text,
)

from services.startstop.evaluatie.tabellen import evaluatie_tabellen
from shared.exchange.tables import exchange_tables
from shared.feiten.product_tabel import product_projectie
from shared.feiten.toewijzing_tabel import toewijzing_projectie
from shared.kafka.tables import kafka_tables
from shared.kafka.versies import versie_table

METADATA = MetaData(schema="startstop")
EXCHANGE = exchange_tables(METADATA)
KAFKA = kafka_tables(METADATA)
VERSIE = versie_table(METADATA)
TOEWIJZING = toewijzing_projectie(METADATA)
PRODUCT = product_projectie(METADATA)

AANLEVERING = Table(
    "aanlevering",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("soort", Text, nullable=False),
    Column("gemeente", Text, nullable=False),
    Column("aanbieder", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("toewijzing_nummer", BigInteger),
    Column("categorie", Text),
    Column("code", Text),
    Column("toewijzing_ingangsdatum", Date),
    Column("begindatum", Date, nullable=False),
    Column("reden_beeindiging", Text),
    Column("einddatum", Date),
    # No foreign key: it is written with its message in one statement, and to look for that for each is dear.
    Column("bericht_id", Uuid, nullable=False),
    Column("verwijderd_door", Uuid, ForeignKey("bericht.id")),
    Column("aangeleverd", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("aanlevering_client", "gemeente", "aanbieder", "client", postgresql_where=text("verwijderd_door is null")),
    Index("aanlevering_toewijzing", "gemeente", "toewijzing_nummer"),
)
"""Every accepted start and stop (``soort``), also those that were taken back later (StatusAanlevering 3)."""

EVALUATIE = evaluatie_tabellen(METADATA)

TE_BEZIEN = Table(
    "te_bezien",
    METADATA,
    Column("gemeente", Text, primary_key=True),
    Column("nummer", BigInteger, primary_key=True, autoincrement=False),
)
"""Toewijzingen of which the terms of standing still and of the evaluatie are to be looked at again."""

BEZIEN_TOT = Table(
    "bezien_tot",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("dag", Date, nullable=False),
)
"""One row (``id`` 1): toewijzingen that ended before this day have been put in ``te_bezien`` for it."""

# What is on the waiting list, of either party: little of all terms, and the way of a start keeps no more than it did.
_OP_DE_LIJST = "afgerond is null and regel in ('SEED-START', 'SEED-PAUZE', 'SEED-EVALUATIE')"
Index(
    "termijn_lijst_gemeente", EXCHANGE.termijn.c.gemeente, EXCHANGE.termijn.c.regel, postgresql_where=text(_OP_DE_LIJST)
)
Index(
    "termijn_lijst_aanbieder",
    EXCHANGE.termijn.c.aanbieder,
    EXCHANGE.termijn.c.regel,
    postgresql_where=text(_OP_DE_LIJST),
)
