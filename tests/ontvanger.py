"""A receiver of webhooks on this machine: a real server, that answers as the test says and remembers what it got."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from knooppunt.embedded.ports import LOOPBACK, listen_on


@dataclass(frozen=True)
class Melding:
    """A request: its head and body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """By which a receiver knows what he had before."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        """The body."""
        made: dict[str, Any] = json.loads(self.body)
        return made


Gedrag = Callable[[Melding], Awaitable[bytes]]


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    """An answer as it goes over the line."""
    head = (f"HTTP/1.1 {status} Antwoord", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join((*head, "", "")).encode() + body


async def take(_: Melding) -> bytes:
    """Takes everything."""
    return answer(204)


async def never(_: Melding) -> bytes:
    """A receiver that does not answer."""
    await asyncio.Event().wait()
    return b""


@dataclass
class Ontvanger:
    """Closed until ``open``; opened again it has the same port."""

    gedrag: Gedrag = take
    tls: ssl.SSLContext | None = None
    meldingen: list[Melding] = field(default_factory=list)
    """All that came, whatever was answered."""
    aangenomen: list[Melding] = field(default_factory=list)
    """What was answered with 2xx, and that answer was sent."""
    verbindingen: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _lines: dict[asyncio.StreamWriter, "asyncio.Task[None] | None"] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http{'s' if self.tls else ''}://{LOOPBACK}:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """What was taken, as receivers count it: each id once."""
        return list(dict.fromkeys(one.id for one in self.aangenomen))

    async def open(self) -> "Ontvanger":
        """Listens."""
        sock = listen_on(self.port)
        self.port = sock.getsockname()[1]
        self._server = await asyncio.start_server(self._serve, sock=sock, ssl=self.tls)
        return self

    async def close(self) -> None:
        """Is gone, with the connections it had."""
        if self._server:
            self._server.close()
            self._server = None
        for line, task in list(self._lines.items()):
            line.transport.abort()
            if task:
                task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.verbindingen += 1
        self._lines[writer] = asyncio.current_task()
        try:
            while True:
                melding = await _read(reader)
                self.meldingen.append(melding)
                told = await self.gedrag(melding)
                writer.write(told)
                await writer.drain()
                if told.startswith(b"HTTP/1.1 2"):
                    self.aangenomen.append(melding)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.close()
        finally:
            self._lines.pop(writer, None)


async def _read(reader: asyncio.StreamReader) -> Melding:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Melding(head[0].split(" ")[1], headers, body)
