"""HTTP over one kept connection, with as little of its own as can be: on two cores the client counts too."""

import asyncio
from dataclasses import dataclass
from time import perf_counter
from typing import Self


@dataclass(frozen=True, slots=True)
class Antwoord:
    """What came back, and the seconds from the first byte sent to the last byte received."""

    status: int
    body: bytes
    seconden: float


class Lijn:
    """A connection of one party to one port."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self._reader, self._writer, self._token = reader, writer, token

    @classmethod
    async def open(cls, port: int, token: str) -> Self:
        """Connects to this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=2**20), token)

    async def post(self, path: str, body: bytes) -> Antwoord:
        """Sends a message and waits for the whole answer."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {self._token}\r\nPrefer: wait=20\r\n"
            f"Content-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        start = perf_counter()
        self._writer.write(head.encode())
        self._writer.write(body)
        await self._writer.drain()
        answer = await self._reader.readuntil(b"\r\n\r\n")
        lines = answer.decode("latin-1").split("\r\n")
        sizes = [line.partition(":")[2] for line in lines if line.lower().startswith("content-length:")]
        found = await self._reader.readexactly(int(sizes[0]))
        return Antwoord(int(lines[0].split()[1]), found, perf_counter() - start)

    async def close(self) -> None:
        """Hangs up."""
        self._writer.close()
        await self._writer.wait_closed()
