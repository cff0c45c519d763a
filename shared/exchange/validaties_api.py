"""``POST /validaties``: what would be wrong with a message, without sending it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from shared.exchange import register
from shared.exchange.api import BellerDep, HuisDep
from shared.exchange.huis import Huis
from shared.exchange.ontvangst import JSON_TYPE, media_of, read_bericht
from shared.exchange.toegang import Toegang
from shared.exchange.verwerking import off_loop
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Kop
from shared.iwmo.regels import Melding
from shared.iwmo.validatie import Controle, Rapport, validate, validate_json, with_meldingen
from shared.security.partij import Beller

Naslag = Callable[[Huis, Beller, Kop, Inhoud], Awaitable[list[Melding]]]
"""The rules on one kind of message against what is stored here, as far as the caller may know it."""


class FoutModel(BaseModel):
    """Een ding dat fout is: wat het schema weigert (``xsd``), of een regel waaraan het niet voldoet (``regel``)."""

    soort: Literal["xsd", "regel"]
    regel: str | None = Field(examples=["CS002"])
    locatie: str = Field(examples=["/Bericht/Client"])
    reden: str


class RapportModel(BaseModel):
    """Het rapport over een bericht. ``regels``: of deze dienst er haar regels op probeerde, of alleen het schema."""

    bericht: str | None = Field(examples=["WMO305"])
    release: str | None = Field(examples=["3.2"])
    geldig: bool
    regels: bool
    fouten: list[FoutModel]


class _Meelezer:
    """The rules within one kind of message; remembers the message, for rules that need other facts too."""

    def __init__(self, controle: Controle) -> None:
        self._controle = controle
        self.gelezen: tuple[Kop, Inhoud] | None = None

    def __call__(self, kop: Kop, inhoud: Inhoud) -> list[Melding]:
        self.gelezen = (kop, inhoud)
        return self._controle(kop, inhoud)


def make_validatie_router(controles: Mapping[str, Controle], naslag: Mapping[str, Naslag] | None = None) -> APIRouter:
    """The route. ``controles`` are the rules within the messages that the service knows, by name of message; ``naslag``
    those against what it has stored, of some of these messages."""
    router = APIRouter()
    looked_up = naslag or {}

    async def post_validatie(request: Request, huis: HuisDep, beller: BellerDep) -> RapportModel:
        """Toetst een bericht aan het schema en de regels binnen het bericht; een declaratie-antwoord ook aan de
        declaratie waarop het antwoordt, als die van of voor de beller is. Er wordt niets van bewaard; de Afzender mag
        ook een ander zijn dan de beller."""
        toegang: Toegang = request.app.state.toegang
        with toegang.reading(beller):
            body = await read_bericht(huis, request)
        in_json = media_of(request) == JSON_TYPE
        lezers = {naam: _Meelezer(controles[naam]) for naam in looked_up}

        def work() -> Rapport:
            tried: dict[str, Controle] = {**controles, **lezers}
            if in_json:
                return validate_json(body.whole(), huis.schemas, huis.grenzen, tried)
            return validate(body, huis.schemas, huis.grenzen, tried)

        async with toegang.room(beller, len(body)):
            rapport = await off_loop(huis, len(body), work)
            lezer = lezers.get(rapport.bericht or "")
            if lezer is not None and lezer.gelezen is not None and rapport.geldig:
                found = await looked_up[rapport.bericht or ""](huis, beller, *lezer.gelezen)
                rapport = with_meldingen(rapport, found, huis.grenzen)
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
