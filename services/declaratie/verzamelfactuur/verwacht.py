"""What a correct verzamelfactuur of a year would contain, line by line."""

from typing import Any, Literal

from sqlalchemy import BigInteger, Select, cast, func, select

from services.declaratie.domain.verzamelfactuur import cak_year, calendar_year
from services.declaratie.tables import DECLARATIE, PRESTATIE, TELLING
from services.declaratie.toegekend import granted_cents, granted_volume, net
from services.declaratie.verzamelfactuur.toegekend import GRANTED_LINES, NET_CENTS, granted_in
from services.declaratie.zoeken import Voorwaarden, mine
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
    """One's own: granted debits less their credits; what was taken back altogether is left out."""
    return (
        select(
            *_KEYS,
            net(granted_volume(PRESTATIE), PRESTATIE).label("volume"),
            NET_CENTS.label("bedrag"),
        )
        .select_from(GRANTED_LINES)
        .where(*_asked(beller, gemeente, aanbieder), *granted_in(year))
        .group_by(*_KEYS)
        .having(NET_CENTS != 0)
        .order_by(*_KEYS)
    )


def sum_expected(beller: Beller, year: Periode, *, gemeente: str | None, aanbieder: str | None) -> Select[Any]:
    """The cents of all of it: from what is counted already, which is a fraction of the lines."""
    cents = func.coalesce(net(granted_cents(TELLING), TELLING), 0)
    return (
        select(cast(cents, BigInteger))
        .select_from(DECLARATIE.join(TELLING, TELLING.c.declaratie_id == _MESSAGE.id))
        .where(*_asked(beller, gemeente, aanbieder), *granted_in(year, TELLING))
    )


def _asked(beller: Beller, gemeente: str | None, aanbieder: str | None) -> Voorwaarden:
    asked = ((_MESSAGE.gemeente, gemeente), (_MESSAGE.aanbieder, aanbieder))
    return [mine(DECLARATIE, beller), *(column == code for column, code in asked if code is not None)]
