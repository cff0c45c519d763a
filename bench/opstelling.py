"""The embedded stack under test: real services, one process each, in a new folder, and a way into their database."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

from bench import kaal, limiet
from bench.declaraties import TARIEVEN
from bench.gegevens import GEMEENTE
from bench.lijn import Lijn
from knooppunt.embedded.geheimen import Geheimen
from knooppunt.embedded.ports import free_port
from knooppunt.embedded.postgres import ADMIN, DATABASE
from shared.feiten.toewijzing import Toewijzing
from shared.feiten.toewijzing_tabel import as_row
from shared.security.kluis import Kluis
from shared.security.partij import Partij
from shared.settings import Service
from tests.keten.stapel import Stapel

START_SECONDS = 60.0


@dataclass
class Opstelling:
    """What runs. ``conn`` is the database administrator's: the bench loads facts and has a schema of its own."""

    stapel: Stapel
    geheimen: Geheimen
    conn: asyncpg.Connection

    @property
    def kluis(self) -> Kluis:
        """The keys of the stack: clients have the same names in the facts as in the services."""
        return Kluis.from_settings(self.geheimen.sleutels_setting, self.geheimen.pseudoniem_sleutel)

    def pid(self, service: Service) -> int:
        """Its process."""
        return int(self.stapel.state[service])

    async def lijn(self, service: Service, aanbieder: str) -> Lijn:
        """A connection of an aanbieder straight to the service, past the gateway."""
        token = self.stapel.token(Partij.aanbieder(aanbieder))
        return await Lijn.open(int(self.stapel.state["poorten"][service]), token)

    async def load(self, service: Service, toewijzingen: Iterable[Toewijzing]) -> None:
        """Puts toewijzingen straight into a projection, with their contracts: a 301 each would take hours."""
        rows = [as_row(one) | {"versie": 1} for one in toewijzingen]
        await self.conn.copy_records_to_table(
            "toewijzing", schema_name=service, columns=list(rows[0]), records=[tuple(row.values()) for row in rows]
        )
        await self.conn.execute(f"analyze {service}.toewijzing")

    async def load_contracts(self) -> None:
        """The contracts of the gemeente, in every projection: without any nothing about them would be checked."""
        for service in ("startstop", "declaratie"):
            await self.conn.execute(
                f"insert into {service}.product (gemeente, product_code, tarieven, versie) "  # noqa: S608 - ours
                "values ($1, $2, $3::text::jsonb, 1)",
                GEMEENTE,
                TARIEVEN[0].product_code,
                json.dumps([one.as_data() for one in TARIEVEN]),
            )

    async def restart(self, service: Service) -> None:
        """Gives the service a fresh process, whose memory no earlier message has touched."""
        before = self.pid(service)
        self.stapel.kill(service)
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(trust_env=False) as client:
            while True:
                with suppress(httpx.TransportError):
                    port = self.stapel.state["poorten"][service]
                    answer = await client.get(f"http://127.0.0.1:{port}/{service}/readyz")
                    if answer.status_code == httpx.codes.OK and self.pid(service) != before:
                        return
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def bare(self, soort: str) -> AsyncIterator[int]:
        """A bare endpoint on this port, in a process of its own, on the same database."""
        await self.conn.execute(kaal.TABLE)
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.kaal", soort, str(port), _dsn(self.stapel, self.geheimen)
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                while True:
                    with suppress(OSError):
                        await (await Lijn.open(port, "")).close()
                        break
                    await asyncio.sleep(0.05)
            yield port
        finally:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def opstelling() -> AsyncIterator[Opstelling]:
    """A fresh stack; gone afterwards. The folder's name is short: socket paths end at 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        stapel = await asyncio.to_thread(Stapel, Path(name) / "g")
        try:
            geheimen = Geheimen.load_or_create(stapel.data)
            conn = await asyncpg.connect(_dsn(stapel, geheimen))
            await conn.execute(limiet.TABLE)
            made = Opstelling(stapel, geheimen, conn)
            await made.load_contracts()
            yield made
            await conn.close()
        finally:
            await asyncio.to_thread(stapel.stop)


def _dsn(stapel: Stapel, geheimen: Geheimen) -> str:
    return f"postgresql://{ADMIN}:{geheimen.postgres}@/{DATABASE}?host={stapel.data / 'pg'}"
