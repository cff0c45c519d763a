"""The toewijzing in a table: the owner's, and the projections of the others."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.feiten.projectie import newest, upsert_newer
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.waarden import Omvang, Periode, Product
from shared.kafka.envelope import Event
from shared.statement import Statement

AT_ONCE = 2_000
"""Rows in memory beside the toewijzingen made of them."""
_READ = (
    "nummer", "aanbieder", "client", "categorie", "code", "ingangsdatum", "einddatum", "moment", "reden_wijziging",
    "volume", "eenheid", "frequentie", "budget", "bericht_id", "ontvangen",
)  # fmt: skip


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
        Column("bericht_id", Uuid),
        Column("ontvangen", Date),
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
        "bericht_id": UUID(toewijzing.bericht_id) if toewijzing.bericht_id else None,
        "ontvangen": toewijzing.ontvangen,
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
        bericht_id=str(row.bericht_id) if row.bericht_id else None,
        ontvangen=row.ontvangen,
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
    values = {"gemeente": gemeente, "nummers": sorted(set(nummers))}
    found: dict[int, Toewijzing] = {}
    if not values["nummers"]:
        return found
    statement, maker = _by_nummer(table, lock), _Maker(gemeente)
    if len(values["nummers"]) <= AT_ONCE:
        return maker.of(await statement.rows(conn, values))
    async for rows in statement.batches(conn, values, AT_ONCE):
        found |= maker.of(rows)
    return found


def columns_read(table: Table) -> list[ColumnElement[Any]]:
    """What a toewijzing is made of, for a statement that asks for more; see ``made_of``."""
    return [cast(table.c.bericht_id, Text) if name == "bericht_id" else table.c[name] for name in _READ]


def made_of(gemeente: str, rows: Iterable[Record]) -> dict[int, Toewijzing]:
    """The toewijzingen by number, of rows that begin with ``columns_read``."""
    return _Maker(gemeente).of(row[: len(_READ)] for row in rows)


@cache
def _by_nummer(table: Table, lock: bool) -> Statement:
    c = table.c
    statement = select(*columns_read(table))
    nummers = cast(bindparam("nummers", type_=ARRAY(BigInteger)), ARRAY(BigInteger))
    statement = statement.where(c.gemeente == bindparam("gemeente"), c.nummer == any_(nummers)).order_by(c.nummer)
    return Statement(statement.with_for_update() if lock else statement)


class _Maker:
    """Makes toewijzingen of rows by position: a declaration is about a hundred thousand. They share what is alike in
    many of them, so that each takes little memory."""

    def __init__(self, gemeente: str) -> None:
        self.gemeente = gemeente
        self.texts: dict[str, str] = {}
        self.producten: dict[tuple[str | None, str | None], Product] = {}
        self.perioden: dict[tuple[date, date | None], Periode] = {}
        self.omvangen: dict[tuple[int, str, str], Omvang] = {}

    def of(self, rows: Iterable[Any]) -> dict[int, Toewijzing]:
        """By number; rows have the columns ``_READ``."""
        gemeente, texts, producten = self.gemeente, self.texts, self.producten
        perioden, omvangen = self.perioden, self.omvangen
        found: dict[int, Toewijzing] = {}
        for (
            nummer, aanbieder, client, categorie, code, begin, eind, moment, reden, volume, eenheid, frequentie, budget,
            bericht_id, ontvangen,
        ) in rows:  # fmt: skip
            product = producten.get((categorie, code))
            if product is None:
                product = producten[categorie, code] = Product(categorie, code)
            periode = perioden.get((begin, eind))
            if periode is None:
                periode = perioden[begin, eind] = Periode(begin, eind)
            omvang = None
            if eenheid is not None:
                omvang = omvangen.get((volume, eenheid, frequentie))
                if omvang is None:
                    omvang = omvangen[volume, eenheid, frequentie] = Omvang(volume, eenheid, frequentie)
            found[nummer] = Toewijzing(
                gemeente, nummer, texts.setdefault(aanbieder, aanbieder), texts.setdefault(client, client), product,
                periode, moment, reden, omvang, budget, bericht_id, ontvangen,
            )  # fmt: skip
        return found


async def read_of_clients(
    conn: AsyncConnection, table: Table, gemeente: str, aanbieder: str, clients: Iterable[str]
) -> list[Toewijzing]:
    """All toewijzingen, in order of their numbers, that these clients have of this gemeente at this aanbieder."""
    wanted = sorted(set(clients))
    if not wanted:
        return []
    statement = select(table).where(
        table.c.gemeente == gemeente,
        table.c.aanbieder == aanbieder,
        table.c.client == any_(cast(wanted, ARRAY(Text))),
    )
    return [from_row(row) for row in await conn.execute(statement.order_by(table.c.nummer))]


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
