"""All meldingen and signalen of a message, in pages: with the message itself come the first alone."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import func, select

from shared.exchange import register
from shared.exchange.api import BellerDep, Cursor, HuisDep, Limiet, cursor_number
from shared.exchange.berichten_api import NOT_FOUND, mine
from shared.exchange.berichtmodellen import MeldingModel, SignaalModel, melding_model, signaal_model
from shared.exchange.huis import Huis
from shared.exchange.spoor import Over
from shared.problems import NietGevondenError
from shared.security.partij import Beller

router = APIRouter()


class Meldingen(BaseModel):
    """Een bladzijde van meldingen, in de volgorde van het bericht; ``volgende`` ontbreekt op de laatste."""

    meldingen: list[MeldingModel]
    volgende: str | None = None


class Signalen(BaseModel):
    """Een bladzijde van signalen, in de volgorde van het bericht; ``volgende`` ontbreekt op de laatste."""

    signalen: list[SignaalModel]
    volgende: str | None = None


@router.get("/berichten/{bericht_id}/meldingen", summary="Alle meldingen bij een bericht")
async def get_meldingen(
    bericht_id: UUID, huis: HuisDep, beller: BellerDep, cursor: Cursor = None, limiet: Limiet = 100
) -> Meldingen:
    """De meldingen bij een eigen bericht; bij een antwoord die van het bericht dat beantwoord is."""
    found, volgende = await _page(huis, beller, bericht_id, "meldingen", cursor, limiet)
    return Meldingen(meldingen=[melding_model(huis, one) for one in found], volgende=volgende)


@router.get("/berichten/{bericht_id}/signalen", summary="Alle signalen bij een bericht")
async def get_signalen(
    bericht_id: UUID, huis: HuisDep, beller: BellerDep, cursor: Cursor = None, limiet: Limiet = 100
) -> Signalen:
    """De signalen bij een eigen bericht; bij een antwoord die van het bericht dat beantwoord is."""
    found, volgende = await _page(huis, beller, bericht_id, "signalen", cursor, limiet)
    return Signalen(signalen=[signaal_model(huis, one) for one in found], volgende=volgende)


async def _page(
    huis: Huis, beller: Beller, bericht_id: UUID, name: str, cursor: str | None, limiet: int
) -> tuple[list[dict[str, Any]], str | None]:
    """What is told of an own message, and the cursor of the page after it."""
    table = huis.tables.bericht
    after = cursor_number(cursor) or 0
    async with huis.engine.begin() as conn:
        about = func.coalesce(table.c.heen_id, table.c.id).label("over")
        own = select(about, table.c.afzender, table.c.ontvanger).where(table.c.id == bericht_id, mine(huis, beller))
        row = (await conn.execute(own)).one_or_none()
        if row is None:
            raise NietGevondenError(NOT_FOUND)
        rows = await register.told_page(conn, huis.tables, row.over, name, after, limiet + 1)
        over = Over.berichten([row])
        await register.note(conn, huis.tables, beller, "opgevraagd", name, bericht_id=bericht_id, over=over)
    shown = rows[:limiet]
    return [one for _, one in shown], str(shown[-1][0]) if len(rows) > limiet else None
