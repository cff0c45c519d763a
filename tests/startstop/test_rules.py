"""The rules on WMO305 and WMO307."""

from datetime import date
from typing import Any

import pytest

from services.startstop.domain import StartProduct, StopProduct
from shared.iwmo.waarden import Periode, Product
from tests.startstop.bouw import (
    INSPANNING,
    TAAKGERICHT,
    a_start,
    a_startproduct,
    a_stop,
    a_stopproduct,
    codes,
    feiten,
    judge,
)
from tests.toewijzing.bouw import a_toewijzing

TAAK = a_start(nummer=None)
TEMPORARY = a_stop(reden="20")
LATER = a_start(begindatum=date(2025, 5, 1))


@pytest.mark.parametrize("product", [a_startproduct(), a_stopproduct()], ids=type)
def test_tr019_accepts_a_toewijzing_of_this_client_at_this_aanbieder(product: StartProduct | StopProduct) -> None:
    starts = [a_start()] if isinstance(product, StopProduct) else []

    assert judge(product, feiten(starts)) == []


def test_tr019_accepts_a_toewijzing_of_one_day() -> None:
    one_day = a_toewijzing(periode=Periode(date(2025, 3, 3), date(2025, 3, 3)), reden_wijziging="02")

    assert judge(a_startproduct(), feiten(toewijzingen=[one_day])) == []


def test_tr019_accepts_a_deletion_without_any_toewijzing() -> None:
    assert judge(a_startproduct(status="3"), feiten([a_start()], toewijzingen=[])) == []
    assert judge(a_stopproduct(status="3"), feiten([a_start()], [a_stop()], toewijzingen=[])) == []


def test_tr019_accepts_a_taakgericht_product_without_number() -> None:
    assert judge(a_startproduct(TAAK), feiten(tarieven=[TAAKGERICHT])) == []


def test_tr019_accepts_no_number_when_the_gemeente_has_no_contracts_here() -> None:
    assert judge(a_startproduct(TAAK), feiten(bekend=False)) == []


@pytest.mark.parametrize(
    "deviation",
    [
        {"nummer": 1},
        {"aanbieder": "12345678"},
        {"client": "client-b"},
        {"periode": Periode(date(2025, 3, 1), date(2025, 3, 1)), "reden_wijziging": "13"},
        {"periode": Periode(date(2025, 3, 1), date(2025, 3, 1)), "reden_wijziging": "01"},
    ],
    ids=str,
)
@pytest.mark.parametrize("product", [a_startproduct(), a_stopproduct()], ids=type)
def test_tr019_refuses_any_other_toewijzing(deviation: dict[str, Any], product: StartProduct | StopProduct) -> None:
    starts = [a_start()] if isinstance(product, StopProduct) else []

    [melding] = judge(product, feiten(starts, toewijzingen=[a_toewijzing(**deviation)]))

    assert codes([melding]) == [("TR019", "9019")]
    assert melding.vreemd, "it rests on facts of another service, so it must wait for them"
    assert "client-" not in str(melding.as_json())


@pytest.mark.parametrize("tarieven", [[INSPANNING], [TAAKGERICHT]])
def test_tr019_refuses_a_missing_number_of_a_product_that_is_not_taakgericht(tarieven: list[Any]) -> None:
    start = a_start(nummer=None, begindatum=date(2024, 12, 31))  # the day before the contract

    assert codes(judge(a_startproduct(start), feiten(tarieven=tarieven))) == [("TR019", "9019")]


def test_tr063_accepts_a_deletion_of_what_was_delivered() -> None:
    assert judge(a_startproduct(status="3"), feiten([a_start()])) == []
    assert judge(a_stopproduct(status="3"), feiten([a_start()], [a_stop()])) == []


@pytest.mark.parametrize(
    "start",
    [a_start(nummer=1), a_start(product=Product("01", "01A05")), a_start(product=Product("01")), LATER, TAAK],
    ids=str,
)
def test_tr063_refuses_a_deletion_under_another_key(start: Any) -> None:
    assert codes(judge(a_startproduct(status="3"), feiten([start]))) == [("TR063", "9063")]


@pytest.mark.parametrize("stop", [a_stop(reden="20"), a_stop(einddatum=date(2025, 4, 1)), a_stop(LATER)], ids=str)
def test_tr063_refuses_a_deletion_of_another_stop(stop: Any) -> None:
    assert codes(judge(a_stopproduct(status="3"), feiten([a_start()], [stop]))) == [("TR063", "9063")]


def test_tr063_refuses_a_second_deletion() -> None:
    known = feiten([a_start()])
    known.administratie.apply(a_startproduct(status="3"))

    assert codes(judge(a_startproduct(status="3"), known)) == [("TR063", "9063")]


def test_tr071_accepts_a_deletion_of_a_start_without_stop() -> None:
    other = a_stop(LATER)

    assert judge(a_startproduct(status="3"), feiten([a_start(), LATER], [other])) == []


@pytest.mark.parametrize("stop", [a_stop(), TEMPORARY], ids=["definitive", "temporary"])
def test_tr071_refuses_a_deletion_of_a_start_with_a_stop(stop: Any) -> None:
    assert codes(judge(a_startproduct(status="3"), feiten([a_start()], [stop]))) == [("TR071", "9071")]


def test_tr074_accepts_a_key_that_was_taken_back() -> None:
    known = feiten([a_start()])
    known.administratie.apply(a_startproduct(status="3"))

    assert judge(a_startproduct(), known) == []


def test_tr074_accepts_a_stop_with_another_reason_or_day() -> None:
    assert judge(a_stopproduct(), feiten([a_start()], [TEMPORARY])) == []


def test_tr074_refuses_a_start_that_still_holds() -> None:
    assert codes(judge(a_startproduct(), feiten([a_start()], [a_stop()]))) == [("TR074", "9074")]


def test_tr074_refuses_a_stop_that_still_holds() -> None:
    """It is a second definitive stop as well."""
    assert codes(judge(a_stopproduct(), feiten([a_start()], [a_stop()]))) == [("TR074", "9074"), ("TR415", "9415")]


@pytest.mark.parametrize("stop", [a_stop(), TEMPORARY], ids=["definitive", "temporary"])
def test_tr326_accepts_a_start_after_a_stop(stop: Any) -> None:
    assert judge(a_startproduct(LATER), feiten([a_start()], [stop])) == []


@pytest.mark.parametrize("other", [a_start(nummer=1), a_start(product=Product("01", "01A05"))], ids=str)
def test_tr326_accepts_a_start_beside_one_of_another_toewijzing_or_product(other: Any) -> None:
    assert judge(a_startproduct(), feiten([other])) == []


def test_tr326_accepts_a_start_with_a_number_beside_one_without() -> None:
    assert judge(a_startproduct(), feiten([TAAK])) == []


@pytest.mark.parametrize("begin", [date(2025, 5, 1), date(2025, 1, 1)])
def test_tr326_refuses_a_second_start_while_the_first_is_open(begin: date) -> None:
    [melding] = judge(a_startproduct(a_start(begindatum=begin)), feiten([a_start()]))

    assert codes([melding]) == [("TR326", "9326")]
    assert "2025-03-03" in str(melding.afwijking.verwacht)


def test_tr326_refuses_a_second_taakgericht_start() -> None:
    later = a_start(nummer=None, begindatum=date(2025, 5, 1))

    assert codes(judge(a_startproduct(later), feiten([TAAK], tarieven=[TAAKGERICHT]))) == [("TR326", "9326")]


def test_tr326_refuses_a_third_start_while_the_second_is_open() -> None:
    third = a_start(begindatum=date(2025, 7, 1))

    assert codes(judge(a_startproduct(third), feiten([a_start(), LATER], [a_stop()]))) == [("TR326", "9326")]


def test_tr382_accepts_a_stop_on_a_start() -> None:
    assert judge(a_stopproduct(), feiten([a_start()])) == []


def test_tr382_accepts_a_definitive_stop_after_a_temporary_one() -> None:
    assert judge(a_stopproduct(), feiten([a_start()], [TEMPORARY])) == []


@pytest.mark.parametrize(
    "start", [LATER, a_start(nummer=1), a_start(product=Product("01", "01A05")), a_start(product=Product())], ids=str
)
def test_tr382_refuses_a_stop_without_its_start(start: Any) -> None:
    assert codes(judge(a_stopproduct(), feiten([start]))) == [("TR382", "9069")]


def test_tr382_refuses_a_stop_and_names_the_days_that_do_have_a_start() -> None:
    [melding] = judge(a_stopproduct(), feiten([LATER, a_start(nummer=1)]))

    assert melding.afwijking.verwacht == "2025-05-01"


def test_a_stop_may_break_more_rules_at_once() -> None:
    assert codes(judge(a_stopproduct(), feiten(toewijzingen=[]))) == [("TR019", "9019"), ("TR382", "9069")]
