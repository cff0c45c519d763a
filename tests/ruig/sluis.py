"""A sluice between the services and Postgres, that cuts a connection at the COMMIT of a message."""

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Waar = Literal["ervoor", "erna", "tijdens"]
SOCKET = ".s.PGSQL.5432"
BERICHT = re.compile(r'insert into "?\w+"?\."?bericht"?\W', re.IGNORECASE)
"""What only the transaction that takes a message has in it."""
COMMIT, BEGIN, ROLLBACK = (re.compile(rf"\s*{word}\b", re.IGNORECASE) for word in ("commit", "begin", "rollback"))


@dataclass
class Sluis:
    """Cuts once for each ``snijd``: ``ervoor`` the COMMIT never arrives, ``erna`` it is done and its answer is lost,
    ``tijdens`` it is sent and nobody stays to hear what becomes of it."""

    folder: Path
    upstream: Path
    gesneden: int = 0
    _wens: dict[str, Waar] = field(default_factory=dict)
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; the folder is what a service takes for the server's socket folder."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self.folder / SOCKET)

    def snijd(self, service: str, waar: Waar) -> None:
        """Cut the next message of this service."""
        self._wens[service] = waar

    def wens(self, service: str) -> Waar | None:
        """Takes the wish away: it is done once."""
        found = self._wens.pop(service, None)
        self.gesneden += found is not None
        return found

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            server = await asyncio.open_unix_connection(str(self.upstream / SOCKET))
        except OSError:
            writer.transport.abort()
            return
        verbinding = _Verbinding(self, reader, writer, *server)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await verbinding.run()
        verbinding.cut()


class _Verbinding:
    """One connection of a service, message by message on its way to the server."""

    def __init__(
        self, sluis: Sluis, reader: StreamReader, writer: StreamWriter, from_server: StreamReader, server: StreamWriter
    ) -> None:
        self._sluis = sluis
        self._reader, self._writer = reader, writer
        self._from_server, self._server = from_server, server
        self._statements: dict[bytes, str] = {}
        self._service = ""
        self._in_transaction = self._takes_message = self._deaf = False
        self._at_sync: Waar | None = None

    def cut(self) -> None:
        self._writer.transport.abort()
        self._server.transport.abort()

    async def run(self) -> None:
        answering = asyncio.create_task(self._answer())
        asking = asyncio.create_task(self._ask())
        await asyncio.wait((answering, asking), return_when=asyncio.FIRST_COMPLETED)
        for task in (answering, asking):
            task.cancel()
        await asyncio.gather(answering, asking, return_exceptions=True)

    async def _answer(self) -> None:
        while data := await self._from_server.read(65536):
            if self._deaf:
                return  # the server has answered the COMMIT
            self._writer.write(data)
            await self._writer.drain()

    async def _ask(self) -> None:
        size = await self._reader.readexactly(4)
        start = await self._reader.readexactly(int.from_bytes(size) - 4)
        self._service = start.partition(b"user\0")[2].partition(b"\0")[0].decode()
        self._server.write(size + start)
        while True:
            head = await self._reader.readexactly(5)
            body = await self._reader.readexactly(int.from_bytes(head[1:]) - 4)
            wens = self._look(head[:1], body)
            if wens == "ervoor":
                return
            self._deaf = self._deaf or wens == "erna"
            self._server.write(head + body)
            await self._server.drain()
            if wens == "tijdens":
                return

    def _look(self, kind: bytes, body: bytes) -> Waar | None:
        """Whether to cut at this message of the protocol: Parse, Bind, Query or Sync."""
        if kind == b"P":
            name, text, _ = body.split(b"\0", 2)
            self._statements[name] = text.decode()
        elif kind == b"B":
            return self._statement(self._statements.get(body.split(b"\0", 2)[1], ""))
        elif kind == b"Q":
            return self._statement(body.rstrip(b"\0").decode())
        elif kind == b"S":
            wens, self._at_sync = self._at_sync, None
            return wens
        return None

    def _statement(self, sql: str) -> Waar | None:
        if COMMIT.match(sql):
            takes, self._takes_message, self._in_transaction = self._takes_message, False, False
            return self._sluis.wens(self._service) if takes else None
        if BEGIN.match(sql):
            self._in_transaction, self._takes_message = True, False
        elif ROLLBACK.match(sql):
            self._in_transaction = False
        elif BERICHT.search(sql):
            if not self._in_transaction:  # a statement by itself is committed at the Sync that follows it
                wens = self._sluis.wens(self._service)
                self._at_sync = wens
                return "ervoor" if wens == "ervoor" else None
            self._takes_message = True
        return None
