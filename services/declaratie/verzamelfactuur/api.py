"""Verzamelfacturen over HTTP: what came, how each line differs, and what a correct one would have."""

from collections.abc import Iterable
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
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
from services.declaratie.verzamelfactuur.verwacht import (
    BEGIN,
    Gevraagd,
    Kalender,
    Plaats,
    read_expected,
    sum_expected,
    year_as,
)
from services.declaratie.zoeken import mine
from services.declaratie.zoeken_api import CSV_PAGE, Bladzijde, all_pages
from shared.exchange import register
from shared.exchange.api import BellerDep, Cursor, HuisDep, Limiet, cursor_number
from shared.exchange.csv_uit import CSV_DOCS, csv_file, csv_response, wants_csv
from shared.exchange.spoor import Over
from shared.problems import NietGevondenError, VerzoekError
from shared.security.partij import Beller

router = APIRouter()
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
    gevraagd = Gevraagd(year, vraag.gemeente, vraag.aanbieder)
    begin = BEGIN if vraag.cursor is None else Plaats.parse(vraag.cursor)
    as_csv = wants_csv(request)
    size = CSV_PAGE if as_csv else vraag.limiet

    async def read(conn: AsyncConnection, begin: Plaats | None) -> Bladzijde[Plaats]:
        return await read_expected(conn, beller, gevraagd, begin or BEGIN, size)

    async with huis.engine.begin() as conn:
        rows, after = await read(conn, begin)
        totaal = 0 if as_csv else await conn.scalar(sum_expected(beller, gevraagd))
        await register.note(
            conn, huis.tables, beller, "opgevraagd", f"verwachte verzamelfactuur {vraag.jaar}", over=_over(vraag)
        )
    if as_csv:
        pages = all_pages(huis, (rows, after), read, _fields)
        return csv_response("verzamelfactuur", [to_camel(one) for one in VerwachteRegelModel.model_fields], pages)
    return VerwachteFactuur(
        begindatum=year.begin,
        einddatum=year.eind,
        totaal=totaal,
        regels=[VerwachteRegelModel.model_validate(row) for row in rows],
        volgende=None if after is None else str(after),
    )


def _fields(row: Row[Any]) -> list[Any]:
    return [getattr(row, name) for name in VerwachteRegelModel.model_fields]


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
    statement = _select_regels(bericht_id, alles=alles)
    page = statement.where(_REGEL.c.id > (cursor_number(cursor) or 0)).limit(limiet + 1)
    async with huis.engine.begin() as conn:
        row = (await conn.execute(_select_own(beller).where(_FACTUUR.c.bericht_id == bericht_id))).one_or_none()
        if row is None:
            raise NietGevondenError("Deze verzamelfactuur is er niet")
        rows = [] if as_csv else (await conn.execute(page)).all()
        await register.note(
            conn, huis.tables, beller, "opgevraagd", "verzamelfactuur", bericht_id=bericht_id, over=Over.rijen([row])
        )
    if as_csv:
        names = tuple(VerzamelregelModel.model_fields)
        return await csv_file(huis.engine, "verzamelfactuur-verschillen", names, statement)
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


def _select_regels(bericht_id: UUID, *, alles: bool) -> Select[Any]:
    """The lines of an invoice, or those that differ, in the order of the message."""
    verschil = (_REGEL.c.gefactureerd - _REGEL.c.toegekend).label("verschil")
    statement = select(_REGEL, verschil).where(_REGEL.c.bericht_id == bericht_id).order_by(_REGEL.c.id)
    return statement if alles else statement.where(~_REGEL.c.akkoord)


def _over(vraag: VerwachtVraag) -> Over:
    return Over(*((code,) if code is not None else () for code in (vraag.gemeente, vraag.aanbieder)))
