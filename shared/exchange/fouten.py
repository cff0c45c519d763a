"""Every error as a problem document (RFC 9457), those of the framework too; and the headers every answer has."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.exchange.huis import Huis
from shared.exchange.spoor import VERZOEK
from shared.exchange.weigeringen import Weigeringen
from shared.koppen import HSTS, KOPPEN, as_bytes, request_id, with_tls
from shared.problems import (
    PROBLEM_JSON,
    Fout,
    KnooppuntError,
    NietBeschikbaarError,
    NietGevondenError,
    TeVeelError,
    VerzoekError,
    as_problem,
)

log = structlog.get_logger()
UNAVAILABLE = "De uitkomst is onbekend; stuur precies hetzelfde opnieuw, dan blijkt wat ervan geworden is"
_NAME = re.compile(r"[A-Za-z_-]{1,40}|\[key\]")
"""Also of a header, and what says that it is the name of an entry that is wrong."""
_NOTED = (400, 403, 404, 406, 409, 410, 413, 415)
"""The refusals that stand in the audit trail."""
MOST_FAULTS = 100
"""That are told."""
BREATH_SECONDS = 0.25
"""After so long is told that it is too much (429). Who asks again without pause would keep the event loop busy with
refusals alone, thousands a second over a hundred connections, and others wait for it; so each gets four a second."""
_EXPLAINED = {
    "missing": "ontbreekt",
    "extra_forbidden": "bestaat hier niet",
    "string_pattern_mismatch": "heeft niet de juiste vorm: {pattern}",
    "string_type": "moet tekst zijn",
    "literal_error": "is geen van de toegestane waarden: {expected}",
    "enum": "is geen van de toegestane waarden: {expected}",
    "too_short": "heeft er te weinig: minstens {min_length}",
    "too_long": "heeft er te veel: hoogstens {max_length}",
    "string_too_short": "is te kort: minstens {min_length} tekens",
    "string_too_long": "is te lang: hoogstens {max_length} tekens",
    "list_type": "moet een lijst zijn",
    "dict_type": "moet een object zijn",
    "bool_type": "is niet true of false",
    "bool_parsing": "is niet true of false",
    "date_type": "is geen datum (JJJJ-MM-DD)",
    "decimal_type": "is geen getal",
    "decimal_parsing": "is geen getal",
    "decimal_max_digits": "heeft te veel cijfers: hoogstens {max_digits}",
    "decimal_whole_digits": "heeft te veel cijfers voor de komma: hoogstens {whole_digits}",
    "decimal_max_places": "heeft te veel cijfers achter de komma: hoogstens {decimal_places}",
    "date_from_datetime_parsing": "is geen datum (JJJJ-MM-DD)",
    "date_parsing": "is geen datum (JJJJ-MM-DD)",
    "int_type": "is geen geheel getal",
    "int_from_float": "is geen geheel getal",
    "model_type": "moet een object zijn",
    "uuid_parsing": "is geen geldig id",
    "int_parsing": "is geen geheel getal",
    "int_parsing_size": "is te groot",
    "greater_than": "is te klein: meer dan {gt}",
    "greater_than_equal": "is te klein: minstens {ge}",
    "less_than": "is te groot: minder dan {lt}",
    "less_than_equal": "is te groot: hoogstens {le}",
    "json_invalid": "is geen geldige JSON",
}


def explain_fault(fault: Mapping[str, Any]) -> str:
    """A fault that Pydantic found, in Dutch and without the value; what is allowed is ours to tell."""
    if fault["type"] == "eigen":
        return str(fault["msg"])
    allowed = fault.get("ctx") or {}
    told = {name: str(value).replace("'", "").replace(" or ", ", ") for name, value in allowed.items()}
    sentence = _EXPLAINED.get(fault["type"], "is ongeldig")
    try:
        return sentence.format_map(told)
    except KeyError:  # what is allowed is not told with every fault of a kind
        return sentence.partition(":")[0]


def place_of(fault: Mapping[str, Any]) -> str:
    """Where a fault is. A field that is not ours, and the name of an entry, is the caller's own word: with more than
    letters it may be a BSN or an address, and is not named."""
    return "/".join("?" if isinstance(step, str) and not _NAME.fullmatch(step) else str(step) for step in fault["loc"])


def install_error_handlers(app: FastAPI, huis: Huis, api_version: str) -> None:
    """Replaces the framework's own answers."""

    async def on_knooppunt_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, KnooppuntError)  # noqa: S101 - registered for this class alone
        huis.meters.geweigerd.labels(huis.service, error.code).inc()
        verzoek = request.state.verzoek
        log.info("request_refused", service=huis.service, verzoek=verzoek, status=error.status, reden_code=error.code)
        await _note_refusal(huis, request, error)
        if isinstance(error, TeVeelError):
            await asyncio.sleep(BREATH_SECONDS)
        return _answer(request, error)

    async def on_http_exception(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
        if error.status_code == 404:
            return _answer(request, NietGevondenError("Dit adres bestaat niet"))
        if error.status_code == 405:
            allowed = {"Allow": ", ".join(allowed_methods(request))}
            return _answer(request, VerzoekError("Deze methode hoort niet bij dit adres", headers=allowed), 405)
        # Its own words are English, and may hold what the caller sent.
        refused = VerzoekError("Het verzoek kan zo niet worden gelezen", headers=error.headers)
        return _answer(request, refused, min(error.status_code, 499))

    async def on_validation_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
        faults = error.errors()
        fouten = [Fout(place_of(fault), explain_fault(fault)) for fault in faults[:MOST_FAULTS]]
        refused = VerzoekError("Het verzoek klopt niet", fouten)
        await _note_refusal(huis, request, refused)
        if len(faults) > MOST_FAULTS:
            # To find as many took long, on the event loop. He keeps his place meanwhile, of which a party has one.
            await asyncio.sleep(BREATH_SECONDS)
        return _answer(request, refused)

    app.add_exception_handler(KnooppuntError, on_knooppunt_error)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_middleware(Omlijsting, api_version=api_version)


def allowed_methods(request: Request) -> list[str]:
    """What may be done at an address, by all its routes; the framework names those of the first alone."""
    scope = {**request.scope, "root_path": request.scope.get("app_root_path", ""), "path_params": {}}
    return [
        method
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
        for route in request.app.routes
        # Files are read, whatever their route says.
        if (method in ("GET", "HEAD") or not isinstance(route, Mount))
        and route.matches({**scope, "method": method})[0] is Match.FULL
    ]


class Omlijsting:
    """Gives every request an id and every answer its headers; turns what nobody caught into a 503.

    Whatever fails before the commit is undone, so the caller may send it again (P8: the only 5xx is 503).
    """

    def __init__(self, app: ASGIApp, api_version: str) -> None:
        self.app = app
        self.headers = as_bytes(({"API-Version": api_version} | KOPPEN).items())
        self.with_tls = [*self.headers, *as_bytes((HSTS,))]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope)
        verzoek = request_id(given.get("x-request-id"), given.get("traceparent"))
        scope.setdefault("state", {})["verzoek"] = verzoek
        own = self.with_tls if with_tls(scope["scheme"], given.get("x-forwarded-proto")) else self.headers
        started, remembered = False, VERZOEK.set(UUID(verzoek))

        async def framed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = list(message.get("headers", ()))
                present = {name for name, _ in headers}
                headers += [one for one in own if one[0] not in present]
                headers.append((b"x-request-id", verzoek.encode()))
                message["headers"] = headers
            await send(message)

        try:
            await self.app(scope, receive, framed)
        except Exception:
            log.exception("request_failed", verzoek=verzoek, methode=scope["method"])
            if started:
                raise
            await _answer(Request(scope), NietBeschikbaarError(UNAVAILABLE))(scope, receive, framed)
        finally:
            VERZOEK.reset(remembered)


async def _note_refusal(huis: Huis, request: Request, error: KnooppuntError) -> None:
    """A refusal leaves its trace in the audit trail and nothing else, with the message that was asked for if the
    address names one. Without a caller who is known there is nobody to write down; and who is told to come back later
    was refused nothing."""
    if error.status not in _NOTED or not hasattr(request.state, "beller"):
        return
    own: Huis = request.app.state.huis_lezend if request.method == "GET" else huis
    bericht_id = _as_uuid(request.path_params.get("bericht_id"))
    weigeringen: Weigeringen = request.app.state.weigeringen
    await weigeringen.note(own.engine, request.state.beller, error.code, bericht_id)


def _as_uuid(text: Any) -> UUID | None:
    """What an address says is an id, if it is one."""
    try:
        return UUID(str(text)) if text is not None else None
    except ValueError:
        return None


def _answer(request: Request, error: KnooppuntError, status: int | None = None) -> Response:
    problem = as_problem(error, request.state.verzoek)
    if status is not None:
        problem.body["status"] = status
    return JSONResponse(problem.body, status or problem.status, problem.headers, media_type=PROBLEM_JSON)
