"""What a gemeente decides, written down: on lines one by one, or on all that a filter selects."""

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, any_, bindparam, cast, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.hand import TE_BESLISSEN, Besluit
from services.declaratie.handmatig.opslag import BESLUIT
from services.declaratie.tables import HANDMATIG
from shared.statement import Statement, as_arrays, given


@dataclass(frozen=True, slots=True)
class Selectie:
    """Which lines one decision is about: those for which all that is given holds. Amounts in cents."""

    code: str | None = None
    categorie: str | None = None
    toewijzing_nummer: int | None = None
    bedrag_van: int | None = None
    bedrag_tot: int | None = None
    ook_besliste: bool = False


async def decide_selection(
    conn: AsyncConnection, bericht_id: UUID, selectie: Selectie, besluit: Besluit, door: str, nu: datetime
) -> int:
    """One decision on all lines that are meant; how many. TeVeelError, and nothing is decided, when it would grant
    in part what comes to no more than that."""
    meant = _meant(bericht_id, selectie)
    if besluit.toegekend_bedrag is not None:
        c = HANDMATIG.regel.c
        statement = select(func.count()).select_from(HANDMATIG.regel)
        too_small = await conn.scalar(statement.where(*meant, c.bedrag <= besluit.toegekend_bedrag))
        if too_small:
            raise TeVeelError(too_small)
    decided = update(HANDMATIG.regel).where(*meant).values(**asdict(besluit), beslist=nu, beslist_door=door)
    return (await conn.execute(decided)).rowcount


class TeVeelError(ValueError):
    """So many lines would be granted in part for what they come to whole, or more."""

    def __init__(self, aantal: int) -> None:
        super().__init__(aantal)
        self.aantal = aantal


def _meant(bericht_id: UUID, selectie: Selectie) -> list[ColumnElement[bool]]:
    """Which lines a selection has."""
    c = HANDMATIG.regel.c
    wanted: list[ColumnElement[bool]] = [c.bericht_id == bericht_id]
    for column, value in (
        (c.code, selectie.code),
        (c.categorie, selectie.categorie),
        (c.toewijzing_nummer, selectie.toewijzing_nummer),
    ):
        if value is not None:
            wanted.append(column == value)
    if selectie.bedrag_van is not None:
        wanted.append(c.bedrag >= selectie.bedrag_van)
    if selectie.bedrag_tot is not None:
        wanted.append(c.bedrag <= selectie.bedrag_tot)
    if not selectie.ook_besliste:
        wanted.append(c.status == TE_BESLISSEN)
    return wanted


async def decide_each(
    conn: AsyncConnection, bericht_id: UUID, besluiten: Mapping[str, Besluit], door: str, nu: datetime
) -> set[str]:
    """A decision on each of these lines; the ReferentieNummers among them that are none of its lines to decide."""
    rows = [(referentie, *astuple(one)) for referentie, one in besluiten.items()]
    values = {"voor": bericht_id, "door": door, "nu": nu, **as_arrays(rows, [f"besluit_{name}" for name in BESLUIT])}
    return set(besluiten) - {row[0] for row in await _EACH.rows(conn, values)}


async def not_less(conn: AsyncConnection, bericht_id: UUID, besluiten: Mapping[str, Besluit]) -> set[str]:
    """The lines among these that would be granted in part for what they come to whole, or more."""
    parts = {referentie: one.toegekend_bedrag for referentie, one in besluiten.items() if one.toegekend_bedrag}
    if not parts:
        return set()
    c = HANDMATIG.regel.c
    named: ColumnElement[Any] = cast(list(parts), ARRAY(Text))
    asked = select(c.referentie, c.bedrag).where(c.bericht_id == bericht_id, c.referentie == any_(named))
    return {row.referentie for row in await conn.execute(asked) if row.bedrag <= parts[row.referentie]}


def _each() -> Statement:
    table = HANDMATIG.regel
    types = {name: table.c[name].type for name in BESLUIT}
    told = given(types, prefix="besluit_")
    written = {name: told.c[name] for name in BESLUIT[1:]}
    statement = (
        update(table)
        .where(table.c.bericht_id == bindparam("voor"), table.c.referentie == told.c.referentie)
        .values(**written, beslist=bindparam("nu"), beslist_door=bindparam("door"))
        .returning(table.c.referentie)
    )
    return Statement(statement)


_EACH = _each()
