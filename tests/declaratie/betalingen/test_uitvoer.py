"""Which declarations of a proposal are read together: never a query for each, nor a sort of all."""

from collections import namedtuple
from typing import Any

import pytest

from services.declaratie.betalingen.uitvoer import AT_ONCE, _together

Declaratie = namedtuple("Declaratie", ("id", "regels"))


@pytest.mark.parametrize(
    ("lines", "groups"),
    [
        ([], []),
        ([1, 1, 1], [[1, 2, 3]]),
        ([AT_ONCE, 1, AT_ONCE], [[1], [2], [3]]),
        ([AT_ONCE * 5, 1, 1], [[1], [2, 3]]),
        ([AT_ONCE - 1, 1, 1], [[1, 2], [3]]),
    ],
)
def test_small_ones_go_together_and_a_large_one_alone(lines: list[int], groups: list[list[int]]) -> None:
    rows: Any = [Declaratie(number, count) for number, count in enumerate(lines, start=1)]

    assert list(_together(rows)) == groups
