"""The connections of the gateway: kept for the next request, bounded, and no dearer for being many."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from knooppunt.embedded.lijnen import KEPT, Lijnen

MANY = 100


class Dienst:
    """A service that answers at once, but ``/stil`` when it is told to; it counts connections."""

    def __init__(self) -> None:
        self.connections, self.waiting, self.go_on = 0, 0, asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while head := await self._head(reader):
            if b"/stil" in head:
                self.waiting += 1
                await self.go_on.wait()
            half = b"/half" in head
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + (b"o" if half else b"ok"))
        writer.close()

    @staticmethod
    async def _head(reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""


@pytest.fixture
async def dienst() -> AsyncIterator[tuple[Dienst, str]]:
    made = Dienst()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    async with server:
        yield made, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        made.go_on.set()


async def ask(lijnen: Lijnen, url: str) -> int:
    answer = await lijnen.handle_async_request(httpx.Request("GET", url))
    assert await answer.aread() == b"ok"
    await answer.aclose()
    return answer.status_code


async def all_waiting(dienst: Dienst, number: int) -> None:
    async with asyncio.timeout(10):
        while dienst.waiting < number:
            await asyncio.sleep(0)


async def calls_of(lijnen: Lijnen, url: str) -> int:
    """How many functions are called for one request."""
    called = 0

    def count(_: Any, event: str, __: Any) -> None:
        nonlocal called
        called += event == "call"

    sys.setprofile(count)
    try:
        await ask(lijnen, url)
    finally:
        sys.setprofile(None)
    return called


async def test_one_request_is_no_dearer_while_many_are_under_way(dienst: tuple[Dienst, str]) -> None:
    (service, url), lijnen = dienst, Lijnen()
    await ask(lijnen, url)
    alone = await calls_of(lijnen, url)
    many = [asyncio.create_task(ask(lijnen, f"{url}/stil")) for _ in range(MANY)]
    await all_waiting(service, MANY)
    await ask(lijnen, url)

    beside = await calls_of(lijnen, url)
    service.go_on.set()

    assert set(await asyncio.gather(*many)) == {200}
    assert beside < alone * 1.5, (alone, beside)
    await lijnen.aclose()


async def test_a_connection_serves_again_and_not_too_many_are_kept(dienst: tuple[Dienst, str]) -> None:
    (service, url), lijnen = dienst, Lijnen()
    for _ in range(5):
        await ask(lijnen, url)
    assert service.connections == 1

    many = [asyncio.create_task(ask(lijnen, f"{url}/stil")) for _ in range(MANY)]
    await all_waiting(service, MANY)
    service.go_on.set()
    await asyncio.gather(*many)

    assert [len(idle) for idle in lijnen._idle.values()] == [KEPT]
    await lijnen.aclose()


async def test_too_many_at_once_are_told_so_and_who_gave_up_takes_no_place(dienst: tuple[Dienst, str]) -> None:
    (service, url), lijnen = dienst, Lijnen(most=2, wait=0.05)
    for _ in range(2):
        gone = [asyncio.create_task(ask(lijnen, f"{url}/stil")) for _ in range(2)]
        await all_waiting(service, 2)
        with pytest.raises(httpx.PoolTimeout):
            await ask(lijnen, url)
        for one in gone:
            one.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        service.waiting = 0

    assert await ask(lijnen, url) == 200
    await lijnen.aclose()


async def test_who_breaks_off_leaves_no_connection_on_which_the_next_waits(dienst: tuple[Dienst, str]) -> None:
    """Wherever he does: a task that is cancelled in its own closing too, as one is when its caller hangs up."""
    (_, url), lijnen = dienst, Lijnen()
    for steps in range(60):
        task = asyncio.create_task(_ask_half(lijnen, f"{url}/{'half' if steps % 2 else 'heel'}"))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(5):
            assert await ask(lijnen, url) == 200
    await lijnen.aclose()


async def _ask_half(lijnen: Lijnen, url: str) -> None:
    answer = await lijnen.handle_async_request(httpx.Request("GET", url))
    try:
        await anext(answer.aiter_raw())
        await asyncio.sleep(0)
    finally:
        await answer.aclose()


async def test_a_connection_that_its_service_closed_is_made_anew(dienst: tuple[Dienst, str]) -> None:
    (_, url), lijnen = dienst, Lijnen()
    closing = await asyncio.start_server(_answer_and_close, "127.0.0.1", 0)
    other = f"http://127.0.0.1:{closing.sockets[0].getsockname()[1]}"
    async with closing:
        for _ in range(3):
            assert (await ask(lijnen, other), await ask(lijnen, url)) == (200, 200)
    await lijnen.aclose()


async def _answer_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    await writer.drain()
    writer.close()
