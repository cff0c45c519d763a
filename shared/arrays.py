"""Arrays as PostgreSQL reads them in text. The driver asks three times of each value what it is before it sends it: of
a message with hundreds of small values that takes as long as judging it. To join them takes a fifth of that, and the
database reads either as fast."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Boolean, Date, DateTime, Integer, Text, Uuid
from sqlalchemy.types import TypeDecorator, TypeEngine

Values = Sequence[Any]


class ArrayText(TypeDecorator[Values]):
    """A list, or None, that goes to the server as text, for a ``cast`` to an array of these; see ``goes_as_text``."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = type(of)
        self.written: Callable[[Values], str] = _writer(of) or _texts
        """What the driver gets."""

    def process_bind_param(self, value: Values | None, dialect: Any) -> str | None:
        """The same, of a statement that SQLAlchemy runs."""
        return None if value is None else self.written(value)


def goes_as_text(of: TypeEngine[Any]) -> bool:
    """Whether arrays of this type may go so: of others the driver knows how, or the text would be longer."""
    return _writer(of) is not None


def array_text(texts: Iterable[str | None]) -> str:
    """An array of texts."""
    return "{" + ",".join("NULL" if one is None else _quoted(one) for one in texts) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _texts(values: Values) -> str:
    """Most have nothing to escape: they are looked through together."""
    try:
        joined = '","'.join(values)
    except TypeError:  # None is among them
        return array_text(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        return array_text(values)
    return f'{{"{joined}"}}'


def _numbers(values: Values) -> str:
    return "{" + ",".join(["NULL" if one is None else str(one) for one in values]) + "}"


def _days(values: Values) -> str:
    """Days and times; the same often comes many times, and then is put into words once."""
    told = {one: "NULL" if one is None else str(one) for one in set(values)}
    return "{" + ",".join([told[one] for one in values]) + "}"


def _uuids(values: Values) -> str:
    """The same, without hyphens: those cost more than the rest."""
    told = {one: "NULL" if one is None else one.hex for one in set(values)}
    return "{" + ",".join([told[one] for one in values]) + "}"


def _writer(of: TypeEngine[Any]) -> Callable[[Values], str] | None:
    if isinstance(of, Text):
        return _texts
    if isinstance(of, Uuid):
        return _uuids
    if isinstance(of, Date | DateTime):
        return _days
    return _numbers if isinstance(of, Integer | Boolean) else None
