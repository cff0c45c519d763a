"""What a correct verzamelfactuur of a year would contain, line by line."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import BigInteger, Row, Select, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.verzamelfactuur import cak_year, calendar_year
from services.declaratie.tables import DECLARATIE, PRESTATIE
from services.declaratie.toegekend import granted_volume, net
from services.declaratie.verzamelfactuur.toegekend import GRANTED_LINES, NET_CENTS, granted_in
from services.declaratie.zoeken import mine
from shared.iwmo.waarden import Periode
from shared.security.partij import Beller

Kalender = Literal["kalenderjaar", "cak"]
_LINE, _MESSAGE = PRESTATIE.c, DECLARATIE.c
_KEYS = (
    _MESSAGE.gemeente,
    _MESSAGE.aanbieder,
    _LINE.toewijzing_nummer,
    _LINE.client,
    _LINE.categorie,
    _LINE.code,
    _LINE.begindatum,
    _LINE.einddatum,
    _LINE.eenheid,
    _LINE.tarief,
)


def year_as(kalender: Kalender, jaar: int) -> Periode:
    """The period that the invoice of a year has in this calendar."""
    return cak_year(jaar) if kalender == "cak" else calendar_year(jaar)


async def read_expected(
    conn: AsyncConnection,
    beller: Beller,
    year: Periode,
    *,
    gemeente: str | None,
    aanbieder: str | None,
    after: int,
    limiet: int,
) -> Sequence[Row[Any]]:
    """A page of one's own, ``after`` so many; each row with ``totaal``, the cents of all rows of all pages."""
    statement = _select_expected(beller, year)
    for column, wanted in ((_MESSAGE.gemeente, gemeente), (_MESSAGE.aanbieder, aanbieder)):
        if wanted is not None:
            statement = statement.where(column == wanted)
    rows: Sequence[Row[Any]] = (await conn.execute(statement.offset(after).limit(limiet))).all()
    return rows


def _select_expected(beller: Beller, year: Periode) -> Select[Any]:
    """Granted debits less their credits; what was taken back altogether is left out."""
    cents = NET_CENTS
    return (
        select(
            *_KEYS,
            net(granted_volume(PRESTATIE), PRESTATIE).label("volume"),
            cents.label("bedrag"),
            cast(func.sum(cents).over(), BigInteger).label("totaal"),
        )
        .select_from(GRANTED_LINES)
        .where(mine(DECLARATIE, beller), *granted_in(year))
        .group_by(*_KEYS)
        .having(cents != 0)
        .order_by(*_KEYS)
    )
