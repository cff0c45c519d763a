"""The audit trail over HTTP: a gemeente about its own clients and messages, everyone about his own doings."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import ColumnElement, Row

from shared.exchange import spoor
from shared.exchange.api import BellerDep, HuisDep
from shared.exchange.csv_uit import CSV_DOCS, csv_response, wants_csv
from shared.exchange.huis import Huis
from shared.exchange.spoor import Over
from shared.exchange.spoorvragen import BerichtenOver, ClientVraag, Periode, Plaats, SpoorVraag, Zoeker
from shared.exchange.verzegeling import NOTHING, last_seal
from shared.namens import intern
from shared.problems import VerbodenError
from shared.security.partij import Beller, Partij

_BEHEER = Partij("beheer")
About = Sequence[ColumnElement[bool]]
"""Rows of one client (``Zoeker.about``); of none in particular when it is empty."""
CSV_PAGE = 5_000
"""Rows read at a time for CSV, each time on a connection that is given back."""


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class SpoorregelModel(_Model):
    """Een handeling. ``client`` is een pseudoniem, bij wie iets van een enkele cliënt bekeek of verzond."""

    id: int
    tijd: datetime = Field(description="de klok van de database")
    wie: str = Field(description="het `sub` van het token; knooppunt:... is het knooppunt zelf")
    partij: str = Field(description="namens wie", examples=["agb:98765432"])
    handeling: str = Field(examples=["gelezen"])
    uitkomst: str = Field(examples=["inhoud"])
    bericht_id: UUID | None
    bericht: str | None = Field(examples=["WMO305"])
    client: str | None = Field(description="pseudoniem")
    gemeente: str | None = Field(description="over een bericht of client van deze gemeente")
    aanbieder: str | None
    verzoek: UUID | None = Field(description="X-Request-Id van het verzoek")


class ZegelModel(_Model):
    """Het nieuwste zegel: wie het bewaart, kan later aantonen dat alles tot hier er nog is."""

    zegel: str = Field(description="nummer en waarde, voor `knooppunt audit controleer --anker`")
    tijd: datetime


class Spoor(_Model):
    """Een bladzijde van het spoor, nieuwste eerst; ``volgende`` ontbreekt op de laatste."""

    regels: list[SpoorregelModel]
    zegel: ZegelModel | None = None
    volgende: str | None = None


class AantalModel(_Model):
    """Hoe vaak iets op een dag werd gedaan."""

    dag: date
    handeling: str
    aantal: int


class Aantallen(_Model):
    """Aantallen per dag en handeling."""

    aantallen: list[AantalModel]


def make_audit_router(berichten_over: BerichtenOver | None = None) -> APIRouter:
    """The routes ``/audit``. ``berichten_over`` finds messages about a client that the trail itself does not name."""
    router = APIRouter()

    async def search_audit(request: Request, vraag: ClientVraag, huis: HuisDep, beller: BellerDep) -> Response | Spoor:
        """Wie wat deed met berichten en gegevens van een client, ook met de antwoorden erop.

        Een Bsn kan alleen hier, in de inhoud van het verzoek: zo komt hij in geen adres terecht. Wie alles van een
        gemeente tegelijk ophaalde (CSV) staat in het spoor van de gemeente, en niet bij iedere client.
        """
        client = huis.kluis.pseudoniem(vraag.bsn)
        zoeker = _zoeker(huis, beller)
        over = Over(clienten=(client,))
        return await _answer(request, huis, zoeker, vraag, zoeker.about(client, berichten_over), over)

    shown: dict[str, Any] = {"response_model": Spoor, "responses": CSV_DOCS}
    router.add_api_route("/audit", get_audit, methods=["GET"], summary="Wie wat deed", **shown)
    router.add_api_route("/audit/zoek", search_audit, methods=["POST"], summary="Wie wat deed met een client", **shown)
    router.add_api_route("/audit/cijfers", get_cijfers, methods=["GET"], summary="Hoe vaak wat werd gedaan")
    return router


async def get_audit(
    request: Request, huis: HuisDep, beller: BellerDep, vraag: Annotated[SpoorVraag, Query()]
) -> Response | Spoor:
    """Het auditspoor (NEN 7513), nieuwste eerst: van een gemeente alles over haar eigen clienten en berichten, ook wat
    een ander of beheer ermee deed; van een aanbieder wat namens hemzelf is gedaan."""
    return await _answer(request, huis, _zoeker(huis, beller), vraag, (), spoor.NIEMAND)


async def get_cijfers(huis: HuisDep, beller: BellerDep, periode: Annotated[Periode, Query()]) -> Aantallen:
    """Aantallen per dag en handeling. Beheer ziet die van alle partijen, zonder clienten; een ander de eigen."""
    everyone = beller.is_(_BEHEER)
    zoeker = Zoeker(huis.tables, beller)
    if everyone:
        with intern():
            return await _count(huis, zoeker, periode, everyone=True)
    return await _count(huis, zoeker, periode, everyone=False)


async def _count(huis: Huis, zoeker: Zoeker, periode: Periode, *, everyone: bool) -> Aantallen:
    async with huis.engine.begin() as conn:
        rows = await zoeker.counts(conn, periode, everyone=everyone)
        await spoor.note(conn, huis.tables, zoeker.beller, "opgevraagd", "aantallen van het auditspoor")
    return Aantallen(aantallen=[AantalModel.model_validate(row) for row in rows])


def _zoeker(huis: Huis, beller: Beller) -> Zoeker:
    if beller.partijen == {_BEHEER}:
        raise VerbodenError("Beheer ziet van het auditspoor alleen aantallen (/audit/cijfers)")
    return Zoeker(huis.tables, beller)


async def _answer(
    request: Request, huis: Huis, zoeker: Zoeker, vraag: SpoorVraag, about: About, over: Over
) -> Response | Spoor:
    """A page, or with ``Accept: text/csv`` all of it."""
    as_csv = wants_csv(request)
    begin = Plaats.parse(vraag.cursor) if vraag.cursor is not None else None
    async with huis.engine.begin() as conn:
        rows, after = await zoeker.page(conn, vraag, begin, CSV_PAGE if as_csv else vraag.limiet, about)
        what = "auditspoor als csv" if as_csv else f"auditspoor: {len(rows)} regels"
        await spoor.note(conn, huis.tables, zoeker.beller, "opgevraagd", what, over=over)
    if as_csv:
        return csv_response("auditspoor", _HEADS, _pages(huis, zoeker, vraag, about, rows, after))
    return Spoor(
        regels=[SpoorregelModel.model_validate(row) for row in rows],
        zegel=await _anchor(huis),
        volgende=None if after is None else str(after),
    )


async def _anchor(huis: Huis) -> ZegelModel | None:
    """The newest seal: of nobody's data, and made by the service itself."""
    with intern():
        async with huis.engine.connect() as conn:
            zegel = await last_seal(conn, huis.tables)
    return None if zegel is NOTHING else ZegelModel(zegel=zegel.naam, tijd=zegel.tijd)


async def _pages(
    huis: Huis,
    zoeker: Zoeker,
    vraag: SpoorVraag,
    about: About,
    rows: Sequence[Row[Any]],
    after: Plaats | None,
) -> AsyncIterator[Iterable[Sequence[Any]]]:
    """The fields of every row, from the first page on."""
    while True:
        yield ([getattr(row, name) for name in SpoorregelModel.model_fields] for row in rows)
        if after is None:
            return
        async with huis.engine.connect() as conn:
            rows, after = await zoeker.page(conn, vraag, after, CSV_PAGE, about)


_HEADS = [to_camel(name) for name in SpoorregelModel.model_fields]
