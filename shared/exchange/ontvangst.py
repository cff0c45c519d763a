"""The edge: a request body becomes a valid message of the caller's own, or is refused with place and reason."""

import asyncio
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import zstandard
from starlette.requests import ClientDisconnect, Request

from shared.exchange import register
from shared.exchange.huis import Huis
from shared.exchange.verwerking import Gereed, make_ready, off_loop, read_message
from shared.faalpunten import faalpunt
from shared.iwmo.catalogus import BerichtSoort
from shared.iwmo.jsonlezer import from_json
from shared.iwmo.kop import Kop, read_kop
from shared.iwmo.lezer import Gelezen
from shared.payload import Payload, Writer
from shared.problems import (
    BerichtSoortError,
    MediaTypeError,
    OnleesbaarError,
    TeGrootError,
    VerbodenError,
    VerzoekError,
)
from shared.security.partij import Beller
from shared.settings import Settings

XML_TYPES = ("application/xml", "text/xml")
JSON_TYPE = "application/json"
GZIP_MAGIC = b"\x1f\x8b"
SLOWEST = 10_000
"""Bytes per second."""


@dataclass(frozen=True, slots=True)
class Ingekomen:
    """A message as it came through the edge."""

    gelezen: Gelezen
    kop: Kop
    body: Payload


async def read_bericht(huis: Huis, request: Request) -> Payload:
    """The body of a message, once its media type is one of ours."""
    if media_of(request) not in (*XML_TYPES, JSON_TYPE):
        raise MediaTypeError(
            "Stuur application/xml of application/json", headers={"Accept": f"application/xml, {JSON_TYPE}"}
        )
    body = await read_payload(huis, request)
    start = body.start()
    if not start:
        raise OnleesbaarError("De inhoud is leeg")
    if start.startswith(GZIP_MAGIC):
        raise OnleesbaarError("De inhoud lijkt gzip; zet dan de header Content-Encoding: gzip")
    return body


def media_of(request: Request) -> str:
    """The media type of a body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def receive(huis: Huis, request: Request, beller: Beller, came: Payload) -> Ingekomen:
    """Parses and validates a body; the sender in the header must be the caller."""
    body = came
    if media_of(request) == JSON_TYPE:
        most = huis.settings.max_fouten
        body = await off_loop(huis, len(came), lambda: Payload.of(from_json(came.whole(), huis.schemas, most)))

    def ahead(gelezen: Gelezen) -> Gereed:
        return make_ready(huis, gelezen, read_kop(gelezen.soort, gelezen.inhoud))

    gelezen = await off_loop(
        huis, len(body), lambda: read_message(huis, body, ahead), lambda: (body.packed, body.digest)
    )
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
    """The same as bytes, of what is never large."""
    return (await read_payload(huis, request)).whole()


async def read_payload(huis: Huis, request: Request, most: int | None = None) -> Payload:
    """The body after decompression, within its limit, its ratio and its time; ``most``: in bytes, of what is no
    message."""
    limit = most or huis.settings.max_bericht_bytes
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > limit:
        raise _too_large(huis, limit)
    decoder = _decoder(request.headers.get("content-encoding", "identity").strip().lower())
    body = Writer()
    pace = _Pace(huis.settings)
    try:
        async with pace.clock:
            async for chunk in request.stream():
                pace.took(len(chunk))
                faalpunt("tijdens_ontvangst")
                for part in decoder.feed(chunk):
                    body.write(part)
                    if len(body) > limit or len(body) > max(pace.received, 1024) * huis.settings.max_verhouding:
                        raise _too_large(huis, limit)
        decoder.finish()
    except (zlib.error, zstandard.ZstdError):
        raise OnleesbaarError("De gecomprimeerde inhoud is beschadigd") from None
    except TimeoutError:
        raise VerzoekError(f"De inhoud bleef {huis.settings.leestijd_seconden} seconden uit") from None
    except ClientDisconnect:
        raise VerzoekError("De verbinding is verbroken voor het bericht compleet was") from None
    return body.done()


def _too_large(huis: Huis, limit: int) -> TeGrootError:
    ratio = f"{huis.settings.max_verhouding} keer de verpakte maat"
    if limit < huis.settings.max_bericht_bytes:
        return TeGrootError(f"Dit verzoek mag uitgepakt hoogstens {limit // 1024} kB zijn en {ratio}")
    return TeGrootError(f"Een bericht mag uitgepakt hoogstens {huis.settings.max_bericht_mb} MB zijn en {ratio}")


class _Pace:
    """How fast a body comes. A long silence ends it, and so does a body slower than 10 kB/s or too long in coming."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.now = asyncio.get_running_loop().time
        self.started, self.received = self.now(), 0
        self.clock = asyncio.timeout(settings.leestijd_seconden)
        """Around the reading of it."""

    def took(self, size: int) -> None:
        """So many bytes more."""
        silence, now = self.settings.leestijd_seconden, self.now()
        self.clock.reschedule(now + silence)
        self.received += size
        if now - self.started > min(silence + self.received / SLOWEST, self.settings.leestijd_totaal_seconden):
            raise VerzoekError("De inhoud kwam te langzaam binnen (minstens 10 kB/s)")


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
