"""The tables of the case. What is known of a resident is sealed; what is not sealed says nothing of him."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
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
    func,
    text,
)


@dataclass(frozen=True)
class DossierTables:
    """The case as it is, its deeds, and the numbers of what it assigned."""

    dossier: Table
    stap: Table
    nummer: Table


def dossier_tables(metadata: MetaData) -> DossierTables:
    """Adds the tables to the metadata of the service."""
    return DossierTables(_dossier(metadata), _stap(metadata), _nummer(metadata))


def _dossier(metadata: MetaData) -> Table:
    """A case. ``inhoud`` is sealed, bound to id and version; ``client`` is the pseudonym of the BSN."""
    return Table(
        "dossier",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("volgnummer", BigInteger, Identity(), nullable=False, unique=True),
        Column("gemeente", Text, nullable=False),
        Column("aanbieder", Text),
        Column("client", Text, nullable=False),
        Column("fase", Text, nullable=False),
        Column("ronde", Integer, nullable=False),
        Column("release", Text),
        Column("versie", Integer, nullable=False),
        Column("vorig_id", Uuid, ForeignKey("dossier.id")),
        Column("inhoud", LargeBinary, nullable=False),
        Column("gemeld", Date, nullable=False),
        Column("gewijzigd", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Index("dossier_gemeente", "gemeente", "volgnummer"),
        Index("dossier_aanbieder", "aanbieder", "volgnummer", postgresql_where=text("aanbieder is not null")),
        Index("dossier_client", "gemeente", "client"),
        Index("dossier_verzending", "volgnummer", postgresql_where=text("fase = 'verzending'")),
    )


def _stap(metadata: MetaData) -> Table:
    """Every deed, once: who did what, from where to where. ``sleutel`` is what the caller knows his request by, and
    ``hash`` a keyed digest of what he sent."""
    return Table(
        "dossier_stap",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("dossier_id", Uuid, ForeignKey("dossier.id"), nullable=False),
        Column("versie", Integer, nullable=False),
        Column("gemeente", Text, nullable=False),
        Column("aanbieder", Text),
        Column("partij", Text, nullable=False),
        Column("handeling", Text, nullable=False),
        Column("van", Text),
        Column("naar", Text, nullable=False),
        Column("ronde", Integer, nullable=False),
        Column("tijd", DateTime(timezone=True), nullable=False),
        Column("sleutel", Text),
        Column("hash", Text),
        UniqueConstraint("dossier_id", "versie", name="dossier_stap_eenmaal"),
        Index("dossier_stap_sleutel", "partij", "sleutel", unique=True, postgresql_where=text("sleutel is not null")),
    )


def _nummer(metadata: MetaData) -> Table:
    """The ToewijzingNummers that cases gave out, each once per gemeente."""
    return Table(
        "dossier_nummer",
        metadata,
        Column("gemeente", Text, primary_key=True),
        Column("nummer", BigInteger, primary_key=True, autoincrement=False),
        Column("dossier_id", Uuid, ForeignKey("dossier.id"), nullable=False),
    )
