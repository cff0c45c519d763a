"""The tables of the schema ``declaratie``."""

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
    text,
)

from services.declaratie.betalingen.tabellen import betaal_tabellen
from services.declaratie.handmatig.tabellen import hand_tabellen
from services.declaratie.verzamelfactuur.tabellen import verzamel_tabellen
from shared.exchange.tables import exchange_tables
from shared.feiten.product_tabel import product_projectie
from shared.feiten.toewijzing_tabel import toewijzing_projectie
from shared.kafka.tables import kafka_tables
from shared.kafka.versies import versie_table

METADATA = MetaData(schema="declaratie")
EXCHANGE = exchange_tables(METADATA)
KAFKA = kafka_tables(METADATA)
VERSIE = versie_table(METADATA)
TOEWIJZING = toewijzing_projectie(METADATA)
PRODUCT = product_projectie(METADATA)

DECLARATIE = Table(
    "declaratie",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("bericht_id", Uuid, ForeignKey("bericht.id"), nullable=False, unique=True),
    Column("soort", Text, nullable=False),
    Column("release", Text, nullable=False),
    Column("gemeente", Text, nullable=False),
    Column("aanbieder", Text, nullable=False),
    Column("nummer", Text, nullable=False),
    Column("begindatum", Date, nullable=False),
    Column("einddatum", Date, nullable=False),
    Column("dagtekening", Date, nullable=False),
    Column("ingediend", BigInteger, nullable=False),
    Column("toegekend", BigInteger, nullable=False),
    Column("regels", BigInteger, nullable=False),
    Column("regels_toegekend", BigInteger, nullable=False),
    Column("regels_deels", BigInteger, nullable=False, server_default=text("0")),
    Column("verwerkt", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("declaratie_nummer", "aanbieder", "nummer", unique=True),
    Index("declaratie_gemeente", "gemeente", "id"),
    Index("declaratie_aanbieder", "aanbieder", "id"),
    Index("declaratie_periode", "aanbieder", "gemeente", "begindatum", "einddatum"),
)
"""Every processed declaration or invoice; amounts in cents, credit negative. ``regels_deels``: of its granted lines
those that were granted in part."""

PRESTATIE = Table(
    "prestatie",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    # No foreign key: it is written with its message, which is never deleted, and to look for each line is dear.
    Column("bericht_id", Uuid, nullable=False),
    Column("gemeente", Text, nullable=False),
    Column("aanbieder", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("referentie", Text, nullable=False),
    Column("vorige_referentie", Text),
    Column("toewijzing_nummer", BigInteger, nullable=False),
    Column("categorie", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("begindatum", Date, nullable=False),
    Column("einddatum", Date, nullable=False),
    Column("volume", BigInteger, nullable=False),
    Column("eenheid", Text, nullable=False),
    Column("tarief", BigInteger),
    Column("bedrag", BigInteger, nullable=False),
    Column("credit", Boolean, nullable=False),
    Column("toegekend", Boolean, nullable=False),
    Column("dubbel", Boolean, nullable=False),
    Column("retourcodes", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("gekort", BigInteger, nullable=False, server_default=text("0")),
    Column("btw", BigInteger),
    # A number counts as used once it was in a processed declaration; the refused second use is stored as a double.
    Index("prestatie_referentie", "aanbieder", "referentie", unique=True, postgresql_where=text("not dubbel")),
    Index("prestatie_vorige", "aanbieder", "vorige_referentie", postgresql_where=text("credit")),
    Index("prestatie_toewijzing", "gemeente", "toewijzing_nummer", "begindatum"),
    Index("prestatie_bericht", "bericht_id"),
)
"""Every line of a processed declaration, granted or refused; ``bedrag`` in cents, positive, ``credit`` its sign.

``gekort``: the cents of a granted line that were not granted, 0 where it was granted whole. What it counts for is in
``toegekend``. ``btw``: the VAT in ``bedrag`` as a line of a WMO303F tells it, a credit below zero; null where it tells
none. The lines of a declaration in a released proposal never change (migration 0019).
"""

TELLING = Table(
    "telling",
    METADATA,
    Column("declaratie_id", BigInteger, ForeignKey("declaratie.id"), nullable=False),
    Column("gemeente", Text, nullable=False),
    Column("aanbieder", Text, nullable=False),
    Column("categorie", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("begindatum", Date, nullable=False),
    Column("einddatum", Date, nullable=False),
    Column("credit", Boolean, nullable=False),
    Column("toegekend", Boolean, nullable=False),
    Column("retourcodes", ARRAY(Text), nullable=False),
    Column("regels", BigInteger, nullable=False),
    Column("bedrag", BigInteger, nullable=False),
    Column("gekort", BigInteger, nullable=False, server_default=text("0")),
    Column("btw", BigInteger, nullable=False, server_default=text("0")),
    Index("telling_gemeente", "gemeente", "declaratie_id"),
    Index("telling_aanbieder", "aanbieder", "declaratie_id"),
)
"""How many lines of each kind a declaration has and their cents, positive: what ``prestatie`` has, counted. ``btw`` has
its sign.

A trigger (migration 0003) writes it in the transaction that writes the lines, so nobody who does can forget it. It only
adds rows: what changes or goes is taken off by rows below zero. So add up ``regels``, ``bedrag``, ``gekort`` and
``btw``, never count rows.
"""

VERBRUIK = Table(
    "verbruik",
    METADATA,
    Column("toewijzing_nummer", BigInteger, primary_key=True, autoincrement=False),
    Column("gemeente", Text, primary_key=True),
    Column("aanbieder", Text, primary_key=True),
    Column("eenheid", Text, primary_key=True),
    Column("volume", BigInteger, nullable=False),
    Column("bedrag", BigInteger, nullable=False),
    Index("verbruik_aanbieder", "aanbieder", "gemeente", "toewijzing_nummer"),
)
"""What was granted on each toewijzing so far, per unit: volume and cents, credits taken off (TR322, TR369).

It is the sum of the granted lines, kept so that a claim need not add up years of them. A trigger (migration 0008) adds
each statement's lines in the transaction that writes them, which holds the lock of their aanbieder (``facts``): whoever
reads it under that lock reads all that was granted.
"""

# Of this service alone: the consumption of an aanbieder is asked for here.
Index("toewijzing_aanbieder", TOEWIJZING.c.aanbieder, TOEWIJZING.c.gemeente, TOEWIJZING.c.nummer)

BETALING = betaal_tabellen(METADATA)
HANDMATIG = hand_tabellen(METADATA)
VERZAMEL = verzamel_tabellen(METADATA)
