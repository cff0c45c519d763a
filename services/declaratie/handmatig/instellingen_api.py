"""Which lines a gemeente decides on itself, over HTTP."""

from typing import Any

from fastapi import APIRouter, Response

from services.declaratie.domain.hand import Instelling
from services.declaratie.eigen import GemeenteVraag, own_gemeente
from services.declaratie.handmatig import opslag
from services.declaratie.handmatig.modellen import Instellingen, InstellingenInvoer, InstellingModel
from shared.exchange import register
from shared.exchange.api import BellerDep, HuisDep
from shared.exchange.huis import Huis
from shared.exchange.spoor import Over
from shared.security.partij import Beller

router = APIRouter()


@router.get("/handmatig", summary="Welke regels de gemeente zelf beslist")
async def get_instellingen(huis: HuisDep, beller: BellerDep, gemeente: GemeenteVraag = None) -> Instellingen:
    """De instellingen van de gemeente. Zonder instellingen beantwoordt het knooppunt iedere declaratie meteen."""
    code = _own_gemeente(beller, gemeente)
    async with huis.engine.begin() as conn:
        rows = await opslag.read_instellingen(conn, code)
        await register.note(conn, huis.tables, beller, "opgevraagd", "handmatig", over=Over((code,)))
    return _model(code, rows)


@router.put("/handmatig", summary="Instellen welke regels de gemeente zelf beslist")
async def put_instellingen(
    invoer: InstellingenInvoer, huis: HuisDep, beller: BellerDep, gemeente: GemeenteVraag = None
) -> Instellingen:
    """Vervangt alle instellingen. Een debetregel die verder goed is en aan een instelling voldoet, wacht op een besluit
    van de gemeente; de hele declaratie wordt pas daarna beantwoord. Geldt voor declaraties die hierna komen."""
    code = _own_gemeente(beller, gemeente)
    found = [Instelling(**one.model_dump()) for one in invoer.instellingen]
    return await _put(huis, beller, code, list(dict.fromkeys(found)))


@router.delete("/handmatig", status_code=204, summary="Alle declaraties weer meteen laten beantwoorden")
async def delete_instellingen(huis: HuisDep, beller: BellerDep, gemeente: GemeenteVraag = None) -> Response:
    """Haalt alle instellingen weg. Wat al wacht, blijft wachten op zijn besluiten."""
    await _put(huis, beller, _own_gemeente(beller, gemeente), [])
    return Response(status_code=204)


async def _put(huis: Huis, beller: Beller, code: str, instellingen: list[Instelling]) -> Instellingen:
    async with huis.engine.begin() as conn:
        await opslag.put_instellingen(conn, code, instellingen, beller.subject, huis.klok.now())
        rows = await opslag.read_instellingen(conn, code)
        await register.note(
            conn, huis.tables, beller, "gewijzigd", f"{len(rows)} instellingen handmatig van {code}", over=Over((code,))
        )
    return _model(code, rows)


def _own_gemeente(beller: Beller, asked: str | None) -> str:
    return own_gemeente(beller, asked, "Instellen wat handmatig gaat is aan de gemeente zelf")


def _model(gemeente: str, rows: Any) -> Instellingen:
    last = rows[-1] if rows else None
    return Instellingen(
        gemeente=gemeente,
        instellingen=[InstellingModel.model_validate(row) for row in rows],
        gewijzigd=last.gewijzigd if last else None,
        gewijzigd_door=last.gewijzigd_door if last else None,
    )
