"""The gateway: one address for the three services; forwards streams both ways and stores nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from knooppunt.embedded.lijnen import Lijnen
from knooppunt.embedded.ports import LOOPBACK
from knooppunt.embedded.uitgifte import Uitgifte
from shared.koppen import KOPPEN, request_id
from shared.problems import (
    PROBLEM_JSON,
    KnooppuntError,
    NietBeschikbaarError,
    NietGevondenError,
    TeGrootError,
    as_problem,
)

Scope = MutableMapping[str, Any]
Headers = list[tuple[bytes, bytes]]

HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer".split()
) | {b"upgrade"}
# Ours to say: a caller must not be able to pose as another address. And the 100 is given here.
FORWARDED = frozenset(b"x-forwarded-for x-forwarded-host x-forwarded-proto forwarded expect".split()) | {
    # Nor as the holder of a certificate: there is no TLS here to have seen one.
    b"client-cert",
    b"client-cert-chain",
    b"x-client-cert",
    # Its own id, or the one that it is given: sent on, and told with the answer, whoever answers.
    b"x-request-id",
}
# Reading is bounded far above the longest Prefer: wait, so that a frozen service does not hold its callers.
TIMEOUT = {"connect": 2.0, "pool": 10.0, "write": 60.0, "read": 120.0}


# Past the service's own deadline for a silent body, which gives the better answer.
SILENCE_SECONDS = 60.0


class ClientGoneError(Exception):
    """The caller hung up, or fell silent, while still sending."""


class Gateway:
    """An ASGI application; ``ports`` maps each service to its loopback port, ``max_body`` is in bytes."""

    def __init__(self, ports: Mapping[str, int], max_body: int | None = None, uitgifte: Uitgifte | None = None) -> None:
        self._ports, self._uitgifte = dict(ports), uitgifte
        self._max_body = max_body
        # A bare transport: a client would keep cookies, and one party's must never reach another.
        self._transport: httpx.AsyncBaseTransport = Lijnen()
        self._closing = False

    def refuse(self) -> None:
        """From now on answer new requests with 503; those under way are finished."""
        self._closing = True

    async def close(self) -> None:
        """Close the connections to the services."""
        await self._transport.aclose()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        given = dict(reversed(scope["headers"]))
        verzoek = request_id(*(given.get(name, b"").decode("latin-1") for name in (b"x-request-id", b"traceparent")))
        await self._handle(scope, receive, _naming(send, verzoek), verzoek)

    async def _handle(self, scope: Scope, receive: Any, send: Any, verzoek: str) -> None:
        service = scope["path"].split("/")[1] if "/" in scope["path"] else ""
        if scope["path"] == "/" and scope["method"] in ("GET", "HEAD"):
            await _answer(send, 200, self._index(), "application/json", {})
        elif self._uitgifte is not None and scope["path"] in Uitgifte.PATHS:
            await self._uitgifte(scope, receive, send)
        elif service not in self._ports:
            await _problem(send, NietGevondenError("Op dit adres is geen dienst"), verzoek)
        elif self._closing:
            await _problem(send, NietBeschikbaarError("Het knooppunt stopt", 1), verzoek)
        elif self._max_body is not None and _declared(scope) > self._max_body:
            # Here already: an answer of the service is only read once the whole body has gone there.
            too_large = TeGrootError("De aangekondigde inhoud is te groot", headers={"Connection": "close"})
            await _problem(send, too_large, verzoek)
        else:
            await Exchange(self._transport, service, self._ports[service], scope, receive, send, verzoek).run()

    def _index(self) -> dict[str, Any]:
        return {
            name: {
                "openapi": f"/{name}/v1/openapi.json",
                "docs": f"/{name}/v1/docs",
                "readyz": f"/{name}/readyz",
            }
            for name in self._ports
        }


@dataclass
class Exchange:
    """One request and its answer."""

    transport: httpx.AsyncBaseTransport
    service: str
    port: int
    scope: Scope
    receive: Any
    send: Any
    verzoek: str
    _sent_all: asyncio.Event = field(default_factory=asyncio.Event)
    _answering: bool = False

    async def run(self) -> None:
        """Forward, unless the caller hangs up first: then the service is hung up on as well."""
        forward = asyncio.ensure_future(self._forward())
        watch = asyncio.ensure_future(self._caller_gone())
        try:
            await asyncio.wait((forward, watch), return_when=asyncio.FIRST_COMPLETED)
        finally:
            watch.cancel()
            if not forward.done():
                forward.cancel()
        await asyncio.wait((forward,))
        if not forward.cancelled():
            forward.result()

    async def _forward(self) -> None:
        try:
            response = await self._ask()
            try:
                await self._relay(response)
            finally:
                await response.aclose()
        except ClientGoneError:
            return
        except httpx.TransportError:
            # Half an answer cannot be taken back: letting the error through cuts the connection, so that
            # the caller sees that it is not whole.
            if self._answering:
                raise
            # Also when the service may have done the work: the same message again gets the first outcome.
            away = NietBeschikbaarError(f"De dienst {self.service} is er even niet", 1)
            await _problem(self.send, away, self.verzoek)

    async def _ask(self) -> httpx.Response:
        try:
            return await self.transport.handle_async_request(self._request())
        except AttributeError as error:
            # What comes up from below when the service dies at the moment at which the connection is made.
            raise httpx.ConnectError("the connection broke as it was made") from error

    def _request(self) -> httpx.Request:
        scope = self.scope
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        headers = without_hop_by_hop(scope["headers"], also=FORWARDED)
        given = {name for name, _ in headers}
        has_body = b"content-length" in given or b"transfer-encoding" in given
        host = next((value for name, value in headers if name == b"host"), b"")
        headers += [
            (b"x-forwarded-for", (scope["client"] or (LOOPBACK, 0))[0].encode()),
            (b"x-forwarded-proto", scope["scheme"].encode()),
            (b"x-forwarded-host", host),
            (b"x-request-id", self.verzoek.encode()),
        ]
        if b"host" not in given:
            headers.append((b"host", f"{LOOPBACK}:{self.port}".encode()))
        if not has_body:
            self._sent_all.set()
        return httpx.Request(
            scope["method"],
            f"http://{LOOPBACK}:{self.port}/",
            headers=headers,
            stream=_Body(self._body() if has_body else _nothing()),
            # The path exactly as the caller wrote it: normalising is the service's affair.
            extensions={"target": target, "timeout": TIMEOUT},
        )

    async def _body(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            try:
                message = await asyncio.wait_for(self.receive(), SILENCE_SECONDS)
            except TimeoutError:
                raise ClientGoneError from None
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]
        self._sent_all.set()

    async def _caller_gone(self) -> None:
        await self._sent_all.wait()
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def _relay(self, response: httpx.Response) -> None:
        # The date is the server's own, and our server adds one.
        headers = without_hop_by_hop(response.headers.raw, also={b"date", b"transfer-encoding"})
        self._answering = True
        await self.send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        async for part in response.aiter_raw():
            await self.send({"type": "http.response.body", "body": part, "more_body": True})
        await self.send({"type": "http.response.body", "body": b""})


class _Body(httpx.AsyncByteStream):
    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._parts


def _declared(scope: Scope) -> int:
    """Content-Length in bytes; 0 when it is absent or not a number, which is the service's affair."""
    value = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(value) if value.isdigit() and len(value) < 19 else 0


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


def without_hop_by_hop(headers: Headers, also: frozenset[bytes] | set[bytes]) -> Headers:
    """The headers that go end to end: not of one connection, nor what ``Connection`` names, nor ``also``."""
    lower = [(name.lower(), value) for name, value in headers]
    named = {word.strip().lower() for name, value in lower if name == b"connection" for word in value.split(b",")}
    # A caller may not make us drop what frames the body or says who he is.
    drop = HOP_BY_HOP | also | (named - {b"content-length", b"transfer-encoding", b"host", b"authorization"})
    # White space around a value has no meaning (RFC 9110, 5.5), and the client that we forward with refuses it.
    return [(name, value.strip(b" \t")) for name, value in lower if name not in drop]


def _naming(send: Any, verzoek: str) -> Any:
    """Tells the id of the request with an answer that does not say it already."""

    async def named(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if not any(name.lower() == b"x-request-id" for name, _ in headers):
                message = {**message, "headers": [*headers, (b"x-request-id", verzoek.encode())]}
        await send(message)

    return named


async def _problem(send: Any, error: KnooppuntError, verzoek: str) -> None:
    problem = as_problem(error, verzoek)
    await _answer(send, problem.status, problem.body, PROBLEM_JSON, problem.headers)


async def _answer(send: Any, status: int, content: Any, media_type: str, headers: Mapping[str, str]) -> None:
    body = json.dumps(content).encode()
    lines = KOPPEN | {"content-type": media_type, "content-length": str(len(body))} | dict(headers)
    raw = [(name.lower().encode(), value.encode()) for name, value in lines.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
