"""Counting what goes to the database."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.statement import Statement


@contextmanager
def counted(own: AsyncConnection) -> Iterator[list[str]]:
    """Every statement that goes to the database on this connection meanwhile: those of SQLAlchemy, and those straight
    on the driver. On this one alone: a service that another test runs may be at work as well."""
    sent: list[str] = []
    run, batches = Statement._run, Statement.batches

    def by_sqlalchemy(conn: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if conn is own.sync_connection:
            sent.append(statement)

    async def one(self: Statement, conn: AsyncConnection, *args: Any) -> Any:
        if conn is own:
            sent.append(self.sql)
        return await run(self, conn, *args)

    async def many(self: Statement, conn: AsyncConnection, *args: Any) -> AsyncIterator[Any]:
        if conn is own:
            sent.append(self.sql)
        async for rows in batches(self, conn, *args):
            yield rows

    event.listen(Engine, "before_cursor_execute", by_sqlalchemy)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Statement, "_run", one)
            patch.setattr(Statement, "batches", many)
            yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", by_sqlalchemy)
