"""Makes one request to a receiver, and tells what came of it.

The name is looked up once, the addresses are judged, and the connection is made to one of those: who changes his DNS in
between (rebinding) changes nothing. TLS is verified against the name. Redirects are not followed, proxies and
``.netrc`` of the environment do not count, and of the answer no more is read than its status and a few kilobytes,
within a deadline.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Literal

import httpx

from shared.webhooks.adressen import Adres, AdresError, Doel, Grenzen, read_url

Soort = Literal["bezorgd", "status", "omleiding", "tijd", "verbinding", "tls", "adres", "weg"]
"""What came of an attempt. ``weg``: status 410, the receiver wants no more of them."""
UITLEG: Mapping[Soort, str] = {
    "bezorgd": "de ontvanger nam het aan",
    "status": "de ontvanger antwoordde met een fout",
    "omleiding": "de ontvanger verwees door; dat wordt niet gevolgd",
    "tijd": "de ontvanger antwoordde niet op tijd",
    "verbinding": "de verbinding kwam niet tot stand of brak af",
    "tls": "het certificaat van de ontvanger is niet vertrouwd of hoort niet bij de naam",
    "adres": "de naam is niet te vinden, of wijst naar een adres waar dit knooppunt geen verbinding mee maakt",
    "weg": "de ontvanger wil deze webhook niet meer (410)",
}
"""For an API user. A name that is unknown and one that may not be reached sound alike: what names there are within the
network of the node is nobody's business."""
READ_BYTES, READ_SECONDS = 4096, 1.0
"""Of an answer, so that its connection may serve again; more, or what takes longer, is left unread."""
LOOKUPS = 32
"""Names looked up at once, in threads of their own: a name server that does not answer holds up no other work. No
setting: a thread that waits costs next to nothing, and no node has so many receivers that it needs more."""
LOOKUPS_PER_PARTY = 4
"""Of those. A look-up cannot be broken off, and goes on, for as long as the resolver of the machine allows, after who
asked has given up."""
MAX_DIGITS = 9
Resolve = Callable[[str, int], Awaitable[Sequence[Adres]]]


@dataclass(frozen=True, slots=True)
class Uitkomst:
    """Of one attempt: what came of it, the status of the answer if there was one, and when to come back if it said."""

    soort: Soort
    status: int | None = None
    wacht: timedelta | None = None

    @property
    def bezorgd(self) -> bool:
        """Whether the receiver has it."""
        return self.soort == "bezorgd"


class Lijn:
    """The way to one receiver, for as many requests as follow each other now: one address, connections kept open."""

    def __init__(self, client: httpx.AsyncClient, doel: Doel, adres: Adres, seconds: float) -> None:
        self._client, self._doel, self._seconds = client, doel, seconds
        host = f"[{adres}]" if isinstance(adres, IPv6Address) else str(adres)
        self._url = httpx.URL(scheme=doel.schema, host=host, port=doel.poort, raw_path=doel.pad.encode("ascii"))

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Uitkomst:
        """One request; never raises but to be cancelled."""
        request = self._client.build_request(
            "POST",
            self._url,
            content=body,
            headers={"Host": self._doel.host, **headers},
            extensions={"sni_hostname": self._doel.naam},
        )
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.send(request, stream=True)
        except (TimeoutError, httpx.TimeoutException):
            return Uitkomst("tijd")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Uitkomst("tls" if _is_of_tls(error) else "verbinding")
        await _let_go(answer)
        return _outcome(answer)


class Verzender:
    """Makes ways to receivers; what they share is what the operator set."""

    def __init__(
        self, grenzen: Grenzen, seconds: float, ca: Path | None = None, resolve: Resolve | None = None
    ) -> None:
        self._grenzen, self._seconds, self._ca = grenzen, seconds, ca
        self._threads = ThreadPoolExecutor(LOOKUPS, "webhook-naam")
        self._resolve = resolve
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._context: ssl.SSLContext | None = None

    @asynccontextmanager
    async def lijn(self, url: str, beurt: int = 0, partij: str = "") -> AsyncIterator[Lijn | None]:
        """The way to this URL of this party; None where it may not go, or the name is not to be found. ``beurt``: of
        several addresses the how-manieth, so that one that does not answer is not asked for ever."""
        found = await self._find(url, partij)
        if found is None:
            yield None
            return
        doel, adressen = found
        async with httpx.AsyncClient(
            verify=await self._trust(),
            timeout=httpx.Timeout(self._seconds),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "wmo-knooppunt", "Accept": "*/*", "Accept-Encoding": "identity"},
        ) as client:
            yield Lijn(client, doel, adressen[beurt % len(adressen)], self._seconds)

    async def _find(self, url: str, partij: str) -> tuple[Doel, Sequence[Adres]] | None:
        try:
            doel = read_url(url, self._grenzen)
            async with asyncio.timeout(self._seconds):
                adressen = [doel.adres] if doel.adres else await self._addresses(doel, partij)
        except (AdresError, OSError, TimeoutError, UnicodeError, ValueError):
            return None
        # One that is not allowed among them makes all of them suspect.
        return (doel, adressen) if adressen and all(map(self._grenzen.allow, adressen)) else None

    async def _addresses(self, doel: Doel, partij: str) -> list[Adres]:
        if self._resolve is not None:
            return list(await self._resolve(doel.naam, doel.poort))
        turns = self._turns.setdefault(partij, asyncio.Semaphore(LOOKUPS_PER_PARTY))
        await turns.acquire()
        asked = asyncio.get_running_loop().run_in_executor(self._threads, _look_up, doel.naam, doel.poort)
        # Not given back by who asks, but by the thread when it is done: that is what there are few of.
        asked.add_done_callback(lambda _: turns.release())
        return await asyncio.shield(asked)

    async def _trust(self) -> ssl.SSLContext:
        """Made once, when first needed: reading all certificates takes some time."""
        if self._context is None:
            self._context = await asyncio.to_thread(_context, self._ca)
        return self._context


def _look_up(naam: str, poort: int) -> list[Adres]:
    found = socket.getaddrinfo(naam, poort, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(ip_address(one[4][0]) for one in found))


def _context(ca: Path | None) -> ssl.SSLContext:
    """The usual authorities, and those of the operator."""
    made = httpx.create_ssl_context(trust_env=False)
    if ca is not None:
        made.load_verify_locations(cafile=os.fspath(ca))
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


async def _let_go(answer: httpx.Response) -> None:
    """Reads what little there may be, as it comes and not unpacked, so that the connection can serve again, and is done
    with it. What the answer was is known: whatever happens here changes nothing of it."""
    for step in (_read, httpx.Response.aclose):
        with suppress(httpx.HTTPError, OSError):
            async with asyncio.timeout(READ_SECONDS):
                await step(answer)


async def _read(answer: httpx.Response) -> None:
    read = 0
    async for part in answer.aiter_raw():
        read += len(part)
        if read > READ_BYTES:
            return


def _outcome(answer: httpx.Response) -> Uitkomst:
    status = answer.status_code
    if answer.is_success:
        return Uitkomst("bezorgd", status)
    if status == httpx.codes.GONE:
        return Uitkomst("weg", status)
    if answer.has_redirect_location or 300 <= status < 400:
        return Uitkomst("omleiding", status)
    later = answer.headers.get("Retry-After", "")
    wait = timedelta(seconds=int(later)) if later.isascii() and later.isdigit() and len(later) <= MAX_DIGITS else None
    return Uitkomst("status", status, wait)


def _is_of_tls(error: BaseException | None) -> bool:
    """Whether a fault comes down to TLS, however it was wrapped."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
