"""Contracts as other services know them."""

from datetime import date, timedelta

import pytest

from shared.feiten.product import Contracten, Tarief
from shared.iwmo.waarden import Periode
from tests.declaratie.bouw import a_tarief

JAAR = Periode(date(2025, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize("tarief", [a_tarief(), a_tarief(eenheid="83", cents=None, aanbieder="98765432"),
                                    a_tarief(periode=Periode(date(2025, 1, 1)))], ids=str)  # fmt: skip
def test_a_tarief_survives_the_event(tarief: Tarief) -> None:
    assert Tarief.from_data(tarief.as_data()) == tarief


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (JAAR.begin - timedelta(days=1), False),
        (JAAR.begin, True),
        (JAAR.eind, True),
        (date(2026, 1, 1), False),
    ],
    ids=str,
)
def test_a_contract_holds_on_its_first_and_last_day(day: date, found: bool) -> None:
    contracten = Contracten(True, {"01A04": [a_tarief(periode=JAAR)]})

    assert (contracten.tarief("01A04", "98765432", day) is not None) is found


def test_a_product_is_taakgericht_by_its_contract_of_that_day() -> None:
    first = a_tarief(variant="taakgericht", periode=Periode(date(2025, 1, 1), date(2025, 6, 30)))
    contracten = Contracten(True, {"01A04": [first, a_tarief(periode=Periode(date(2025, 7, 1)))]})

    assert contracten.taakgericht("01A04", "98765432", date(2025, 6, 30))
    assert not contracten.taakgericht("01A04", "98765432", date(2025, 7, 1))
    assert not contracten.taakgericht("01A05", "98765432", date(2025, 6, 30))
    assert not contracten.taakgericht(None, "98765432", date(2025, 6, 30))


def test_without_contracts_nothing_can_be_said_against_a_product() -> None:
    assert Contracten(False, {}).taakgericht("01A04", "98765432", date(2025, 1, 1))
