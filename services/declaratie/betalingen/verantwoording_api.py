"""What leaves the node of a payment proposal, and how it agrees with the answers: export and reconciliation."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy import Row, select

from services.declaratie.betalingen import opslag
from services.declaratie.betalingen.antwoordbedrag import read_toegekend
from services.declaratie.betalingen.api import BOTST
from services.declaratie.betalingen.domain import Voorstel, check_export, check_order
from services.declaratie.betalingen.modellen import Aansluiting, AansluitingModel
from services.declaratie.betalingen.sepa import payment_order
from services.declaratie.betalingen.uitvoer import (
    EXCEL,
    FILES,
    VORMEN,
    Vorm,
    check_rows,
    csv_file,
    excel_file,
    file_name,
    named,
)
from services.declaratie.tables import DECLARATIE
from shared.exchange import register
from shared.exchange.aanvaarden import XML, must_take
from shared.exchange.api import BellerDep, Cursor, HuisDep, cursor_number
from shared.exchange.csv_uit import chunks
from shared.exchange.huis import Huis
from shared.exchange.spoor import Over
from shared.exchange.verwerking import off_loop

router = APIRouter()
MAX_AANSLUITING = 100
"""Of a page each answer is opened."""


@router.get(
    "/betalingen/{voorstel_id}/export",
    summary="Een vrijgegeven betaalvoorstel als bestand",
    response_class=Response,
    responses={200: {"description": "Het bestand", "content": FILES}, **BOTST},
)
async def get_export(
    request: Request,
    voorstel_id: UUID,
    huis: HuisDep,
    beller: BellerDep,
    vorm: Annotated[Vorm, Query(description="sepa: betaalopdracht voor de bank, alleen voor de gemeente")],
) -> Response:
    """De regels als CSV of Excel, of de betaalopdracht (SEPA pain.001) van een voorstel dat alleen in een betaalbestand
    staat; dat bestand maakt `POST /betalingen/bestanden`.

    De betaalopdracht is elke keer dezelfde, met hetzelfde kenmerk: wat twee keer bij de bank komt, herkent de bank.
    """
    must_take(request, VORMEN[vorm])
    read = opslag.read_own if vorm == "sepa" else opslag.read_row
    async with huis.engine.begin() as conn:
        row = await read(conn, beller, voorstel_id)
        voorstel = opslag.voorstel_of(row)
        check_export(voorstel)
        if vorm == "excel":
            check_rows(voorstel.regels)
        if vorm == "sepa":
            check_order(voorstel, row.bestand)
        await register.note(
            conn, huis.tables, beller, "uitgevoerd", f"betaalvoorstel {voorstel_id} als {vorm}", over=Over.rijen([row])
        )
    return await _file(huis, row, voorstel, vorm)


async def _file(huis: Huis, row: Row[Any], voorstel: Voorstel, vorm: Vorm) -> Response:
    if vorm == "csv":
        return csv_file(huis.engine, voorstel)
    if vorm == "sepa":
        return Response(
            payment_order(voorstel, row.uitvoerdatum, row.beslist), 200, named(file_name(voorstel), "xml"), XML
        )
    async with huis.large:
        file = await excel_file(huis.engine, voorstel)
    return StreamingResponse(chunks(file), 200, named(file_name(voorstel), "xlsx"), EXCEL)


@router.get("/betalingen/{voorstel_id}/aansluiting", summary="Hoe een betaalvoorstel aansluit op de antwoorden")
async def get_aansluiting(
    voorstel_id: UUID,
    huis: HuisDep,
    beller: BellerDep,
    cursor: Cursor = None,
    limiet: Annotated[int, Query(ge=1, le=MAX_AANSLUITING)] = 50,
) -> Aansluiting:
    """Per declaratie: wat het verzonden antwoord (WMO304 of WMO325) toekende, en wat hier wordt betaald. Het toegekende
    totaal wordt uit het antwoord zelf gelezen."""
    after = cursor_number(cursor)
    async with huis.engine.begin() as conn:
        voorstel = await opslag.read_row(conn, beller, voorstel_id)
        page = opslag.select_aansluiting(voorstel).where(DECLARATIE.c.id > (after or 0)).limit(limiet + 1)
        rows = (await conn.execute(page)).all()
        await register.note(
            conn,
            huis.tables,
            beller,
            "opgevraagd",
            f"aansluiting van betaalvoorstel {voorstel_id}",
            over=Over.rijen([voorstel]),
        )
    return Aansluiting(
        declaraties=[_aansluiting(row, await _told(huis, row)) for row in rows[:limiet]],
        volgende=str(rows[limiet - 1].id) if len(rows) > limiet else None,
    )


def _aansluiting(row: Row[Any], told: int | None) -> AansluitingModel:
    return AansluitingModel(
        bericht_id=row.bericht_id,
        bericht=row.soort,
        declaratie_nummer=row.nummer,
        retour_id=row.retour_id,
        retour=row.retour,
        toegekend=row.toegekend,
        toegekend_in_retour=told,
        in_dit_voorstel=row.hier,
        verschil=(row.toegekend if told is None else told) - row.hier,
    )


async def _told(huis: Huis, row: Row[Any]) -> int | None:
    """What the answer says is granted; None when it is no longer kept."""
    table = huis.tables.bericht
    async with huis.engine.connect() as conn:
        sealed = await conn.scalar(select(table.c.inhoud).where(table.c.id == row.retour_id))
    if sealed is None:
        return None

    def work() -> int | None:
        return read_toegekend(huis.kluis.open_payload(sealed, str(row.retour_id), row.grootte).chunks())

    return await off_loop(huis, row.grootte, work)
