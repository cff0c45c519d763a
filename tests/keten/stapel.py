"""The embedded stack as its users run it: the real command in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from knooppunt.embedded.geheimen import FILE, Geheimen
from knooppunt.embedded.postgres import ADMIN, DATABASE
from knooppunt.issuer import Issuer
from shared.security.partij import Partij
from shared.settings import SERVICES
from tests.kafka_echt import apache

ROOT = Path(__file__).parents[2]
TOKEN_SECONDS = 3600
PROEFGEMEENTEN = tuple(str(code) for code in range(5001, 9000))
"""Codes of no gemeente, which the operator of the stack adds as if they were: there are more tests than gemeenten."""
HAAST = {"KNOOPPUNT_WEBHOOK_SECONDEN": "2", "KNOOPPUNT_WEBHOOK_HERHALING_SECONDEN": "0.5"}
"""Webhooks that fail are tried again sooner than anyone else would want it."""
PROCESSES = ("postgres", "broker", *SERVICES)


class Stapel:
    """``knooppunt up`` on a data folder; after a restart its address is another one."""

    kafka: apache.Apache | None = None
    """What it has for a broker, started by whoever gives it; without, the stack has its own."""

    def __init__(self, data: Path, kafka: apache.Apache | None = None) -> None:
        self.data = data
        self.kafka = kafka
        self.start()
        self.issuer = Issuer.load_or_create(data)

    def start(self) -> None:
        """Start; returns when it says that it is ready."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("KNOOPPUNT_")}
        own = {"PYTHONPATH": str(ROOT), "KNOOPPUNT_GEMEENTEN": str(_add_gemeenten(self.data.parent)), **HAAST}
        foreign = ["--kafka", self.kafka.bootstrap] if self.kafka else []
        own |= self.kafka.settings if self.kafka else {}
        with (self.data.parent / "up.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "knooppunt", "up", "--port", "0", "--data", str(self.data), *foreign],
                cwd=ROOT, env=clean | own, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line.startswith("gereed: http://127.0.0.1:"), (line, (self.data.parent / "up.log").read_text())
        self.url = line.removeprefix("gereed: ").strip()

    def stop(self) -> int:
        """Stop in order; the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(60)

    @property
    def state(self) -> dict[str, Any]:
        """What runs, as the stack writes it down: process ids and ports."""
        written = dict(json.loads((self.data / "processen.json").read_text()))
        return written | ({"broker": self.kafka.nodes[0].pid} if self.kafka else {})

    def kill(self, name: str) -> None:
        """SIGKILL for one process of the stack; a broker comes back with nothing."""
        if name == "broker" and self.kafka:
            self.kafka.nodes[0].replace()
        else:
            os.kill(self.state[name], signal.SIGKILL)

    def beeindig(self, name: str) -> None:
        """SIGTERM for one process of the stack, as when a new version is rolled out; the stack starts it again."""
        os.kill(self.state[name], signal.SIGTERM)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """One process of the stack stands still meanwhile; it may be killed while it does."""
        pid = self.state[name]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    async def whole(self) -> bool:
        """Whether every process runs and every service says that it is ready."""
        state = self.state
        return all(runs(state[name]) for name in PROCESSES) and await self.ready()

    async def ready(self, seconds: float = 5) -> bool:
        """Whether every service says that it is ready."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=seconds) as client:
            try:
                answers = [await client.get(f"/{service}/readyz") for service in SERVICES]
            except httpx.TransportError:
                return False
        return all(answer.status_code == 200 for answer in answers)

    def token(self, *partijen: Partij, seconds: int = TOKEN_SECONDS, audience: str = "knooppunt") -> str:
        """An access token of the embedded issuer."""
        return self.issuer.token(list(partijen), "knooppunt", audience, seconds)

    async def connect(self) -> Any:
        """A connection to the database, past every service."""
        password = Geheimen.model_validate_json((self.data / FILE).read_bytes()).postgres
        return await asyncpg.connect(
            user=ADMIN, password=password, host=str(self.data / "pg"), database=DATABASE, timeout=60
        )

    async def query(self, sql: str, *arguments: Any) -> list[Any]:
        """Looks into the database, past every service."""
        conn = await self.connect()
        try:
            found: list[Any] = await conn.fetch(sql, *arguments)
        finally:
            await conn.close()
        return found


def _add_gemeenten(folder: Path) -> Path:
    path = folder / "gemeenten.csv"
    lines = ("code,omschrijving,begindatum,einddatum", *(f"{code},Proefgemeente {code},," for code in PROEFGEMEENTEN))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def runs(pid: int | None) -> bool:
    """Whether there is a process with this id."""
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def elapsed(since: float) -> float:
    """Seconds since a ``time.monotonic()``."""
    return time.monotonic() - since
