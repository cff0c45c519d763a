"""The waiting list and what stands still, over HTTP: as a list, and in figures."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import Row

from services.startstop import wachtlijst
from services.startstop.evaluatie.modellen import AgbCode, GemeenteCode, Nummer
from services.startstop.wachtlijst import Cijfer, Filter, Groep, Soort
from shared.exchange import register
from shared.exchange.api import MAX_PAGE, BellerDep, HuisDep, cursor_number
from shared.exchange.csv_uit import CSV_DOCS, csv_response, wants_csv
from shared.exchange.huis import Huis
from shared.exchange.spoor import Over
from shared.problems import VerzoekError
from shared.security.partij import Beller

router = APIRouter()
CSV_PAGE = 5_000
"""Rows read at a time for CSV, each time on a connection that is given back: who reads slowly holds none."""
MAX_GROEPEN, MAX_GROEPEN_CSV = 5_000, 100_000
Plaats = tuple[date, int]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class WachtModel(_Model):
    """Wat onder een toewijzing wacht, en hoe lang; de cliënt wordt hier niet genoemd."""

    soort: Soort = Field(description="niet_gestart: nog geen start; pauze: staat stil; zonder_evaluatie: geëindigd")
    gemeente: str
    aanbieder: str
    toewijzing_nummer: int
    categorie: str | None
    code: str | None
    gebied: str | None = Field(description="resultaatgebied (2A in productcode 022A3), anders de productcategorie")
    sinds: date = Field(description="de gewenste begindatum of de dag van ontvangst; het begin van de pauze; het einde")
    dagen: int = Field(description="kalenderdagen van toen tot vandaag")
    uiterlijk: date = Field(description="de laatste dag van de termijn")
    te_laat: bool = Field(description="de termijn is voorbij: drie weken, 28 dagen of tien werkdagen")


class Wachtlijst(_Model):
    """Een bladzijde van de lijst, de langste wachttijd eerst."""

    wachtlijst: list[WachtModel]
    volgende: str | None = None


class CijferModel(_Model):
    """De cijfers van een groep; waarop niet is gegroepeerd, is null."""

    soort: Soort
    gemeente: str | None = None
    aanbieder: str | None = None
    gebied: str | None = None
    aantal: int
    te_laat: int = Field(description="waarvan de termijn voorbij is")
    mediaan: float = Field(description="dagen; van een even aantal het gemiddelde van de middelste twee")
    langste: int = Field(description="dagen")


class Wachtcijfers(_Model):
    """Hoeveel er wachten en hoe lang; een soort zonder wachtenden ontbreekt."""

    cijfers: list[CijferModel]


class WachtVraag(BaseModel):
    """Which of the list; a filter that does not exist is refused, not passed over."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    soort: Soort | None = None
    gemeente: GemeenteCode | None = None
    aanbieder: AgbCode | None = None
    gebied: str | None = Field(None, pattern="^([1-9][A-Z]|[0-9]{2})$", description="resultaatgebied of categorie")
    toewijzing_nummer: Nummer | None = None
    te_laat: bool | None = Field(None, description="alleen waarvan de termijn voorbij is (true), of nog loopt (false)")

    def as_filter(self) -> Filter:
        """In terms of the list."""
        return Filter(**{name: getattr(self, name) for name in WachtVraag.model_fields})


class LijstVraag(WachtVraag):
    """And which page."""

    cursor: str | None = Field(None, max_length=64, description="volgende van de vorige bladzijde")
    limiet: int = Field(100, ge=1, le=MAX_PAGE, description="hoeveel per bladzijde; bij CSV zonder betekenis")


class CijferVraag(WachtVraag):
    """And by what the figures are divided."""

    groep: list[Groep] = Field(default_factory=list, max_length=20, description="waarnaar wordt uitgesplitst")


@router.get("/wachtlijst", response_model=Wachtlijst, responses=CSV_DOCS, summary="Wachtlijst en stilstand")
async def get_wachtlijst(
    request: Request, huis: HuisDep, beller: BellerDep, vraag: Annotated[LijstVraag, Query()]
) -> Response | Wachtlijst:
    """Eigen toewijzingen die nog niet zijn begonnen, die stilstaan, of die eindigden zonder evaluatie; wie het langst
    wacht eerst. Met `teLaat=true` alleen waarvan de termijn voorbij is."""
    as_csv = wants_csv(request)
    begin, size = _plaats_of(vraag.cursor), CSV_PAGE if as_csv else vraag.limiet
    today = huis.klok.today()
    rows, rest = await _read_page(huis, beller, vraag, today, begin, size, noted=True)
    if not as_csv:
        volgende = f"{rest[0].toordinal()}-{rest[1]}" if rest else None
        return Wachtlijst(wachtlijst=[WachtModel.model_validate(row) for row in rows], volgende=volgende)

    async def pages() -> AsyncIterator[Iterable[Sequence[Any]]]:
        shown, following = rows, rest
        yield map(_fields, shown)
        while following is not None:
            shown, following = await _read_page(huis, beller, vraag, today, following, size)
            yield map(_fields, shown)

    return csv_response("wachtlijst", [to_camel(name) for name in WachtModel.model_fields], pages())


@router.get("/wachtlijst/cijfers", response_model=Wachtcijfers, responses=CSV_DOCS, summary="De wachtlijst in cijfers")
async def get_wachtcijfers(
    request: Request, huis: HuisDep, beller: BellerDep, vraag: Annotated[CijferVraag, Query()]
) -> Response | Wachtcijfers:
    """Aantallen, mediaan en langste wachttijd in dagen, per soort; met `groep` (een of meer keer) uitgesplitst naar
    gemeente, aanbieder of resultaatgebied."""
    as_csv = wants_csv(request)
    groepen = tuple(dict.fromkeys(vraag.groep))
    most = MAX_GROEPEN_CSV if as_csv else MAX_GROEPEN
    async with huis.engine.begin() as conn:
        found = await wachtlijst.read_cijfers(conn, beller, vraag.as_filter(), groepen, huis.klok.today(), most)
        await register.note(conn, huis.tables, beller, "opgevraagd", f"wachtcijfers in {len(found)} groepen")
    models = [_cijfer(one, groepen) for one in found]
    if not as_csv:
        return Wachtcijfers(cijfers=models)

    async def pages() -> AsyncIterator[Iterable[Sequence[Any]]]:
        yield ([getattr(one, name) for name in CijferModel.model_fields] for one in models)

    return csv_response("wachtcijfers", [to_camel(name) for name in CijferModel.model_fields], pages())


async def _read_page(
    huis: Huis,
    beller: Beller,
    vraag: WachtVraag,
    vandaag: date,
    begin: Plaats | None,
    size: int,
    *,
    noted: bool = False,
) -> tuple[Sequence[Row[Any]], Plaats | None]:
    """The rows of a page, and the place behind which the next one begins."""
    statement = wachtlijst.select_lijst(beller, vraag.as_filter(), vandaag)
    async with huis.engine.begin() as conn:
        rows = (await conn.execute(wachtlijst.after(statement, begin, size + 1))).all()
        shown = rows[:size]
        if noted:
            told = f"{len(shown)} van de wachtlijst"
            await register.note(conn, huis.tables, beller, "opgevraagd", told, over=Over.rijen(shown))
    return shown, (shown[-1].sinds, shown[-1].id) if len(rows) > size else None


def _plaats_of(cursor: str | None) -> Plaats | None:
    """The place in a cursor of ours; VerzoekError for anything else."""
    if cursor is None:
        return None
    day, _, number = cursor.partition("-")
    try:
        return date.fromordinal(cursor_number(day) or 0), cursor_number(number) or 0
    except (ValueError, OverflowError):
        raise VerzoekError("De cursor is niet van dit knooppunt") from None


def _fields(row: Row[Any]) -> Sequence[Any]:
    return [getattr(row, name) for name in WachtModel.model_fields]


def _cijfer(one: Cijfer, groepen: Sequence[Groep]) -> CijferModel:
    return CijferModel(
        soort=one.soort,
        aantal=one.aantal,
        te_laat=one.te_laat,
        mediaan=one.mediaan,
        langste=one.langste,
        **dict(zip(groepen, one.sleutel, strict=True)),
    )
