"""The embedded stack with each part in the hands of the test: real processes, but nobody else who starts them again."""

import asyncio
import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from knooppunt import migrate
from knooppunt.embedded import broker, environment, postgres
from knooppunt.embedded.child import Child, Program
from knooppunt.embedded.folder import DataFolder
from knooppunt.embedded.gateway import Gateway
from knooppunt.embedded.geheimen import Geheimen
from knooppunt.embedded.ports import LOOPBACK, free_port, listen_on
from knooppunt.embedded.server import GatewayServer
from knooppunt.issuer import Issuer
from shared.faalpunten import Faalpunt, set_faalpunt
from shared.settings import SERVICES, Service
from tests.keten.stapel import PROCESSES, Stapel, _add_gemeenten
from tests.ruig.sluis import Sluis
from tests.wachten import eventually

START_SECONDS = 60.0
WAL_MB = 1
"""Size of a file of the write-ahead log, so that a limit on files can be low. As Postgres is made: 16."""


class LosseStapel(Stapel):
    """Between services and Postgres is a sluice; failpoints are on; what dies is started again at once."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._folder = DataFolder.open(data)
        self.geheimen = Geheimen.load_or_create(data)
        self.issuer = Issuer.load_or_create(data)
        self._children: dict[str, Child] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._ports: dict[str, int] = {service: free_port() for service in SERVICES}
        self._broker = broker.Own(broker.find_binary(), free_port())
        self._faalpunten = data / "faalpunten"
        self._faalpunten.mkdir(exist_ok=True)
        self._limits: dict[str, tuple[int, int]] = {}
        self._server = GatewayServer(Gateway({service: self._ports[service] for service in SERVICES}))

    async def open(self) -> None:
        """Start everything; returns when every service is ready."""
        await asyncio.to_thread(self._prepare)
        self.sluis = Sluis(self.data / "sluis", self._cluster.socket_dir)
        await self.sluis.open()
        kafka = broker.program(self._broker, self._folder.log("broker"))
        await asyncio.gather(self._start(self._database()), self._start(kafka))
        await eventually(self._database_accepts, "Postgres accepts", seconds=START_SECONDS)
        await eventually(lambda: broker.accepts(self._broker.port), "the broker accepts", seconds=START_SECONDS)
        await migrate.migrate(environment.migration_settings(self._cluster, self.geheimen), SERVICES)
        for service in SERVICES:
            await self._start(self._program(service))
        listener = listen_on(0)
        await self._server.start(listener)
        self.url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        await eventually(self.whole, "every service is ready", seconds=START_SECONDS, every=0.05)

    async def close(self) -> None:
        """Stop everything."""
        for keeper in self._keepers.values():
            keeper.cancel()
        await asyncio.gather(*(child.stop() for name, child in self._children.items() if name in SERVICES))
        await self._server.stop()
        for name in ("broker", "postgres"):
            if name in self._children:
                await self._children[name].stop()

    @property
    def state(self) -> dict[str, Any]:
        """What runs, in the form of the other stack."""
        return {name: self._children[name].pid for name in PROCESSES} | {"poorten": self._ports}

    def faalpunt(self, service: Service, naam: Faalpunt, actie: str = "stop", passage: int = 1) -> Path:
        """Sets a failpoint; the file that is there until it happens."""
        return set_faalpunt(self._faalpunten, service, naam, actie, passage)

    async def restart(self, name: str, limits: tuple[int, int] | None = None) -> None:
        """A fresh process, with a limit of its own (kind of ``resource``, bytes) or with none."""
        before = self._children[name].pid
        self._limits.pop(name, None)
        if limits is not None:
            self._limits[name] = limits
        self.kill(name)

        async def another() -> bool:
            return self._children[name].pid not in (None, before) and await self.whole()

        await eventually(another, f"{name} is back", seconds=START_SECONDS, every=0.05)

    @contextmanager
    def file_limit(self, size: int) -> Iterator[None]:
        """Meanwhile Postgres can make no file larger than this, in bytes: what it does for a party fails for want of
        room. It is a soft limit, which needs no rights to set or to take away."""
        self._limit_files(str(size))
        try:
            yield
        finally:
            self._limit_files("unlimited")

    def _limit_files(self, size: str) -> None:
        parent = self.state["postgres"]
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for pid in (parent, *map(int, children)):
            if _serves_a_party(pid) or pid == parent:
                # As the account of the process: root may lack the right over another's.
                # One that ends just then has no more need of it.
                subprocess.run(
                    ["prlimit", "--pid", str(pid), f"--fsize={size}:"], **self._account(), check=pid == parent
                )

    def _prepare(self) -> None:
        """The cluster; anew after it was killed, because of what it left behind."""
        fresh = not (self.data / "postgres").exists()
        self._cluster = postgres.Cluster.prepare(postgres.find_binaries(), self.data, self.geheimen.postgres)
        if fresh:
            command = [self._cluster.binaries / "pg_resetwal", f"--wal-segsize={WAL_MB}", "-D", self._cluster.data]
            subprocess.run(command, **self._account(), cwd="/", check=True, capture_output=True)

    def _account(self) -> dict[str, Any]:
        """Who Postgres runs as, for a process of ours beside it."""
        account = self._cluster.account
        return {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}

    def _database(self) -> Program:
        found = self._cluster.program(self._folder.log("postgres"))
        return replace(found, argv=(*found.argv, "-c", "max_wal_size=64MB", "-c", "min_wal_size=8MB"))

    async def _database_accepts(self) -> bool:
        return self._cluster.accepts(self._children["postgres"].pid)

    def _program(self, service: Service) -> Program:
        by_the_sluice = replace(self._cluster, socket_dir=self.sluis.folder)
        env = environment.of_service(service, by_the_sluice, self.geheimen, self._folder, self._broker)
        env |= {
            "KNOOPPUNT_FAALPUNTEN": str(self._faalpunten),
            "KNOOPPUNT_GEMEENTEN": str(_add_gemeenten(self.data.parent)),
        }
        return environment.program(service, self._ports[service], env, self._folder.log(service))

    async def _start(self, program: Program) -> None:
        child = self._children[program.name] = Child(program)
        self._launch(child)
        self._keepers[program.name] = asyncio.create_task(self._keep(child))

    def _launch(self, child: Child) -> None:
        child.start()
        name = child.program.name
        if name in self._limits and child.pid:
            kind, size = self._limits[name]
            resource.prlimit(child.pid, kind, (size, size))

    async def _keep(self, child: Child) -> None:
        while True:
            await eventually(lambda: _is(not child.running), "it ends", seconds=86_400, every=0.02)
            if child.program.name == "postgres":
                await asyncio.to_thread(self._prepare)
            self._launch(child)


async def _is(value: bool) -> bool:
    return value


def _serves_a_party(pid: int) -> bool:
    """Whether this process of Postgres is the one of a connection of a service: its title names the role."""
    try:
        title = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
    except OSError:
        return False
    return any(title.startswith(f"postgres: {service} ") for service in SERVICES)


def resume(pid: int) -> None:
    """A process that stood still goes on."""
    os.kill(pid, signal.SIGCONT)
