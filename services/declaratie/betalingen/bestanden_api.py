"""Payment files over HTTP: several released proposals as one order for the bank."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.declaratie.betalingen import opslag
from services.declaratie.betalingen.api import BOTST
from services.declaratie.betalingen.bestanden import Bestand, make_bestand, read_bestand, select_bestanden
from services.declaratie.betalingen.modellen import Bestanden, BestandInvoer, BestandModel
from services.declaratie.betalingen.sepa import payment_file
from services.declaratie.betalingen.uitvoer import (
    EXCEL,
    FILES,
    VORMEN,
    Vorm,
    check_rows,
    csv_of_all,
    excel_of_all,
    named,
)
from services.declaratie.eigen import own_gemeente
from services.declaratie.tables import BETALING
from shared.exchange import register
from shared.exchange.aanvaarden import XML, must_take
from shared.exchange.api import BellerDep, Cursor, HuisDep, Limiet, cursor_number
from shared.exchange.csv_uit import chunks
from shared.exchange.spoor import Over
from shared.exchange.verwerking import off_loop
from shared.problems import VerbodenError

router = APIRouter()
WEIGHT = 4 * 1024
"""Of a payment in an order: it is as much work as so many bytes of a message."""


@router.post(
    "/betalingen/bestanden",
    status_code=201,
    summary="Vrijgegeven betaalvoorstellen samen uitvoeren",
    responses={
        200: {"model": BestandModel, "description": "Precies deze voorstellen zijn al een bestand"},
        **BOTST,
    },
)
async def post_bestand(invoer: BestandInvoer, response: Response, huis: HuisDep, beller: BellerDep) -> BestandModel:
    """Legt vast welke vrijgegeven voorstellen samen een betaalopdracht zijn. Een voorstel komt in een bestand; zo kan
    de bank niet twee keer dezelfde opdracht krijgen. Ze worden betaald van dezelfde rekening."""
    gemeente = own_gemeente(beller, invoer.gemeente)
    async with huis.engine.begin() as conn:
        bestand = await make_bestand(conn, beller, gemeente, list(dict.fromkeys(invoer.betalingen)), huis.klok.now())
        await register.note(
            conn, huis.tables, beller, "gemaakt", f"betaalbestand {bestand.id}", over=Over((bestand.gemeente,))
        )
    response.status_code = 201 if bestand.nieuw else 200
    return _model(bestand)


@router.get("/betalingen/bestanden", summary="Betaalbestanden")
async def get_bestanden(huis: HuisDep, beller: BellerDep, cursor: Cursor = None, limiet: Limiet = 100) -> Bestanden:
    """Eigen betaalbestanden, nieuwste eerst; alleen voor de gemeente."""
    if not beller.codes("gemeente"):
        raise VerbodenError("Betaalbestanden zijn aan de gemeente zelf")
    table = BETALING.bestand
    page = select_bestanden(beller).limit(limiet + 1)
    before = cursor_number(cursor)
    if before is not None:
        page = page.where(table.c.volgnummer < before)
    async with huis.engine.begin() as conn:
        rows = (await conn.execute(page)).all()
        shown = rows[:limiet]
        await register.note(
            conn, huis.tables, beller, "opgevraagd", f"{len(shown)} betaalbestanden", over=Over.rijen(shown)
        )
    return Bestanden(
        bestanden=[BestandModel.model_validate(row) for row in shown],
        volgende=str(shown[-1].volgnummer) if len(rows) > limiet else None,
    )


@router.get("/betalingen/bestanden/{bestand_id}", summary="Een betaalbestand")
async def get_bestand(bestand_id: UUID, huis: HuisDep, beller: BellerDep) -> BestandModel:
    """Welke voorstellen erin staan, en hun bedrag samen."""
    async with huis.engine.begin() as conn:
        bestand = await read_bestand(conn, beller, bestand_id)
        await register.note(
            conn, huis.tables, beller, "opgevraagd", f"betaalbestand {bestand_id}", over=Over((bestand.gemeente,))
        )
    return _model(bestand)


@router.get(
    "/betalingen/bestanden/{bestand_id}/export",
    summary="Een betaalbestand als bestand",
    response_class=Response,
    responses={200: {"description": "Het bestand", "content": FILES}, **BOTST},
)
async def get_bestand_export(
    request: Request,
    bestand_id: UUID,
    huis: HuisDep,
    beller: BellerDep,
    vorm: Annotated[Vorm, Query(description="sepa: betaalopdracht voor de bank")],
) -> Response:
    """Als een betaalopdracht (SEPA pain.001) met een betaling per voorstel, of alle regels als CSV of Excel. De
    betaalopdracht is elke keer dezelfde, met hetzelfde kenmerk."""
    must_take(request, VORMEN[vorm])
    async with huis.engine.begin() as conn:
        bestand = await read_bestand(conn, beller, bestand_id)
        if vorm == "excel":
            check_rows(sum(row.regels for row in bestand.voorstellen))
        await register.note(
            conn,
            huis.tables,
            beller,
            "uitgevoerd",
            f"betaalbestand {bestand_id} als {vorm}",
            over=Over((bestand.gemeente,)),
        )
    voorstellen = [opslag.voorstel_of(row) for row in bestand.voorstellen]
    naam = f"betaalbestand-{bestand.gemeente}-{bestand.kenmerk[:8]}"
    if vorm == "sepa":
        betalingen = [(one, row.uitvoerdatum) for one, row in zip(voorstellen, bestand.voorstellen, strict=True)]
        # One proposal alone is the order that its own export gives.
        moment = bestand.gemaakt if len(voorstellen) > 1 else bestand.voorstellen[0].beslist
        work = partial(payment_file, bestand.kenmerk, moment, betalingen)
        return Response(await off_loop(huis, len(betalingen) * WEIGHT, work), 200, named(naam, "xml"), XML)
    if vorm == "csv":
        return csv_of_all(huis.engine, naam, voorstellen)
    async with huis.large:
        file = await excel_of_all(huis.engine, voorstellen)
    return StreamingResponse(chunks(file), 200, named(naam, "xlsx"), EXCEL)


def _model(bestand: Bestand) -> BestandModel:
    rows: Any = bestand.voorstellen
    return BestandModel(
        id=bestand.id,
        gemeente=bestand.gemeente,
        gemaakt=bestand.gemaakt,
        betalingen=[row.id for row in rows],
        bedrag=sum(row.bedrag for row in rows),
        regels=sum(row.regels for row in rows),
    )
