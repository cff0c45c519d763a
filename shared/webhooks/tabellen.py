"""The tables of webhooks, which every service has in its own schema."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY


def webhook_tables(metadata: MetaData) -> tuple[Table, Table]:
    """Adds both: subscriptions, and what is to be told or was."""
    return _abonnement(metadata), _bezorging(metadata)


def _abonnement(metadata: MetaData) -> Table:
    """A subscription of a party. ``inhoud``: its secrets, sealed.

    How far it is: all mail of the party up to ``positie`` was looked at. ``merk_nummer`` is how far that will be, once
    every transaction before ``merk_tx`` has ended (``bijwerken``). ``mislukt``: failures in a row, since
    ``mislukt_sinds``; until ``volgende`` it is left alone. ``huurder`` is the process that is at work on it, until
    ``gehuurd_tot`` by the clock of the database.
    """
    return Table(
        "abonnement",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("volgnummer", BigInteger, Identity(), nullable=False),
        Column("partij", Text, nullable=False),
        Column("url", Text, nullable=False),
        Column("berichten", ARRAY(Text), nullable=True),
        Column("inhoud", LargeBinary, nullable=False),
        Column("status", Text, nullable=False),
        Column("gemaakt", DateTime(timezone=True), nullable=False),
        Column("positie", BigInteger, nullable=False, server_default=text("0")),
        Column("merk_nummer", BigInteger, nullable=True),
        Column("merk_tx", BigInteger, nullable=True),
        Column("mislukt", Integer, nullable=False, server_default=text("0")),
        Column("mislukt_sinds", DateTime(timezone=True), nullable=True),
        Column("volgende", DateTime(timezone=True), nullable=True),
        Column("laatste_poging", DateTime(timezone=True), nullable=True),
        Column("laatste_uitkomst", Text, nullable=True),
        Column("laatste_status", Integer, nullable=True),
        Column("laatst_bezorgd", DateTime(timezone=True), nullable=True),
        Column("huurder", Uuid, nullable=True),
        Column("gehuurd_tot", DateTime(timezone=True), nullable=True),
        UniqueConstraint("partij", "url", name="abonnement_eenmaal"),
        Index("abonnement_actief", "partij", postgresql_where=text("status = 'actief'")),
    )


def _bezorging(metadata: MetaData) -> Table:
    """What a subscription is to tell of, by its place in the mailbox. It stays, ``bezorgd``, until the subscription has
    passed that place, so that nothing is told of anew. ``opgegeven``: tried for so long that it is left alone."""
    return Table(
        "bezorging",
        metadata,
        Column("abonnement_id", Uuid, ForeignKey("abonnement.id", ondelete="CASCADE"), nullable=False),
        Column("volgnummer", BigInteger, nullable=False),
        Column("partij", Text, nullable=False),
        Column("pogingen", Integer, nullable=False, server_default=text("0")),
        Column("eerste", DateTime(timezone=True), nullable=True),
        Column("volgende", DateTime(timezone=True), nullable=True),
        Column("bezorgd", DateTime(timezone=True), nullable=True),
        Column("opgegeven", DateTime(timezone=True), nullable=True),
        PrimaryKeyConstraint("abonnement_id", "volgnummer", name="bezorging_eenmaal"),
        Index(
            "bezorging_open", "abonnement_id", "volgnummer",
            postgresql_where=text("bezorgd is null and opgegeven is null"),
        ),
    )  # fmt: skip
