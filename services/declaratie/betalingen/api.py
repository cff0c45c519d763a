"""Payment proposals over HTTP: making, seeing and deciding."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.declaratie.betalingen import opslag
from services.declaratie.betalingen.domain import Status
from services.declaratie.betalingen.maken import Opdracht, make_voorstellen
from services.declaratie.betalingen.modellen import (
    Agb,
    BetaalregelModel,
    Betaalregels,
    Doorgeschoven,
    Gemaakt,
    Maken,
    Voorstellen,
    VoorstelModel,
    Vrijgeven,
    voorstel_model,
)
from services.declaratie.betalingen.regels import read_regels
from services.declaratie.betalingen.uitvoer import csv_file
from services.declaratie.eigen import own_gemeente
from services.declaratie.tables import BETALING
from services.declaratie.zoeken import Plaats
from shared.exchange import register
from shared.exchange.api import BellerDep, Cursor, HuisDep, Limiet, cursor_number
from shared.exchange.csv_uit import CSV_DOCS, wants_csv
from shared.exchange.huis import Huis
from shared.exchange.problemen import botst
from shared.exchange.spoor import Over
from shared.security.partij import Beller
from shared.werkdagen import plus_werkdagen

router = APIRouter()
BOTST = botst("Dit kan niet (meer) met dit voorstel")


@router.post(
    "/betalingen",
    status_code=201,
    summary="Betaalvoorstellen maken",
    responses={200: {"model": Gemaakt, "description": "Er was niets te betalen"}},
)
async def post_betalingen(maken: Maken, response: Response, huis: HuisDep, beller: BellerDep) -> Gemaakt:
    """Maakt per aanbieder een voorstel van alle toegekende regels die nog in geen voorstel staan, credits eraf; met
    `perPeriode` een voor iedere declaratieperiode.

    Alleen de gemeente kan dit. Een declaratie komt met al haar toegekende regels in precies een voorstel. Is er per
    saldo niets te betalen, dan komt er voor die aanbieder (en periode) geen voorstel en tellen de regels mee in een
    volgende. Een credit telt in de periode van de declaratie waarin hij staat.
    """
    gemeente = own_gemeente(beller, maken.gemeente)
    opdracht = Opdracht(gemeente, beller.subject, huis.klok.now(), maken.tot_en_met, maken.aanbieder, maken.per_periode)
    async with huis.engine.begin() as conn:
        found = await make_voorstellen(conn, opdracht)
        made = [one.voorstel_id for one in found if one.voorstel_id is not None]
        rows = await opslag.read_rows(conn, beller, made)
        await register.note(
            conn, huis.tables, beller, "gemaakt", f"{len(made)} betaalvoorstellen", over=Over((gemeente,))
        )
    response.status_code = 201 if made else 200
    return Gemaakt(
        betalingen=[voorstel_model(row) for row in rows],
        doorgeschoven=[Doorgeschoven.model_validate(one) for one in found if one.voorstel_id is None],
    )


@router.get("/betalingen", summary="Betaalvoorstellen")
async def get_betalingen(
    huis: HuisDep,
    beller: BellerDep,
    status: Annotated[Status | None, Query()] = None,
    aanbieder: Annotated[Agb | None, Query(description="AGB-code")] = None,
    van: Annotated[date | None, Query(description="met een declaratieperiode die op of na deze dag nog loopt")] = None,
    tot: Annotated[date | None, Query(description="met een declaratieperiode die op of voor deze dag begon")] = None,
    cursor: Cursor = None,
    limiet: Limiet = 100,
) -> Voorstellen:
    """Eigen voorstellen, nieuwste eerst: van een gemeente alle, voor een aanbieder wat aan hem is vrijgegeven."""
    table = BETALING.voorstel
    page = opslag.select_voorstellen(beller).limit(limiet + 1)
    for column, wanted in ((table.c.status, status), (table.c.aanbieder, aanbieder)):
        if wanted is not None:
            page = page.where(column == wanted)
    if van is not None:
        page = page.where(table.c.einddatum >= van)
    if tot is not None:
        page = page.where(table.c.begindatum <= tot)
    before = cursor_number(cursor)
    if before is not None:
        page = page.where(table.c.volgnummer < before)
    async with huis.engine.begin() as conn:
        rows = (await conn.execute(page)).all()
        await register.note(
            conn,
            huis.tables,
            beller,
            "opgevraagd",
            f"{len(rows[:limiet])} betaalvoorstellen",
            over=Over.rijen(rows[:limiet]),
        )
    return Voorstellen(
        betalingen=[voorstel_model(row) for row in rows[:limiet]],
        volgende=str(rows[limiet - 1].volgnummer) if len(rows) > limiet else None,
    )


@router.get("/betalingen/{voorstel_id}", summary="Een betaalvoorstel")
async def get_betaling(voorstel_id: UUID, huis: HuisDep, beller: BellerDep) -> VoorstelModel:
    """Een eigen betaalvoorstel, met de rekeningen waarmee het is gemaakt."""
    async with huis.engine.begin() as conn:
        row = await opslag.read_row(conn, beller, voorstel_id)
        await register.note(
            conn, huis.tables, beller, "opgevraagd", f"betaalvoorstel {voorstel_id}", over=Over.rijen([row])
        )
    return voorstel_model(row)


async def eigen_voorstel(voorstel_id: UUID, huis: HuisDep, beller: BellerDep) -> UUID:
    """Whose proposal it is, is asked before what is sent is looked at: another's is not there, whatever that is."""
    async with huis.engine.connect() as conn:
        await opslag.read_own(conn, beller, voorstel_id)
    return voorstel_id


EigenVoorstel = Annotated[UUID, Depends(eigen_voorstel)]


@router.post("/betalingen/{voorstel_id}/vrijgave", summary="Een betaalvoorstel vrijgeven", responses=BOTST)
async def post_vrijgave(
    voorstel_id: EigenVoorstel, huis: HuisDep, beller: BellerDep, vrijgeven: Vrijgeven | None = None
) -> VoorstelModel:
    """Geeft een concept vrij voor betaling. Dat doet een ander dan wie het maakte (vier ogen): niet hetzelfde `sub` in
    het token. Daarna verandert er niets meer aan; een correctie komt in een volgend voorstel."""
    today = huis.klok.today()
    asked = vrijgeven.uitvoerdatum if vrijgeven else None
    async with huis.engine.begin() as conn:
        await opslag.release(conn, beller, voorstel_id, huis.klok.now(), today, asked or plus_werkdagen(today, 1))
        return await _decided(conn, huis, beller, voorstel_id, "vrijgegeven")


@router.post("/betalingen/{voorstel_id}/intrekking", summary="Een betaalvoorstel intrekken", responses=BOTST)
async def post_intrekking(voorstel_id: UUID, huis: HuisDep, beller: BellerDep) -> VoorstelModel:
    """Trekt een concept in: zijn regels komen vrij voor een volgend voorstel."""
    async with huis.engine.begin() as conn:
        await opslag.withdraw(conn, beller, voorstel_id, huis.klok.now())
        return await _decided(conn, huis, beller, voorstel_id, "ingetrokken")


async def _decided(conn: Any, huis: Huis, beller: Beller, voorstel_id: UUID, handeling: str) -> VoorstelModel:
    row = await opslag.read_row(conn, beller, voorstel_id)
    await register.note(conn, huis.tables, beller, handeling, f"betaalvoorstel {voorstel_id}", over=Over.rijen([row]))
    return voorstel_model(row)


@router.get(
    "/betalingen/{voorstel_id}/regels",
    summary="De regels van een betaalvoorstel",
    response_model=Betaalregels,
    responses=CSV_DOCS,
)
async def get_regels(
    request: Request, voorstel_id: UUID, huis: HuisDep, beller: BellerDep, cursor: Cursor = None, limiet: Limiet = 100
) -> Any:
    """De regels waaruit het bedrag bestaat, in bladzijden; met `Accept: text/csv` alle regels als CSV."""
    begin = None if cursor is None else Plaats.parse(cursor)
    as_csv = wants_csv(request)
    async with huis.engine.begin() as conn:
        row = await opslag.read_row(conn, beller, voorstel_id)
        rows, after = ([], None) if as_csv else await read_regels(conn, voorstel_id, begin, limiet)
        await register.note(
            conn,
            huis.tables,
            beller,
            "opgevraagd",
            f"regels van betaalvoorstel {voorstel_id}",
            over=Over.rijen([row, *rows]),
        )
    if as_csv:
        return csv_file(huis.engine, opslag.voorstel_of(row))
    return Betaalregels(
        regels=[BetaalregelModel.model_validate(one) for one in rows],
        volgende=None if after is None else str(after),
    )
