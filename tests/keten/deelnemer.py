"""A party at the node: what it sends and asks over HTTP, with its own token."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.iwmo.codec import Inhoud
from shared.security.partij import Partij
from tests.keten.berichten.bericht import Bericht, read_valid
from tests.keten.stapel import Stapel

WAIT_SECONDS = 30
TAKEN_SECONDS = 120
BUSY = (429, 503)
Antwoord = dict[str, Any]


@dataclass
class Deelnemer:
    """A gemeente or an aanbieder."""

    partij: Partij
    stapel: Stapel
    http: httpx.AsyncClient
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.token = self.stapel.token(self.partij)

    @property
    def code(self) -> str:
        return self.partij.code

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request as this party; ``headers`` may take the place of ours."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return await self.http.request(method, f"{self.stapel.url}{path}", headers=headers, **options)

    async def get(self, path: str, **params: Any) -> Any:
        """What stands at this address."""
        answer = await self.request("GET", path, params=params)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    async def post(self, bericht: Bericht, *, wait: int = 0, dienst: str | None = None) -> httpx.Response:
        """Sends a message once; ``wait`` asks to wait so many seconds for a verdict."""
        headers = {"Content-Type": "application/xml"} | ({"Prefer": f"wait={wait}"} if wait else {})
        path = f"/{dienst or bericht.dienst}/v1/berichten"
        return await self.request("POST", path, content=bericht.xml, headers=headers)

    async def deliver(self, bericht: Bericht, *, wait: int = 0) -> httpx.Response:
        """Sends a message until it is taken, as a party does: what is refused for now goes again."""
        async with asyncio.timeout(TAKEN_SECONDS):
            while True:
                with suppress(httpx.TransportError):
                    answer = await self.post(bericht, wait=wait)
                    if answer.status_code not in BUSY:
                        return answer
                    assert answer.headers["Retry-After"].isdigit()
                await asyncio.sleep(0.05)  # sooner than told: the tests are in a hurry

    async def send(self, bericht: Bericht, status: str = "verwerkt") -> Antwoord:
        """Sends a message for the first time; its outcome, which must have this status."""
        answer = await self.post(bericht, wait=WAIT_SECONDS)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        uitkomst: Antwoord = answer.json()
        assert uitkomst["status"] == status, uitkomst
        return uitkomst

    async def outcome(self, dienst: str, bericht_id: str) -> Antwoord:
        """What became of an own message, as its POST told."""
        uitkomst: Antwoord = await self.get(f"/{dienst}/v1/berichten/{bericht_id}")
        del uitkomst["inhoud"]
        return uitkomst

    async def xml(self, path: str) -> bytes:
        """The bytes of a message."""
        answer = await self.request("GET", path, headers={"Accept": "application/xml"})
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.content

    async def retour(self, bericht: Bericht, uitkomst: Antwoord) -> Inhoud:
        """The answer to a message, valid against its schema; the same bytes under both its addresses."""
        body = await self.xml(uitkomst["retour"]["href"])
        assert body == await self.xml(f"/{bericht.dienst}/v1/berichten/{uitkomst['id']}/retour")
        assert uitkomst["retour"]["bericht"] == bericht.soort.retour
        return read_valid(body, str(bericht.soort.retour), bericht.release)

    async def postbus(self, dienst: str) -> list[str]:
        """The kinds of messages that wait, oldest first."""
        return [bericht["bericht"] for bericht in await self.waiting(dienst)]

    async def waiting(self, dienst: str) -> list[Antwoord]:
        """The messages that wait, oldest first."""
        found: list[Antwoord] = (await self.get(f"/{dienst}/v1/postbus", limiet=500))["berichten"]
        return found
