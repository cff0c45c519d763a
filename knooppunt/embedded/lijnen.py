"""Connections of the gateway to the services, each kept for the next request.

The pool of the HTTP library goes by all its connections, several times, for each request and for each answer: with a
hundred of them under way the gateway did nothing else, and one caller who opened that many held up all others for
seconds. Here the next is the one that was used last, however many there are; each is a transport of its own.
"""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from typing import Protocol

import httpx

MOST, WAIT_SECONDS = 400, 10.0
"""Requests under way, and how long one more waits."""
KEPT = 64
"""Connections to one service that stay open for later."""
_ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=30)
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""There is none between the gateway and its services; the library would read all certificates for each connection."""


class Lijnen(httpx.AsyncBaseTransport):
    """A transport that takes a connection for each request and gives it back when its answer is closed."""

    def __init__(self, most: int = MOST, wait: float = WAIT_SECONDS) -> None:
        self._places, self._wait = asyncio.Semaphore(most), wait
        self._idle: defaultdict[int | None, list[httpx.AsyncHTTPTransport]] = defaultdict(list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Of httpx; PoolTimeout when too many are under way for too long."""
        try:
            async with asyncio.timeout(self._wait):
                await self._places.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("too many requests under way", request=request) from None
        idle = self._idle[request.url.port]
        line = idle.pop() if idle else httpx.AsyncHTTPTransport(verify=_NO_TLS, limits=_ONE, retries=0)
        try:
            answer = await line.handle_async_request(request)
        except BaseException:
            self._places.release()
            await line.aclose()
            raise

        async def give_back(*, whole: bool) -> None:
            self._places.release()
            if whole and len(idle) < KEPT:
                idle.append(line)
            else:
                await line.aclose()

        assert isinstance(answer.stream, httpx.AsyncByteStream)  # noqa: S101 - httpx makes no other here
        answer.stream = _Stream(answer.stream, give_back)
        return answer

    async def aclose(self) -> None:
        """Closes those that nobody uses."""
        for idle in self._idle.values():
            while idle:
                await idle.pop().aclose()


class _After(Protocol):
    def __call__(self, *, whole: bool) -> Awaitable[None]: ...


class _Stream(httpx.AsyncByteStream):
    """The body of an answer; ``after`` is told whether it could be closed as it should: whoever is broken off meanwhile
    leaves a connection on which the next would wait for ever."""

    def __init__(self, parts: httpx.AsyncByteStream, after: "_After") -> None:
        self._parts, self._after = parts, after

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._parts.__aiter__()

    async def aclose(self) -> None:
        try:
            await self._parts.aclose()
        except BaseException:
            await self._after(whole=False)
            raise
        await self._after(whole=True)
