"""The embedded stack: everything that ``knooppunt up`` starts, in order, and stops in the opposite order."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import uvloop

from knooppunt import migrate
from knooppunt.clienten import Clienten
from knooppunt.config import read_settings
from knooppunt.embedded import broker, environment, leftovers, postgres
from knooppunt.embedded.child import Child, Program, tell
from knooppunt.embedded.folder import DataFolder, replace
from knooppunt.embedded.gateway import Gateway
from knooppunt.embedded.geheimen import Geheimen
from knooppunt.embedded.ports import LOOPBACK, free_port, listen_on
from knooppunt.embedded.server import GatewayServer
from knooppunt.embedded.uitgifte import Uitgifte
from knooppunt.errors import KnooppuntStartError, reason
from knooppunt.issuer import Issuer
from shared.settings import SERVICES, Service

SERVICE_READY_SECONDS = 60.0
TRY_IT = "knooppunt token --partij gemeente:0855"


def run(data_dir: Path, port: int, kafka: str | None = None) -> None:
    """Run the stack until SIGINT or SIGTERM; raises KnooppuntStartError, with everything stopped again.

    ``kafka`` is the address of a broker that runs already, to be used instead of one of our own.
    """
    folder = DataFolder.open(data_dir)
    with folder.lock():
        listener = listen_on(port)
        postgres_bin = postgres.find_binaries()
        chosen = kafka or broker.Own(broker.find_binary(), free_port())
        leftovers.clean(folder)
        stack = Stack(folder, listener, postgres_bin, chosen)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(stack.run())


class Stack:
    """The processes of one data folder and the gateway in front of them.

    Its broker is its own, or somebody else's at an address.
    """

    def __init__(
        self, folder: DataFolder, listener: socket.socket, postgres_bin: Path, kafka: broker.Own | str
    ) -> None:
        self._folder, self._listener = folder, listener
        self._postgres_bin, self._broker = postgres_bin, kafka
        self._geheimen = Geheimen.load_or_create(folder.path)
        issuer, settings = Issuer.load_or_create(folder.path), read_settings()
        self._ports: dict[str, int] = {service: free_port() for service in SERVICES}
        self._children: dict[str, Child] = {}
        self._cluster: postgres.Cluster | None = None
        uitgifte = Uitgifte(issuer, Clienten(folder.path), settings.token_issuer, settings.token_audience)
        self._gateway = Gateway(self._ports, settings.max_bericht_bytes, uitgifte)
        self._server = GatewayServer(self._gateway)

    async def run(self) -> None:
        """Start, serve until a signal, stop."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        try:
            if await _unless(stop, self._start()):
                print(f"gereed: http://{LOOPBACK}:{self._listener.getsockname()[1]}", flush=True)
                if sys.stdout.isatty():
                    tell(f"uitproberen: /toewijzing/v1/docs op dat adres, met een token ({TRY_IT}); stoppen: Ctrl-C")
                await _unless(stop, self._server.wait())
        finally:
            await self._stop()

    async def _start(self) -> None:
        await _together(self._start_postgres(), self._start_broker())
        await self._migrate()
        await _together(*(self._start_service(service) for service in SERVICES))
        await self._server.start(self._listener)
        for child in self._children.values():
            child.keep_running()

    async def _start_postgres(self) -> None:
        # In a thread: making a cluster or stopping an old server takes long; the broker starts meanwhile.
        try:
            cluster = await asyncio.to_thread(
                postgres.Cluster.prepare, self._postgres_bin, self._folder.path, self._geheimen.postgres
            )
        except OSError as error:
            raise KnooppuntStartError(f"De database is niet klaar te zetten: {reason(error)}") from error
        self._cluster = cluster
        child = self._child("postgres", cluster.program(self._folder.log("postgres")))

        async def accepts() -> bool:
            return cluster.accepts(child.pid)

        await child.wait_ready(accepts, postgres.READY_SECONDS)

    async def _start_broker(self) -> None:
        """Ours; without somebody else's the services start as well, and wait for it."""
        if isinstance(own := self._broker, broker.Own):
            child = self._child("broker", broker.program(own, self._folder.log("broker")))
            await child.wait_ready(lambda: broker.accepts(own.port), broker.READY_SECONDS)

    async def _migrate(self) -> None:
        settings = environment.migration_settings(self._running_cluster, self._geheimen)
        if pending := await migrate.pending(settings, SERVICES):
            await migrate.migrate(settings, pending)

    async def _start_service(self, service: Service) -> None:
        port = self._ports[service]
        env = environment.of_service(service, self._running_cluster, self._geheimen, self._folder, self._broker)
        child = self._child(service, environment.program(service, port, env, self._folder.log(service)))
        async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", trust_env=False) as client:

            async def ready() -> bool:
                with suppress(httpx.TransportError):
                    return (await client.get(f"/{service}/readyz", timeout=5)).status_code == httpx.codes.OK
                return False

            await child.wait_ready(ready, SERVICE_READY_SECONDS)

    @property
    def _running_cluster(self) -> postgres.Cluster:
        if self._cluster is None:
            raise KnooppuntStartError("De database is nog niet gestart")
        return self._cluster

    def _child(self, name: str, program: Program) -> Child:
        child = self._children[name] = Child(program, on_start=self._write_processes)
        child.start()
        return child

    def _write_processes(self) -> None:
        """Tell operators, tests and a next start what runs; it must be on disk before we can be killed."""
        state: dict[str, Any] = {name: child.pid for name, child in self._children.items()}
        state |= {"up": os.getpid(), "poort": self._listener.getsockname()[1]}
        state |= {"poorten": self._ports}
        if isinstance(self._broker, broker.Own):
            state |= {"broker_poort": self._broker.port}
        try:
            replace(self._folder.processes, json.dumps(state, indent=2).encode(), mode=0o600)
        except OSError as error:
            # A full disk is no reason not to start again what died.
            tell(f"{self._folder.processes} is niet te schrijven: {reason(error)}")

    async def _stop(self) -> None:
        """Services first, while the gateway still carries their last answers; the database last."""
        self._gateway.refuse()
        services = [child for name, child in self._children.items() if name in SERVICES]
        await asyncio.gather(*(child.stop() for child in services))
        await self._server.stop()
        for name in ("broker", "postgres"):
            if name in self._children:
                await self._children[name].stop()
        if self._cluster:
            self._cluster.remove_socket_dir()
        self._folder.processes.unlink(missing_ok=True)


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do the work unless told to stop first; whether it was done."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        working.result()
        return not stop.is_set()
    working.cancel()
    await asyncio.wait((working,))
    return False


async def _together(*work: Coroutine[Any, Any, None]) -> None:
    """All at once; the first failure stops the others and is raised as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for part in work:
                group.create_task(part)
    except* KnooppuntStartError as failures:
        raise failures.exceptions[0] from None
