"""What a correct verzamelfactuur of a year would contain, line by line.

A year of a large aanbieder is a million lines, and to group them all for one page takes seconds. So a page walks along
his toewijzingen, which ``verbruik`` has in order, and groups the lines of those alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Text,
    cast,
    column,
    func,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.verzamelfactuur import cak_year, calendar_year
from services.declaratie.tables import DECLARATIE, PRESTATIE, TELLING, VERBRUIK
from services.declaratie.toegekend import granted_cents, granted_volume, net
from services.declaratie.verzamelfactuur.toegekend import GRANTED_LINES, NET_CENTS, granted_in
from services.declaratie.zoeken import Voorwaarden, mine
from shared.exchange.api import MAX_DIGITS
from shared.iwmo.waarden import Periode
from shared.problems import VerzoekError
from shared.security.partij import Beller

Kalender = Literal["kalenderjaar", "cak"]
MAX_TOEWIJZINGEN = 5_000
"""So many are looked through for one page; past that it ends early. Not all of them have lines in the year."""
TEGELIJK = 500
"""Of so many the lines are read in one statement."""
_LINE, _MESSAGE = PRESTATIE.c, DECLARATIE.c
_WALK = (VERBRUIK.c.aanbieder, VERBRUIK.c.gemeente, VERBRUIK.c.toewijzing_nummer)
"""The order of toewijzingen, as an index has it."""
_REST = (
    _LINE.client,
    _LINE.categorie,
    _LINE.code,
    _LINE.begindatum,
    _LINE.einddatum,
    _LINE.eenheid,
    _LINE.tarief,
)
"""What tells the lines of one toewijzing apart, in their order."""


@dataclass(frozen=True, slots=True)
class Plaats:
    """Where a page begins: at this toewijzing, past so many lines of it."""

    aanbieder: str
    gemeente: str
    nummer: int
    voorbij: int = 0

    @classmethod
    def parse(cls, cursor: str) -> "Plaats":
        """From a cursor; VerzoekError when it is not one of ours."""
        parts = cursor.split("-")
        if len(parts) != 4 or not all(one.isascii() and one.isdigit() and len(one) <= MAX_DIGITS for one in parts):
            raise VerzoekError("De cursor is niet van dit knooppunt")
        return cls(parts[0], parts[1], int(parts[2]), int(parts[3]))

    def __str__(self) -> str:
        return f"{self.aanbieder}-{self.gemeente}-{self.nummer}-{self.voorbij}"

    def after(self, rows: Sequence[Row[Any]], limiet: int) -> "Plaats":
        """The place of the row after the first ``limiet`` of these, which began here or later."""
        row = rows[limiet]
        same = sum(_toewijzing(one) == _toewijzing(row) for one in rows[:limiet])
        more = self.voorbij if _toewijzing(row) == (self.aanbieder, self.gemeente, self.nummer) else 0
        return Plaats(*_toewijzing(row), same + more)


BEGIN = Plaats("", "", 0)


@dataclass(frozen=True, slots=True)
class Gevraagd:
    """What is expected of whom: everything that the caller may see, or of one gemeente or aanbieder alone."""

    year: Periode
    gemeente: str | None = None
    aanbieder: str | None = None


def year_as(kalender: Kalender, jaar: int) -> Periode:
    """The period that the invoice of a year has in this calendar."""
    return cak_year(jaar) if kalender == "cak" else calendar_year(jaar)


async def read_expected(
    conn: AsyncConnection, beller: Beller, gevraagd: Gevraagd, begin: Plaats, limiet: int
) -> tuple[Sequence[Row[Any]], Plaats | None]:
    """A page of one's own granted debits less their credits, and where the next page begins; what was taken back
    altogether is left out. A page may be short, also where more follows."""
    found = (await conn.execute(_select_toewijzingen(beller, gevraagd, begin))).all()
    rows: list[Row[Any]] = []
    at_once = min(limiet + 1, TEGELIJK)  # nearly always each has a line, so the first of them fill the page
    for at in range(0, min(len(found), MAX_TOEWIJZINGEN), at_once):
        part = found[at : min(at + at_once, MAX_TOEWIJZINGEN)]
        lines = _select_lines(gevraagd.year, part).offset(0 if at else begin.voorbij)
        rows += (await conn.execute(lines.limit(limiet + 1 - len(rows)))).all()
        if len(rows) > limiet:
            break
    if len(rows) > limiet:
        return rows[:limiet], begin.after(rows, limiet)
    return rows, Plaats(*found[MAX_TOEWIJZINGEN]) if len(found) > MAX_TOEWIJZINGEN else None


def _select_toewijzingen(beller: Beller, gevraagd: Gevraagd, begin: Plaats) -> Select[Any]:
    """The next toewijzingen on which anything was ever granted, and one more."""
    wanted = [mine(VERBRUIK, beller), *_of_parties(VERBRUIK.c, gevraagd)]
    wanted.append(tuple_(*_WALK) >= tuple_(begin.aanbieder, begin.gemeente, begin.nummer))
    return select(*_WALK).distinct().where(*wanted).order_by(*_WALK).limit(MAX_TOEWIJZINGEN + 1)


def _select_lines(year: Periode, toewijzingen: Sequence[Row[Any]]) -> Select[Any]:
    """What each of these toewijzingen has in the year."""
    types = (Text, Text, BigInteger)
    names = ("aanbieder", "gemeente", "nummer")
    arrays: list[ColumnElement[Any]] = [
        cast(list(values), ARRAY(kind)) for values, kind in zip(zip(*toewijzingen, strict=True), types, strict=True)
    ]
    asked = (
        func.unnest(*arrays)
        .table_valued(*(column(name, kind) for name, kind in zip(names, types, strict=True)))
        .render_derived(name="gevraagd")
    )
    # Toewijzing by toewijzing along the index: the planner would now and then rather group all lines of the year.
    lines = (
        select(*_REST, net(granted_volume(PRESTATIE), PRESTATIE).label("volume"), NET_CENTS.label("bedrag"))
        .select_from(GRANTED_LINES)
        .where(
            _LINE.gemeente == asked.c.gemeente,
            _LINE.toewijzing_nummer == asked.c.nummer,
            _LINE.aanbieder == asked.c.aanbieder,
            *granted_in(year),
        )
        .group_by(*_REST)
        .having(NET_CENTS != 0)
        .lateral("regel")
    )
    order = (asked.c.aanbieder, asked.c.gemeente, asked.c.nummer)
    return (
        select(asked.c.gemeente, asked.c.aanbieder, asked.c.nummer.label("toewijzing_nummer"), *lines.c)
        .select_from(asked.join(lines, true()))
        .order_by(*order, *(lines.c[one.name] for one in _REST))
    )


def sum_expected(beller: Beller, gevraagd: Gevraagd) -> Select[Any]:
    """The cents of all of it: from what is counted already, which is a fraction of the lines."""
    cents = func.coalesce(net(granted_cents(TELLING), TELLING), 0)
    return (
        select(cast(cents, BigInteger))
        .select_from(DECLARATIE.join(TELLING, TELLING.c.declaratie_id == _MESSAGE.id))
        .where(mine(DECLARATIE, beller), *_of_parties(_MESSAGE, gevraagd), *granted_in(gevraagd.year, TELLING))
    )


def _of_parties(columns: Any, gevraagd: Gevraagd) -> Voorwaarden:
    asked = ((columns.gemeente, gevraagd.gemeente), (columns.aanbieder, gevraagd.aanbieder))
    return [known == code for known, code in asked if code is not None]


def _toewijzing(row: Row[Any]) -> tuple[str, str, int]:
    return row.aanbieder, row.gemeente, row.toewijzing_nummer
