"""The bare endpoints: validate a message and insert one row, and nothing else. ``python -m bench.kaal KIND PORT DSN``.

``bar`` goes straight to the web toolkit and the driver; ``huis`` is what one would write first with what this house is
made of, FastAPI and SQLAlchemy."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI
from lxml import etree
from sqlalchemy import Column, LargeBinary, MetaData, Table, Uuid, insert
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bench.gegevens import kind
from shared.db import make_engine
from shared.iwmo.schemas import Schemas

TABLE = "create table if not exists bench.bericht (id uuid primary key, inhoud bytea not null)"
POOL = 8


def make_bar(dsn: str) -> Starlette:
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


def make_huis(dsn: str) -> FastAPI:
    """The same; its connections come as they are needed."""
    validator = Schemas().of(kind("WMO305", "3.2")).validator
    engine = make_engine(dsn, POOL // 2)
    app = FastAPI()

    @app.post("/berichten", status_code=201)
    async def post(request: Request) -> dict[str, str]:
        body = await request.body()
        validator.assertValid(etree.fromstring(body))
        async with engine.begin() as conn:
            await conn.execute(insert(_BERICHT).values(id=uuid4(), inhoud=body))
        return {"status": "verwerkt"}

    return app


SOORTEN = {"bar": make_bar, "huis": make_huis}
_BERICHT = Table("bericht", MetaData("bench"), Column("id", Uuid), Column("inhoud", LargeBinary))

if __name__ == "__main__":
    _, soort, port, dsn = sys.argv
    uvicorn.run(
        SOORTEN[soort](dsn), port=int(port), loop="uvloop", http="httptools", log_config=None,
        access_log=False,
    )  # fmt: skip
