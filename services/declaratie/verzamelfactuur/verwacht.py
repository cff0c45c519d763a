"""What a correct verzamelfactuur of a year would contain, line by line."""

from typing import Any, Literal

from sqlalchemy import BigInteger, Select, cast, func, select

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


def select_expected(beller: Beller, year: Periode, *, gemeente: str | None, aanbieder: str | None) -> Select[Any]:
    """One's own: granted debits less their credits; what was taken back altogether is left out. Each row has
    ``totaal``, the cents of all rows."""
    cents = NET_CENTS
    asked = ((_MESSAGE.gemeente, gemeente), (_MESSAGE.aanbieder, aanbieder))
    return (
        select(
            *_KEYS,
            net(granted_volume(PRESTATIE), PRESTATIE).label("volume"),
            cents.label("bedrag"),
            cast(func.sum(cents).over(), BigInteger).label("totaal"),
        )
        .select_from(GRANTED_LINES)
        .where(mine(DECLARATIE, beller), *granted_in(year), *(column == code for column, code in asked if code))
        .group_by(*_KEYS)
        .having(cents != 0)
        .order_by(*_KEYS)
    )
