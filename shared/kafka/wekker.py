"""Waking the relay of another process: of several processes of a service, only one relays a slice.

By LISTEN and NOTIFY on a connection of its own, after the commit. A NOTIFY inside the transactions themselves would
take a lock over the whole server at each commit; here many wakes are one NOTIFY. One that gets lost costs no more than
the relay's slow look.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import structlog
from asyncpg.exceptions import InterfaceError, PostgresError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.kafka.outage import Backoff

GATHER_SECONDS = 0.005
ALIVE_SECONDS = 15.0

log = structlog.get_logger()


class Wekker(Protocol):
    """The way from one process of a service to the others."""

    def ring(self) -> None:
        """Wake the relays of the other processes; returns at once."""
        ...

    async def run(self, woken: Callable[[], None]) -> None:
        """Call `woken` whenever another process rings, until cancelled."""
        ...


class PostgresWekker:
    """Through the database, which all processes of a service share."""

    def __init__(self, engine: AsyncEngine, service: str) -> None:
        self._engine = engine
        self._service = service
        self._channel = f"knooppunt_{service}"
        self._rung = asyncio.Event()
        self._backoff = Backoff()

    def ring(self) -> None:
        """See Wekker."""
        self._rung.set()

    async def run(self, woken: Callable[[], None]) -> None:
        """See Wekker."""
        while True:
            try:
                await self._connected(woken)
            except (SQLAlchemyError, PostgresError, InterfaceError, OSError, TimeoutError):
                log.warning("waking_interrupted", service=self._service, exc_info=True)
            await asyncio.sleep(self._backoff.next())

    async def _connected(self, woken: Callable[[], None]) -> None:
        async with self._engine.connect() as conn:
            driver: Any = (await conn.get_raw_connection()).driver_connection

            def heard(*_: Any) -> None:
                woken()

            try:
                await driver.add_listener(self._channel, heard)
                self._backoff.reset()
                woken()  # what was rung while nobody listened
                await self._pass_on(driver)
            finally:
                await conn.invalidate()  # a session that listens never goes back into the pool

    async def _pass_on(self, driver: Any) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._rung.wait(), ALIVE_SECONDS)
            if self._rung.is_set():
                self._rung.clear()
                await driver.execute("select pg_notify($1, '')", self._channel)
                await asyncio.sleep(GATHER_SECONDS)
            else:
                await driver.execute("select 1")  # a connection that died quietly is found
