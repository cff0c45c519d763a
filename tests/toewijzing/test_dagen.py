"""Days that are taken: found by looking in order, as they would be by looking at all."""

import time
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import pytest

from services.toewijzing.domain.dagen import overlapping

BEGIN = date(2025, 1, 1)


@dataclass
class Contract:
    geldig_van: date
    geldig_tot: date | None
    waarvoor: str = "01A04"

    def shares_a_day(self, other: "Contract") -> bool:
        end, other_end = self.geldig_tot or date.max, other.geldig_tot or date.max
        return self.waarvoor == other.waarvoor and self.geldig_van <= other_end and other.geldig_van <= end


def contract(loting: Random) -> Contract:
    van = BEGIN + timedelta(loting.randrange(300))
    tot = van + timedelta(loting.choice((0, 1, 10))) if loting.random() < 0.98 else None
    return Contract(van, tot, loting.choice(("01A04", "01A05")))


@pytest.mark.parametrize("seed", range(40))
def test_the_same_are_found_as_by_comparing_all(seed: int) -> None:
    loting = Random(seed)
    known, new = ([contract(loting) for _ in range(loting.randrange(30))] for _ in range(2))

    found = overlapping(known, new)

    assert found == [
        number for number, one in enumerate(new) if any(one.shares_a_day(other) for other in [*known, *new[:number]])
    ]


def test_ten_thousand_days_apart_take_no_time() -> None:
    new = [Contract(day, day) for day in (BEGIN + timedelta(n) for n in range(10_000))]
    since = time.process_time()

    assert overlapping([], new) == []
    assert time.process_time() - since < 2  # by comparing all: a minute
