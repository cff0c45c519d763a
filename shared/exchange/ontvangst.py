"""The edge: a request body becomes a valid message of the caller's own, or is refused with place and reason."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import zstandard
from starlette.requests import ClientDisconnect, Request

from shared.exchange import register
from shared.exchange.huis import Huis
from shared.exchange.verwerking import off_loop
from shared.iwmo.catalogus import BerichtSoort, soort_named
from shared.iwmo.codec import encode
from shared.iwmo.kop import Kop, read_kop
from shared.iwmo.lezer import Gelezen, read
from shared.problems import (
    BerichtSoortError,
    Fout,
    MediaTypeError,
    NietBeschikbaarError,
    OnleesbaarError,
    TeGrootError,
    TeVeelError,
    VerbodenError,
    VerzoekError,
)
from shared.security.partij import Beller

XML_TYPES = ("application/xml", "text/xml")
JSON_TYPE = "application/json"


@dataclass
class Toegang:
    """How many messages are in hand, in all and per party: past the limit 503 and 429 (P8, P9)."""

    most: int
    most_per_party: int
    busy: int = 0
    per_party: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def room(self, beller: Beller) -> Iterator[None]:
        """Holds a place while a message is read and judged."""
        who = beller.subject
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


@dataclass(frozen=True, slots=True)
class Ingekomen:
    """A message as it came through the edge."""

    gelezen: Gelezen
    kop: Kop
    body: bytes


async def receive(huis: Huis, request: Request, beller: Beller) -> Ingekomen:
    """Reads, decodes, parses and validates the body; the sender in the header must be the caller."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in (*XML_TYPES, JSON_TYPE):
        raise MediaTypeError(
            "Stuur application/xml of application/json", headers={"Accept": f"application/xml, {JSON_TYPE}"}
        )
    body = await read_body(huis, request)
    if media == JSON_TYPE:
        body = await off_loop(huis, len(body), lambda: _from_json(huis, body))
    gelezen = await off_loop(huis, len(body), lambda: read(body, huis.schemas, huis.grenzen))
    _known_here(huis, gelezen.soort)
    kop = read_kop(gelezen.soort, gelezen.inhoud)
    sender, _ = register.parties(kop)
    if not beller.is_(sender):
        raise VerbodenError("De Afzender in het bericht is niet de partij van het token")
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
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(huis)
    decoder = _decoder(request.headers.get("content-encoding", "identity").strip().lower())
    parts: list[bytes] = []
    size = received = 0
    try:
        async for chunk in _chunks(request, huis.settings.leestijd_seconden):
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


async def _chunks(request: Request, seconds: int) -> AsyncIterator[bytes]:
    """The body as it comes; a silence longer than the deadline ends it, and so does a body slower than 10 kB/s."""
    loop = asyncio.get_running_loop()
    started, received = loop.time(), 0
    stream = request.stream()
    while True:
        try:
            chunk = await asyncio.wait_for(anext(stream), seconds)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise VerzoekError(f"De inhoud bleef {seconds} seconden uit") from None
        except ClientDisconnect:
            raise VerzoekError("De verbinding is verbroken voor het bericht compleet was") from None
        received += len(chunk)
        if loop.time() - started > seconds + received / 10_000:
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
        elif self.zstd is not None:
            # zstd has no limit on output per call, so its input goes in small steps.
            for start in range(0, len(chunk), 1024):
                yield self.zstd.decompress(chunk[start : start + 1024])
        else:
            yield chunk

    def finish(self) -> None:
        if (self.gzip is not None and not self.gzip.eof) or (self.zstd is not None and not self.zstd.eof):
            raise OnleesbaarError("De gecomprimeerde inhoud is niet compleet")


def _decoder(encoding: str) -> _Decoder:
    if encoding not in ("", "identity", "gzip", "zstd"):
        raise MediaTypeError("Content-Encoding moet gzip of zstd zijn", headers={"Accept-Encoding": "gzip, zstd"})
    return _Decoder(encoding)


def _from_json(huis: Huis, body: bytes) -> bytes:
    """``{"bericht": "WMO305", "release": "3.2", "inhoud": {...}}`` as XML, which then goes the way of all XML."""
    try:
        document: Any = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise OnleesbaarError("De inhoud is geen geldige JSON") from None
    if not isinstance(document, dict):
        raise OnleesbaarError("De inhoud moet een JSON-object zijn")
    soort = soort_named(str(document.get("bericht")), str(document.get("release")))
    if soort is None:
        fouten = [Fout("/bericht", "een bericht van de standaard"), Fout("/release", "2.4 of 3.2")]
        raise BerichtSoortError("Dit bericht en deze release bestaan niet samen", fouten)
    return encode(document.get("inhoud"), huis.schemas.of(soort))  # type: ignore[arg-type]


def _no_constant(name: str) -> None:
    raise ValueError(name)
