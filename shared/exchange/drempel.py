"""The threshold for bodies that the framework reads: who is calling is asked first, and no more is read than such a
body may be, in the time that it may take. The framework itself reads all that comes, from anyone, and then asks. And of
one party so many are looked into at once: what is wrong in a body may be dear to find."""

from collections.abc import Collection

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.exchange.api import beller_of
from shared.exchange.huis import Huis
from shared.exchange.leesplaats import take_place
from shared.exchange.ontvangst import read_payload
from shared.exchange.toegang import Toegang
from shared.problems import KnooppuntError, TeGrootError

LISTS = ("/beslissingen", "/producten", "/tarieven")
"""The ends of addresses that take lists of up to ten thousand: those may have all the values of the setting."""
FORM = 5_000
"""Values of any other body: twice what the largest form may have."""
_ABOUT_THE_BODY = (b"content-encoding", b"content-length", b"transfer-encoding")


class Drempel:
    """Around the routes. ``own``: the addresses whose routes read their bodies themselves, within limits of their
    own."""

    def __init__(self, app: ASGIApp, own: Collection[str]) -> None:
        self.app = app
        self.own = frozenset(own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self.own or not _has_body(scope):
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            body = await _read(request)
        except KnooppuntError as error:
            response = await request.app.exception_handlers[KnooppuntError](request, error)
            await response(scope, receive, send)
            return
        # It is unpacked now, for whoever reads it next.
        headers = [(name, value) for name, value in scope["headers"] if name not in _ABOUT_THE_BODY]
        headers.append((b"content-length", str(len(body)).encode()))
        await self.app({**scope, "headers": headers}, _again(body, receive), send)


def _has_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0") != b"")
        for name, value in scope["headers"]
    )


async def _read(request: Request) -> bytes:
    state = request.app.state
    huis: Huis = state.huis
    toegang: Toegang = state.toegang
    caller = request.app.dependency_overrides.get(beller_of, beller_of)
    beller = await caller(request)
    with toegang.reading(beller):
        body = (await read_payload(huis, request, huis.settings.max_verzoek_kb * 1024)).whole()
        # Counted before anything is made of them: what is wrong with each of a million is dear to find, and to tell.
        most = huis.settings.max_waarden
        if not request.url.path.endswith(LISTS):
            most = min(most, FORM)
        values = body.count(b",")
        if values > most:
            raise TeGrootError(f"Dit verzoek mag hoogstens {most} waarden hebben")
        # Within: who waits for his turn holds a body, and of those a party may have no more than it may be sending.
        await take_place(request, beller, values)
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """The body, once more, to whom it was meant for."""
    told = False

    async def once() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once
