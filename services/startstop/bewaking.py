"""Keeping the terms of OP271, OP272, OP288 and OP295, as starts and stops are recorded and toewijzingen come in.

Whoever writes terms holds the rows of their toewijzingen first: so a start that is recorded and a version of its
toewijzing that is projected at the same time each see the other, and never wait for one another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop.domain import VERWIJDEREN, Administratie, Start, StartProduct, Stop, Zorgbericht
from services.startstop.tables import AANLEVERING, EXCHANGE, PRODUCT, TOEWIJZING
from services.startstop.termijnen import (
    START_VERWACHT,
    STOP_AAN_HET_EIND,
    Gemeld,
    levering_sleutel,
    sleutel_of,
    term_for_first_start,
    term_of_start,
    term_of_stop,
    terms_at_the_end,
)
from shared.exchange.dienst import Heen
from shared.exchange.termijnen import Sleutel, Termijn, open_termijnen
from shared.feiten import toewijzing_tabel
from shared.feiten.product import Contracten, Tarief
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.waarden import Product
from shared.kafka.envelope import Event
from shared.klok import Klok

ToewijzingSleutel = tuple[str, int]
"""Gemeente and ToewijzingNummer."""
TERMIJN = EXCHANGE.termijn


async def record_reports(conn: AsyncConnection, lezing: Zorgbericht, administratie: Administratie, heen: Heen) -> None:
    """The terms after a message was recorded; ``administratie`` is what holds since."""
    nummers = {product.start.nummer for product in lezing.producten if product.start.nummer is not None}
    toewijzingen = await toewijzing_tabel.read(conn, TOEWIJZING, lezing.gemeente, nummers, lock=True)
    back = (sleutel_of(product) for product in lezing.producten if product.status == VERWIJDEREN)
    await _remove(conn, {(regel, lezing.gemeente, lezing.aanbieder, what) for regel, what in filter(None, back)})
    await open_termijnen(conn, TERMIJN, list(_reported(lezing, administratie, toewijzingen, heen)))
    await _settle(conn, list(toewijzingen.values()))


def _reported(
    lezing: Zorgbericht, administratie: Administratie, toewijzingen: dict[int, Toewijzing], heen: Heen
) -> Iterable[Termijn]:
    """The terms of what this message delivers, which are met or passed by now."""
    for product in lezing.producten:
        toewijzing = toewijzingen.get(product.start.nummer or 0)
        if product.status == VERWIJDEREN or toewijzing is None:
            continue
        if isinstance(product, StartProduct):
            yield term_of_start(toewijzing, product.start, heen.vandaag, heen.id)
            continue
        others = administratie.stops_on(product.start)
        term = term_of_stop(toewijzing, product.stop, others, heen.vandaag, heen.id)
        if term is not None:
            yield term


async def follow(conn: AsyncConnection, events: Sequence[Event]) -> None:
    """The terms after versions of toewijzingen were projected, of which the transaction holds the rows."""
    keys = sorted({(event.data["gemeente"], event.data["nummer"]) for event in events})
    statement = select(TOEWIJZING).where(tuple_(TOEWIJZING.c.gemeente, TOEWIJZING.c.nummer).in_(keys))
    await _settle(conn, [toewijzing_tabel.from_row(row) for row in await conn.execute(statement)])


async def _settle(conn: AsyncConnection, toewijzingen: Sequence[Toewijzing]) -> None:
    """Makes the terms that hang on a toewijzing (OP288, OP295) what they follow to be from all that holds."""
    if not toewijzingen:
        return
    keys = [(one.gemeente, one.nummer) for one in toewijzingen]
    gemeld, ever = await _read_reports(conn, keys)
    contracten = await _read_contracten(conn, toewijzingen)
    ends: list[Termijn] = []
    firsts: list[Termijn] = []
    possible: set[Sleutel] = set()
    for toewijzing, key in zip(toewijzingen, keys, strict=True):
        held, product, ingang = gemeld.get(key, []), toewijzing.product, toewijzing.periode.begin
        taakgericht = contracten[key[0]].taakgericht(product.code, toewijzing.aanbieder, ingang)
        first = term_for_first_start(toewijzing, held, taakgericht=taakgericht)
        firsts += [first] if first else []
        ends += terms_at_the_end(toewijzing, held)
        parties = (toewijzing.gemeente, toewijzing.aanbieder)
        possible.add((START_VERWACHT, *parties, str(toewijzing.nummer)))
        possible |= {(STOP_AAN_HET_EIND, *parties, levering_sleutel(key[1], one)) for one in ever.get(key, ())}
    wanted = {one.key for one in [*ends, *firsts]}
    await _remove(conn, possible - wanted)
    await open_termijnen(conn, TERMIJN, ends)
    await _expect_starts(conn, firsts)


async def _expect_starts(conn: AsyncConnection, termijnen: Sequence[Termijn]) -> None:
    """A later version of a toewijzing gives no new time to start: only whether care began is written again."""
    if not termijnen:
        return
    statement = insert(TERMIJN)
    statement = statement.on_conflict_do_update(
        constraint="termijn_eenmaal", set_={"afgerond": statement.excluded.afgerond}
    )
    await conn.execute(statement, [asdict(one) for one in sorted(termijnen, key=lambda one: one.sleutel)])


async def _remove(conn: AsyncConnection, sleutels: set[Sleutel]) -> None:
    """What is taken back or withdrawn counts as never sent, and so has no term."""
    if not sleutels:
        return
    c = TERMIJN.c
    key = tuple_(c.regel, c.gemeente, c.aanbieder, c.sleutel)
    await conn.execute(delete(TERMIJN).where(key.in_(sorted(sleutels))))


async def _read_reports(
    conn: AsyncConnection, keys: Sequence[ToewijzingSleutel]
) -> tuple[dict[ToewijzingSleutel, list[Gemeld]], dict[ToewijzingSleutel, set[Product]]]:
    """What holds on each toewijzing, in order of delivery; and the products that were ever started on it."""
    table = AANLEVERING
    statement = select(table).where(tuple_(table.c.gemeente, table.c.toewijzing_nummer).in_(keys))
    gemeld: dict[ToewijzingSleutel, list[Gemeld]] = {}
    ever: dict[ToewijzingSleutel, set[Product]] = {}
    for row in await conn.execute(statement.order_by(table.c.id)):
        key = (row.gemeente, row.toewijzing_nummer)
        one = _as_gemeld(row)
        if isinstance(one.wat, Start):
            ever.setdefault(key, set()).add(one.wat.product)
        if row.verwijderd_door is None:
            gemeld.setdefault(key, []).append(one)
    return gemeld, ever


def _as_gemeld(row: Any) -> Gemeld:
    start = Start(row.toewijzing_nummer, Product(row.categorie, row.code), row.begindatum)
    wat = start if row.soort == "start" else Stop(start, row.reden_beeindiging, row.einddatum)
    return Gemeld(wat, Klok.day_of(row.aangeleverd), row.bericht_id)


async def _read_contracten(conn: AsyncConnection, toewijzingen: Sequence[Toewijzing]) -> dict[str, Contracten]:
    """The contracts of the products of these toewijzingen, by gemeente; a product without one is not taakgericht."""
    keys = sorted({(one.gemeente, one.product.code) for one in toewijzingen if one.product.code is not None})
    statement = select(PRODUCT).where(tuple_(PRODUCT.c.gemeente, PRODUCT.c.product_code).in_(keys))
    tarieven: dict[str, dict[str, list[Tarief]]] = {one.gemeente: {} for one in toewijzingen}
    for row in await conn.execute(statement):
        tarieven[row.gemeente][row.product_code] = [Tarief.from_data(one) for one in row.tarieven]
    return {gemeente: Contracten(bekend=True, tarieven=found) for gemeente, found in tarieven.items()}
