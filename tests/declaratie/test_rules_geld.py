"""Level 4: the rules on money."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.declaratie.domain import Prestatie
from shared.feiten.product import Tarief
from shared.iwmo.waarden import Periode
from tests.declaratie.bouw import (
    a_prestatie,
    a_tarief,
    an_odd_credit,
    codes,
    feiten,
    judge,
)


def minutes(volume: int, bedrag: int, tarief: int = 107) -> Prestatie:
    return a_prestatie(eenheid="01", volume=volume, bedrag=bedrag, tarief=tarief)


def per_hour(cents: int) -> Any:
    return feiten(tarieven=[a_tarief(cents=cents)])


@pytest.mark.parametrize(("volume", "tarief"), [(13, 3100), (0, 3100), (99_999_999, 0), (1, 99_999_999)])
def test_tr346_accepts_volume_times_tariff(volume: int, tarief: int) -> None:
    line = a_prestatie(volume=volume, tarief=tarief, bedrag=volume * tarief)

    assert judge(line, per_hour(tarief)) == []


@pytest.mark.parametrize(
    ("uurtarief", "volume", "bedrag", "tarief"),
    [(5000, 100, 8333, 83), (6437, 95, 10192, 107), (6437, 60, 6437, 107), (6000, 1, 100, 100), (30, 1, 1, 1)],
)
def test_tr346_accepts_minutes_by_the_tariff_per_hour(uurtarief: int, volume: int, bedrag: int, tarief: int) -> None:
    assert judge(minutes(volume, bedrag, tarief), per_hour(uurtarief)) == []


def test_tr346_accepts_minutes_of_a_contract_per_minute() -> None:
    contract = feiten(tarieven=[a_tarief(eenheid="01", cents=83)])

    assert judge(minutes(100, 8300, 83), contract) == []


def test_tr346_accepts_minutes_when_the_tariff_per_hour_is_not_known() -> None:
    for known in (feiten(tarieven=[], bekend=False), feiten(tarieven=[])):
        assert judge(minutes(100, 8333, 83), known) == []


def test_tr346_accepts_any_amount_of_euros_and_of_a_credit() -> None:
    euros = a_prestatie(eenheid="83", volume=40300, tarief=None, bedrag=40300)

    assert judge(euros, feiten(tarieven=[a_tarief(eenheid="83", cents=None)])) == []
    assert judge(*an_odd_credit()) == []


@pytest.mark.parametrize("bedrag", [40299, 40301, 0])
def test_tr346_refuses_another_amount(bedrag: int) -> None:
    [melding] = judge(a_prestatie(bedrag=bedrag))

    assert codes([melding]) == [("TR346", "9346")]
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == (str(bedrag), "40300")
    assert not melding.vreemd, "it follows from the message alone, so it need not wait"


@pytest.mark.parametrize(
    ("uurtarief", "volume", "bedrag", "tarief"),
    [(5000, 100, 8300, 83), (5000, 100, 8334, 83), (6437, 95, 10165, 107), (6437, 95, 10191, 107)],
)
def test_tr346_refuses_minutes_by_the_rounded_tariff(uurtarief: int, volume: int, bedrag: int, tarief: int) -> None:
    [melding] = judge(minutes(volume, bedrag, tarief), per_hour(uurtarief))

    assert codes([melding]) == [("TR346", "9346")]
    assert melding.vreemd, "it rests on the contract"


def test_tr346_refuses_a_line_without_tariff_when_its_unit_is_no_euro() -> None:
    [melding] = judge(a_prestatie(tarief=None), feiten(tarieven=[]))

    assert codes([melding]) == [("TR346", "9346")]
    assert not melding.vreemd


def test_tr418_accepts_the_tariff_of_the_contract() -> None:
    assert judge(a_prestatie(), feiten(tarieven=[a_tarief()])) == []


@pytest.mark.parametrize(("uurtarief", "tarief"), [(6437, 107), (5000, 83), (6450, 108), (6449, 107), (30, 1), (29, 0)])
def test_tr418_accepts_the_tariff_per_minute_rounded_half_up(uurtarief: int, tarief: int) -> None:
    line = minutes(60, uurtarief, tarief)

    assert judge(line, per_hour(uurtarief)) == []


def test_tr418_accepts_any_tariff_of_euros_and_of_a_credit() -> None:
    euros = a_prestatie(eenheid="83", volume=40300, tarief=None, bedrag=40300)

    assert judge(euros) == []
    assert judge(*an_odd_credit()) == []


@pytest.mark.parametrize(
    "tarief",
    [
        a_tarief(product_code="01A05"),
        a_tarief(aanbieder="12345678"),
        a_tarief(eenheid="14"),
        a_tarief(eenheid="83", cents=None),
        a_tarief(periode=Periode(date(2024, 1, 1), date(2025, 2, 28))),
        a_tarief(periode=Periode(date(2025, 3, 2), None)),
    ],
    ids=str,
)
def test_tr418_accepts_any_tariff_without_a_contract_for_it(tarief: Tarief) -> None:
    other = replace(tarief, cents=None if tarief.cents is None else 1)

    assert judge(a_prestatie(), feiten(tarieven=[other])) == []


def test_tr418_accepts_the_aanbieders_own_tariff_before_the_general_one() -> None:
    own = a_tarief(aanbieder="98765432")

    for tarieven in ([own, a_tarief(cents=1)], [a_tarief(cents=1), own]):
        assert judge(a_prestatie(), feiten(tarieven=tarieven)) == []


def test_tr418_accepts_the_tariff_of_the_first_day_of_the_period() -> None:
    old = a_tarief(periode=Periode(date(2025, 1, 1), date(2025, 3, 1)))
    new = a_tarief(periode=Periode(date(2025, 3, 2), None), cents=9999)

    assert judge(a_prestatie(), feiten(tarieven=[new, old])) == []


@pytest.mark.parametrize("tarief", [3099, 3101, 0])
def test_tr418_refuses_another_tariff(tarief: int) -> None:
    [melding] = judge(a_prestatie(tarief=tarief, bedrag=13 * tarief))

    assert codes([melding]) == [("TR418", "0611")]
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == (str(tarief), "3100")
    assert melding.vreemd


@pytest.mark.parametrize(("uurtarief", "tarief"), [(6437, 108), (6437, 6437), (6450, 107)])
def test_tr418_refuses_another_tariff_per_minute(uurtarief: int, tarief: int) -> None:
    assert codes(judge(minutes(60, uurtarief, tarief), per_hour(uurtarief))) == [("TR418", "0611")]
