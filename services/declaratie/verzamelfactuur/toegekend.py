"""What was granted in a year, as a verzamelfactuur must have it: always the sum of the lines, read when it is asked."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Select,
    Table,
    any_,
    cast,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.declaratie import Declaratie
from services.declaratie.domain.verzamelfactuur import DECLARATIE as DECLARED
from services.declaratie.domain.verzamelfactuur import Groep
from services.declaratie.tables import DECLARATIE, PRESTATIE
from services.declaratie.toegekend import granted_cents, net
from shared.iwmo.waarden import Periode

_LINE, _MESSAGE = PRESTATIE.c, DECLARATIE.c
_GROEP = (_LINE.client, _LINE.toewijzing_nummer, _LINE.categorie, _LINE.code)
GRANTED_LINES = DECLARATIE.join(PRESTATIE, _LINE.bericht_id == _MESSAGE.bericht_id)


NET_CENTS = net(granted_cents(PRESTATIE), PRESTATIE)
"""What they come to."""


def granted_in(year: Periode, lines: Table = PRESTATIE) -> list[ColumnElement[bool]]:
    """Which of ``GRANTED_LINES`` count in a year: granted ones of WMO303Ds, by the middle day of their ProductPeriode
    (``domain.verzamelfactuur.belongs``). Or which of these ``lines``, counted or not, beside their declaration.

    No line is later than the day of its declaration (TR137), so declarations of before the year are passed over.
    """
    days = type_coerce(lines.c.einddatum - lines.c.begindatum, Integer)
    middle = type_coerce(lines.c.begindatum + days // 2, Date)
    return [
        _MESSAGE.soort == DECLARED,
        _MESSAGE.dagtekening >= year.begin,
        lines.c.toegekend,
        middle >= year.begin,
        middle <= year.eind,
    ]


def _granted(lezing: Declaratie, *columns: ColumnElement[Any]) -> Select[Any]:
    """Of the aanbieder at the gemeente, in the year of the invoice, per these columns."""
    own = (_MESSAGE.gemeente == lezing.gemeente, _MESSAGE.aanbieder == lezing.aanbieder)
    statement = select(*columns, NET_CENTS).select_from(GRANTED_LINES)
    return statement.where(*own, *granted_in(lezing.periode)).group_by(*columns)


async def granted_per_group(conn: AsyncConnection, lezing: Declaratie) -> dict[Groep, int]:
    """Cents per client, toewijzing and product."""
    rows = await conn.execute(_granted(lezing, *_GROEP))
    return {(client, nummer, categorie, code): cents for client, nummer, categorie, code, cents in rows}


async def granted_per_period(
    conn: AsyncConnection, lezing: Declaratie, groepen: Iterable[Groep]
) -> dict[Groep, dict[Periode, int]]:
    """Cents of the toewijzingen of these groups, per ProductPeriode."""
    nummers = sorted({nummer for _, nummer, _, _ in groepen})
    if not nummers:
        return {}
    statement = _granted(lezing, *_GROEP, _LINE.begindatum, _LINE.einddatum)
    asked = any_(cast(nummers, ARRAY(BigInteger)))
    found: dict[Groep, dict[Periode, int]] = {}
    for *groep, begin, eind, cents in await conn.execute(statement.where(_LINE.toewijzing_nummer == asked)):
        client, nummer, categorie, code = groep
        found.setdefault((client, nummer, categorie, code), {})[Periode(begin, eind)] = cents
    return found
