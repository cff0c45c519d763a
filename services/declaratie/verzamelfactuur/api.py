"""Verzamelfacturen over HTTP: what came, how each line differs, and what a correct one would have."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from sqlalchemy import ColumnElement, Row, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.tables import VERZAMEL
from services.declaratie.verzamelfactuur.modellen import (
    VerwachteFactuur,
    VerwachteRegelModel,
    VerwachtVraag,
    Verzamelfacturen,
    VerzamelfactuurMetRegels,
    VerzamelfactuurModel,
    VerzamelregelModel,
    VerzamelVraag,
)
from services.declaratie.verzamelfactuur.verwacht import Kalender, read_expected, year_as
from services.declaratie.zoeken import mine
from shared.exchange import register
from shared.exchange.api import BellerDep, Cursor, HuisDep, Limiet, cursor_number
from shared.exchange.csv_uit import CSV_DOCS, csv_response, wants_csv
from shared.exchange.huis import Huis
from shared.exchange.spoor import Over
from shared.problems import NietGevondenError, VerzoekError
from shared.security.partij import Beller

router = APIRouter()
_CSV_PAGE = 5_000
"""Lines read at a time for CSV."""
_FACTUUR, _REGEL = VERZAMEL.factuur, VERZAMEL.regel


@router.get("/verzamelfacturen", summary="Eigen verzamelfacturen")
async def get_verzamelfacturen(
    huis: HuisDep, beller: BellerDep, vraag: Annotated[VerzamelVraag, Query()]
) -> Verzamelfacturen:
    """Beoordeelde verzamelfacturen (een WMO303F over een heel jaar), nieuwste eerst, naast wat is toegekend."""
    limiet = vraag.limiet
    statement = _select_own(beller).where(*_asked(vraag)).order_by(_FACTUUR.c.id.desc()).limit(limiet + 1)
    before = cursor_number(vraag.cursor)
    if before is not None:
        statement = statement.where(_FACTUUR.c.id < before)
    async with huis.engine.begin() as conn:
        rows = (await conn.execute(statement)).all()
        await register.note(
            conn,
            huis.tables,
            beller,
            "opgevraagd",
            f"{len(rows[:limiet])} verzamelfacturen",
            over=Over.rijen(rows[:limiet]),
        )
    return Verzamelfacturen(
        verzamelfacturen=[VerzamelfactuurModel.model_validate(row) for row in rows[:limiet]],
        volgende=str(rows[limiet - 1].id) if len(rows) > limiet else None,
    )


@router.get(
    "/verzamelfacturen/verwacht",
    response_model=VerwachteFactuur,
    responses=CSV_DOCS,
    summary="Wat een juiste verzamelfactuur bevat",
)
async def get_verwacht(
    request: Request, huis: HuisDep, beller: BellerDep, vraag: Annotated[VerwachtVraag, Query()]
) -> Response | VerwachteFactuur:
    """Alles wat op eigen WMO303D's in het jaar is toegekend, credits eraf, per toewijzing, product en ProductPeriode.

    Een regel hoort bij het jaar waarin het midden van zijn ProductPeriode ligt. Met `Accept: text/csv` alle regels.
    Een gemeente noemt de aanbieder: een verzamelfactuur is van een.
    """
    if vraag.aanbieder is None and beller.codes("gemeente"):
        raise VerzoekError("Noem de aanbieder")
    year = year_as(vraag.kalender, vraag.jaar)
    after = cursor_number(vraag.cursor) or 0

    async def read(conn: AsyncConnection, after: int, limiet: int) -> Sequence[Row[Any]]:
        return await read_expected(
            conn, beller, year, gemeente=vraag.gemeente, aanbieder=vraag.aanbieder, after=after, limiet=limiet
        )

    as_csv = wants_csv(request)
    size = _CSV_PAGE if as_csv else vraag.limiet
    async with huis.engine.begin() as conn:
        rows = await read(conn, 0 if as_csv else after, size + 1)
        await register.note(
            conn, huis.tables, beller, "opgevraagd", f"verwachte verzamelfactuur {vraag.jaar}", over=_over(vraag)
        )
    if as_csv:
        pages = _pages(huis, rows, read, VerwachteRegelModel, lambda _, seen: seen)
        return csv_response("verzamelfactuur", _heads(VerwachteRegelModel), pages)
    return VerwachteFactuur(
        begindatum=year.begin,
        einddatum=year.eind,
        totaal=rows[0].totaal if rows else 0,
        regels=[VerwachteRegelModel.model_validate(row) for row in rows[:size]],
        volgende=str(after + size) if len(rows) > size else None,
    )


@router.get(
    "/verzamelfacturen/{bericht_id}",
    response_model=VerzamelfactuurMetRegels,
    responses=CSV_DOCS,
    summary="Een verzamelfactuur, met de verschillen per regel",
)
async def get_verzamelfactuur(
    request: Request,
    bericht_id: UUID,
    huis: HuisDep,
    beller: BellerDep,
    alles: Annotated[bool, Query(description="ook de regels die kloppen")] = False,
    cursor: Cursor = None,
    limiet: Limiet = 100,
) -> Response | VerzamelfactuurMetRegels:
    """Een eigen verzamelfactuur: de regels die niet kloppen en wat ontbreekt, naast wat is toegekend. Met
    `Accept: text/csv` al die regels."""
    as_csv = wants_csv(request)

    async def read(conn: AsyncConnection, after: int, most: int) -> Sequence[Row[Any]]:
        rows: Sequence[Row[Any]] = (await conn.execute(_select_regels(bericht_id, after, most, alles=alles))).all()
        return rows

    after, limiet = (0, _CSV_PAGE) if as_csv else (cursor_number(cursor) or 0, limiet)
    async with huis.engine.begin() as conn:
        row = (await conn.execute(_select_own(beller).where(_FACTUUR.c.bericht_id == bericht_id))).one_or_none()
        if row is None:
            raise NietGevondenError("Deze verzamelfactuur is er niet")
        rows = await read(conn, after, limiet + 1)
        await register.note(
            conn, huis.tables, beller, "opgevraagd", "verzamelfactuur", bericht_id=bericht_id, over=Over.rijen([row])
        )
    if as_csv:
        pages = _pages(huis, rows, read, VerzamelregelModel, lambda last, _: last.id)
        return csv_response("verzamelfactuur-verschillen", _heads(VerzamelregelModel), pages)
    return VerzamelfactuurMetRegels(
        **VerzamelfactuurModel.model_validate(row).model_dump(),
        inhoud=[VerzamelregelModel.model_validate(one) for one in rows[:limiet]],
        volgende=str(rows[limiet - 1].id) if len(rows) > limiet else None,
    )


def _select_own(beller: Beller) -> Select[Any]:
    verschil = (_FACTUUR.c.ingediend - _FACTUUR.c.verwacht).label("verschil")
    return select(_FACTUUR, verschil).where(mine(_FACTUUR, beller))


def _asked(vraag: VerzamelVraag) -> Iterable[ColumnElement[bool]]:
    c = _FACTUUR.c
    differs = or_(c.regels_toegekend < c.regels, c.ontbreekt > 0)
    if vraag.gemeente is not None:
        yield c.gemeente == vraag.gemeente
    if vraag.aanbieder is not None:
        yield c.aanbieder == vraag.aanbieder
    if vraag.afwijkend is not None:
        yield differs if vraag.afwijkend else ~differs
    if vraag.jaar is not None:
        yield c.begindatum.in_([year_as(kalender, vraag.jaar).begin for kalender in get_args(Kalender)])


def _select_regels(bericht_id: UUID, after: int, most: int, *, alles: bool) -> Select[Any]:
    """So many lines of an invoice after this one, in the order of the message."""
    statement = (
        select(_REGEL, (_REGEL.c.gefactureerd - _REGEL.c.toegekend).label("verschil"))
        .where(_REGEL.c.bericht_id == bericht_id, _REGEL.c.id > after)
        .order_by(_REGEL.c.id)
        .limit(most)
    )
    return statement if alles else statement.where(~_REGEL.c.akkoord)


def _over(vraag: VerwachtVraag) -> Over:
    return Over(*((code,) if code is not None else () for code in (vraag.gemeente, vraag.aanbieder)))


def _heads(model: type[BaseModel]) -> list[str]:
    return [to_camel(name) for name in model.model_fields]


async def _pages(
    huis: Huis, rows: Sequence[Row[Any]], read: Any, model: type[BaseModel], place: Callable[[Row[Any], int], int]
) -> AsyncIterator[Iterable[Sequence[Any]]]:
    """Every page after the first rows, each on a connection that is given back: who reads slowly holds none.
    ``place``: after what the next page begins, from the last row and how many were seen."""
    seen = 0
    while True:
        shown = rows[:_CSV_PAGE]
        yield ([getattr(row, name) for name in model.model_fields] for row in shown)
        if len(rows) <= _CSV_PAGE:
            return
        seen += _CSV_PAGE
        async with huis.engine.connect() as conn:
            rows = await read(conn, place(shown[-1], seen), _CSV_PAGE + 1)
