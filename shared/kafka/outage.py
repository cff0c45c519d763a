"""Telling a database that is away from an event that cannot be applied."""

from asyncpg.exceptions import InterfaceError as DriverError
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# SQLSTATE classes (two characters) and codes that say: it is the server or its setup, not what was sent.
# Tables or rights that are missing belong here: a migration that has yet to run must not turn every event
# into poison.
_AWAY = ("08", "25", "28", "3D", "3F", "40", "53", "54", "55", "57", "58", "XX", "42P01", "42703", "42501")


def is_outage(error: BaseException) -> bool:
    """Whether `error` will pass by itself, so that waiting is right and skipping an event is wrong."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        sqlstate = getattr(error.orig, "sqlstate", None)
        if sqlstate is None:
            return _is_closed(error)
        return str(sqlstate).startswith(_AWAY)
    return isinstance(error, OSError | TimeoutError | PoolTimeoutError)


def _is_closed(error: DBAPIError) -> bool:
    """Whether the driver itself says that its connection is closed; `shared.statement` hands its errors on bare."""
    return isinstance(error, InterfaceError) or isinstance(error.orig, DriverError)


class Backoff:
    """Ever longer waits, in seconds, from `first` to `most`, until something works again."""

    def __init__(self, first: float = 0.1, most: float = 5.0) -> None:
        self._first = self._next = first
        self._most = most

    def next(self) -> float:
        """The wait before the coming attempt."""
        wait, self._next = self._next, min(self._next * 2, self._most)
        return wait

    def reset(self) -> None:
        """It works: start small again next time."""
        self._next = self._first
