"""Keeping the terms of OP271, OP272, OP288 and OP295, as starts and stops are recorded and toewijzingen come in.

Whoever writes terms holds the rows of their toewijzingen first: so a start that is recorded and a version of its
toewijzing that is projected at the same time each see the other, and never wait for one another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Insert, Text, bindparam, delete, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop import stilstand, te_bezien
from services.startstop.aanleveringen import on_toewijzingen
from services.startstop.domain import VERWIJDEREN, Gemeld, Start, StartProduct, Zorgbericht
from services.startstop.rules import ZorgFeiten
from services.startstop.tables import EXCHANGE, PRODUCT, TOEWIJZING
from services.startstop.termijnen import (
    START_VERWACHT,
    STOP_AAN_HET_EIND,
    levering_sleutel,
    sleutel_of,
    term_for_first_start,
    term_of_start,
    term_of_stop,
    terms_at_the_end,
)
from shared.exchange.dienst import Heen
from shared.exchange.termijnen import Sleutel, Termijn, opening, opening_values
from shared.feiten import toewijzing_tabel
from shared.feiten.product import Contracten, Tarief
from shared.feiten.toewijzing import Toewijzing
from shared.kafka.envelope import Event
from shared.statement import Statement, as_arrays, given

ToewijzingSleutel = tuple[str, int]
"""Gemeente and ToewijzingNummer."""
TERMIJN = EXCHANGE.termijn
_GONE = given({"regel": Text(), "aanbieder": Text(), "sleutel": Text()}, "vervallen", "vervallen_", small=True)
_KEY = (TERMIJN.c.regel, TERMIJN.c.gemeente, TERMIJN.c.aanbieder, TERMIJN.c.sleutel)
_FOUND = (
    select(*_KEY)
    .where(
        TERMIJN.c.regel == _GONE.c.regel,
        TERMIJN.c.gemeente == bindparam("gemeente"),
        TERMIJN.c.aanbieder == _GONE.c.aanbieder,
        TERMIJN.c.sleutel == _GONE.c.sleutel,
    )
    .limit(1)  # each is looked up by its whole key, whatever the planner thinks of how many terms a party has
    .lateral("gevonden")
)
REMOVING = delete(TERMIJN).where(tuple_(*_KEY).in_(select(*_FOUND.c).select_from(_GONE.join(_FOUND, true()))))
"""Deleting terms of one gemeente, as a statement or part of one; see ``gone_values``."""
_REMOVE = Statement(REMOVING)


@dataclass
class Terms:
    """What is to be written: terms that start, or start again with other days; those whose days stand once they are
    known; and the keys of those that are no more."""

    opened: list[Termijn] = field(default_factory=list)
    expected: list[Termijn] = field(default_factory=list)
    gone: set[Sleutel] = field(default_factory=set)

    @classmethod
    def together(cls, several: Iterable["Terms"]) -> "Terms":
        """Those of messages that are about different toewijzingen."""
        all_ = cls()
        for one in several:
            all_.opened += one.opened
            all_.expected += one.expected
            all_.gone |= one.gone
        return all_

    def no_more(self) -> dict[str, list[tuple[str, str, str]]]:
        """What is to be deleted, by gemeente: rules, with the aanbieder and what they are about."""
        of: dict[str, list[tuple[str, str, str]]] = {}
        if not self.gone:
            return of
        kept = {one.key for one in (*self.opened, *self.expected)}
        for regel, gemeente, aanbieder, sleutel in sorted(self.gone - kept):
            of.setdefault(gemeente, []).append((regel, aanbieder, sleutel))
        return of


async def terms_after(
    conn: AsyncConnection, lezing: Zorgbericht, feiten: ZorgFeiten, heen: Heen, gemeld: Sequence[Gemeld]
) -> Terms:
    """The terms once a message is recorded. ``feiten`` as judging left them: its toewijzingen are held, and its
    administratie is what holds since. ``gemeld``: all that was reported on these toewijzingen, this message too."""
    contracten = contracten_of(lezing, feiten)
    if contracten is None:
        contracten = (await _read_contracten(conn, list(feiten.toewijzingen.values())))[lezing.gemeente]
    return settled(lezing, feiten, heen, gemeld, contracten)


def settled(
    lezing: Zorgbericht, feiten: ZorgFeiten, heen: Heen, gemeld: Sequence[Gemeld], contracten: Contracten
) -> Terms:
    """The same, with the contracts of the products of the toewijzingen."""
    back = (sleutel_of(product) for product in lezing.producten if product.status == VERWIJDEREN)
    taken_back = {(regel, lezing.gemeente, lezing.aanbieder, what) for regel, what in filter(None, back)}
    terms = Terms(opened=list(_reported(lezing, feiten, heen)), gone=taken_back)
    toewijzingen = feiten.toewijzingen.values()
    reports = _by_toewijzing({lezing.gemeente: gemeld})
    _settle(terms, toewijzingen, reports, {lezing.gemeente: contracten}, anew=bool(taken_back))
    for toewijzing in toewijzingen:
        held = [one for one in reports.get((lezing.gemeente, toewijzing.nummer), ()) if not one.teruggenomen]
        proces = stilstand.na_bericht(toewijzing, held, heen.id, heen.vandaag, teruggenomen=bool(taken_back))
        terms.opened += proces.opened
        terms.gone |= proces.gone
    return terms


def contracten_of(lezing: Zorgbericht, feiten: ZorgFeiten) -> Contracten | None:
    """Those contracts, where they were read before because the message names the same products; else None."""
    asked = {product.start.product.code for product in lezing.producten} | {None}
    if any(one.product.code not in asked for one in feiten.toewijzingen.values()):
        return None
    return Contracten(bekend=True, tarieven=feiten.contracten.tarieven)


def _reported(lezing: Zorgbericht, feiten: ZorgFeiten, heen: Heen) -> Iterable[Termijn]:
    """The terms of what this message delivers, which are met or passed by now."""
    for product in lezing.producten:
        toewijzing = feiten.toewijzingen.get(product.start.nummer or 0)
        if product.status == VERWIJDEREN or toewijzing is None:
            continue
        if isinstance(product, StartProduct):
            yield term_of_start(toewijzing, product.start, heen.vandaag, heen.id)
            continue
        others = feiten.administratie.stops_on(product.start)
        term = term_of_stop(toewijzing, product.stop, others, heen.vandaag, heen.id)
        if term is not None:
            yield term


async def follow(conn: AsyncConnection, events: Sequence[Event]) -> None:
    """The terms after versions of toewijzingen were projected, of which the transaction holds the rows."""
    keys = sorted({(event.data["gemeente"], event.data["nummer"]) for event in events})
    statement = select(TOEWIJZING).where(tuple_(TOEWIJZING.c.gemeente, TOEWIJZING.c.nummer).in_(keys))
    toewijzingen = [toewijzing_tabel.from_row(row) for row in await conn.execute(statement)]
    if not toewijzingen:
        return
    nummers: dict[str, list[int]] = {}
    for one in toewijzingen:
        nummers.setdefault(one.gemeente, []).append(one.nummer)
    gemeld = {gemeente: await on_toewijzingen(conn, gemeente, own) for gemeente, own in nummers.items()}
    terms = Terms()
    _settle(terms, toewijzingen, _by_toewijzing(gemeld), await _read_contracten(conn, toewijzingen), anew=True)
    await remove(conn, terms)
    await _OPEN.run(conn, open_values(terms))
    # Standing still and the evaluatie depend on what day it is, and on more than is read here.
    await te_bezien.mark(conn, [(gemeente, one.start.nummer or 0) for gemeente, own in gemeld.items() for one in own])


def _by_toewijzing(gemeld: Mapping[str, Sequence[Gemeld]]) -> dict[ToewijzingSleutel, list[Gemeld]]:
    """What was reported, by gemeente, divided."""
    reports: dict[ToewijzingSleutel, list[Gemeld]] = {}
    for gemeente, own in gemeld.items():
        for one in own:
            reports.setdefault((gemeente, one.start.nummer or 0), []).append(one)
    return reports


def _settle(
    terms: Terms,
    toewijzingen: Iterable[Toewijzing],
    reports: Mapping[ToewijzingSleutel, Sequence[Gemeld]],
    contracten: Mapping[str, Contracten],
    *,
    anew: bool,
) -> None:
    """Makes the terms that hang on a toewijzing (OP288, OP295) what they follow to be from all that was reported on it.
    ``anew``: a toewijzing changed or a report was taken back. Only then can one of OP288 be too many."""
    for toewijzing in toewijzingen:
        parties = (toewijzing.gemeente, toewijzing.aanbieder)
        ever = reports.get((toewijzing.gemeente, toewijzing.nummer), ())
        held = [one for one in ever if not one.teruggenomen]
        product, ingang = toewijzing.product, toewijzing.periode.begin
        taakgericht = contracten[toewijzing.gemeente].taakgericht(product.code, toewijzing.aanbieder, ingang)
        first = term_for_first_start(toewijzing, held, taakgericht=taakgericht)
        if first is None:
            terms.gone |= {(regel, *parties, str(toewijzing.nummer)) for regel in (START_VERWACHT, stilstand.START)}
        else:
            terms.expected.append(first)
            if anew:  # a first start is found soon after (stilstand_ronde): its message is the one that comes most
                terms.expected.append(stilstand.start_termijn(first, held))
        terms.opened += terms_at_the_end(toewijzing, held)
        if anew:
            begun = {one.wat.product for one in ever if isinstance(one.wat, Start)}
            terms.gone |= {
                (STOP_AAN_HET_EIND, *parties, levering_sleutel(toewijzing.nummer, product)) for product in begun
            }


def opening_parts() -> tuple[Insert, Insert]:
    """Writing terms, as parts of a statement. A later version of a toewijzing gives no new time to start."""
    return opening(TERMIJN), opening(TERMIJN, "vast_", ("afgerond",))


def open_values(terms: Terms) -> dict[str, list[Any]]:
    """Their parameters."""
    return opening_values(terms.opened) | opening_values(terms.expected, "vast_")


def _open() -> Statement:
    opened, expected = opening_parts()
    return Statement(opened.add_cte(expected.cte("verwacht")))


_OPEN = _open()


async def remove(conn: AsyncConnection, terms: Terms) -> None:
    """Deletes the terms that are no more: what is taken back or withdrawn counts as never sent."""
    for gemeente, gone in terms.no_more().items():
        await _REMOVE.run(conn, {"gemeente": gemeente} | gone_values(gone))


def gone_values(gone: Sequence[tuple[str, str, str]]) -> dict[str, list[str]]:
    """The parameters of ``REMOVING`` besides the gemeente: rules, with the aanbieder and what they are about."""
    return as_arrays(gone, ("vervallen_regel", "vervallen_aanbieder", "vervallen_sleutel"))


async def _read_contracten(conn: AsyncConnection, toewijzingen: Sequence[Toewijzing]) -> dict[str, Contracten]:
    """The contracts of the products of these toewijzingen, by gemeente; a product without one is not taakgericht."""
    keys = sorted({(one.gemeente, one.product.code) for one in toewijzingen if one.product.code is not None})
    statement = select(PRODUCT).where(tuple_(PRODUCT.c.gemeente, PRODUCT.c.product_code).in_(keys))
    tarieven: dict[str, dict[str, list[Tarief]]] = {one.gemeente: {} for one in toewijzingen}
    for row in await conn.execute(statement):
        tarieven[row.gemeente][row.product_code] = [Tarief.from_data(one) for one in row.tarieven]
    return {gemeente: Contracten(bekend=True, tarieven=found) for gemeente, found in tarieven.items()}
