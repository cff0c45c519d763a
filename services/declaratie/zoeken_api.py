"""Declarations and lines as lists, and figures over them: what contract managers ask."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.api import DeclaratieModel, RegelModel, declaratie_model, line_value
from services.declaratie.cijfers import SOMMEN, Sleutel, Som, read_figures, read_total
from services.declaratie.tables import DECLARATIE
from services.declaratie.zoeken import Plaats, read_lines, select_declarations, sum_declarations
from services.declaratie.zoekvragen import CijferVraag, DeclaratieVraag, PrestatieVraag
from shared.exchange import register
from shared.exchange.api import BellerDep, HuisDep, cursor_number
from shared.exchange.csv_uit import CSV_DOCS, csv_response, wants_csv
from shared.exchange.huis import Huis
from shared.exchange.spoor import Over
from shared.security.partij import Beller

router = APIRouter()
CSV_PAGE = 5_000
"""Lines read at a time for CSV, each time on a connection that is given back: who reads slowly holds none."""
MAX_GROEPEN, MAX_GROEPEN_CSV = 5_000, 100_000
OVER_ALLES = "van alles wat gevraagd is; alleen op de eerste bladzijde"
Begin = TypeVar("Begin")
Bladzijde = tuple[Sequence[Row[Any]], Begin | None]
"""Rows, and where the next page begins."""


class DeclaratieTotaal(BaseModel):
    """Aantallen, en centen waarin een credit onder nul telt."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)

    declaraties: int
    regels: int
    ingediend: int
    regels_toegekend: int
    toegekend: int


class Declaraties(BaseModel):
    """Een bladzijde van declaraties, nieuwste eerst."""

    declaraties: list[DeclaratieModel]
    totaal: DeclaratieTotaal | None = Field(None, description=OVER_ALLES)
    volgende: str | None = None


class PrestatieModel(RegelModel):
    """Een regel, en de declaratie waarin hij staat."""

    bericht_id: UUID
    declaratie_nummer: str
    gemeente: str
    aanbieder: str


class TotaalModel(BaseModel):
    """Aantallen regels, en centen; een credit telt onder nul, dus toegekend en afgekeurd samen zijn wat is
    ingediend."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)

    regels: int
    ingediend: int
    regels_toegekend: int
    toegekend: int
    regels_afgekeurd: int
    afgekeurd: int
    regels_deels: int = Field(description="van de toegekende regels die voor een deel van het bedrag zijn toegekend")
    ingediend_btw: int = Field(description="de btw die in ingediend zit, zoals de regels van een WMO303F die noemen")
    toegekend_btw: int = Field(description="de btw die in toegekend zit")


class Prestaties(BaseModel):
    """Een bladzijde van regels, die van de nieuwste declaratie eerst. Zij kan korter zijn dan gevraagd:
    ``volgende`` zegt of er meer is."""

    prestaties: list[PrestatieModel]
    totaal: TotaalModel | None = Field(None, description=OVER_ALLES)
    volgende: str | None = None


class CijferModel(TotaalModel):
    """De totalen van een groep; waarop niet is gegroepeerd, is null."""

    maand: str | None = Field(None, description="waarin het midden van de ProductPeriode ligt", examples=["2026-03"])
    gemeente: str | None = None
    aanbieder: str | None = None
    product: str | None = Field(None, description="productcode", examples=["01A04"])
    retourcode: str | None = Field(None, description="null: de geheel toegekende regels", examples=["9321"])


class Cijfers(BaseModel):
    """Totalen per groep en van alle regels; een regel met twee retourcodes telt mee in de groep van elk, en een
    keer in het totaal."""

    cijfers: list[CijferModel]
    totaal: TotaalModel


@router.get("/declaraties", response_model=Declaraties, responses=CSV_DOCS, summary="Eigen declaraties zoeken")
async def get_declaraties(
    request: Request, huis: HuisDep, beller: BellerDep, vraag: Annotated[DeclaratieVraag, Query()]
) -> Response | Declaraties:
    """Eigen verwerkte declaraties en facturen, nieuwste eerst; van en tot gaan over de DeclaratiePeriode.

    Met categorie, productCode of retourcode de declaraties met een regel die dat alles heeft.
    """
    before = cursor_number(vraag.cursor)
    as_csv = wants_csv(request)
    size = CSV_PAGE if as_csv else vraag.limiet

    async def read(conn: AsyncConnection, before: int | None) -> Bladzijde[int]:
        statement = select_declarations(beller, vraag).limit(size + 1)
        if before is not None:
            statement = statement.where(DECLARATIE.c.id < before)
        rows = (await conn.execute(statement)).all()
        return rows[:size], rows[size - 1].id if len(rows) > size else None

    async with huis.engine.begin() as conn:
        rows, after = await read(conn, before)
        first = before is None and not as_csv
        whole = (await conn.execute(sum_declarations(beller, vraag))).one() if first else None
        await _note(conn, huis, beller, "declaraties", rows, as_csv=as_csv)
    if not as_csv:
        totaal = DeclaratieTotaal.model_validate(whole) if whole else None
        shown = [declaratie_model(row) for row in rows]
        return Declaraties(declaraties=shown, totaal=totaal, volgende=_cursor(after))

    pages = all_pages(huis, (rows, after), read, _declaratie_fields)
    return csv_response("declaraties", _heads(DeclaratieModel), pages)


@router.get("/prestaties", response_model=Prestaties, responses=CSV_DOCS, summary="Eigen regels zoeken")
async def get_prestaties(
    request: Request, huis: HuisDep, beller: BellerDep, vraag: Annotated[PrestatieVraag, Query()]
) -> Response | Prestaties:
    """Regels van alle eigen declaraties met hun uitkomst, van de nieuwste declaratie eerst.

    De periode (van, tot) is de ProductPeriode. Een bladzijde kan korter zijn dan gevraagd; zolang er een volgende is,
    is er meer.
    """
    begin = Plaats.parse(vraag.cursor) if vraag.cursor is not None else None
    as_csv = wants_csv(request)
    size = CSV_PAGE if as_csv else vraag.limiet

    async def read(conn: AsyncConnection, begin: Plaats | None) -> Bladzijde[Plaats]:
        return await read_lines(conn, beller, vraag, begin, size)

    async with huis.engine.begin() as conn:
        rows, after = await read(conn, begin)
        first = begin is None and not as_csv
        whole = await read_total(conn, beller, vraag) if first else None
        await _note(conn, huis, beller, "prestaties", rows, as_csv=as_csv)
    if not as_csv:
        totaal = TotaalModel(**_sums(whole)) if whole else None
        return Prestaties(prestaties=[_prestatie(row) for row in rows], totaal=totaal, volgende=_cursor(after))

    pages = all_pages(huis, (rows, after), read, _prestatie_fields)
    return csv_response("prestaties", _heads(PrestatieModel), pages)


@router.get("/cijfers", response_model=Cijfers, responses=CSV_DOCS, summary="Totalen over eigen regels")
async def get_cijfers(
    request: Request, huis: HuisDep, beller: BellerDep, vraag: Annotated[CijferVraag, Query()]
) -> Response | Cijfers:
    """Aantallen en bedragen van wat is ingediend, toegekend en afgekeurd, met dezelfde filters als de prestaties.

    Met een of meer keer groep uitgesplitst naar maand, aanbieder, product, retourcode of gemeente.
    """
    as_csv = wants_csv(request)
    async with huis.engine.begin() as conn:
        parts, whole = await read_figures(conn, beller, vraag, MAX_GROEPEN_CSV if as_csv else MAX_GROEPEN)
        await register.note(conn, huis.tables, beller, "opgevraagd", f"cijfers in {len(parts)} groepen")
    groepen = tuple(dict.fromkeys(vraag.groep))
    if not as_csv:
        models = [CijferModel(**_sums(som), **dict(zip(groepen, key, strict=True))) for key, som in parts.items()]
        return Cijfers(cijfers=models, totaal=TotaalModel(**_sums(whole)))

    async def pages() -> AsyncIterator[Iterable[Sequence[Any]]]:
        yield _figure_fields(parts if groepen else {(): whole})

    return csv_response("cijfers", [*groepen, *map(to_camel, SOMMEN)], pages())


async def all_pages(
    huis: Huis,
    first: Bladzijde[Begin],
    read: Callable[[AsyncConnection, Begin | None], Awaitable[Bladzijde[Begin]]],
    fields: Callable[[Row[Any]], Sequence[Any]],
) -> AsyncIterator[Iterable[Sequence[Any]]]:
    """The fields of every row, from the first page on."""
    rows, after = first
    yield map(fields, rows)
    while after is not None:
        async with huis.engine.connect() as conn:
            rows, after = await read(conn, after)
        yield map(fields, rows)


async def _note(
    conn: AsyncConnection, huis: Huis, beller: Beller, what: str, rows: Sequence[Any], *, as_csv: bool
) -> None:
    uitkomst = f"alle {what} als csv" if as_csv else f"{len(rows)} {what}"
    await register.note(conn, huis.tables, beller, "opgevraagd", uitkomst, over=Over.rijen(rows))


def _cursor(after: object) -> str | None:
    return None if after is None else str(after)


def _heads(model: type[BaseModel]) -> list[str]:
    return [to_camel(name) for name in model.model_fields]


def _prestatie(row: Row[Any]) -> PrestatieModel:
    return PrestatieModel(**dict(zip(PrestatieModel.model_fields, _prestatie_fields(row), strict=True)))


def _prestatie_fields(row: Row[Any]) -> list[Any]:
    return [line_value(row, name) for name in PrestatieModel.model_fields]


def _declaratie_fields(row: Row[Any]) -> list[Any]:
    return [row.soort if name == "bericht" else getattr(row, name) for name in DeclaratieModel.model_fields]


def _sums(som: Som) -> dict[str, int]:
    return {name: getattr(som, name) for name in SOMMEN}


def _figure_fields(parts: dict[Sleutel, Som]) -> Iterable[Sequence[Any]]:
    return ([*key, *_sums(som).values()] for key, som in parts.items())
