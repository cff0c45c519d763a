"""The service's own resources: toewijzingen and products."""

from datetime import date

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from sqlalchemy import or_, select, tuple_

from services.toewijzing.invoer import one_or_many, read_list
from services.toewijzing.producten import ProductModel, add_products, list_products, parse_products
from services.toewijzing.tables import TOEWIJZING
from shared.exchange import register
from shared.exchange.api import MAX_PAGE, BellerDep, Cursor, HuisDep, Limiet, ToewijzingNummer, cursor_number
from shared.exchange.problemen import botst
from shared.exchange.spoor import Over
from shared.feiten.toewijzing_tabel import from_row
from shared.problems import VerbodenError

router = APIRouter()


class OmvangModel(BaseModel):
    """Hoeveel: een heel aantal eenheden per frequentie."""

    volume: int
    eenheid: str
    frequentie: str


class ToewijzingModel(BaseModel):
    """De huidige versie van een toegewezen product; ``budget`` in centen. De cliënt wordt hier niet genoemd."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    gemeente: str
    toewijzing_nummer: int
    aanbieder: str
    categorie: str | None
    code: str | None
    toewijzingsmoment: str
    ingangsdatum: date
    einddatum: date | None
    reden_wijziging: str | None
    omvang: OmvangModel | None
    budget: int | None
    vervallen: bool
    bericht_id: str


class Toewijzingen(BaseModel):
    """Een bladzijde van toewijzingen, op volgorde van gemeente en nummer."""

    toewijzingen: list[ToewijzingModel]
    volgende: str | None = None


class Producten(BaseModel):
    """Een bladzijde van producten met hun contracttarief, in de volgorde waarin ze zijn ingevoerd."""

    producten: list[ProductModel]
    volgende: str | None = None


@router.get("/toewijzingen", response_model_by_alias=True, summary="Eigen toewijzingen")
async def get_toewijzingen(
    huis: HuisDep,
    beller: BellerDep,
    cursor: Cursor = None,
    limiet: Limiet = 100,
    toewijzing_nummer: ToewijzingNummer = None,
) -> Toewijzingen:
    """Eigen toewijzingen: die u als gemeente gaf of als aanbieder kreeg."""
    table = TOEWIJZING
    mine = or_(table.c.gemeente.in_(beller.codes("gemeente")), table.c.aanbieder.in_(beller.codes("agb")))
    statement = select(table).where(mine).order_by(table.c.gemeente, table.c.nummer).limit(limiet + 1)
    if toewijzing_nummer is not None:
        statement = statement.where(table.c.nummer == toewijzing_nummer)
    if cursor is not None:
        gemeente, _, nummer = cursor.partition("-")
        statement = statement.where(tuple_(table.c.gemeente, table.c.nummer) > tuple_(gemeente, cursor_number(nummer)))
    async with huis.engine.begin() as conn:
        rows = (await conn.execute(statement)).all()
        await register.note(
            conn,
            huis.tables,
            beller,
            "opgevraagd",
            f"{len(rows[:limiet])} toewijzingen",
            over=Over.rijen(rows[:limiet]),
        )
    last = rows[limiet - 1] if len(rows) > limiet else None
    return Toewijzingen(
        toewijzingen=[_model(row) for row in rows[:limiet]],
        volgende=f"{last.gemeente}-{last.nummer}" if last else None,
    )


def _model(row: object) -> ToewijzingModel:
    toewijzing = from_row(row)
    omvang = toewijzing.omvang
    return ToewijzingModel(
        gemeente=toewijzing.gemeente,
        toewijzing_nummer=toewijzing.nummer,
        aanbieder=toewijzing.aanbieder,
        categorie=toewijzing.product.categorie,
        code=toewijzing.product.code,
        toewijzingsmoment=toewijzing.moment.isoformat(),
        ingangsdatum=toewijzing.periode.begin,
        einddatum=toewijzing.periode.eind,
        reden_wijziging=toewijzing.reden_wijziging,
        omvang=OmvangModel(volume=omvang.volume, eenheid=omvang.eenheid, frequentie=omvang.frequentie)
        if omvang
        else None,
        budget=toewijzing.budget,
        vervallen=toewijzing.vervallen,
        bericht_id=str(row.bericht_id),  # type: ignore[attr-defined]
    )


@router.post(
    "/producten",
    status_code=201,
    response_model_by_alias=True,
    openapi_extra=one_or_many(ProductModel.model_json_schema(by_alias=True)),
    responses=botst("Een product overlapt een bestaand product in de tijd"),
    summary="Producten met hun contracttarief invoeren, als JSON of CSV",
)
async def post_producten(request: Request, huis: HuisDep, beller: BellerDep) -> Producten:
    """Voegt producten met hun contracttarief toe: een, een lijst, of CSV met dezelfde kolommen; alles of niets."""
    if not beller.codes("gemeente"):
        raise VerbodenError("Alleen een gemeente voegt producten toe")
    products = await read_list(huis, request, parse_products)
    if not {product.gemeente for product in products} <= set(beller.codes("gemeente")):
        raise VerbodenError("Alleen de gemeente zelf voegt haar producten toe")
    async with huis.engine.begin() as conn:
        await add_products(conn, products)
        await register.note(
            conn, huis.tables, beller, "gewijzigd", f"{len(products)} producten toegevoegd", over=Over.rijen(products)
        )
    huis.relay.wake()
    return Producten(producten=products)


@router.get("/producten", response_model_by_alias=True, summary="Producten met hun contracttarief")
async def get_producten(
    huis: HuisDep, beller: BellerDep, cursor: Cursor = None, limiet: Limiet = MAX_PAGE
) -> Producten:
    """De producten van de eigen gemeente; of die voor de eigen aanbieder gelden, in gemeenten waar hij een contract of
    een toewijzing heeft."""
    after = cursor_number(cursor)
    async with huis.engine.begin() as conn:
        found = await list_products(conn, beller.codes("gemeente"), beller.codes("agb"), after, limiet + 1)
        page = found[:limiet]
        await register.note(
            conn,
            huis.tables,
            beller,
            "opgevraagd",
            f"{len(page)} producten",
            over=Over.rijen(product for _, product in page),
        )
    return Producten(
        producten=[product for _, product in page], volgende=str(page[-1][0]) if len(found) > limiet else None
    )
