"""The gateway, in front of a small real server."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn

from knooppunt.embedded.gateway import Gateway, without_hop_by_hop
from knooppunt.embedded.ports import free_port, listen_on
from knooppunt.embedded.server import GatewayServer
from tests.wachten import eventually


class Backend:
    """Tells what it got; ``/langzaam`` answers in two parts and waits in between, ``/stil`` never answers."""

    def __init__(self) -> None:
        self.go_on, self.waiting, self.hung_up = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.request: dict[str, Any] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"].rsplit("/", 1)[-1]
        if path == "stil":
            await self._wait_for_hang_up(receive)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
            self.waiting.set()
        self.request = {
            "method": scope["method"],
            "target": scope["raw_path"] + b"?" + scope["query_string"],
            "headers": scope["headers"],
            "body": body,
        }
        headers = [
            (b"set-cookie", b"a=1"),
            (b"set-cookie", b"b=2"),
            (b"x-eigen", b"ja"),
            (b"keep-alive", b"x"),
        ]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b"eerste", "more_body": True})
        if path == "langzaam":
            await self.go_on.wait()
        if path == "kapot":
            raise RuntimeError
        await send({"type": "http.response.body", "body": b"tweede"})

    async def _wait_for_hang_up(self, receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            self.waiting.set()
        self.hung_up.set()


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
async def client(backend: Backend) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the gateway; toewijzing is the backend, startstop is not there."""
    behind, front = listen_on(0), listen_on(0)
    config = uvicorn.Config(backend, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve(sockets=[behind]))
    gateway = GatewayServer(Gateway({"toewijzing": behind.getsockname()[1], "startstop": free_port()}))
    port = front.getsockname()[1]
    await gateway.start(front)

    async def serves() -> bool:
        return server.started

    await eventually(serves, "the backend serves")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as made:
        yield made
    server.should_exit = server.force_exit = True
    await gateway.stop()
    await serving


async def test_a_request_arrives_as_it_was_sent(client: httpx.AsyncClient, backend: Backend) -> None:
    body = gzip.compress(b"<xml/>")
    headers = {
        "Content-Encoding": "gzip",
        "Prefer": "wait=3",
        "Authorization": "Bearer x",
        "Host": "knooppunt.nl",
    }

    answer = await client.request("PUT", "/toewijzing/v1/a%2Fb%20c?q=%C3%A9&q=2", content=body, headers=headers)

    got = dict(backend.request["headers"])
    assert (answer.status_code, answer.text) == (201, "eerstetweede")
    assert (backend.request["method"], backend.request["body"]) == ("PUT", body)
    assert backend.request["target"] == b"/toewijzing/v1/a%2Fb%20c?q=%C3%A9&q=2"
    assert got[b"prefer"] == b"wait=3"
    assert (got[b"host"], got[b"x-forwarded-host"]) == (b"knooppunt.nl", b"knooppunt.nl")
    assert got[b"content-length"] == str(len(body)).encode()


async def test_a_caller_cannot_pose_as_the_holder_of_a_certificate(client: httpx.AsyncClient, backend: Backend) -> None:
    await client.get("/toewijzing/v1/x", headers={"X-Client-Cert": "x", "Client-Cert": ":eA==:", "X-Other": "x"})

    got = dict(backend.request["headers"])
    assert {b"x-client-cert", b"client-cert", b"x-other"} & got.keys() == {b"x-other"}


async def test_headers_of_one_connection_stay_there(client: httpx.AsyncClient, backend: Backend) -> None:
    answer = await client.get(
        "/toewijzing/v1/x",
        headers={
            "Connection": "x-eenmalig, authorization",
            "X-Eenmalig": "1",
            "Authorization": "Bearer x",
            "X-Forwarded-For": "10.0.0.1",
            "TE": "trailers",
        },
    )

    got = dict(backend.request["headers"])
    assert not {b"x-eenmalig", b"te"} & got.keys()
    assert (got[b"x-forwarded-for"], got[b"authorization"]) == (b"127.0.0.1", b"Bearer x")
    assert "keep-alive" not in answer.headers
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert len(answer.headers.get_list("date")) == 1


async def test_one_callers_cookies_never_reach_another(client: httpx.AsyncClient, backend: Backend) -> None:
    await client.get("/toewijzing/v1/x")
    client.cookies.clear()

    await client.get("/toewijzing/v1/x")

    assert b"cookie" not in dict(backend.request["headers"])


async def test_an_answer_streams(client: httpx.AsyncClient, backend: Backend) -> None:
    async with client.stream("GET", "/toewijzing/v1/langzaam") as answer:
        parts = answer.aiter_raw()
        assert await anext(parts) == b"eerste"
        backend.go_on.set()
        assert await anext(parts) == b"tweede"


async def test_a_body_streams(client: httpx.AsyncClient, backend: Backend) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"eerste"
        await asyncio.wait_for(backend.waiting.wait(), 10)
        yield b"tweede"

    await client.post("/toewijzing/v1/x", content=body())

    assert backend.request["body"] == b"eerstetweede"


async def test_a_caller_who_hangs_up_ends_the_request(client: httpx.AsyncClient, backend: Backend) -> None:
    asking = asyncio.create_task(client.post("/toewijzing/v1/stil", content=b"x"))
    await asyncio.wait_for(backend.waiting.wait(), 10)

    asking.cancel()

    await asyncio.wait_for(backend.hung_up.wait(), 10)


async def test_half_an_answer_is_not_passed_off_as_whole(client: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/toewijzing/v1/kapot")


async def test_a_service_that_is_down_is_503(client: httpx.AsyncClient) -> None:
    answer = await client.post("/startstop/v1/berichten", content=b"<x/>" * 100_000)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 503


class Breaking(httpx.AsyncBaseTransport):
    """As httpx is now and then, when a service is killed just as a connection to it is made."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise AttributeError("'NoneType' object has no attribute 'getpeername'")


async def test_a_service_that_dies_while_a_connection_is_made_is_503() -> None:
    front, gateway = listen_on(0), Gateway({"toewijzing": free_port()})
    gateway._transport = Breaking()
    server, port = GatewayServer(gateway), front.getsockname()[1]
    await server.start(front)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        answer = await client.get("/toewijzing/v1/berichten")
    await server.stop()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize("path", ["/onbekend", "/startstopx/v1", "//toewijzing/v1", "/%2e%2e/", "/v1"])
async def test_an_unknown_address_is_404(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"{client.base_url}".rstrip("/") + path)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_the_front_page_shows_the_way(client: httpx.AsyncClient) -> None:
    index = (await client.get("/")).json()

    assert index["toewijzing"]["openapi"] == "/toewijzing/v1/openapi.json"
    assert index["startstop"]["readyz"] == "/startstop/readyz"


def test_white_space_around_a_value_has_no_meaning() -> None:
    stripped = without_hop_by_hop([(b"Authorization", b"Bearer abc \t")], also=frozenset())

    assert stripped == [(b"authorization", b"Bearer abc")]


GIVEN = "0c6f7b52-7f3e-4d0a-9c39-5c5a0f4a1f2b"
GIVEN_HEX = GIVEN.replace("-", "")


@pytest.mark.parametrize("path", ["/", "/elders", "/startstop/x", "/toewijzing/x"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Request-Id": GIVEN},
        {"X-Request-Id": "Berkel"},
        {"traceparent": f"00-{GIVEN_HEX}-{'1' * 16}-00"},
    ],
)
async def test_every_request_has_an_id_that_goes_on_to_the_service_and_back(
    client: httpx.AsyncClient, backend: Backend, path: str, headers: dict[str, str]
) -> None:
    answer = await client.get(path, headers=headers)

    told = answer.headers.get_list("x-request-id")
    assert len(told) == 1
    assert str(UUID(told[0])) == told[0]
    assert (told[0] == GIVEN) == (headers != {} and "Berkel" not in headers.values())
    if answer.status_code >= 400:
        assert answer.json()["instance"] == f"urn:uuid:{told[0]}"
    if path == "/toewijzing/x":
        assert [value.decode() for name, value in backend.request["headers"] if name == b"x-request-id"] == told
