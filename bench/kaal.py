"""The bare endpoint: validates a message and inserts one row, and nothing else. ``python -m bench.kaal PORT DSN``."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import uvicorn
from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bench.gegevens import kind
from shared.iwmo.schemas import Schemas

TABLE = "create table if not exists bench.bericht (id uuid primary key, inhoud bytea not null)"
POOL = 8


def make_app(dsn: str) -> Starlette:
    """The app; it opens its connections when it starts."""
    validator = Schemas().of(kind("WMO305", "3.2")).validator
    pools: list[asyncpg.Pool] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=POOL, max_size=POOL) as pool:
            pools.append(pool)
            yield

    async def post(request: Request) -> Response:
        body = await request.body()
        validator.assertValid(etree.fromstring(body))
        await pools[0].execute("insert into bench.bericht (id, inhoud) values ($1, $2)", uuid4(), body)
        return JSONResponse({"status": "verwerkt"}, 201)

    return Starlette(routes=[Route("/berichten", post, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        make_app(sys.argv[2]), port=int(sys.argv[1]), loop="uvloop", http="httptools", log_config=None,
        access_log=False,
    )  # fmt: skip
