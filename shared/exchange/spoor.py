"""The audit trail (NEN 7513): who did what, on whose behalf, about whom, when, for which request, and what came of it.

A row is written in the transaction of the deed, so one is not there without the other: a read that cannot be recorded
is refused (503). What a row holds: ``shared.exchange.tables``; how it is chained afterwards: ``verzegeling``.
"""

from collections.abc import Collection, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.arrays import array_text
from shared.exchange.tables import ExchangeTables
from shared.iwmo.catalogus import BerichtSoort
from shared.iwmo.kop import Kop
from shared.security.partij import Beller
from shared.statement import Statement, as_arrays, given_rows

VERZOEK: ContextVar[UUID | None] = ContextVar("verzoek", default=None)
"""The id of the request that is being answered; none for what a service does of itself."""
MOST_CLIENTEN = 500
"""A row names no more: a message about more clients is found by its lines."""
_WRITTEN = (
    "wie", "partij", "handeling", "uitkomst", "bericht_id", "bericht", "client", "verzoek", "gemeente", "aanbieder",
    "betreft",
)  # fmt: skip
_PREFIX = "audit_"


@dataclass(frozen=True, slots=True)
class Over:
    """Whom a deed is about: codes of gemeenten and aanbieders, and pseudonyms of clients."""

    gemeenten: Collection[str] = ()
    aanbieders: Collection[str] = ()
    clienten: Collection[str] = ()

    @classmethod
    def kop(cls, kop: Kop, clienten: Collection[str] = ()) -> "Over":
        """The parties and clients of a message."""
        codes = (kop.afzender, kop.ontvanger)
        gemeente, aanbieder = codes if kop.soort.afzender == "gemeente" else reversed(codes)
        return cls((gemeente,), (aanbieder,), clienten)

    @classmethod
    def berichten(cls, rows: Iterable[Any]) -> "Over":
        """The parties of messages, by ``afzender`` and ``ontvanger``: a gemeente has four digits."""
        codes = {code for row in rows for code in (row.afzender, row.ontvanger)}
        gemeenten = {code for code in codes if len(code) == _GEMEENTE_DIGITS}
        return cls(gemeenten, codes - gemeenten)

    @classmethod
    def rijen(cls, rows: Iterable[Any]) -> "Over":
        """Rows with one or more of ``gemeente``, ``aanbieder`` and ``client``."""
        shown = list(rows)
        return cls(*({code for row in shown if (code := getattr(row, name, None)) is not None} for name in _ROW))


_GEMEENTE_DIGITS = 4
_ROW = ("gemeente", "aanbieder", "client")
NIEMAND = Over()
"""Of a deed that is about nobody but the caller."""


async def note(
    conn: AsyncConnection,
    tables: ExchangeTables,
    beller: Beller,
    handeling: str,
    uitkomst: str,
    *,
    bericht_id: UUID | None = None,
    soort: BerichtSoort | str | None = None,
    over: Over = NIEMAND,
) -> None:
    """One row in the audit trail, in the transaction of the deed. ``uitkomst`` is text of ours: no BSN, name or
    content."""
    row = audit_row(beller, handeling, uitkomst, bericht_id, soort, over)
    await _noting(tables).run(conn, audit_values([row]))


@cache
def _noting(tables: ExchangeTables) -> Statement:
    return Statement(noting(tables))


def noting(tables: ExchangeTables) -> Insert:
    """The insert of rows, for a statement that does more."""
    return insert(tables.audit).from_select(list(_WRITTEN), given_rows(tables.audit, _WRITTEN, _PREFIX))


def audit_values(rows: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    """Its parameters."""
    told = (row | {"betreft": row["betreft"] and array_text(row["betreft"])} for row in rows)
    return as_arrays((tuple(row.values()) for row in told), [_PREFIX + name for name in _WRITTEN])


def audit_row(
    beller: Beller,
    handeling: str,
    uitkomst: str,
    bericht_id: UUID | None,
    soort: BerichtSoort | str | None,
    over: Over = NIEMAND,
    verzoek: UUID | None = None,
) -> dict[str, Any]:
    """One row: the columns that are written, in that order. ``verzoek``: the request, if not the one at hand."""
    gemeenten = over.gemeenten or beller.codes("gemeente")
    aanbieders = over.aanbieders or beller.codes("agb")
    names = beller.names
    return {
        "wie": beller.subject,
        "partij": ",".join(names),
        "handeling": handeling,
        "uitkomst": uitkomst,
        "bericht_id": bericht_id,
        "bericht": soort.naam if isinstance(soort, BerichtSoort) else soort,
        "client": _only(over.clienten),
        "verzoek": verzoek or VERZOEK.get(),
        "gemeente": _only(gemeenten),
        "aanbieder": _only(aanbieders),
        "betreft": _several(gemeenten, names, over.clienten),
    }


def _only(codes: Collection[str]) -> str | None:
    return next(iter(codes)) if len(codes) == 1 else None


def _several(gemeenten: Collection[str], names: Collection[str], clienten: Collection[str]) -> list[str] | None:
    """All that does not fit a column of one; nothing, for nearly every row."""
    if len(gemeenten) < 2 and len(names) < 2 and len(clienten) < 2:
        return None
    found = set(names) if len(names) > 1 else set()
    if len(gemeenten) > 1:
        found |= {f"gemeente:{code}" for code in gemeenten}
    if 1 < len(clienten) <= MOST_CLIENTEN:
        found |= {f"client:{one}" for one in clienten}
    return sorted(found) or None
