"""The HTTP server's own answers: what never becomes a request is refused with a problem document, and within limits.

The parser keeps a header until it is whole, and the server all headers until the last; neither has a limit of its own.
"""

import json
from asyncio import BaseTransport, TimerHandle
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.koppen import KOPPEN
from shared.problems import PROBLEM_JSON

MAX_HEAD_BYTES = 64 * 1024
"""Of a request line and headers together, trailers included."""
HEAD_SECONDS = 30.0
"""In which a head must be there, once its connection or its first byte is."""

_CODINGS = (b"", b"chunked")
"""Of how a body may be framed: none but the one that every sender and every proxy knows (RFC 9112, 6.1 and 7)."""
_MALFORMED = (400, "De kop van het verzoek is onjuist.")
_TOO_LARGE = (431, "De kop van het verzoek is te groot.")


class _HeadRefusedError(Exception):
    """Stops the parser."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head = self._unread = self._hosts = 0
        self._coding = b""
        self._refusal = _MALFORMED
        self._deadline: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Starts the clock of the first head."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends it."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, unless it holds too much of which nothing has come out."""
        self._unread += len(data)
        super().data_received(data)
        if self._unread > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refusal = _TOO_LARGE
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._head = self._unread = self._hosts = 0
        self._coding = b""
        if self._deadline is None:
            self._start_clock()

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer."""
        self._count(len(name) + len(value))
        self._unread = 0
        match name.lower():
            case b"host":
                self._hosts += 1
            case b"transfer-encoding":
                self._coding += value.strip(b" \t").lower()
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: it says once whose address it asks (RFC 9112, 3.2), and frames its body in a way that
        nobody on the way reads differently."""
        self._unread = 0
        self._stop_clock()
        without_host = self._hosts == 0 and self.parser.get_http_version() == "1.1"
        if without_host or self._hosts > 1 or self._coding not in _CODINGS:
            raise _HeadRefusedError
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request."""
        self._unread = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuses and hangs up; after an answer began there is nothing left to say."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_answer(*self._refusal))
        self.transport.close()

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > MAX_HEAD_BYTES:
            self._refusal = _TOO_LARGE
            raise _HeadRefusedError

    def _start_clock(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _answer(status: int, detail: str) -> bytes:
    verzoek = str(uuid4())
    problem = {
        "type": "urn:knooppunt:verzoek-ongeldig",
        "title": "Het verzoek klopt niet",
        "status": status,
        "detail": detail,
        "instance": f"urn:uuid:{verzoek}",
    }
    body = json.dumps(problem).encode()
    own = {"Content-Type": PROBLEM_JSON, "Content-Length": str(len(body)), "X-Request-Id": verzoek}
    headers = KOPPEN | own | {"Connection": "close"}
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
