"""The running service startstop without a broker, and who asks there."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

import httpx

from services.startstop.events import HANDLERS
from services.startstop.processing import StartstopDienst
from services.startstop.stilstand_ronde import look_round
from services.startstop.tables import EXCHANGE
from shared.exchange.huis import Huis
from shared.iwmo.waarden import Periode, Product
from shared.kafka import topics
from shared.klok import NEDERLAND
from shared.namens import intern
from tests.shared.exchange.verwerken import claim
from tests.shared.iwmo.berichten import BSN, a_305, a_307, a_heen, a_startproduct, a_stopproduct, soort
from tests.toewijzing.bouw import a_toewijzing, an_event

INGANG = date(2025, 3, 1)


@dataclass
class Loket:
    """A gemeente and an aanbieder whom no other test knows, and what goes on between them."""

    client: httpx.AsyncClient
    huis: Huis
    gemeente: str
    aanbieder: str

    @property
    def vandaag(self) -> date:
        """The day at the node."""
        return self.huis.klok.today()

    def on(self, dag: date) -> None:
        """Noon of that day."""
        noon = datetime.combine(dag, time(12), NEDERLAND)
        self.huis.klok.verschuiving = (noon - datetime.now(UTC)).total_seconds()

    async def ask(self, method: str, path: str, wie: str | None = None, **options: Any) -> httpx.Response:
        """As the aanbieder, or whoever is named: ``gemeente`` or a party in full."""
        wie = f"gemeente:{self.gemeente}" if wie == "gemeente" else wie or f"agb:{self.aanbieder}"
        headers = {"X-Partij": wie, **options.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **options)

    async def get(self, path: str, wie: str | None = None, **params: Any) -> Any:
        answer = await self.ask("GET", path, wie, params=params)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    async def assign(self, nummer: int, eind: date | None = None, code: str = "022A3", versie: int = 1) -> None:
        """A toewijzing comes in."""
        one = a_toewijzing(
            gemeente=self.gemeente,
            aanbieder=self.aanbieder,
            nummer=nummer,
            client=self.huis.kluis.pseudoniem(BSN),
            product=Product(code[:2], code),
            periode=Periode(INGANG, eind),
            ontvangen=INGANG,
        )
        with intern():
            async with self.huis.engine.begin() as conn:
                await HANDLERS[topics.TOEWIJZING](conn, [an_event(one, versie)])

    async def start(self, nummer: int, begin: date = INGANG, code: str = "022A3", **deviations: str) -> None:
        """A WMO305 of today."""
        await self._send("WMO305", a_startproduct(**_product(nummer, begin, code), **deviations))

    async def stop(
        self, nummer: int, einddatum: date, begin: date = INGANG, reden: str = "31", code: str = "022A3", **more: str
    ) -> None:
        """A WMO307 of today."""
        einde = {"RedenBeeindiging": reden, "Einddatum": einddatum.isoformat()}
        await self._send("WMO307", a_stopproduct(**_product(nummer, begin, code), **einde, **more))

    async def look_round(self) -> None:
        """As the service does now and then."""
        with intern():
            await look_round(self.huis)

    async def _send(self, naam: str, product: Any) -> None:
        build = a_305 if naam == "WMO305" else a_307
        inhoud = build("3.2", product, identificatie=uuid4().hex[:12], dagtekening=self.vandaag.isoformat())
        inhoud["Header"] |= {"Afzender": self.aanbieder, "Ontvanger": self.gemeente}
        heen = replace(a_heen(inhoud, soort(naam, "3.2")), ontvangen=self.huis.klok.now(), vandaag=self.vandaag)
        dienst, kluis = StartstopDienst(), self.huis.kluis
        with intern():
            async with self.huis.engine.begin() as conn:
                await claim(conn, EXCHANGE, heen.kop, str(inhoud).encode(), heen.id)
                lezing = dienst.read(heen, kluis)
                facts = await dienst.facts(conn, lezing, heen)
                oordeel = dienst.judge(lezing, facts, heen)
                assert not oordeel.afgekeurd, oordeel.meldingen
                await dienst.record(conn, lezing, facts, oordeel, heen, kluis)


def _product(nummer: int, begin: date, code: str) -> dict[str, Any]:
    product = {"Categorie": code[:2], "Code": code}
    return {"ToewijzingNummer": nummer, "Product": product, "Begindatum": begin.isoformat()}
