"""What a granted line counts for, in SQL: goes with ``domain.deels.as_granted``. Of a refused line nothing counts."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, case, cast, func

from shared.iwmo.waarden import EURO


def granted_cents(lines: FromClause) -> ColumnElement[int]:
    """The cents of a granted line, positive."""
    found: ColumnElement[int] = lines.c.bedrag - lines.c.gekort
    return found


def granted_volume(lines: FromClause) -> ColumnElement[int]:
    """The volume of a granted line, in its own unit."""
    return case((lines.c.eenheid == EURO, lines.c.volume - lines.c.gekort), else_=lines.c.volume)


def signed(amount: ColumnElement[int], lines: FromClause) -> ColumnElement[int]:
    """The same, below zero of a credit."""
    return case((lines.c.credit, -amount), else_=amount)


def net(amount: ColumnElement[Any], lines: FromClause) -> ColumnElement[int]:
    """The sum over lines, credits taken off."""
    return cast(func.sum(signed(amount, lines)), BigInteger)
