"""``POST /validaties``: what would be wrong with a message, without sending it."""

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from shared.exchange import register
from shared.exchange.api import BellerDep, HuisDep
from shared.exchange.ontvangst import JSON_TYPE, Toegang, media_of, read_bericht
from shared.exchange.verwerking import off_loop
from shared.iwmo.validatie import Controle, Rapport, validate, validate_json


class FoutModel(BaseModel):
    """One thing wrong: what the schema refuses (``xsd``), or a rule within the message that it breaks (``regel``)."""

    soort: Literal["xsd", "regel"]
    regel: str | None = Field(examples=["CS002"])
    locatie: str = Field(examples=["/Bericht/Client"])
    reden: str


class RapportModel(BaseModel):
    """The report on a message. ``regels``: whether this service tried its rules on it, or its schema alone."""

    bericht: str | None = Field(examples=["WMO305"])
    release: str | None = Field(examples=["3.2"])
    geldig: bool
    regels: bool
    fouten: list[FoutModel]


def make_validatie_router(controles: Mapping[str, Controle]) -> APIRouter:
    """The route; ``controles`` are the rules within the messages that the service knows, by name of message."""
    router = APIRouter()

    async def post_validatie(request: Request, huis: HuisDep, beller: BellerDep) -> RapportModel:
        """Toetst een bericht aan het schema en de regels binnen het bericht. Er wordt niets van bewaard; de Afzender
        mag ook een ander zijn dan de beller."""
        toegang: Toegang = request.app.state.toegang
        with toegang.reading(beller):
            body = await read_bericht(huis, request)
        judge = validate_json if media_of(request) == JSON_TYPE else validate

        def work() -> Rapport:
            return judge(body, huis.schemas, huis.grenzen, controles)

        with toegang.room(beller, len(body)):
            rapport = await off_loop(huis, len(body), work)
        verdict = "geldig" if rapport.geldig else "ongeldig"
        async with huis.engine.begin() as conn:
            await register.note(conn, huis.tables, beller, "gevalideerd", verdict, soort=rapport.bericht)
        return RapportModel.model_validate({"regels": rapport.regels, **rapport.as_json()})

    router.add_api_route("/validaties", post_validatie, methods=["POST"], **_DOCS)
    return router


_DOCS: dict[str, Any] = {
    "summary": "Een bericht toetsen zonder het in te sturen",
    # What may be in it is described from the schemas (openapi.py).
    "openapi_extra": {"requestBody": {"required": True, "content": {}}},
}
