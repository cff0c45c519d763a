"""Someone who speaks for a gemeente, and a look at what the service has written."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from services.declaratie.tables import DECLARATIE, EXCHANGE, TOEWIJZING
from shared.exchange.dienst import Uitkomst
from shared.exchange.huis import Huis
from shared.feiten import toewijzing_tabel
from shared.iwmo.codec import Inhoud
from shared.iwmo.lezer import read
from shared.iwmo.waarden import Omvang
from tests.declaratie.betalingen.boek import Declarant
from tests.shared.iwmo.berichten import BSN, GRENZEN
from tests.toewijzing.bouw import a_toewijzing, an_event

CODE = "0611"
"""A retourcode of a line in both releases."""


def referentie(line: Inhoud) -> str:
    return str(line["ProductReferentie"]["ReferentieNummer"])


def approve(*lines: Inhoud) -> list[dict[str, Any]]:
    return [{"referentie": referentie(line), "besluit": "goedkeuren"} for line in lines]


def refuse(*lines: Inhoud, retourcode: str = CODE, **reden: str) -> list[dict[str, Any]]:
    return [
        {"referentie": referentie(line), "besluit": "afkeuren", "retourcode": retourcode, **reden} for line in lines
    ]


def in_part(cents: int, *lines: Inhoud, retourcode: str = CODE, **reden: str) -> list[dict[str, Any]]:
    """Grants each of these lines for so much."""
    return [
        {**one, "besluit": "deels", "toegekendBedrag": cents} for one in refuse(*lines, retourcode=retourcode, **reden)
    ]


@dataclass
class Loket:
    """Asks and decides for one party."""

    client: httpx.AsyncClient
    huis: Huis
    partij: str

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await self.client.request(method, path, headers={"X-Partij": self.partij}, **options)

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.ask("GET", path, params=params)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    async def set(self, *instellingen: dict[str, Any]) -> Any:
        """Makes these the settings; without any, everything by hand."""
        asked = list(instellingen) or [{"bedragVanaf": 0}]
        answer = await self.ask("PUT", "/handmatig", json={"instellingen": asked})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def decide(self, uitkomst: Uitkomst, besluiten: list[dict[str, Any]]) -> Any:
        """Decisions one by one; how far it is after them."""
        return await self.decided(uitkomst, beslissingen=besluiten)

    async def decided(self, uitkomst: Uitkomst, **body: Any) -> Any:
        answer = await self.ask("POST", f"/declaraties/{uitkomst.id}/beslissingen", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def lines(self, uitkomst: Uitkomst) -> list[Any]:
        found: list[Any] = (await self.get(f"/declaraties/{uitkomst.id}/regels"))["regels"]
        return found

    async def open(self, **params: Any) -> list[Any]:
        found: list[Any] = (await self.get("/handmatig/openstaand", **params))["declaraties"]
        return found

    async def message(self, bericht_id: UUID) -> Any:
        """The row of a message."""
        return await self._row(EXCHANGE.bericht, EXCHANGE.bericht.c.id == bericht_id)

    async def recorded(self, bericht_id: UUID) -> Any:
        """The row of a declaration; None while it is not answered."""
        return await self._row(DECLARATIE, DECLARATIE.c.bericht_id == bericht_id)

    async def term(self, bericht_id: UUID) -> Any:
        table = EXCHANGE.termijn
        return await self._row(table, table.c.bericht_id == bericht_id)

    async def _row(self, table: Any, which: Any) -> Any:
        async with self.huis.engine.connect() as conn:
            return (await conn.execute(select(table).where(which))).one_or_none()

    async def retour(self, bericht_id: UUID) -> Inhoud:
        """The WMO304 or WMO325, valid against its schema."""
        table = EXCHANGE.bericht
        row = await self._row(table, table.c.heen_id == bericht_id)
        body = self.huis.kluis.open(row.inhoud, str(row.id))
        return read(body, self.huis.schemas, GRENZEN).inhoud

    async def room(self, declarant: Declarant, line: Inhoud, volume: int, eenheid: str = "04") -> None:
        """The toewijzing of a line has room for so much, in all its time."""
        one = a_toewijzing(
            gemeente=declarant.gemeente,
            aanbieder=declarant.aanbieder,
            nummer=line["ToewijzingNummer"],
            client=self.huis.kluis.pseudoniem(BSN),
            omvang=Omvang(volume, eenheid, "6"),
        )
        async with self.huis.engine.begin() as conn:
            await toewijzing_tabel.apply(conn, TOEWIJZING, [an_event(one, 5)])

    def later(self, days: int) -> None:
        """Lets days go by."""
        self.huis.klok.verschuiving += days * 86_400
