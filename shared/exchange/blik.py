"""What every look has in common (``shared.exchange.vlot``): for whom it looks, and what it asks of each message."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, Text, case, func, select, true

from shared.exchange.dienst import Heen
from shared.exchange.tables import ExchangeTables
from shared.namens import gezegd, in_deze_opdracht
from shared.security.partij import Partij
from shared.statement import Statement

SLEUTEL = {"afzender": Text(), "berichtcode": Text(), "identificatie": Text()}
"""Columns of what a look is given, beside its own: the key of a message, on the first of its rows; else null."""


def beside(tables: ExchangeTables, asked: Any) -> tuple[Any, Any]:
    """Columns of every look, of the first row of a message: a new number (``volgnummer``), and whether its key is taken
    (``bekend``). ``asked``: what the look is given, with ``SLEUTEL``."""
    c = tables.bericht.c
    number = func.nextval(f"{tables.bericht.schema}.bericht_volgnummer_seq")
    # OFFSET: it is looked up in the index for each. Of a young table the planner would rather go through all rows, and
    # the plan, made once, would still do so when the table has grown.
    taken = select(c.id).where(c.heen_id.is_(None), *(c[name] == asked.c[name] for name in SLEUTEL))
    key = taken.offset(0).correlate(asked).exists()
    first = is_first(asked)
    return case((first, number)).label("volgnummer"), case((first, key)).label("bekend")


def is_first(asked: Any) -> Any:
    """Whether this is the first row of a message."""
    return asked.c.afzender.is_not(None)


def look_for(look: Select[Any], *order: str) -> Statement:
    """A look as a statement that says for whom it is, its rows in the order of these columns. It is made for the one
    row that says so, and so after it: were it ever made before, it would see nothing, and the messages would go the
    ordinary way."""
    said = in_deze_opdracht()
    rows = look.where(said.c.gezegd.is_not(None)).correlate(said).offset(0).lateral("gezien")
    return Statement(select(rows).select_from(said.join(rows, true())).order_by(*(rows.c[name] for name in order)))


def for_gemeente(gemeente: str) -> dict[str, str]:
    """The parameters of ``look_for``: messages that go together are seen as the gemeente sees them, to which all of
    them are. Less than each alone may see."""
    return {"namens": gezegd([Partij.gemeente(gemeente)])}


def keys_of(heen: Heen, rows: int) -> Sequence[tuple[str | None, str | None, str | None]]:
    """The values of ``SLEUTEL`` of a message with so many rows."""
    kop = heen.kop
    return [(kop.afzender, kop.soort.code, kop.identificatie), *[(None, None, None)] * (rows - 1)]
