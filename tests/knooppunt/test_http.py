"""The server's own answers, over raw connections: what never becomes a request."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import uvicorn

from knooppunt import http
from knooppunt.embedded.ports import listen_on
from shared.koppen import KOPPEN
from shared.problems import PROBLEM_JSON

LIMIT = http.MAX_HEAD_BYTES
POST = b"POST /x HTTP/1.1\r\nHost: x\r\n"


async def upstream(scope: Any, receive: Any, send: Any) -> None:
    """Reads all, and tells how much."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    listener = listen_on(0)
    config = uvicorn.Config(
        upstream, http=http.Protocol, ws="none", lifespan="off", log_level="critical", server_header=False
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await task


async def told(port: int, parts: Iterator[bytes] | list[bytes], seconds: float = 10) -> bytes:
    """All that comes back until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send() -> None:
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
        except OSError:
            return

    sending = asyncio.create_task(send())
    found = b""
    try:
        async with asyncio.timeout(seconds):
            while part := await reader.read(65536):
                found += part
    except ConnectionResetError:
        pass
    finally:
        sending.cancel()
        writer.close()
    return found


def check_problem(answer: bytes, status: int) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    assert lines[0].startswith(f"HTTP/1.1 {status} ")
    assert headers.items() >= KOPPEN.items()
    assert (headers["Content-Type"], "server" in {name.lower() for name in headers}) == (PROBLEM_JSON, False)
    problem = json.loads(body)
    assert (problem["status"], problem["instance"]) == (status, f"urn:uuid:{headers['X-Request-Id']}")


@pytest.mark.parametrize(
    "start",
    [b"geen http\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
     POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", POST + b"a b: c\r\n\r\n",
     b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
     POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
     POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ids=["words", "version", "two lengths", "smuggling", "header name", "tls", "no host", "two hosts", "another coding",
         "coded twice"],
)  # fmt: skip
async def test_what_is_no_request_is_a_problem(port: int, start: bytes) -> None:
    check_problem(await told(port, [start]), 400)


def endless(start: bytes, part: bytes) -> Iterator[bytes]:
    """Far past the limit; bounded, so that a server without one makes the test fail."""
    yield start
    for _ in range(4000):
        yield part


@pytest.mark.parametrize(
    ("start", "part"),
    [(b"GET /", b"a" * 1024), (POST + b"X: ", b"a" * 1024), (POST, b"".join(b"X%d: y\r\n" % n for n in range(100))),
     (POST + b"X", b"a" * 1024)],
    ids=["address", "one header", "many headers", "header name"],
)  # fmt: skip
async def test_a_head_without_end_is_refused(port: int, start: bytes, part: bytes) -> None:
    check_problem(await told(port, endless(start, part)), 431)


async def test_trailers_without_end_are_refused(port: int) -> None:
    start = POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"

    check_problem(await told(port, endless(start, b"X: y\r\n" * 200)), 431)


async def test_a_head_just_within_the_limit_and_a_large_body_pass(port: int) -> None:
    body = b"x" * 3_000_000
    head = POST + b"X: " + b"a" * (LIMIT - 200) + b"\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n"

    assert b"\r\n3000000\r\n" in await told(port, [head, body])


async def test_many_requests_on_one_connection_are_not_added_up(port: int) -> None:
    one = b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (LIMIT // 2) + b"\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    assert (await told(port, [one] * 6 + [last])).count(b"200 OK") == 7


@pytest.mark.parametrize(
    "start", [b"", POST, b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /"], ids=["none", "half", "second"]
)
async def test_a_head_that_does_not_come_is_not_waited_for(
    port: int, start: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "HEAD_SECONDS", 0.2)

    assert (await told(port, [start])).count(b"200 OK") == (1 if start.startswith(b"GET") else 0)
