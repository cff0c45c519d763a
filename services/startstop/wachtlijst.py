"""Who waits for a start, what stands still, and what was not evaluated: in the database, from the terms that are open.

The terms are kept as messages come in and days pass (``bewaking``, ``stilstand_ronde``), so the list is one search by
index, however long the history is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop import gebied, stilstand
from services.startstop.stilstand_ronde import nummer_of
from services.startstop.tables import EXCHANGE, TOEWIJZING
from services.startstop.termijnen import START_VERWACHT
from shared.problems import VerzoekError
from shared.security.partij import Beller

Soort = Literal["niet_gestart", "pauze", "zonder_evaluatie"]
Groep = Literal["gemeente", "aanbieder", "gebied"]
SOORTEN: tuple[Soort, ...] = get_args(Soort)
_REGEL: Mapping[Soort, str] = {
    "niet_gestart": stilstand.START,
    "pauze": stilstand.PAUZE,
    "zonder_evaluatie": stilstand.EVALUATIE,
}
TERMIJN = EXCHANGE.termijn


@dataclass(frozen=True, slots=True)
class Filter:
    """Which of the list; None is all."""

    soort: Soort | None = None
    gemeente: str | None = None
    aanbieder: str | None = None
    gebied: str | None = None
    toewijzing_nummer: int | None = None
    te_laat: bool | None = None


@dataclass(frozen=True, slots=True)
class Cijfer:
    """How many wait, and how long: days, of the one in the middle and of the one that waits longest."""

    sleutel: tuple[str | None, ...]
    soort: Soort
    aantal: int
    te_laat: int
    mediaan: float
    langste: int


def select_lijst(beller: Beller, vraag: Filter, vandaag: date) -> Select[Any]:
    """What of the caller's own waits today: ``soort``, ``sinds``, ``uiterlijk``, ``dagen``, ``te_laat``, and what the
    toewijzing is for."""
    term, toewijzing = _open_terms(beller, vraag, vandaag), TOEWIJZING.c
    soort = case(*((term.c.regel == wanted, soort) for soort, wanted in _REGEL.items()))
    area = area_of(toewijzing.categorie, toewijzing.code)
    own = and_(toewijzing.gemeente == term.c.gemeente, toewijzing.nummer == term.c.nummer)
    statement = (
        select(
            term.c.id,
            soort.label("soort"),
            term.c.gemeente,
            term.c.aanbieder,
            toewijzing.nummer.label("toewijzing_nummer"),
            toewijzing.client,
            toewijzing.categorie,
            toewijzing.code,
            area.label("gebied"),
            term.c.vanaf.label("sinds"),
            term.c.uiterlijk,
            type_coerce(literal(vandaag, Date) - term.c.vanaf, Integer).label("dagen"),
            term.c.te_laat,
        )
        .select_from(term.join(TOEWIJZING, own))
        .where(_still_waits(term, vandaag))
    )
    for column, wanted in ((area, vraag.gebied), (toewijzing.nummer, vraag.toewijzing_nummer)):
        if wanted is not None:
            statement = statement.where(column == wanted)
    return statement


def after(statement: Select[Any], plaats: tuple[date, int] | None, most: int) -> Select[Any]:
    """A page of the list, longest wait first, from behind this place: since when, and the number of the term."""
    shown = statement.selected_columns
    if plaats is not None:
        statement = statement.where(tuple_(shown.sinds, shown.id) > tuple_(*plaats))
    return statement.order_by(shown.sinds, shown.id).limit(most)


def _open_terms(beller: Beller, vraag: Filter, vandaag: date) -> CTE:
    """The terms of the list, first by themselves: only then is the number a column by which the toewijzing is looked up
    where row level security comes first."""
    c = TERMIJN.c
    late = c.uiterlijk < vandaag
    statement = select(
        c.id, c.regel, c.gemeente, c.aanbieder, c.sleutel, c.vanaf, c.uiterlijk, late.label("te_laat"),
        nummer_of(TERMIJN).label("nummer"),
    ).where(
        # In the statement itself: only then does the planner see that the indexes of the list will do.
        c.regel.in_([_literal(soort) for soort in (SOORTEN if vraag.soort is None else (vraag.soort,))]),
        c.afgerond.is_(None),
        c.vanaf <= vandaag,
        or_(c.gemeente.in_(beller.codes("gemeente")), c.aanbieder.in_(beller.codes("agb"))),
    )  # fmt: skip
    for column, wanted in ((c.gemeente, vraag.gemeente), (c.aanbieder, vraag.aanbieder), (late, vraag.te_laat)):
        if wanted is not None:
            statement = statement.where(column == wanted)
    return statement.cte("termijnen").prefix_with("MATERIALIZED", dialect="postgresql")


async def read_cijfers(
    conn: AsyncConnection, beller: Beller, vraag: Filter, groepen: Sequence[Groep], vandaag: date, most: int
) -> list[Cijfer]:
    """The figures of each soort and group, in their order. VerzoekError when there are more than ``most``."""
    lijst = select_lijst(beller, vraag, vandaag).subquery("lijst")
    keys = [lijst.c[groep] for groep in groepen]
    order = (*keys, lijst.c.soort)
    statement: Select[Any] = (
        select(
            *order,
            func.count().label("aantal"),
            func.count().filter(lijst.c.te_laat).label("te_laat"),
            func.percentile_cont(0.5).within_group(lijst.c.dagen).label("mediaan"),
            func.max(lijst.c.dagen).label("langste"),
        )
        .group_by(*order)
        .order_by(*order)
        .limit(most + 1)
    )
    rows = (await conn.execute(statement)).all()
    if len(rows) > most:
        raise VerzoekError(f"Dit zijn meer dan {most} groepen; splits minder uit")
    return [_cijfer(row, groepen) for row in rows]


def _cijfer(row: Row[Any], groepen: Sequence[Groep]) -> Cijfer:
    key = tuple(getattr(row, groep) for groep in groepen)
    return Cijfer(key, row.soort, row.aantal, row.te_laat, row.mediaan, row.langste)


def area_of(categorie: ColumnElement[Any], code: ColumnElement[Any]) -> ColumnElement[Any]:
    """As ``gebied.gebied_van``."""
    return case((code.op("~", is_comparison=True)(gebied.PATROON), func.substr(code, 3, 2)), else_=categorie)


def _literal(soort: Soort) -> ColumnElement[Any]:
    return literal_column(f"'{_REGEL[soort]}'")


def _still_waits(term: CTE, vandaag: date) -> ColumnElement[bool]:
    """For a start is waited as long as none was reported, which another term tells at once, and the toewijzing is not
    over. What ended or stands still says so by its own term."""
    told = TERMIJN.alias("gemeld")
    reported = exists().where(
        told.c.regel == START_VERWACHT,
        *(told.c[name] == term.c[name] for name in ("gemeente", "aanbieder", "sleutel")),
        told.c.afgerond.is_(None),
    )
    eind = TOEWIJZING.c.einddatum
    waits = and_(reported, or_(eind.is_(None), eind >= vandaag))
    return case((term.c.regel == stilstand.START, waits), else_=true())
