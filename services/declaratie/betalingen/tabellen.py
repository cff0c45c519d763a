"""The tables of payment proposals."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
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
    Uuid,
    func,
    text,
)


@dataclass(frozen=True)
class BetaalTabellen:
    """Accounts, proposals and their declarations, and the files that go to the bank."""

    rekening: Table
    voorstel: Table
    declaratie: Table
    bestand: Table
    geplaatst: Table


def betaal_tabellen(metadata: MetaData) -> BetaalTabellen:
    """Adds the tables to the service's metadata. The rights on them are the migration's: nothing decided changes."""
    return BetaalTabellen(_rekening(metadata), _voorstel(metadata), _declaratie(metadata), *_bestanden(metadata))


def _rekening(metadata: MetaData) -> Table:
    """Accounts by which a gemeente pays: its own, and those of aanbieders. A change is a new row: the latest counts,
    and a proposal keeps the one that it was made with. ``houder`` is a party."""
    return Table(
        "betaalrekening",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("gemeente", Text, nullable=False),
        Column("houder", Text, nullable=False),
        Column("naam", Text, nullable=False),
        Column("iban", Text, nullable=False),
        Column("bic", Text, nullable=True),
        Column("gewijzigd", DateTime(timezone=True), nullable=False),
        Column("gewijzigd_door", Text, nullable=False),
        Index("betaalrekening_houder", "gemeente", "houder", "id"),
    )


def _voorstel(metadata: MetaData) -> Table:
    """What a gemeente is to pay an aanbieder: ``bedrag`` in cents, the sum of its lines when it was made."""
    return Table(
        "betaalvoorstel",
        metadata,
        Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
        Column("volgnummer", BigInteger, Identity(), nullable=False, unique=True),
        Column("gemeente", Text, nullable=False),
        Column("aanbieder", Text, nullable=False),
        Column("status", Text, nullable=False),
        Column("tot_en_met", Date, nullable=True),
        Column("begindatum", Date, nullable=False),
        Column("einddatum", Date, nullable=False),
        Column("bedrag", BigInteger, nullable=False),
        Column("regels", BigInteger, nullable=False),
        Column("declaraties", BigInteger, nullable=False),
        Column("van_rekening", BigInteger, ForeignKey("betaalrekening.id"), nullable=True),
        Column("naar_rekening", BigInteger, ForeignKey("betaalrekening.id"), nullable=True),
        Column("gemaakt", DateTime(timezone=True), nullable=False),
        Column("gemaakt_door", Text, nullable=False),
        Column("beslist", DateTime(timezone=True), nullable=True),
        Column("beslist_door", Text, nullable=True),
        Column("uitvoerdatum", Date, nullable=True),
        Column("btw", BigInteger, nullable=False, server_default=text("0")),
        CheckConstraint("bedrag > 0", name="betaalvoorstel_positief"),
        CheckConstraint("(status = 'concept') = (beslist_door is null)", name="betaalvoorstel_beslist"),
        CheckConstraint(
            "status <> 'vrijgegeven' or (beslist_door <> gemaakt_door and van_rekening is not null"
            " and naar_rekening is not null and uitvoerdatum is not null)",
            name="betaalvoorstel_vier_ogen",
        ),
        Index("betaalvoorstel_gemeente", "gemeente", "volgnummer"),
        Index("betaalvoorstel_aanbieder", "aanbieder", "volgnummer"),
    )


def _declaratie(metadata: MetaData) -> Table:
    """Which declaration is in which proposal, with all its granted lines: how many, their cents and the VAT in those,
    credits taken off. The key makes that once."""
    return Table(
        "betaaldeclaratie",
        metadata,
        Column("bericht_id", Uuid, ForeignKey("declaratie.bericht_id"), primary_key=True),
        Column("voorstel_id", Uuid, ForeignKey("betaalvoorstel.id"), nullable=False),
        Column("regels", BigInteger, nullable=False),
        Column("bedrag", BigInteger, nullable=False),
        Column("btw", BigInteger, nullable=False),
        Index("betaaldeclaratie_voorstel", "voorstel_id"),
    )


def _bestanden(metadata: MetaData) -> tuple[Table, Table]:
    """Files for the bank, and which proposal is in which: the key makes that once."""
    bestand = Table(
        "betaalbestand",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("volgnummer", BigInteger, Identity(), nullable=False, unique=True),
        Column("gemeente", Text, nullable=False),
        Column("gemaakt", DateTime(timezone=True), nullable=False),
        Column("gemaakt_door", Text, nullable=False),
        Index("betaalbestand_gemeente", "gemeente", "volgnummer"),
    )
    geplaatst = Table(
        "betaalbestand_voorstel",
        metadata,
        Column("voorstel_id", Uuid, ForeignKey("betaalvoorstel.id"), primary_key=True),
        Column("bestand_id", Uuid, ForeignKey("betaalbestand.id"), nullable=False),
        Index("betaalbestand_voorstellen", "bestand_id"),
    )
    return bestand, geplaatst
