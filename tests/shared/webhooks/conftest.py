"""A service with its database, a party of this test alone, its receiver, and the clock in the test's hands."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop.app import create_app
from services.startstop.tables import EXCHANGE
from shared.exchange.api import beller_of
from shared.exchange.huis import Huis
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from shared.webhooks.bezorger import Bezorger
from shared.webhooks.verzender import Verzender
from tests.ontvanger import Ontvanger
from tests.shared.exchange.verzoeken import KEY

BASE = "/startstop/v1/abonnementen"
GEMEENTE = "0855"
_aanbieders = count(72_000_001)


@dataclass
class Huisgenoot:
    """An aanbieder at the service, and what it has there."""

    app: FastAPI
    code: str
    http: httpx.AsyncClient
    gemachtigd: frozenset[Partij] = frozenset()
    bezorgers: list[Bezorger] = field(default_factory=list)

    @property
    def huis(self) -> Huis:
        huis: Huis = self.app.state.huis
        return huis

    @property
    def partij(self) -> Partij:
        return Partij.aanbieder(self.code)

    async def request(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        """One request about subscriptions."""
        headers = {"X-Partij": str(self.partij), **options.pop("headers", {})}
        return await self.http.request(method, f"{BASE}{path}", headers=headers, **options)

    async def abonneer(self, url: str, **more: Any) -> dict[str, Any]:
        """A subscription, as its POST tells it."""
        answer = await self.request("POST", json={"url": url, **more})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def stand(self, made: dict[str, Any]) -> dict[str, Any]:
        """How a subscription is doing."""
        answer = await self.request("GET", f"/{made['id']}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def ontvangt(self, bericht: str = "WMO306", conn: AsyncConnection | None = None) -> UUID:
        """A message comes into the mailbox; in the transaction of this connection, if there is one."""
        if conn is None:
            async with self.huis.engine.begin() as own:
                return await self.ontvangt(bericht, own)
        made, now = uuid4(), self.huis.klok.now()
        row = {
            "id": made, "bericht": bericht, "release": "3.2", "berichtcode": "419", "afzender": GEMEENTE,
            "ontvanger": self.code, "partij_van": f"gemeente:{GEMEENTE}", "partij_naar": str(self.partij),
            "identificatie": f"W{made.hex[:10]}", "dagtekening": date(2026, 11, 1), "status": "verwerkt",
            "inhoud": b"\x00", "grootte": 1, "ontvangen": now, "verwerkt": now, "heen_id": None, "eerste": True,
            "hash": hashlib.sha256(made.bytes).digest(),
        }  # fmt: skip
        await conn.execute(insert(EXCHANGE.bericht).values(row))
        await conn.execute(insert(EXCHANGE.postbus).values(bericht_id=made, partij=str(self.partij)))
        return made

    async def haalt_op(self, bericht_id: UUID) -> None:
        """Says that it has a message."""
        box = EXCHANGE.postbus
        async with self.huis.engine.begin() as conn:
            await conn.execute(update(box).where(box.c.bericht_id == bericht_id).values(ontvangen=self.huis.klok.now()))

    async def rijen(self, made: dict[str, Any]) -> list[Row[Any]]:
        """What the subscription is to tell of, or was."""
        z = EXCHANGE.bezorging
        own = select(z).where(z.c.abonnement_id == UUID(made["id"])).order_by(z.c.volgnummer)
        async with self.huis.engine.connect() as conn:
            return list((await conn.execute(own)).all())

    def later(self, **hoeveel: float) -> None:
        """The clock of the service goes on."""
        self.huis.klok.verschuiving += timedelta(**hoeveel).total_seconds()

    def bezorger(self, verzender: Verzender | None = None) -> Bezorger:
        """One process that delivers."""
        made = Bezorger(self.huis, verzender)
        self.bezorgers.append(made)
        return made

    async def vertrekt(self) -> None:
        """Leaves nothing behind."""
        for one in self.bezorgers:
            await one.stop()
        async with self.huis.engine.begin() as conn:
            for table in (EXCHANGE.abonnement, EXCHANGE.postbus):
                await conn.execute(delete(table).where(table.c.partij == str(self.partij)))
            await conn.execute(delete(EXCHANGE.bericht).where(EXCHANGE.bericht.c.partij_naar == str(self.partij)))

    async def ronde(self, bezorger: Bezorger) -> None:
        """One round, and all that follows from it."""
        await bezorger.round()
        await bezorger.settled()


@pytest.fixture(scope="session")
async def app(migrated: Settings) -> AsyncIterator[FastAPI]:
    """The service; the receivers are on this machine."""
    own: dict[str, Any] = {"sleutels": f"a:{KEY}", "pseudoniem_sleutel": KEY, "jwks_url": "file:///geen/jwks.json"}
    made = create_app(Settings(database_url_startstop=migrated.dsn("startstop"), webhook_lokaal=True, **own))
    yield made
    await made.state.huis.engine.dispose()


@pytest.fixture
async def genoot(app: FastAPI) -> AsyncIterator[Huisgenoot]:
    async def caller(request: Request) -> Beller:
        """The party that the test names; with X-Gemachtigd it acts by a mandate."""
        partijen = frozenset(map(Partij.parse, request.headers["X-Partij"].split(",")))
        made = Beller("proef", partijen, partijen if "X-Gemachtigd" in request.headers else frozenset())
        request.state.beller = made
        return made

    app.dependency_overrides[beller_of] = caller
    app.state.huis.klok.verschuiving = 0.0
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://knooppunt") as http:
        made = Huisgenoot(app, str(next(_aanbieders)), http)
        yield made
    await made.vertrekt()


@pytest.fixture
async def ontvanger() -> AsyncIterator[Ontvanger]:
    made = await Ontvanger().open()
    yield made
    await made.close()
