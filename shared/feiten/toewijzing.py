"""The toewijzing as other services know it: the event of ``wmo.toewijzing`` and its projection."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    any_,
    cast,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.feiten.projectie import newest, upsert_newer
from shared.iwmo.waarden import Omvang, Periode, Product
from shared.kafka.envelope import Event

VERVALLEN_REDENEN = frozenset({"01", "13"})


@dataclass(frozen=True, slots=True)
class Toewijzing:
    """The current version of one toegewezen product. ``client`` is a pseudonym; budget in cents."""

    gemeente: str
    nummer: int
    aanbieder: str
    client: str
    product: Product
    periode: Periode
    moment: datetime
    reden_wijziging: str | None = None
    omvang: Omvang | None = None
    budget: int | None = None

    @property
    def sleutel(self) -> str:
        """The key of its events."""
        return sleutel(self.gemeente, self.nummer)

    @property
    def vervallen(self) -> bool:
        """Withdrawn: counts as never sent (regels-tr, chapter 1)."""
        return self.periode.eind == self.periode.begin and self.reden_wijziging in VERVALLEN_REDENEN

    def as_data(self) -> dict[str, Any]:
        """The whole state, as the event carries it."""
        return {
            "gemeente": self.gemeente,
            "nummer": self.nummer,
            "aanbieder": self.aanbieder,
            "client": self.client,
            "categorie": self.product.categorie,
            "code": self.product.code,
            "ingangsdatum": self.periode.begin.isoformat(),
            "einddatum": self.periode.eind.isoformat() if self.periode.eind else None,
            "moment": self.moment.isoformat(),
            "redenWijziging": self.reden_wijziging,
            "omvang": {
                "volume": self.omvang.volume,
                "eenheid": self.omvang.eenheid,
                "frequentie": self.omvang.frequentie,
            }
            if self.omvang
            else None,
            "budget": self.budget,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Toewijzing":
        """The state that an event carries."""
        einddatum, omvang = data["einddatum"], data["omvang"]
        return cls(
            gemeente=data["gemeente"],
            nummer=data["nummer"],
            aanbieder=data["aanbieder"],
            client=data["client"],
            product=Product(data["categorie"], data["code"]),
            periode=Periode(
                date.fromisoformat(data["ingangsdatum"]), date.fromisoformat(einddatum) if einddatum else None
            ),
            moment=datetime.fromisoformat(data["moment"]),
            reden_wijziging=data["redenWijziging"],
            omvang=Omvang(**omvang) if omvang else None,
            budget=data["budget"],
        )


def sleutel(gemeente: str, nummer: int) -> str:
    """``0855:300201``."""
    return f"{gemeente}:{nummer}"


def toewijzing_columns() -> list[Column[Any]]:
    """The columns of a toewijzing, alike in the owner's table and in every projection."""
    return [
        Column("gemeente", Text, primary_key=True),
        Column("nummer", BigInteger, primary_key=True, autoincrement=False),
        Column("aanbieder", Text, nullable=False),
        Column("client", Text, nullable=False),
        Column("categorie", Text),
        Column("code", Text),
        Column("ingangsdatum", Date, nullable=False),
        Column("einddatum", Date),
        Column("moment", DateTime(timezone=False), nullable=False),
        Column("reden_wijziging", Text),
        Column("volume", BigInteger),
        Column("eenheid", Text),
        Column("frequentie", Text),
        Column("budget", BigInteger),
        Column("epoch", Integer, nullable=False, server_default="1"),
        Column("versie", BigInteger, nullable=False),
    ]


def toewijzing_projectie(metadata: MetaData) -> Table:
    """The projection: what another service knows of each toewijzing."""
    return Table(
        "toewijzing",
        metadata,
        *toewijzing_columns(),
        Index("toewijzing_client", "gemeente", "aanbieder", "client"),
    )


def as_row(toewijzing: Toewijzing) -> dict[str, Any]:
    """The columns but for the version."""
    omvang = toewijzing.omvang
    return {
        "gemeente": toewijzing.gemeente,
        "nummer": toewijzing.nummer,
        "aanbieder": toewijzing.aanbieder,
        "client": toewijzing.client,
        "categorie": toewijzing.product.categorie,
        "code": toewijzing.product.code,
        "ingangsdatum": toewijzing.periode.begin,
        "einddatum": toewijzing.periode.eind,
        "moment": toewijzing.moment,
        "reden_wijziging": toewijzing.reden_wijziging,
        "volume": omvang.volume if omvang else None,
        "eenheid": omvang.eenheid if omvang else None,
        "frequentie": omvang.frequentie if omvang else None,
        "budget": toewijzing.budget,
    }


def from_row(row: Any) -> Toewijzing:
    """A toewijzing from a row with these columns."""
    return Toewijzing(
        gemeente=row.gemeente,
        nummer=row.nummer,
        aanbieder=row.aanbieder,
        client=row.client,
        product=Product(row.categorie, row.code),
        periode=Periode(row.ingangsdatum, row.einddatum),
        moment=row.moment,
        reden_wijziging=row.reden_wijziging,
        omvang=Omvang(row.volume, row.eenheid, row.frequentie) if row.eenheid is not None else None,
        budget=row.budget,
    )


async def apply(conn: AsyncConnection, table: Table, events: Sequence[Event]) -> None:
    """Projects events; a version that is not newer changes nothing."""
    rows = [
        {**as_row(Toewijzing.from_data(event.data)), "epoch": event.epoch, "versie": event.versie}
        for event in newest(events)
    ]
    await upsert_newer(conn, table, rows)


async def read(
    conn: AsyncConnection, table: Table, gemeente: str, nummers: Iterable[int], *, lock: bool = False
) -> dict[int, Toewijzing]:
    """The toewijzingen with these numbers; with ``lock`` held in key order until the transaction ends (P5)."""
    wanted = sorted(set(nummers))
    if not wanted:
        return {}
    statement = select(table).where(
        table.c.gemeente == gemeente, table.c.nummer == any_(cast(wanted, ARRAY(BigInteger)))
    )
    statement = statement.order_by(table.c.nummer)
    if lock:
        statement = statement.with_for_update()
    return {row.nummer: from_row(row) for row in await conn.execute(statement)}


async def clients_known(
    conn: AsyncConnection, table: Table, gemeente: str, aanbieder: str, clients: Iterable[str]
) -> set[str]:
    """Those of the clients (pseudonyms) who have any toewijzing of this gemeente at this aanbieder."""
    wanted = sorted(set(clients))
    if not wanted:
        return set()
    statement = (
        select(table.c.client)
        .where(
            table.c.gemeente == gemeente,
            table.c.aanbieder == aanbieder,
            table.c.client == any_(cast(wanted, ARRAY(Text))),
        )
        .distinct()
    )
    return set((await conn.execute(statement)).scalars())
