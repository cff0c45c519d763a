"""Terms of the business rules (regels-op): what is to happen by which day. A node watches them; it refuses nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy import Table, func, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

Wie = Literal["gemeente", "aanbieder"]


@dataclass(frozen=True, slots=True)
class Termijn:
    """One term. ``regel``: the business rule (OP271). ``sleutel``: what it is about, unique with the rule between this
    gemeente and this aanbieder (a ToewijzingNummer, a ReferentieAanbieder, the id of a message). ``wie`` is to act from
    ``vanaf`` to ``uiterlijk``, both days in."""

    regel: str
    sleutel: str
    gemeente: str
    aanbieder: str
    wie: Wie
    vanaf: date
    uiterlijk: date
    bericht_id: UUID | None = None
    afgerond: date | None = None


Sleutel = tuple[str, str, str, str]
"""Rule, gemeente, aanbieder and what it is about."""


async def open_termijnen(conn: AsyncConnection, table: Table, termijnen: Sequence[Termijn]) -> None:
    """Starts terms, or starts them again with other days; one statement. ``afgerond`` may be known at once."""
    if not termijnen:
        return
    rows = {(one.regel, one.gemeente, one.aanbieder, one.sleutel): asdict(one) for one in termijnen}
    statement = insert(table)
    offered = statement.excluded
    changed = {name: offered[name] for name in ("wie", "bericht_id", "vanaf", "uiterlijk", "afgerond")}
    statement = statement.on_conflict_do_update(constraint="termijn_eenmaal", set_=changed)
    await conn.execute(statement, [rows[key] for key in sorted(rows)])


async def close_termijnen(conn: AsyncConnection, table: Table, sleutels: Iterable[Sleutel], dag: date) -> None:
    """Ends terms that are open: what was to happen has happened on that day. Unknown ones are left alone."""
    wanted = sorted(set(sleutels))
    if not wanted:
        return
    c = table.c
    key = tuple_(c.regel, c.gemeente, c.aanbieder, c.sleutel)
    statement = update(table).where(key.in_(wanted), c.afgerond.is_(None))
    await conn.execute(statement.values(afgerond=func.greatest(dag, c.vanaf)))
