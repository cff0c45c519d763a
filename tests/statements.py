"""Counting what goes to the database."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from shared.statement import Statement


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement that goes to the database meanwhile: those of SQLAlchemy, and those straight on the driver."""
    sent: list[str] = []
    run, batches = Statement._run, Statement.batches

    def by_sqlalchemy(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    async def one(self: Statement, *args: Any) -> Any:
        sent.append(self.sql)
        return await run(self, *args)

    async def many(self: Statement, *args: Any) -> AsyncIterator[Any]:
        sent.append(self.sql)
        async for rows in batches(self, *args):
            yield rows

    event.listen(Engine, "before_cursor_execute", by_sqlalchemy)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Statement, "_run", one)
            patch.setattr(Statement, "batches", many)
            yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", by_sqlalchemy)
