"""Health: is the process alive, can it do its work, and the figures of both."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from shared.exchange.huis import Huis
from shared.exchange.wachtkamer import measure
from shared.kafka.consumer import Consumer
from shared.webhooks.meten import meet

T = TypeVar("T")


class Samen(Generic[T]):
    """One question for all who ask at the same time. Health is told to anybody: without this, who asks often enough
    holds the connections with which parties read (P9)."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._asked: asyncio.Future[T] | None = None

    async def __call__(self) -> T:
        """The answer to what is being asked, or asks it. Who hangs up takes it from nobody else."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.ensure_future(self._ask())
        return await asyncio.shield(self._asked)


def make_health_router(huis: Huis, consumer: Consumer) -> APIRouter:
    """The routes ``healthz``, ``readyz`` and ``metrics``."""
    router = APIRouter(include_in_schema=False)
    read_only = Samen(lambda: _read_only(huis))
    figures = Samen(lambda: _figures(huis))

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz(request: Request) -> Response:
        """Ready: the database has our tables and takes writes, the keys are there, the consumer makes progress, and all
        that runs beside the requests still does.

        A broker that is away does not make it unready: reception and verdicts on own facts go on.
        """
        checks = {
            "database": await read_only() is False,
            "sleutels": huis.kluis.usable,
            "consument": consumer.healthy,
            # None of it ends by itself: relay, consumer, waiting room, sealing, retention, webhooks.
            "werk": not any(task.done() for task in request.app.state.werk),
        }
        shown = {name: "ok" if good else "niet beschikbaar" for name, good in checks.items()}
        ready = all(checks.values())
        return JSONResponse({"status": "ok" if ready else "niet gereed", **shown}, 200 if ready else 503,
                            {} if ready else {"Retry-After": "2"})  # fmt: skip

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(await figures(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _figures(huis: Huis) -> bytes:
    if await _read_only(huis) is not None:
        await measure(huis)
        await meet(huis)
    return generate_latest(huis.meters.registry)


async def _read_only(huis: Huis) -> bool | None:
    """Whether the database refuses writes, as a standby does that nobody has promoted; None when it does not answer."""
    try:
        async with asyncio.timeout(3), huis.engine.connect() as conn:
            await conn.execute(select(huis.tables.bericht.c.id).limit(1))
            return bool(await conn.scalar(select(func.current_setting("transaction_read_only") == "on")))
    except (SQLAlchemyError, OSError, TimeoutError):
        return None
