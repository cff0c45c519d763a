"""For whom a transaction speaks: the database shows and takes the rows of those parties alone (row level security).

There is one way to say it: ``namens`` (parties) or ``intern`` (work of the service itself that spans parties) around
the code that begins the transaction; a request speaks for its caller until it ends (``shared.exchange.spreker``). It
goes with the BEGIN, in the same round trip, and ends with the transaction. One that says nothing sees no rows and
writes none. What holds for a transaction is what was said when it began: to say something else takes another one.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from asyncpg import Connection
from sqlalchemy import ColumnElement, Text, bindparam, func, select

from shared.security.partij import Partij

INSTELLING = "knooppunt.partijen"
"""The setting of the transaction that the policies look at (``shared.rijbeleid``)."""
_NAAM = re.compile(r"[a-z]+(:[0-9]+)?")
_INTERN = "intern"
_spoken: ContextVar[str | None] = ContextVar("namens", default=None)
_caller: ContextVar[str | None] = ContextVar("beller", default=None)


def gezegd(partijen: Iterable[Partij]) -> str:
    """Parties as the setting holds them: each by its name, and by its code alone, as columns have one or the other."""
    names: list[str] = []
    for partij in sorted(partijen, key=str):
        name = str(partij)
        if not _NAAM.fullmatch(name):
            raise ValueError("a party is a kind and a number")
        names += [name, partij.code] if partij.code else [name]
    return ",".join(names)


@contextmanager
def namens(partijen: Iterable[Partij]) -> Iterator[None]:
    """Transactions that begin within speak for these parties."""
    with _saying(_setting(partijen)):
        yield


@contextmanager
def intern() -> Iterator[None]:
    """Transactions that begin within see and write everyone's rows: relay, projections, waiting room, terms, retention.
    Not for what a caller asked for; the exception is operations, which says why (``shared.exchange.inzage``)."""
    with _saying(_INTERN):
        yield


@contextmanager
def niemand() -> Iterator[None]:
    """Transactions that begin within speak for nobody, until something is said; it holds no longer than this either."""
    with _saying(None):
        yield


def spreek_namens(partijen: Iterable[Partij]) -> None:
    """As ``namens``, until the ``niemand`` around it ends: for a request, once it is known who is calling."""
    said = _setting(partijen)
    _spoken.set(said)
    _caller.set(said)


def wie_vraagt() -> str | None:
    """Whose request this is, whomever its transactions speak for; None outside of requests."""
    return _caller.get()


def _setting(partijen: Iterable[Partij]) -> str:
    return f"SET LOCAL {INSTELLING} = '{gezegd(partijen)}';"


@contextmanager
def _saying(said: str | None) -> Iterator[None]:
    token = _spoken.set(said)
    try:
        yield
    finally:
        _spoken.reset(token)


def in_deze_opdracht(name: str = "namens", geduld: str | None = None) -> Any:
    """Saying it within one statement that is a transaction of its own, as a table of one row to select from; the
    parameter is what ``gezegd`` gives. A table that is read or written only by way of what depends on this row, or
    after it (a subquery in the select list), is looked at with the setting in place; before it there are no rows.
    ``geduld``: the parameter that says how long the statement may wait for a lock (``lock_timeout``)."""
    said: ColumnElement[str] = func.set_config(INSTELLING, bindparam(name, type_=Text()), True)
    shown = [said.label("gezegd")]
    if geduld is not None:
        shown.append(func.set_config("lock_timeout", bindparam(geduld, type_=Text()), True).label("geduld"))
    # Not to be merged into the statement, nor put off: OFFSET keeps it a step of its own.
    return select(*shown).offset(0).subquery("spreker")


class Spreker(Connection):
    """A connection of the driver on which each transaction says for whom it is, in the round trip that begins it.

    ``intern_rol`` and ``invoer``: the roles it may take on, None where the database has none; ``kan_invoeren``: whether
    the last is there, once that was asked.
    """

    intern_rol: str | None = None
    invoer: str | None = None
    kan_invoeren: bool | None = None
    is_intern: bool = False
    """Whether the transaction that began last is."""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109
        """As the driver does it; whatever begins a transaction in this house comes by here."""
        if query.startswith("BEGIN") and not args:
            said = _spoken.get()
            self.is_intern = said == _INTERN
            query += self._taking_the_role() if self.is_intern else said or ""
        told: str = await super().execute(query, *args, timeout=timeout)
        return told

    def _taking_the_role(self) -> str:
        return f'SET LOCAL ROLE "{self.intern_rol}";' if self.intern_rol else ""


def rol_intern(service: str) -> str:
    """The role of a service's own work that spans parties."""
    return f"{service}_intern"


def rol_invoer(service: str) -> str:
    """The role in which lines are added with COPY (``shared.db.copy_rows``)."""
    return f"{service}_invoer"


def spreker(dienst: str | None) -> type[Spreker]:
    """The kind of connection of one engine, with the roles of this service if it has any."""
    roles = {"intern_rol": rol_intern(dienst), "invoer": rol_invoer(dienst)} if dienst else {}
    return type("Spreker", (Spreker,), roles)
