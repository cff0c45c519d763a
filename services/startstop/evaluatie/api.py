"""The evaluatie over HTTP (Stappenplan, step 10): the aanbieder gives it, the gemeente reads it and signs for it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop.evaluatie import opslag
from services.startstop.evaluatie.modellen import (
    EvaluatieInvoer,
    EvaluatieModel,
    Evaluaties,
    EvaluatieVraag,
    KopModel,
    VersieInvoer,
    Versies,
)
from services.startstop.evaluatie.opslag import E, Inzender
from shared.exchange import register
from shared.exchange.api import BellerDep, HuisDep, cursor_number
from shared.exchange.huis import Huis
from shared.exchange.problemen import botst
from shared.exchange.spoor import Over
from shared.problems import NietGevondenError
from shared.security.partij import Beller

router = APIRouter()
BOTST = botst("Dit kan niet (meer) met deze ondersteuning of evaluatie")
Versie = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="zonder: de laatste")]


@router.post(
    "/evaluaties",
    status_code=201,
    summary="Een geëindigde ondersteuning evalueren",
    responses={200: {"model": EvaluatieModel, "description": "Dezelfde evaluatie nogmaals: wat er al was"}, **BOTST},
)
async def post_evaluatie(
    invoer: EvaluatieInvoer, response: Response, huis: HuisDep, beller: BellerDep
) -> EvaluatieModel:
    """De aanbieder koppelt na elk einde terug aan de Toegang, ook als er geen vervolg is: na een stopbericht, en ook
    als de toewijzing op de geplande datum afliep.

    Geweigerd (409) zolang de ondersteuning niet is geëindigd, en als zij al is geëvalueerd; verbeteren gaat met PUT.
    Gaat de ondersteuning daarna verder en eindigt zij weer, dan volgt een nieuwe versie op dezelfde manier.
    """
    async with huis.engine.begin() as conn:
        evaluatie_id, new = await opslag.give(conn, _inzender(huis, beller), invoer)
        found = await _read(conn, huis, beller, evaluatie_id, "ingediend" if new else "nogmaals ingediend")
    if new:
        huis.relay.wake()
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"/{huis.service}/v1/evaluaties/{evaluatie_id}"
    return found


async def eigen_evaluatie(evaluatie_id: UUID, huis: HuisDep, beller: BellerDep) -> UUID:
    """Whose evaluatie it is, is asked before what is sent is looked at: another's is not there, whatever that is."""
    async with huis.engine.connect() as conn:
        await opslag.read_row(conn, beller, evaluatie_id)
    return evaluatie_id


EigenEvaluatie = Annotated[UUID, Depends(eigen_evaluatie)]


@router.put("/evaluaties/{evaluatie_id}", summary="Een evaluatie verbeteren", responses=BOTST)
async def put_evaluatie(
    evaluatie_id: EigenEvaluatie, invoer: VersieInvoer, huis: HuisDep, beller: BellerDep
) -> EvaluatieModel:
    """Een volgende versie, van de aanbieder. De eerdere versies blijven te lezen; de gemeente tekent opnieuw voor
    ontvangst."""
    async with huis.engine.begin() as conn:
        await opslag.correct(conn, _inzender(huis, beller), evaluatie_id, invoer)
        found = await _read(conn, huis, beller, evaluatie_id, "verbeterd")
    huis.relay.wake()
    return found


@router.get("/evaluaties", summary="Eigen evaluaties")
async def get_evaluaties(huis: HuisDep, beller: BellerDep, vraag: Annotated[EvaluatieVraag, Query()]) -> Evaluaties:
    """Gegeven evaluaties, oudste eerst, zonder wat zij over de cliënt zeggen. Voor de gemeente is `ontvangen=false` wat
    nog op haar wacht. Wat nog geëvalueerd moet worden staat in de wachtlijst (`soort=zonder_evaluatie`)."""
    page = opslag.select_kop(beller).limit(vraag.limiet + 1)
    for name in ("gemeente", "aanbieder", "toewijzing_nummer", "vervolg"):
        if (wanted := getattr(vraag, name)) is not None:
            page = page.where(E.c[name] == wanted)
    if vraag.ontvangen is not None:
        page = page.where(E.c.ontvangen.is_not(None) if vraag.ontvangen else E.c.ontvangen.is_(None))
    if (after := cursor_number(vraag.cursor)) is not None:
        page = page.where(E.c.volgnummer > after)
    async with huis.engine.begin() as conn:
        rows = (await conn.execute(page)).all()
        shown = rows[: vraag.limiet]
        told = f"{len(shown)} evaluaties"
        await register.note(conn, huis.tables, beller, "opgevraagd", told, over=Over.rijen(shown))
    return Evaluaties(
        evaluaties=[KopModel.of(row) for row in shown],
        volgende=str(shown[-1].volgnummer) if len(rows) > vraag.limiet else None,
    )


@router.get("/evaluaties/{evaluatie_id}", summary="Een evaluatie lezen")
async def get_evaluatie(evaluatie_id: UUID, huis: HuisDep, beller: BellerDep, versie: Versie = None) -> EvaluatieModel:
    """Alles wat de evaluatie zegt. Het lezen wordt vastgelegd."""
    async with huis.engine.begin() as conn:
        return await _read(conn, huis, beller, evaluatie_id, "gelezen", versie)


@router.get("/evaluaties/{evaluatie_id}/versies", summary="De versies van een evaluatie")
async def get_versies(evaluatie_id: UUID, huis: HuisDep, beller: BellerDep) -> Versies:
    """Wanneer er welke versie kwam; lees er een met `?versie=`."""
    async with huis.engine.begin() as conn:
        row = await opslag.read_row(conn, beller, evaluatie_id)
        rows = await opslag.read_versies(conn, row)
        told = f"{len(rows)} versies van evaluatie {evaluatie_id}"
        await register.note(conn, huis.tables, beller, "opgevraagd", told, over=Over.rijen([row]))
    return Versies(versies=[KopModel.of(one) for one in rows])


@router.post("/evaluaties/{evaluatie_id}/ontvangst", status_code=204, summary="Voor ontvangst tekenen", responses=BOTST)
async def post_ontvangst(evaluatie_id: UUID, huis: HuisDep, beller: BellerDep, versie: Versie = None) -> None:
    """De gemeente heeft de evaluatie: zij staat niet meer bij `ontvangen=false`. Met `versie` alleen als dat de laatste
    is. Nogmaals tekenen verandert niets."""
    async with huis.engine.begin() as conn:
        row = await opslag.sign(conn, beller, evaluatie_id, versie, huis.klok.now())
        told = f"evaluatie {evaluatie_id} versie {row.versie}"
        await register.note(conn, huis.tables, beller, "ontvangen", told, over=Over.rijen([row]))


async def _read(
    conn: AsyncConnection, huis: Huis, beller: Beller, evaluatie_id: UUID, handeling: str, versie: int | None = None
) -> EvaluatieModel:
    """One version, with what it says; the deed is recorded in the same transaction, or refused (P10)."""
    row = await opslag.read_row(conn, beller, evaluatie_id)
    wanted = versie or row.versie
    found = await opslag.read_versies(conn, row, wanted)
    if not found:
        raise NietGevondenError("Deze versie is er niet")
    told = f"evaluatie {evaluatie_id} versie {wanted}"
    await register.note(conn, huis.tables, beller, handeling, told, over=Over.rijen([row]))
    return EvaluatieModel.read(found[0], opslag.unsealed(huis.kluis, found[0]))


def _inzender(huis: Huis, beller: Beller) -> Inzender:
    return Inzender(beller, huis.kluis, huis.klok.now())
