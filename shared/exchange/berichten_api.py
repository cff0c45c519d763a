"""The HTTP face that all services share: messages, their answers, and the mailbox."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy import ColumnElement, exists, func, select, true, update
from sqlalchemy.exc import SQLAlchemyError

from shared.exchange import register
from shared.exchange.aanvaarden import JSON, XML, must_take, wants
from shared.exchange.api import MAX_DIGITS, BellerDep, Cursor, HuisDep, Limiet, base_of, cursor_number, huis_of
from shared.exchange.berichtmodellen import (
    Berichten,
    BerichtKop,
    BerichtMetInhoudModel,
    BerichtModel,
    Postbus,
    PostModel,
    kop_of,
    model_of,
)
from shared.exchange.dienst import GEPARKEERD, Uitkomst
from shared.exchange.geheugen import collecting_later
from shared.exchange.huis import Huis
from shared.exchange.inzage import RedenKop, reden_van, zicht
from shared.exchange.ontvangst import read_bericht, receive
from shared.exchange.spoor import Over
from shared.exchange.toegang import Toegang
from shared.exchange.verwerking import accept, off_loop
from shared.exchange.wachtkamer import wait_for_verdict
from shared.exchange.weergave import respond, with_inhoud
from shared.namens import spreek_namens
from shared.payload import Payload
from shared.problems import PROBLEM_JSON, NietGevondenError, VervallenError
from shared.security.partij import Beller

log = structlog.get_logger()
NOT_FOUND = "Dit bericht is er niet"


def make_router() -> APIRouter:
    """The routes under ``/{service}/v1``."""
    router = APIRouter()
    router.add_api_route("/berichten", post_bericht, methods=["POST"], status_code=201, **_POST_DOCS)
    page: dict[str, Any] = {"methods": ["GET"], "response_model": Berichten}
    router.add_api_route("/berichten", list_berichten, **page, summary="Eigen berichten")
    one: dict[str, Any] = {"methods": ["GET"], "response_model": BerichtMetInhoudModel, "responses": _GONE}
    router.add_api_route("/berichten/{bericht_id}", get_bericht, **one, summary="Een bericht met zijn inhoud")
    router.add_api_route("/berichten/{bericht_id}/retour", get_retour, **one, summary="Het antwoord op een bericht")
    box: dict[str, Any] = {"methods": ["GET"], "response_model": Postbus}
    router.add_api_route("/postbus", get_postbus, **box, summary="De postbus: wat voor u klaarligt")
    told: dict[str, Any] = {"methods": ["POST"], "status_code": 204}
    router.add_api_route("/postbus/{bericht_id}/ontvangst", acknowledge, **told, summary="Melden dat het ontvangen is")
    return router


_GONE: dict[int | str, dict[str, Any]] = {
    410: {
        "description": "Met Accept: application/xml: de inhoud is na de bewaartermijn verwijderd",
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Probleem"}}},
    }
}
_POST_DOCS: dict[str, Any] = {
    "response_model": BerichtModel,
    "summary": "Een bericht insturen",
    "responses": {
        200: {"model": BerichtModel, "description": "Hetzelfde bericht nogmaals: de eerste uitkomst"},
        202: {
            "model": BerichtModel,
            "description": "Geparkeerd: wacht op gegevens van een andere dienst, of op een besluit van de gemeente",
        },
    },
    # What may be in it is described from the schemas (openapi.py).
    "openapi_extra": {
        "requestBody": {"required": True, "content": {}},
        "parameters": [{"name": "prefer", "in": "header", "schema": {"type": "string", "examples": ["wait=10"]}}],
    },
}


async def post_bericht(request: Request, beller: BellerDep) -> Response:
    """Neemt een iWmo-bericht aan, beoordeelt het en antwoordt met het retourbericht."""
    # Read here and not by the framework, which takes as long for each as the database for a statement.
    huis = await huis_of(request)
    spreek_namens(beller.partijen)
    must_take(request, JSON, XML)
    seconds = _wait_of(request.headers.get("prefer"), huis.settings.max_wachten_seconden)
    toegang: Toegang = request.app.state.toegang
    with toegang.reading(beller):
        body = await read_bericht(huis, request)
    async with toegang.room(beller, len(body)):
        with huis.meters.duur.labels(huis.service).time(), collecting_later(len(body)):
            came_in = await receive(huis, request, beller, body)
            uitkomst = await accept(huis, came_in.gelezen, came_in.kop, came_in.body, beller)
            del came_in, body
    headers = {"Location": f"{base_of(huis)}/berichten/{uitkomst.id}"}
    xml: Payload | None = None
    try:
        if uitkomst.status == GEPARKEERD and seconds:
            headers["Preference-Applied"] = f"wait={seconds}"
            await wait_for_verdict(huis, uitkomst.id, seconds)
            uitkomst = await _outcome(huis, uitkomst.id, herhaald=uitkomst.herhaald)
        if uitkomst.retour_id is not None and _wants_xml(request):
            xml = await _read_body(huis, uitkomst.retour_id, beller)
    except (SQLAlchemyError, OSError, TimeoutError):
        # It was accepted and committed: that is what the sender must hear, not that we cannot look it up again.
        log.warning("answer_from_memory", bericht_id=str(uitkomst.id), exc_info=True)
    status = 200 if uitkomst.herhaald else 202 if uitkomst.status == GEPARKEERD else 201
    if xml is not None:
        return respond(xml, XML, status, headers)
    return Response(model_of(huis, uitkomst).model_dump_json(exclude_none=False), status, headers, "application/json")


async def list_berichten(huis: HuisDep, beller: BellerDep, cursor: Cursor = None, limiet: Limiet = 100) -> Berichten:
    """Eigen berichten, als verzender of geadresseerde, nieuwste eerst; de meldingen staan bij elk bericht zelf."""
    table = huis.tables.bericht
    before = cursor_number(cursor)
    page = select(table.c.id).where(mine(huis, beller)).order_by(table.c.volgnummer.desc()).limit(limiet + 1)
    if before is not None:
        page = page.where(table.c.volgnummer < before)
    async with huis.engine.begin() as conn:
        found = await register.outcomes(conn, huis.tables, page)
        over = Over.berichten(found[:limiet])
        await register.note(conn, huis.tables, beller, "opgevraagd", f"lijst van {len(found[:limiet])}", over=over)
    models = [BerichtKop(**kop_of(huis, one)) for one in found[:limiet]]
    return Berichten(berichten=models, volgende=str(found[limiet - 1].volgnummer) if len(found) > limiet else None)


async def get_bericht(
    request: Request, bericht_id: UUID, huis: HuisDep, beller: BellerDep, reden: RedenKop = None
) -> Response:
    """Een eigen bericht met zijn inhoud; met Accept: application/xml de bytes zoals ze kwamen of gingen.

    Beheer ziet elk bericht, maar alleen met een reden.
    """
    why = reden_van(beller, reden)
    with zicht(why):
        return await _show(request, huis, bericht_id, beller, why)


async def get_retour(
    request: Request, bericht_id: UUID, huis: HuisDep, beller: BellerDep, reden: RedenKop = None
) -> Response:
    """Het antwoord op een eigen bericht; voor beheer op elk bericht, met een reden."""
    table, why = huis.tables.bericht, reden_van(beller, reden)
    statement = select(table.c.id).where(table.c.heen_id == bericht_id, _readable(huis, beller, why))
    with zicht(why):
        async with huis.engine.connect() as conn:
            retour_id = await conn.scalar(statement)
        if retour_id is None:
            raise NietGevondenError(NOT_FOUND)
        return await _show(request, huis, retour_id, beller, why)


async def get_postbus(huis: HuisDep, beller: BellerDep, cursor: Cursor = None, limiet: Limiet = 100) -> Postbus:
    """Wat voor de beller klaarligt, oudste eerst, tot het ontvangen is gemeld.

    De cursor bladert binnen een ophaalronde; een nieuwe ronde begint zonder cursor, zodat niets wordt overgeslagen.
    """
    box, table = huis.tables.postbus, huis.tables.bericht
    statement = (
        select(box.c.volgnummer, box.c.geplaatst, table)
        .join(table, table.c.id == box.c.bericht_id)
        .where(box.c.partij.in_(beller.names), box.c.ontvangen.is_(None))
        .order_by(box.c.volgnummer)
        .limit(limiet + 1)
    )
    after = cursor_number(cursor)
    if after is not None:
        statement = statement.where(box.c.volgnummer > after)
    async with huis.engine.begin() as conn:
        rows = (await conn.execute(statement)).all()
        over = Over.berichten(rows[:limiet])
        await register.note(conn, huis.tables, beller, "opgevraagd", f"postbus met {len(rows[:limiet])}", over=over)
    found = [
        PostModel(
            id=row.id,
            bericht=row.bericht,
            release=row.release,
            afzender=row.afzender,
            ontvanger=row.ontvanger,
            identificatie=row.identificatie,
            antwoordOp=row.heen_id,
            geplaatst=row.geplaatst.isoformat(),
            href=f"{base_of(huis)}/berichten/{row.id}",
        )
        for row in rows[:limiet]
    ]
    return Postbus(berichten=found, volgende=str(rows[limiet - 1].volgnummer) if len(rows) > limiet else None)


async def acknowledge(bericht_id: UUID, huis: HuisDep, beller: BellerDep) -> Response:
    """Meldt dat een bericht uit de postbus is ontvangen; nogmaals melden verandert niets."""
    box = huis.tables.postbus
    his = (box.c.bericht_id == bericht_id, box.c.partij.in_(beller.names))
    async with huis.engine.begin() as conn:
        changed = await conn.execute(
            update(box).where(*his, box.c.ontvangen.is_(None)).values(ontvangen=huis.klok.now())
        )
        c = huis.tables.bericht.c
        there = select(c.afzender, c.ontvanger, c.bericht).join(box, box.c.bericht_id == c.id).where(*his).limit(1)
        row = (await conn.execute(there)).one_or_none()
        if row is None:
            raise NietGevondenError("Dit bericht ligt niet in uw postbus")
        what = "ontvangen" if changed.rowcount else "al eerder ontvangen"
        over = Over.berichten([row])
        await register.note(
            conn, huis.tables, beller, "ontvangen", what, bericht_id=bericht_id, soort=row.bericht, over=over
        )
    return Response(status_code=204)


async def _show(request: Request, huis: Huis, bericht_id: UUID, beller: Beller, reden: str | None) -> Response:
    body = await _read_body(huis, bericht_id, beller, reden, needed=_wants_xml(request))
    if body is not None and _wants_xml(request):
        return respond(body, XML)
    known = model_of(huis, await _outcome(huis, bericht_id)).model_dump_json()
    if body is None:
        return Response(known, media_type="application/json")
    return respond(await off_loop(huis, len(body), lambda: with_inhoud(huis, known, body)), "application/json")


def mine(huis: Huis, beller: Beller) -> ColumnElement[bool]:
    """What a caller may see: what he sent, the answers to it, and what was delivered to him with its answer.

    A message that was rejected as a whole counts as never sent: its addressee sees neither it nor its answer.
    """
    table, box = huis.tables.bericht, huis.tables.postbus
    about = func.coalesce(table.c.heen_id, table.c.id)
    delivered = exists().where(box.c.bericht_id == about, box.c.partij.in_(beller.names))
    sent = table.c.partij_van.in_(beller.names) & table.c.heen_id.is_(None)
    answered = table.c.partij_naar.in_(beller.names) & table.c.heen_id.is_not(None)
    involved = table.c.partij_van.in_(beller.names) | table.c.partij_naar.in_(beller.names)
    return sent | answered | (involved & delivered)


async def _outcome(huis: Huis, bericht_id: UUID, *, herhaald: bool = False) -> Uitkomst:
    """What became of a message; whether the caller may know was asked before."""
    async with huis.engine.connect() as conn:
        known = await register.outcome(conn, huis.tables, bericht_id, huis.settings.max_meldingen)
    if known is None:
        raise NietGevondenError(NOT_FOUND)
    return replace(known, herhaald=herhaald)


def _readable(huis: Huis, beller: Beller, reden: str | None) -> ColumnElement[bool]:
    """Whose content a caller may see: his own, and with a reason, which only operations has, everyone's."""
    return mine(huis, beller) if reden is None else true()


async def _read_body(
    huis: Huis, bericht_id: UUID, beller: Beller, reden: str | None = None, *, needed: bool = False
) -> Payload | None:
    """The bytes of an own message, or with a reason of another's; the look is recorded in the same transaction, or
    refused (P10). None once they are past their retention, or VervallenError where they are ``needed``."""
    table = huis.tables.bericht
    async with huis.engine.begin() as conn:
        columns = (table.c[name] for name in ("inhoud", "bericht", "grootte", "afzender", "ontvanger"))
        statement = select(*columns).where(table.c.id == bericht_id, _readable(huis, beller, reden))
        row = (await conn.execute(statement)).one_or_none()
        if row is None:
            raise NietGevondenError(NOT_FOUND)
        if row.inhoud is None and needed:
            raise VervallenError("De inhoud van dit bericht is na de bewaartermijn verwijderd")
        kept = row.inhoud is not None
        body = huis.kluis.open_payload(row.inhoud, str(bericht_id), row.grootte) if kept else None
        what = "inhoud" if reden is None else f"inhoud, reden: {reden}"
        over = Over.berichten([row])
        await register.note(
            conn, huis.tables, beller, "gelezen", what, bericht_id=bericht_id, soort=row.bericht, over=over
        )
    return body


def _wants_xml(request: Request) -> bool:
    return wants(request, XML)


def _wait_of(prefer: str | None, most: int) -> int:
    """``Prefer: wait=10`` -> 10, at most the setting; other preferences are left alone (RFC 7240)."""
    for part in (prefer or "").split(","):
        name, _, value = part.strip().partition("=")
        digits = value.strip()
        if name.strip().lower() == "wait" and digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS:
            return min(int(digits), most)
    return 0
