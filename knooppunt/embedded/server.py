"""The HTTP server of the gateway, inside the process of ``knooppunt up``."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from knooppunt.embedded.gateway import Gateway
from knooppunt.errors import KnooppuntStartError
from knooppunt.http import Protocol

POLL_SECONDS = 0.01
GRACE_SECONDS = 5


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the stack's: it stops more than this server."""
        yield


class GatewayServer:
    """Serves the gateway on a socket that is already bound."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        config = uvicorn.Config(
            gateway,
            http=Protocol,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            # It is the edge here: whatever a caller says about his address is not believed.
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self, listener: socket.socket) -> None:
        """Return when requests are accepted."""
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            if self._task.done():
                raise KnooppuntStartError("De poort is niet te openen") from self._task.exception()
            await asyncio.sleep(POLL_SECONDS)

    async def wait(self) -> None:
        """Until the server ends, which it only does when it is stopped or broken."""
        if self._task:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """Finish the requests under way and close."""
        self._server.should_exit = True
        if self._task:
            await asyncio.wait((self._task,))
        await self._gateway.close()
