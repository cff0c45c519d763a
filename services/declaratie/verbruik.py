"""What a toewijzing allows, what was claimed and granted on it, and what is left: always the sum of its lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnClause,
    ColumnElement,
    Row,
    Select,
    Text,
    any_,
    cast,
    column,
    func,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.feiten import Gebruik
from services.declaratie.domain.lopend import against_budget
from services.declaratie.domain.omvang import Grens, in_base, period_limit, total_limit
from services.declaratie.domain.telwijze import period_counting, total_counting
from services.declaratie.tables import PRESTATIE, TOEWIJZING
from services.declaratie.toegekend import granted_cents, granted_volume, net
from services.declaratie.verbruikvragen import VerbruikVraag
from services.declaratie.zoeken import Voorwaarden, mine
from shared.feiten.toewijzing import Toewijzing
from shared.feiten.toewijzing_tabel import from_row
from shared.iwmo.waarden import MINUUT, UUR, Omvang, Periode
from shared.security.partij import Beller

Plaats = tuple[str, int]
"""Gemeente and ToewijzingNummer of the last toewijzing of a page."""


@dataclass(slots=True)
class Hoeveelheid:
    """Lines added up, credits taken off: volume per unit, and cents."""

    regels: int = 0
    gebruik: dict[str, Gebruik] = field(default_factory=dict)

    def add(self, eenheid: str, gebruik: Gebruik, regels: int) -> None:
        """Counts lines in one unit."""
        known = self.gebruik.get(eenheid, Gebruik())
        self.gebruik[eenheid] = Gebruik(known.volume + gebruik.volume, known.bedrag + gebruik.bedrag)
        self.regels += regels

    @property
    def bedrag(self) -> int:
        """Cents."""
        return sum(one.bedrag for one in self.gebruik.values())

    @property
    def budget(self) -> int:
        """Cents as they count against a budget (TR369)."""
        return sum(against_budget(eenheid, one) for eenheid, one in self.gebruik.items())

    @property
    def volumes(self) -> dict[str, int]:
        """Volume per unit; hours are shown as minutes, together with those."""
        found: dict[str, int] = {}
        for eenheid, one in self.gebruik.items():
            shown, volume = (MINUUT, 60 * one.volume) if eenheid == UUR else (eenheid, one.volume)
            found[shown] = found.get(shown, 0) + volume
        return dict(sorted(found.items()))

    def volume(self, omvang: Omvang) -> int:
        """What counts against an Omvang, in its base unit (TR322)."""
        return sum(in_base(one.volume, eenheid, omvang.eenheid) or 0 for eenheid, one in self.gebruik.items())


@dataclass(slots=True)
class Stand:
    """What was claimed and granted, whole or in one ProductPeriode; ``grens`` is what that allows, and ``telwijze``
    says what counts towards it."""

    grens: Grens | None
    telwijze: str
    ingediend: Hoeveelheid = field(default_factory=Hoeveelheid)
    toegekend: Hoeveelheid = field(default_factory=Hoeveelheid)

    def add(self, row: Row[Any]) -> None:
        """Counts a sum that the database made."""
        self.ingediend.add(row.eenheid, Gebruik(row.volume, row.bedrag), row.regels)
        if row.toegekend:
            self.toegekend.add(row.eenheid, Gebruik(row.toegekend_volume, row.toegekend_bedrag), row.regels)

    def over(self, omvang: Omvang | None) -> int | None:
        """Volume that is left, in the base unit; below 0 when a later toewijzing allows less than was granted."""
        if omvang is None or self.grens is None:
            return None
        return grens_in_base(self.grens, omvang) - self.toegekend.volume(omvang)


@dataclass(slots=True)
class Verbruik:
    """The consumption of one toewijzing, whole and per ProductPeriode in order."""

    toewijzing: Toewijzing
    totaal: Stand
    perioden: dict[Periode, Stand]

    @property
    def budget_over(self) -> int | None:
        """Cents that are left of the Budget."""
        budget = self.toewijzing.budget
        return None if budget is None else budget - self.totaal.toegekend.budget


def grens_in_base(grens: Grens, omvang: Omvang) -> int:
    """A limit in the base unit: minutes where the toewijzing is in hours."""
    return in_base(grens.maximum, omvang.eenheid, omvang.eenheid) or 0


async def read_consumption(
    conn: AsyncConnection, beller: Beller, vraag: VerbruikVraag, client: str | None, after: Plaats | None
) -> tuple[list[Verbruik], Plaats | None]:
    """A page of one's own toewijzingen that fit, in order of gemeente and number, each with its consumption; and the
    last of them when there are more. Two statements. ``client`` is a pseudonym."""
    statement = _select_toewijzingen(beller, vraag, client, after).limit(vraag.limiet + 1)
    rows = (await conn.execute(statement)).all()
    found = [from_row(row) for row in rows[: vraag.limiet]]
    sums = (await conn.execute(_select_sums(found))).all() if found else []
    last = (found[-1].gemeente, found[-1].nummer) if len(rows) > vraag.limiet else None
    return add_up(found, sums), last


def add_up(toewijzingen: Iterable[Toewijzing], sums: Iterable[Row[Any]]) -> list[Verbruik]:
    """The consumption from what the database added up."""
    found = {(one.gemeente, one.nummer): Verbruik(one, _whole(one), {}) for one in toewijzingen}
    for row in sums:
        verbruik = found[row.gemeente, row.toewijzing_nummer]
        periode = Periode(row.begindatum, row.einddatum)
        stand = verbruik.perioden.get(periode)
        if stand is None:
            stand = verbruik.perioden[periode] = _part(verbruik.toewijzing, row.categorie, periode)
        stand.add(row)
        verbruik.totaal.add(row)
    return list(found.values())


def _whole(toewijzing: Toewijzing) -> Stand:
    omvang = toewijzing.omvang
    if omvang is None:
        return Stand(None, "")
    return Stand(total_limit(omvang, toewijzing.periode), total_counting(omvang))


def _part(toewijzing: Toewijzing, categorie: str, periode: Periode) -> Stand:
    omvang, known = toewijzing.omvang, toewijzing.product.categorie or categorie
    if omvang is None:
        return Stand(None, "")
    return Stand(period_limit(omvang, known, toewijzing.periode, periode), period_counting(omvang, known))


def _select_toewijzingen(beller: Beller, vraag: VerbruikVraag, client: str | None, after: Plaats | None) -> Select[Any]:
    table = TOEWIJZING
    wanted: Voorwaarden = [mine(table, beller)]
    for known, value in (
        (table.c.gemeente, vraag.gemeente),
        (table.c.aanbieder, vraag.aanbieder),
        (table.c.client, client),
        (table.c.categorie, vraag.categorie),
        (table.c.code, vraag.product_code),
    ):
        if value is not None:
            wanted.append(known == value)
    if vraag.toewijzing_nummers is not None:
        wanted.append(table.c.nummer == any_(cast(vraag.toewijzing_nummers, ARRAY(BigInteger))))
    if vraag.periode.van is not None:
        wanted.append(func.coalesce(table.c.einddatum, vraag.periode.van) >= vraag.periode.van)
    if vraag.periode.tot is not None:
        wanted.append(table.c.ingangsdatum <= vraag.periode.tot)
    if after is not None:
        wanted.append(tuple_(table.c.gemeente, table.c.nummer) > tuple_(*after))
    return select(table).where(*wanted).order_by(table.c.gemeente, table.c.nummer)


def _select_sums(toewijzingen: Sequence[Toewijzing]) -> Select[Any]:
    """The lines of these toewijzingen by their aanbieder, added up per ProductPeriode, unit and outcome."""
    columns = ([one.gemeente for one in toewijzingen], [one.nummer for one in toewijzingen],
               [one.aanbieder for one in toewijzingen])  # fmt: skip
    types = (Text, BigInteger, Text)
    arrays: list[ColumnElement[Any]] = [cast(values, ARRAY(kind)) for values, kind in zip(columns, types, strict=True)]
    named: list[ColumnClause[Any]] = [
        column(name, kind) for name, kind in zip(("gemeente", "nummer", "aanbieder"), types, strict=True)
    ]
    asked = func.unnest(*arrays).table_valued(*named).render_derived(name="gevraagd")
    table = PRESTATIE
    keys = [
        table.c[name] for name in ("gemeente", "toewijzing_nummer", "begindatum", "einddatum", "eenheid", "toegekend")
    ]

    return (
        select(
            *keys,
            net(table.c.volume, table).label("volume"),
            net(table.c.bedrag, table).label("bedrag"),
            net(granted_volume(table), table).label("toegekend_volume"),
            net(granted_cents(table), table).label("toegekend_bedrag"),
            func.count().label("regels"),
            # Matters only under a toewijzing without a categorie of its own.
            func.min(table.c.categorie).label("categorie"),
        )
        .join(
            asked,
            (table.c.gemeente == asked.c.gemeente)
            & (table.c.toewijzing_nummer == asked.c.nummer)
            & (table.c.aanbieder == asked.c.aanbieder),
        )
        .group_by(*keys)
        .order_by(*keys)
    )
