"""Searching declarations and lines: every question in a number of statements that does not grow.

``telling`` knows how many lines of each kind a declaration has. It says which declarations a page of lines comes from,
so that only their lines are read, however rare what is asked for: no index on the lines themselves has to serve every
question, which each recording would pay for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Row,
    Select,
    Table,
    Text,
    and_,
    any_,
    cast,
    distinct,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.tables import DECLARATIE, PRESTATIE, TELLING
from services.declaratie.zoekvragen import DeclaratieVraag, Inhoudsvraag, PartijenVraag, RegelVraag
from shared.exchange.api import MAX_DIGITS
from shared.problems import VerzoekError
from shared.security.partij import Beller

Voorwaarden = list[ColumnElement[bool]]
regelvolgorde = PRESTATIE.c.id + 0
"""The order of the lines of a declaration. Not the bare id: the planner would look for the first of them along the
primary key, which is through the lines of all declarations (1.5 s at five million)."""
MAX_GELEZEN = 200_000
"""So many lines are looked through for one page; past that it ends early. One declaration may have more."""


@dataclass(frozen=True, slots=True)
class Plaats:
    """Where a page of lines begins: at this line of this declaration, or the next one there is."""

    declaratie: int
    regel: int

    @classmethod
    def parse(cls, cursor: str) -> "Plaats":
        """From a cursor; VerzoekError when it is not one of ours."""
        parts = cursor.split("-")
        if len(parts) != 2 or not all(one.isascii() and one.isdigit() and len(one) <= MAX_DIGITS for one in parts):
            raise VerzoekError("De cursor is niet van dit knooppunt")
        return cls(int(parts[0]), int(parts[1]))

    def __str__(self) -> str:
        return f"{self.declaratie}-{self.regel}"


def mine(table: Table, beller: Beller) -> ColumnElement[bool]:
    """What concerns a gemeente or an aanbieder for whom the caller speaks."""
    # An empty list is left out: as SQL it would keep the other half from using its index.
    parts = [
        column == any_(cast(codes, ARRAY(Text)))
        for column, codes in (
            (table.c.gemeente, beller.codes("gemeente")),
            (table.c.aanbieder, beller.codes("agb")),
        )
        if codes
    ]
    return or_(*parts) if parts else false()


def select_declarations(beller: Beller, vraag: DeclaratieVraag) -> Select[Any]:
    """One's own declarations that fit, newest first."""
    return select(DECLARATIE).where(*_declarations_wanted(beller, vraag)).order_by(DECLARATIE.c.id.desc())


def sum_declarations(beller: Beller, vraag: DeclaratieVraag) -> Select[Any]:
    """How many they are, and what they come to."""
    c = DECLARATIE.c
    sums: Sequence[ColumnElement[Any]] = [
        cast(func.coalesce(func.sum(c[name]), 0), BigInteger).label(name)
        for name in ("regels", "ingediend", "regels_toegekend", "toegekend")
    ]
    counted: ColumnElement[Any] = func.count().label("declaraties")
    return select(*(counted, *sums)).where(*_declarations_wanted(beller, vraag))


def _declarations_wanted(beller: Beller, vraag: DeclaratieVraag) -> Voorwaarden:
    table = DECLARATIE
    wanted = [mine(table, beller), *_of_parties(table, vraag)]
    if vraag.nummer is not None:
        wanted.append(table.c.nummer == vraag.nummer)
    if vraag.status == "toegekend":
        wanted += [table.c.regels_toegekend == table.c.regels, table.c.regels_deels == 0]
    elif vraag.status == "afgekeurd":
        wanted.append(table.c.regels_toegekend == 0)
    elif vraag.status == "deels":
        not_whole = or_(table.c.regels_toegekend < table.c.regels, table.c.regels_deels > 0)
        wanted += [table.c.regels_toegekend > 0, not_whole]
    having = _content_wanted(TELLING, vraag)
    if having:
        own = (mine(TELLING, beller), *_of_codes(TELLING, vraag))
        fitting = select(TELLING.c.declaratie_id).where(*own, *having).group_by(TELLING.c.declaratie_id)
        wanted.append(table.c.id.in_(fitting.having(func.sum(TELLING.c.regels) > 0)))
    return wanted


def lines_wanted(table: Table, beller: Beller, vraag: RegelVraag) -> Voorwaarden:
    """Which lines, as conditions on ``prestatie`` or ``telling``: they have the same columns. A ToewijzingNummer is
    known of ``prestatie`` alone."""
    wanted = [mine(table, beller), *_of_parties(table, vraag), *_content_wanted(table, vraag)]
    yes_or_no: Iterable[tuple[ColumnElement[bool], bool | None]] = (
        (table.c.toegekend, vraag.toegekend),
        (table.c.credit, vraag.credit),
        (deels(table), vraag.deels),
    )
    wanted += [which if yes else ~which for which, yes in yes_or_no if yes is not None]
    if vraag.toewijzing_nummer is not None:
        wanted += _of_toewijzing(table, beller, vraag.toewijzing_nummer)
    return wanted


def _content_wanted(table: Table, vraag: Inhoudsvraag) -> Voorwaarden:
    """What is asked of the lines themselves."""
    wanted: Voorwaarden = [
        column == value
        for column, value in ((table.c.categorie, vraag.categorie), (table.c.code, vraag.product_code))
        if value is not None
    ]
    if vraag.retourcode is not None:
        wanted.append(literal(vraag.retourcode) == any_(table.c.retourcodes))
    return wanted


def deels(table: Table) -> ColumnElement[bool]:
    """Whether a line of ``prestatie`` or ``telling`` was granted in part: granted, and yet with a retourcode."""
    return and_(table.c.toegekend, func.cardinality(table.c.retourcodes) > 0)


def _of_codes(table: Table, vraag: PartijenVraag) -> Voorwaarden:
    asked = ((table.c.gemeente, vraag.gemeente), (table.c.aanbieder, vraag.aanbieder))
    return [column == code for column, code in asked if code is not None]


def _of_parties(table: Table, vraag: PartijenVraag) -> Voorwaarden:
    wanted = _of_codes(table, vraag)
    if vraag.van is not None:
        wanted.append(table.c.einddatum >= vraag.van)
    if vraag.tot is not None:
        wanted.append(table.c.begindatum <= vraag.tot)
    return wanted


def _of_toewijzing(table: Table, beller: Beller, nummer: int) -> Voorwaarden:
    """Its lines. The index begins with the gemeente, which an aanbieder need not name: then it is one of those where he
    declared."""
    where = select(distinct(DECLARATIE.c.gemeente)).where(mine(DECLARATIE, beller)).scalar_subquery()
    return [table.c.toewijzing_nummer == nummer, table.c.gemeente == any_(func.array(where))]


async def read_lines(
    conn: AsyncConnection, beller: Beller, vraag: RegelVraag, begin: Plaats | None, limiet: int
) -> tuple[Sequence[Row[Any]], Plaats | None]:
    """A page of one's own lines that fit, of the newest declaration first, in the order of the message; and where the
    next page begins. A page may be short where what is asked for is rare, and more may follow."""
    if vraag.toewijzing_nummer is not None:
        ids, rest = None, None
    else:
        found = (await conn.execute(_select_found(beller, vraag, begin, limiet))).all()
        ids, rest = choose(((row.id, row.past, row.regels) for row in found), begin, limiet)
        if not ids:
            return [], None
    rows = (await conn.execute(_select_lines(beller, vraag, ids, begin, limiet))).all()
    if len(rows) > limiet:
        return rows[:limiet], Plaats(rows[limiet].declaratie_id, rows[limiet].id)
    return rows, Plaats(rest, 0) if rest is not None else None


def choose(found: Iterable[tuple[int, int, int]], begin: Plaats | None, limiet: int) -> tuple[list[int], int | None]:
    """Of declarations (id, lines that fit, all lines), newest first, those that a page is read from, and the one at
    which the next page begins when this page may stay short."""
    ids: list[int] = []
    fit = read = 0
    for number, fitting, lines in found:
        if ids and read + lines > MAX_GELEZEN:
            return ids, number
        ids.append(number)
        # Of the declaration at which the page begins the lines before it were on an earlier page; one is left at least.
        fit += 1 if begin and begin.declaratie == number else fitting
        read += lines
        if fit > limiet:
            break
    return ids, None


def _select_found(beller: Beller, vraag: RegelVraag, begin: Plaats | None, limiet: int) -> Select[Any]:
    """The newest declarations that have a line that fits: one more than the page has lines is enough."""
    table = TELLING
    wanted = lines_wanted(table, beller, vraag)
    if begin is not None:
        wanted.append(table.c.declaratie_id <= begin.declaratie)
    fitting = (
        select(table.c.declaratie_id.label("id"), func.sum(table.c.regels).label("past"))
        .where(*wanted)
        .group_by(table.c.declaratie_id)
        .having(func.sum(table.c.regels) > 0)
        .order_by(table.c.declaratie_id.desc())
        .limit(limiet + 1)
        .subquery("passend")
    )
    return (
        select(fitting.c.id, fitting.c.past, DECLARATIE.c.regels)
        .join(DECLARATIE, DECLARATIE.c.id == fitting.c.id)
        .order_by(fitting.c.id.desc())
    )


def _select_lines(
    beller: Beller, vraag: RegelVraag, ids: Sequence[int] | None, begin: Plaats | None, limiet: int
) -> Select[Any]:
    """The lines of these declarations, or of all, that fit."""
    declaratie = DECLARATIE
    fitting = select(PRESTATIE).where(*lines_wanted(PRESTATIE, beller, vraag))
    wanted: Voorwaarden = []
    if ids is None:
        regel: FromClause = fitting.subquery("regel")
        source = regel.join(declaratie, declaratie.c.bericht_id == regel.c.bericht_id)
    else:
        # Declaration by declaration along the index, which OFFSET makes the planner do: by its estimates it would now
        # and then rather read all lines there are (0.8 s at five million).
        of_one = fitting.where(PRESTATIE.c.bericht_id == declaratie.c.bericht_id)
        regel = of_one.offset(0).lateral("regel")
        source = declaratie.join(regel, true())
        wanted.append(declaratie.c.id == any_(cast(ids, ARRAY(BigInteger))))
    if begin is not None:
        later_line = and_(declaratie.c.id == begin.declaratie, regel.c.id >= begin.regel)
        wanted.append(or_(declaratie.c.id < begin.declaratie, later_line))
    return (
        select(regel, declaratie.c.id.label("declaratie_id"), declaratie.c.nummer.label("declaratie_nummer"))
        .select_from(source)
        .where(*wanted)
        .order_by(declaratie.c.id.desc(), regel.c.id)
        .limit(limiet + 1)
    )
