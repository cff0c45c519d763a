"""The edge: a request body becomes a valid message of the caller's own, or is refused with place and reason."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import zstandard
from starlette.requests import ClientDisconnect, Request

from shared.exchange import register
from shared.exchange.huis import Huis
from shared.exchange.verwerking import off_loop
from shared.iwmo.catalogus import BerichtSoort
from shared.iwmo.jsonlezer import from_json
from shared.iwmo.kop import Kop, read_kop
from shared.iwmo.lezer import Gelezen, read
from shared.problems import (
    BerichtSoortError,
    MediaTypeError,
    NietBeschikbaarError,
    OnleesbaarError,
    TeGrootError,
    TeVeelError,
    VerbodenError,
    VerzoekError,
)
from shared.security.partij import Beller
from shared.settings import Settings

XML_TYPES = ("application/xml", "text/xml")
JSON_TYPE = "application/json"
GZIP_MAGIC = b"\x1f\x8b"
SMALL_BYTES = 1024 * 1024
SLOWEST = 10_000
"""Bytes per second."""


@dataclass
class Plaatsen:
    """How many of something are in hand, in all and per party: past the limits 503 and 429 (P8, P9)."""

    most: int
    most_per_party: int
    busy: int = 0
    per_party: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def hold(self, beller: Beller) -> Iterator[None]:
        """Holds a place. A party counts as one, whatever the tokens it comes with."""
        who = ",".join(beller.names)
        if self.per_party.get(who, 0) >= self.most_per_party:
            raise TeVeelError("Er zijn al te veel berichten van u in behandeling", headers={"Retry-After": "1"})
        if self.busy >= self.most:
            raise NietBeschikbaarError("Het is te druk; probeer het zo opnieuw", seconden=1)
        self.busy += 1
        self.per_party[who] = self.per_party.get(who, 0) + 1
        try:
            yield
        finally:
            self.busy -= 1
            self.per_party[who] -= 1
            if not self.per_party[who]:
                del self.per_party[who]


class Toegang:
    """Who may come in: bodies that are still arriving are bounded apart from messages that are being judged, so that
    slow senders keep nobody from his verdict; and the bytes being judged are bounded together."""

    def __init__(self, settings: Settings) -> None:
        self._arriving = Plaatsen(settings.gelijktijdig_lezen, settings.gelijktijdig_lezen_per_partij)
        self._judged = Plaatsen(settings.gelijktijdig, settings.gelijktijdig_per_partij)
        self._most_bytes = settings.gelijktijdig_mb * 1024 * 1024
        self._bytes = 0

    def reading(self, beller: Beller) -> AbstractContextManager[None]:
        """A place while a body comes in."""
        return self._arriving.hold(beller)

    @contextmanager
    def room(self, beller: Beller, size: int) -> Iterator[None]:
        """A place while a message is judged. Large ones share the room there is, and one that is larger than all of it
        goes alone; a small one never waits for them."""
        counted = size if size > SMALL_BYTES else 0
        if counted and self._bytes and self._bytes + counted > self._most_bytes:
            raise NietBeschikbaarError("Er zijn te veel grote berichten in behandeling", seconden=5)
        with self._judged.hold(beller):
            self._bytes += counted
            try:
                yield
            finally:
                self._bytes -= counted


@dataclass(frozen=True, slots=True)
class Ingekomen:
    """A message as it came through the edge."""

    gelezen: Gelezen
    kop: Kop
    body: bytes


async def read_bericht(huis: Huis, request: Request) -> bytes:
    """The body of a message, once its media type is one of ours."""
    if media_of(request) not in (*XML_TYPES, JSON_TYPE):
        raise MediaTypeError(
            "Stuur application/xml of application/json", headers={"Accept": f"application/xml, {JSON_TYPE}"}
        )
    body = await read_body(huis, request)
    if not body:
        raise OnleesbaarError("De inhoud is leeg")
    if body.startswith(GZIP_MAGIC):
        raise OnleesbaarError("De inhoud lijkt gzip; zet dan de header Content-Encoding: gzip")
    return body


def media_of(request: Request) -> str:
    """The media type of a body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def receive(huis: Huis, request: Request, beller: Beller, came: bytes) -> Ingekomen:
    """Parses and validates a body; the sender in the header must be the caller."""
    body = came
    if media_of(request) == JSON_TYPE:
        most = huis.settings.max_fouten
        body = await off_loop(huis, len(came), lambda: from_json(came, huis.schemas, most))
    gelezen = await off_loop(huis, len(body), lambda: read(body, huis.schemas, huis.grenzen))
    _known_here(huis, gelezen.soort)
    kop = read_kop(gelezen.soort, gelezen.inhoud)
    sender, _ = register.parties(kop)
    if not beller.is_(sender):
        spoken_for = ", ".join(beller.names)
        raise VerbodenError(f"Het bericht is van {sender}, en het token spreekt namens {spoken_for}")
    return Ingekomen(gelezen, kop, body)


def _known_here(huis: Huis, soort: BerichtSoort) -> None:
    if soort.naam in huis.dienst.soorten:
        return
    if soort.retour is None or soort.is_retour:
        raise BerichtSoortError(f"{soort.naam} is een antwoord; het knooppunt maakt antwoorden zelf")
    known = ", ".join(sorted(huis.dienst.soorten))
    raise BerichtSoortError(f"De dienst {huis.service} verwerkt {soort.naam} niet; wel: {known}")


async def read_body(huis: Huis, request: Request) -> bytes:
    """The body after decompression, within its limit, its ratio and its time."""
    limit = huis.settings.max_bericht_bytes
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > limit:
        raise _too_large(huis)
    decoder = _decoder(request.headers.get("content-encoding", "identity").strip().lower())
    parts: list[bytes] = []
    size = received = 0
    try:
        async for chunk in _chunks(request, huis.settings):
            received += len(chunk)
            for part in decoder.feed(chunk):
                size += len(part)
                parts.append(part)
                if size > limit or size > max(received, 1024) * huis.settings.max_verhouding:
                    raise _too_large(huis)
        decoder.finish()
    except (zlib.error, zstandard.ZstdError):
        raise OnleesbaarError("De gecomprimeerde inhoud is beschadigd") from None
    return b"".join(parts)


def _too_large(huis: Huis) -> TeGrootError:
    most = huis.settings.max_bericht_mb
    return TeGrootError(
        f"Een bericht mag uitgepakt hoogstens {most} MB zijn en {huis.settings.max_verhouding} keer zijn verpakte maat"
    )


async def _chunks(request: Request, settings: Settings) -> AsyncIterator[bytes]:
    """The body as it comes. A long silence ends it, and so does a body slower than 10 kB/s or too long in coming."""
    loop = asyncio.get_running_loop()
    silence = settings.leestijd_seconden
    started, received = loop.time(), 0
    stream = request.stream()
    while True:
        try:
            chunk = await asyncio.wait_for(anext(stream), silence)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise VerzoekError(f"De inhoud bleef {silence} seconden uit") from None
        except ClientDisconnect:
            raise VerzoekError("De verbinding is verbroken voor het bericht compleet was") from None
        received += len(chunk)
        if loop.time() - started > min(silence + received / SLOWEST, settings.leestijd_totaal_seconden):
            raise VerzoekError("De inhoud kwam te langzaam binnen (minstens 10 kB/s)")
        yield chunk


class _Decoder:
    """Content-Encoding identity, gzip or zstd, in steps of at most 64 kB of output."""

    STEP = 64 * 1024

    def __init__(self, encoding: str) -> None:
        self.gzip = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
        self.zstd = zstandard.ZstdDecompressor(max_window_size=2**23).decompressobj() if encoding == "zstd" else None

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        if self.gzip is not None:
            data = chunk
            while data:
                yield self.gzip.decompress(data, self.STEP)
                data = self.gzip.unconsumed_tail
            self._refuse_more(self.gzip.unused_data)
        elif self.zstd is not None:
            # zstd has no limit on output per call, so its input goes in small steps.
            for start in range(0, len(chunk), 1024):
                if self.zstd.eof:
                    self._refuse_more(chunk[start:])
                yield self.zstd.decompress(chunk[start : start + 1024])
                self._refuse_more(self.zstd.unused_data)
        else:
            yield chunk

    @staticmethod
    def _refuse_more(left: bytes) -> None:
        """A second part after the first would be dropped without a word."""
        if left:
            raise OnleesbaarError("Na het einde van de gecomprimeerde inhoud komt nog meer")

    def finish(self) -> None:
        if (self.gzip is not None and not self.gzip.eof) or (self.zstd is not None and not self.zstd.eof):
            raise OnleesbaarError("De gecomprimeerde inhoud is niet compleet")


def _decoder(encoding: str) -> _Decoder:
    if encoding not in ("", "identity", "gzip", "zstd"):
        raise MediaTypeError("Content-Encoding moet gzip of zstd zijn", headers={"Accept-Encoding": "gzip, zstd"})
    return _Decoder(encoding)
