"""The content of a message as plain values: the form in which all of the house but the codec knows messages.

It has the shape of the schema: a dict per class or composite type, a list for what may repeat, an int for a number,
text for all else (a date as ``2020-04-06``). It is JSON as it stands, but for a ``Reeks``.
"""

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

Inhoud = dict[str, Any]


class Reeks:
    """What repeats, for when it is too much to hold: in the place of a list, made one by one each time that it is gone
    through. It equals a list, or another, with the same elements in the same order; that goes through both."""

    __slots__ = ("_make",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, make: Callable[[], Iterator[Any]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[Any]:
        return self._make()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Reeks, list)):
            return NotImplemented
        longer = object()
        return all(one == two for one, two in zip_longest(self, other, fillvalue=longer))
