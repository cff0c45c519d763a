"""The tables that every service has in its own schema: messages, mailbox, audit."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.webhooks.tabellen import webhook_tables


@dataclass(frozen=True)
class ExchangeTables:
    """The tables of reception, one set per service."""

    bericht: Table
    postbus: Table
    audit: Table
    termijn: Table
    zegel: Table
    machtiging: Table
    abonnement: Table
    bezorging: Table


def exchange_tables(metadata: MetaData) -> ExchangeTables:
    """Adds the tables to a service's metadata."""
    return ExchangeTables(
        _bericht(metadata),
        _postbus(metadata),
        _audit(metadata),
        _termijn(metadata),
        _zegel(metadata),
        _machtiging(metadata),
        *webhook_tables(metadata),
    )


def _bericht(metadata: MetaData) -> Table:
    """Every message received or made. ``inhoud`` is sealed; it may be gone while the key and hash stay (P2)."""
    return Table(
        "bericht",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("volgnummer", BigInteger, Identity(), nullable=False, unique=True),
        Column("bericht", Text, nullable=False),
        Column("release", Text, nullable=False),
        Column("berichtcode", Text, nullable=False),
        Column("afzender", Text, nullable=False),
        Column("ontvanger", Text, nullable=False),
        Column("partij_van", Text, nullable=False),
        Column("partij_naar", Text, nullable=False),
        Column("identificatie", Text, nullable=False),
        Column("dagtekening", Date, nullable=False),
        Column("heen_id", Uuid, ForeignKey("bericht.id"), nullable=True),
        Column("status", Text, nullable=False),
        Column("hash", LargeBinary, nullable=True),
        Column("eerste", Boolean, nullable=False, server_default=text("false")),
        Column("inhoud", LargeBinary, nullable=True),
        Column("grootte", BigInteger, nullable=False),
        Column("meldingen", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
        Column("signalen", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
        Column("ontvangen", DateTime(timezone=True), nullable=False),
        Column("verwerkt", DateTime(timezone=True), nullable=True),
        Column("wacht_nummer", BigInteger, nullable=True),
        Column("wacht_sleutels", ARRAY(Text), nullable=True),
        Index(
            "bericht_eenmaal",
            "afzender",
            "berichtcode",
            "identificatie",
            "hash",
            unique=True,
            postgresql_where=text("heen_id is null"),
        ),
        Index(
            "bericht_sleutel", "afzender", "berichtcode", "identificatie", unique=True, postgresql_where=text("eerste")
        ),
        Index("bericht_partij_van", "partij_van", "volgnummer"),
        Index("bericht_partij_naar", "partij_naar", "volgnummer"),
        Index("bericht_retour", "heen_id", unique=True, postgresql_where=text("heen_id is not null")),
        Index("bericht_geparkeerd", "volgnummer", postgresql_where=text("status = 'geparkeerd'")),
    )


def _postbus(metadata: MetaData) -> Table:
    """What waits for a party until it says that it has it."""
    return Table(
        "postbus",
        metadata,
        Column("volgnummer", BigInteger, Identity(), primary_key=True),
        Column("bericht_id", Uuid, ForeignKey("bericht.id"), nullable=False),
        Column("partij", Text, nullable=False),
        Column("geplaatst", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("ontvangen", DateTime(timezone=True), nullable=True),
        UniqueConstraint("bericht_id", "partij", name="postbus_eenmaal"),
        Index("postbus_wachtend", "partij", "volgnummer", postgresql_where=text("ontvangen is null")),
    )


def _audit(metadata: MetaData) -> Table:
    """Who did what to which message, when, with what outcome. Never content, BSN or name.

    ``gemeente``, ``aanbieder`` and ``client`` (a pseudonym): whom it is about, when that is one; ``betreft``: the rest,
    of a list or of a caller of several parties (``gemeente:0855``, ``agb:98765432``, ``client:...``). ``verzoek`` is
    the request, ``tx`` the transaction: a row is chained (``audit_zegel``) once no older transaction is left that could
    still add one. Number, time and transaction are the database's own: the service may not write them.
    """
    return Table(
        "audit",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("tijd", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("wie", Text, nullable=False),
        Column("partij", Text, nullable=False),
        Column("handeling", Text, nullable=False),
        Column("bericht_id", Uuid, nullable=True),
        Column("bericht", Text, nullable=True),
        Column("client", Text, nullable=True),
        Column("uitkomst", Text, nullable=False),
        Column("verzoek", Uuid, nullable=True),
        Column("gemeente", Text, nullable=True),
        Column("aanbieder", Text, nullable=True),
        Column("betreft", ARRAY(Text), nullable=True),
        Column("tx", BigInteger, nullable=False, server_default=text("((pg_current_xact_id())::text)::bigint")),
        Index("audit_bericht", "bericht_id"),
        Index("audit_volgorde", "tx", "id"),
        Index("audit_partij", "partij", "tijd", "id"),
        Index("audit_gemeente", "gemeente", "tijd", "id", postgresql_where=text("gemeente is not null")),
        Index("audit_client", "client", "tijd", "id", postgresql_where=text("client is not null")),
        Index("audit_betreft", "betreft", postgresql_using="gin", postgresql_where=text("betreft is not null")),
    )


def _zegel(metadata: MetaData) -> Table:
    """The chain over the audit trail, so many rows at a time: their numbers in its order, the hash of each
    (``schakels``, 32 bytes each, over the row and the hash before it), and over that the seal, with a key outside the
    database. What the columns mean: ``shared.security.audit``."""
    return Table(
        "audit_zegel",
        metadata,
        Column("nummer", BigInteger, primary_key=True, autoincrement=False),
        Column("tijd", DateTime(timezone=True), nullable=False),
        Column("soort", Text, nullable=False),
        Column("na_id", BigInteger, nullable=False),
        Column("tx_tot", BigInteger, nullable=False),
        Column("id_tot", BigInteger, nullable=False),
        Column("ids", ARRAY(BigInteger), nullable=False),
        Column("schakels", LargeBinary, nullable=False),
        Column("opgeruimd_tot", BigInteger, nullable=True),
        Column("vorige", LargeBinary, nullable=False),
        Column("zegel", LargeBinary, nullable=False),
    )


def _machtiging(metadata: MetaData) -> Table:
    """A mandate that a party gave to an organisation (``oin``): from which day to which, both counted, unless it was
    ended before (``beeindigd``). The service may only add one, and end it."""
    return Table(
        "machtiging",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("volgnummer", BigInteger, Identity(), nullable=False),
        Column("partij", Text, nullable=False),
        Column("oin", Text, nullable=False),
        Column("begindatum", Date, nullable=False),
        Column("einddatum", Date, nullable=True),
        Column("gegeven", DateTime(timezone=True), nullable=False),
        Column("beeindigd", DateTime(timezone=True), nullable=True),
        Index("machtiging_partij", "partij", "volgnummer"),
        Index("machtiging_oin", "oin", postgresql_where=text("beeindigd is null")),
    )


def _termijn(metadata: MetaData) -> Table:
    """What must have happened by which day (regels-op); passing it is told, never a reason to refuse."""
    return Table(
        "termijn",
        metadata,
        Column("id", BigInteger, Identity(), nullable=False),
        Column("regel", Text, nullable=False),
        Column("sleutel", Text, nullable=False),
        Column("gemeente", Text, nullable=False),
        Column("aanbieder", Text, nullable=False),
        Column("wie", Text, nullable=False),
        Column("bericht_id", Uuid, nullable=True),
        Column("vanaf", Date, nullable=False),
        Column("uiterlijk", Date, nullable=False),
        Column("afgerond", Date, nullable=True),
        # The last day that was told before it came (termijn_waarschuwing); a later one is told again.
        Column("gewaarschuwd", Date, nullable=True),
        # First what differs most: each look in the index then compares a column or two.
        PrimaryKeyConstraint("sleutel", "regel", "aanbieder", "gemeente", name="termijn_eenmaal"),
        Index("termijn_gemeente", "gemeente", "uiterlijk", "id"),
        Index("termijn_aanbieder", "aanbieder", "uiterlijk", "id"),
        Index("termijn_open", "uiterlijk", "regel", postgresql_where=text("afgerond is null")),
    )
