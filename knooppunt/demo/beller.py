"""The two parties of the demo, as HTTP clients of a running node."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from lxml import etree

from knooppunt.issuer import Issuer
from shared.security.partij import Partij
from shared.settings import SERVICES

DIENST = {"WMO301": "toewijzing", "WMO305": "startstop", "WMO307": "startstop"}
DIENST |= dict.fromkeys(("WMO303D", "WMO303F", "WMO323"), "declaratie")
WAIT_SECONDS = 60
TOKEN_SECONDS = 3600


@dataclass
class Beller:
    """Speaks to the node as any party whose token it can make."""

    url: str
    data_dir: Path
    issuer: str
    audience: str
    _client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self._client = httpx.Client(base_url=self.url, timeout=WAIT_SECONDS + 15, trust_env=False)

    def _headers(self, partij: Partij, wie: str | None = None) -> dict[str, str]:
        token = Issuer.load_or_create(self.data_dir).token([partij], self.issuer, self.audience, TOKEN_SECONDS, wie)
        return {"Authorization": f"Bearer {token}"}

    def producten(self, partij: Partij, document: bytes) -> None:
        """Enters products with their tariffs."""
        headers = self._headers(partij) | {"Content-Type": "application/json"}
        self._client.post("/toewijzing/v1/producten", content=document, headers=headers).raise_for_status()

    def vraag(
        self,
        partij: Partij,
        path: str,
        body: dict[str, Any],
        *,
        versie: int | None = None,
        methode: str = "POST",
        wie: str | None = None,
    ) -> dict[str, Any]:
        """Asks for a deed, on a case in the version that was seen, as someone who speaks for a party; what there is
        then."""
        headers = self._headers(partij, wie) | ({} if versie is None else {"If-Match": f'"{versie}"'})
        answer = self._client.request(methode, path, json=body, headers=headers)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def lees(self, partij: Partij, path: str) -> httpx.Response:
        """What stands at this address."""
        return self._client.get(path, headers=self._headers(partij)).raise_for_status()

    def stuur(self, partij: Partij, dienst: str, body: bytes) -> httpx.Response:
        """Sends a message and waits for its verdict."""
        headers = self._headers(partij) | {"Content-Type": "application/xml", "Prefer": f"wait={WAIT_SECONDS}"}
        return self._client.post(f"/{dienst}/v1/berichten", content=body, headers=headers)

    def declaratie(self, partij: Partij, bericht_id: str) -> dict[str, Any] | None:
        """The totals of a processed declaration; None when it was rejected as a whole."""
        answer = self._client.get(f"/declaratie/v1/declaraties/{bericht_id}", headers=self._headers(partij))
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def retourcodes(self, partij: Partij, href: str) -> list[str]:
        """The codes in an answer, each once, in the order of the message."""
        answer = self._client.get(href, headers=self._headers(partij) | {"Accept": "application/xml"})
        found = etree.fromstring(answer.raise_for_status().content).iter("{*}RetourCode")
        return list(dict.fromkeys(element.text or "" for element in found))

    def leeg_postbus(self, partij: Partij) -> list[str]:
        """The kinds of messages that wait for a party, over all services; each is acknowledged."""
        found = []
        for dienst in SERVICES:
            headers = self._headers(partij)
            answer = self._client.get(f"/{dienst}/v1/postbus", params={"limiet": 500}, headers=headers)
            for one in answer.raise_for_status().json()["berichten"]:
                path = f"/{dienst}/v1/postbus/{one['id']}/ontvangst"
                self._client.post(path, headers=headers).raise_for_status()
                found.append(one["bericht"])
        return found

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()
