"""Figures over lines: how many and how much was claimed, granted and refused, divided as asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    Table,
    cast,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.tables import PRESTATIE, TELLING
from services.declaratie.toegekend import granted_cents, signed
from services.declaratie.zoeken import deels, lines_wanted
from services.declaratie.zoekvragen import CijferVraag, Groep, RegelVraag
from shared.problems import VerzoekError
from shared.security.partij import Beller

Sleutel = tuple[str | None, ...]
"""What the groups have in common, in the order asked; of a retourcode None for what was granted whole."""


@dataclass(slots=True)
class Som:
    """Numbers of lines, and cents in which a credit counts below zero."""

    regels: int = 0
    ingediend: int = 0
    regels_toegekend: int = 0
    toegekend: int = 0
    regels_afgekeurd: int = 0
    afgekeurd: int = 0
    regels_deels: int = 0
    """Of the granted lines those that were granted in part; what was not granted of them is in ``afgekeurd``."""
    ingediend_btw: int = 0
    """The part of ``ingediend`` that lines of a WMO303F say is VAT."""
    toegekend_btw: int = 0

    def add(self, row: Row[Any]) -> None:
        """Counts what one row of the database has."""
        self.regels += row.regels_toegekend + row.regels_afgekeurd
        self.ingediend += row.toegekend + row.afgekeurd
        self.regels_toegekend += row.regels_toegekend
        self.toegekend += row.toegekend
        self.regels_afgekeurd += row.regels_afgekeurd
        self.afgekeurd += row.afgekeurd
        self.regels_deels += row.regels_deels
        self.ingediend_btw += row.toegekend_btw + row.afgekeurd_btw
        self.toegekend_btw += row.toegekend_btw


SOMMEN = tuple(one.name for one in fields(Som))


async def read_figures(
    conn: AsyncConnection, beller: Beller, vraag: CijferVraag, most: int
) -> tuple[dict[Sleutel, Som], Som]:
    """The totals of each group, in their order, and of all. A line with two retourcodes is in the group of each, and
    once in the total. VerzoekError when there are more than ``most`` groups."""
    groepen = tuple(dict.fromkeys(vraag.groep))
    rows = (await conn.execute(_select_sums(beller, vraag, groepen).limit(most + 1))).all()
    whole, parts = Som(), dict[Sleutel, Som]()
    for row in rows:
        whole.add(row)
        for key in _keys(row, groepen):
            parts.setdefault(key, Som()).add(row)
    if max(len(rows), len(parts)) > most:
        raise VerzoekError(f"Dit zijn meer dan {most} groepen; vraag een kortere periode of splits minder uit")
    if not groepen:
        return {}, whole
    return dict(sorted(parts.items(), key=lambda part: [one or "" for one in part[0]])), whole


async def read_total(conn: AsyncConnection, beller: Beller, vraag: RegelVraag) -> Som:
    """The totals of all lines that fit."""
    whole = Som()
    for row in await conn.execute(_select_sums(beller, vraag, ())):
        whole.add(row)
    return whole


def _select_sums(beller: Beller, vraag: RegelVraag, groepen: Sequence[Groep]) -> Select[Any]:
    """From what is counted already; a ToewijzingNummer is known of the lines alone, and has few."""
    counted = vraag.toewijzing_nummer is None
    table = TELLING if counted else PRESTATIE
    lines: ColumnElement[int] = table.c.regels if counted else literal(1)
    granted = table.c.toegekend
    asked, given = signed(table.c.bedrag, table), signed(granted_cents(table), table)

    def total(what: ColumnElement[int], whose: ColumnElement[bool]) -> ColumnElement[int]:
        return cast(func.coalesce(func.sum(what).filter(whose), 0), BigInteger)

    known = _group_columns(table)
    keys = [known[groep].label(groep) for groep in groepen]
    return (
        select(
            *keys,
            total(lines, granted).label("regels_toegekend"),
            total(lines, ~granted).label("regels_afgekeurd"),
            total(given, granted).label("toegekend"),
            (total(asked, ~granted) + total(asked - given, granted)).label("afgekeurd"),
            total(lines, deels(table)).label("regels_deels"),
            total(table.c.btw, granted).label("toegekend_btw"),
            total(table.c.btw, ~granted).label("afgekeurd_btw"),
        )
        .where(*lines_wanted(table, beller, vraag))
        .group_by(*keys)
        .having(func.sum(lines) > 0)
    )


def _group_columns(table: Table) -> Mapping[Groep, ColumnElement[Any]]:
    days = type_coerce(table.c.einddatum - table.c.begindatum, Integer)
    return {
        # A CAK period begins in the month before as often as not: the month in which the middle of it lies has most.
        "maand": cast(func.date_trunc("month", table.c.begindatum + days // 2), Date),
        "gemeente": table.c.gemeente,
        "aanbieder": table.c.aanbieder,
        "product": table.c.code,
        "retourcode": table.c.retourcodes,
    }


def _keys(row: Row[Any], groepen: Sequence[Groep]) -> Iterable[Sleutel]:
    """The groups that a row counts in: one for each of its retourcodes when those are asked for."""
    codes = (row.retourcode or [None]) if "retourcode" in groepen else [None]
    for code in codes:
        yield tuple(code if groep == "retourcode" else _shown(getattr(row, groep)) for groep in groepen)


def _shown(value: date | str) -> str:
    return f"{value:%Y-%m}" if isinstance(value, date) else value
