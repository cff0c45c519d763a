"""When an evaluatie may be given, and of which areas it tells."""

from datetime import date
from typing import Any

import pytest

from services.startstop.evaluatie.domain import check_eerste, check_gebieden, check_geeindigd, check_verbetert
from services.startstop.stand import Stand
from shared.iwmo.waarden import Periode, Product
from shared.problems import BotsingError, VerzoekError
from tests.toewijzing.bouw import a_toewijzing

BEGIN, EINDE = date(2025, 3, 3), date(2025, 6, 13)
AREA = a_toewijzing(product=Product("02", "022A3"))


@pytest.mark.parametrize("gebieden", [["2A"]])
def test_of_the_area_of_the_code(gebieden: list[str]) -> None:
    check_gebieden(AREA, gebieden)


@pytest.mark.parametrize("gebieden", [["01"], ["2A", "3B"], ["1A"]])
@pytest.mark.parametrize("code", ["01A04", None])
def test_where_the_code_names_no_area_of_any(gebieden: list[str], code: str | None) -> None:
    check_gebieden(a_toewijzing(product=Product("01", code)), gebieden)


@pytest.mark.parametrize(
    ("gebieden", "places"),
    [
        (["2A", "2A"], ["/resultaten/1/gebied"]),
        (["3B"], ["/resultaten/0/gebied", "/resultaten"]),
        (["02"], ["/resultaten/0/gebied", "/resultaten"]),
        (["2A", "3B", "2A"], ["/resultaten/1/gebied", "/resultaten/2/gebied"]),
    ],
)
def test_anything_else_is_refused_with_its_place(gebieden: list[str], places: list[str]) -> None:
    with pytest.raises(VerzoekError) as refused:
        check_gebieden(AREA, gebieden)

    assert [fout.locatie for fout in refused.value.fouten] == places


@pytest.mark.parametrize(
    ("stand", "afwijking"),
    [
        (Stand(), {}),
        (Stand(BEGIN), {}),
        (Stand(BEGIN, pauze=EINDE), {}),
        (Stand(BEGIN, einde=date(2025, 6, 14)), {}),
        (Stand(BEGIN, einde=EINDE), {"periode": Periode(BEGIN, BEGIN), "reden_wijziging": "13"}),
    ],
    ids=["not begun", "goes on", "stands still", "ends tomorrow", "withdrawn"],
)
def test_before_the_end_there_is_nothing_to_evaluate(stand: Stand, afwijking: dict[str, Any]) -> None:
    with pytest.raises(BotsingError):
        check_geeindigd(a_toewijzing(**afwijking), stand, EINDE)


def test_from_the_last_day_on_there_is() -> None:
    assert check_geeindigd(a_toewijzing(), Stand(BEGIN, einde=EINDE), EINDE) == EINDE


def test_of_one_end_there_is_one() -> None:
    check_eerste(EINDE, None)
    check_eerste(EINDE, date(2025, 6, 12))
    with pytest.raises(BotsingError):
        check_eerste(EINDE, EINDE)


@pytest.mark.parametrize("verbetert", [1, 3])
def test_only_the_latest_version_is_corrected(verbetert: int) -> None:
    check_verbetert(2, 2)
    with pytest.raises(BotsingError):
        check_verbetert(verbetert, 2)
