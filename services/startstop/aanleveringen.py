"""The starts and stops in the table: what every message reads and writes of them."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, and_, any_, bindparam, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop.domain import (
    VERWIJDEREN,
    Aanlevering,
    Administratie,
    Gemeld,
    Herkomst,
    Start,
    StartProduct,
    Stop,
    Zorgbericht,
    wat_of,
)
from services.startstop.tables import AANLEVERING
from shared.exchange.dienst import Heen
from shared.iwmo.waarden import Product
from shared.klok import Klok
from shared.statement import Statement, as_arrays, few

_CLIENT = ("gemeente", "aanbieder", "client")
_KEY = ("soort", "toewijzing_nummer", "categorie", "code", "begindatum", "reden_beeindiging", "einddatum")
"""The logical key within one client."""
GEMELD = (*_KEY, "bericht_id", "verwijderd_door", "aangeleverd")
"""What ``as_gemeld`` reads."""
COLUMNS = (*_CLIENT, *_KEY, "toewijzing_ingangsdatum", "bericht_id", "aangeleverd")
"""What is written of a delivery."""


def _all_known() -> Statement:
    """What holds for a client at an aanbieder, and all that was ever delivered on some toewijzingen of the gemeente.
    Two searches put together: of one with OR the planner may make a walk through the table."""
    c = AANLEVERING.c
    gemeente = c.gemeente == bindparam("gemeente")
    of_client = and_(c.aanbieder == bindparam("aanbieder"), c.client == bindparam("client"))
    shown = select(
        *(c[name] for name in ("id", *GEMELD)),
        of_client.label("van_client"),
    )
    on_toewijzingen = c.toewijzing_nummer == any_(few("nummers", BigInteger()))
    both = union(shown.where(gemeente, of_client, c.verwijderd_door.is_(None)), shown.where(gemeente, on_toewijzingen))
    return Statement(both.order_by("id"))


_KNOWN = _all_known()


async def read(
    conn: AsyncConnection, lezing: Zorgbericht, nummers: Collection[int]
) -> tuple[Administratie, list[Gemeld]]:
    """What holds for the client of a message, and all that was ever reported on these toewijzingen, in that order."""
    values = {name: getattr(lezing, name) for name in _CLIENT}
    rows = await _KNOWN.rows(conn, {**values, "nummers": list(nummers)})
    known = [(as_gemeld(row), bool(row["van_client"])) for row in rows]
    return as_administratie(known), [one for one, _ in known if one.start.nummer in nummers]


def as_administratie(gemeld: Iterable[tuple[Gemeld, bool]]) -> Administratie:
    """What holds of what was reported, each with whether it is of the client and the aanbieder at hand."""
    starts, stops = {}, {}
    for one, of_client in gemeld:
        if of_client and not one.teruggenomen:
            herkomst = Herkomst(str(one.bericht_id))
            if isinstance(one.wat, Start):
                starts[one.wat] = herkomst
            else:
                stops[one.wat] = herkomst
    return Administratie.of(starts, stops)


_ON_TOEWIJZINGEN = Statement(
    select(*(AANLEVERING.c[name] for name in GEMELD))
    .where(
        AANLEVERING.c.gemeente == bindparam("gemeente"),
        AANLEVERING.c.toewijzing_nummer == any_(few("nummers", BigInteger())),
    )
    .order_by(AANLEVERING.c.id)
)


async def on_toewijzingen(conn: AsyncConnection, gemeente: str, nummers: Collection[int]) -> list[Gemeld]:
    """All that was ever reported on these toewijzingen, in that order."""
    if not nummers:
        return []
    return [as_gemeld(row) for row in await _ON_TOEWIJZINGEN.rows(conn, {"gemeente": gemeente, "nummers": nummers})]


async def on_all_toewijzingen(conn: AsyncConnection) -> dict[str, list[Gemeld]]:
    """All that holds on any toewijzing, by gemeente, in order of delivery."""
    table = AANLEVERING
    live = select(table).where(table.c.verwijderd_door.is_(None), table.c.toewijzing_nummer.is_not(None))
    found: dict[str, list[Gemeld]] = {}
    for row in (await conn.execute(live.order_by(table.c.id))).mappings():
        found.setdefault(row["gemeente"], []).append(as_gemeld(row))
    return found


def as_gemeld(row: Any) -> Gemeld:
    """What was reported, of a row that has ``GEMELD`` by name."""
    start = Start(row["toewijzing_nummer"], Product(row["categorie"], row["code"]), row["begindatum"])
    return Gemeld(
        wat=start if row["soort"] == "start" else Stop(start, row["reden_beeindiging"], row["einddatum"]),
        dag=Klok.day_of(row["aangeleverd"]),
        bericht_id=row["bericht_id"],
        teruggenomen=row["verwijderd_door"] is not None,
    )


def after(gemeld: Iterable[Gemeld], lezing: Zorgbericht, heen: Heen) -> list[Gemeld]:
    """What was reported on the toewijzingen of an accepted message, once it is recorded."""
    gone = {wat_of(product) for product in lezing.producten if product.status == VERWIJDEREN}
    new = [wat_of(product) for product in lezing.producten if product.status != VERWIJDEREN]
    return [
        *(replace(one, teruggenomen=True) if one.wat in gone else one for one in gemeld),
        *(Gemeld(wat, heen.vandaag, heen.id) for wat in new),
    ]


def as_values(lezing: Zorgbericht, heen: Heen) -> dict[str, list[Any]]:
    """What a message delivers, as arrays of ``COLUMNS``."""
    return as_arrays(rows_of(lezing, heen), COLUMNS)


def rows_of(lezing: Zorgbericht, heen: Heen) -> list[tuple[Any, ...]]:
    """The same as rows."""
    client = tuple(getattr(lezing, name) for name in _CLIENT)
    return [
        (*client, *_key_of(product), product.toewijzing_ingangsdatum, heen.id, heen.ontvangen)
        for product in lezing.producten
        if product.status != VERWIJDEREN
    ]


async def take_back(conn: AsyncConnection, lezing: Zorgbericht, bericht_id: UUID) -> None:
    """Marks what has the same whole logical key; what is absent compares as absent. Within one client it is little."""
    c = AANLEVERING.c
    same = [
        and_(*(c[name].is_not_distinct_from(value) for name, value in zip(_KEY, _key_of(product), strict=True)))
        for product in lezing.producten
        if product.status == VERWIJDEREN
    ]
    if same:
        of_client = (c[name] == getattr(lezing, name) for name in _CLIENT)
        statement = update(AANLEVERING).where(*of_client, c.verwijderd_door.is_(None), or_(*same))
        await conn.execute(statement.values(verwijderd_door=bericht_id))


def _key_of(product: Aanlevering) -> tuple[Any, ...]:
    """The values of ``_KEY``."""
    start = product.start
    key = (start.nummer, start.product.categorie, start.product.code, start.begindatum)
    if isinstance(product, StartProduct):
        return ("start", *key, None, None)
    return ("stop", *key, product.stop.reden, product.stop.einddatum)
