"""The rules that hold a WMO301 against earlier messages."""

from datetime import date
from typing import Any

import pytest

from services.toewijzing.domain.toewijzing import is_newer
from services.toewijzing.rules import TOEGEWEZENPRODUCT_REGELS
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.catalogus import RELEASES
from shared.iwmo.regels import Melding
from shared.iwmo.waarden import Omvang, Periode, Product
from tests.toewijzing.bouw import PLEK, a_product, a_toewijzing, feiten


def judge(deviations: dict[str, Any], *bekend: Toewijzing) -> list[Melding]:
    found = [
        TOEGEWEZENPRODUCT_REGELS.judge(a_product(**deviations), feiten(*bekend), release, PLEK) for release in RELEASES
    ]
    assert found[0] == found[1]
    return found[0]


def test_tr332_accepts_a_new_number() -> None:
    assert judge({}) == []
    assert judge({}, a_toewijzing(nummer=1, client="client-b")) == []


@pytest.mark.parametrize(
    "deviation",
    [
        {},
        {"periode": Periode(date(2025, 3, 1), None)},
        {"periode": Periode(date(2025, 3, 1), date(2025, 3, 1)), "reden_wijziging": "13"},
        {"omvang": Omvang(4, "04", "2")},
        {"omvang": None, "budget": 100_000},
        {"reden_wijziging": "02"},
    ],
    ids=str,
)
def test_tr332_accepts_a_new_version(deviation: dict[str, Any]) -> None:
    assert judge(deviation, a_toewijzing()) == []


@pytest.mark.parametrize(
    ("deviation", "gevonden", "verwacht"),
    [
        ({"aanbieder": "12345678"}, "12345678", "98765432"),
        ({"product": Product("01", "01A05")}, "01/01A05", "01/01A04"),
        ({"product": Product("01")}, "01", "01/01A04"),
        ({"product": Product()}, "generiek", "01/01A04"),
        ({"periode": Periode(date(2025, 3, 2), date(2025, 8, 31))}, "2025-03-02", "2025-03-01"),
    ],
    ids=str,
)
def test_tr332_refuses_a_number_of_another_toewijzing(deviation: dict[str, Any], gevonden: str, verwacht: str) -> None:
    [melding] = judge(deviation, a_toewijzing())

    assert (melding.regel.code, melding.retourcode) == ("TR332", "9332")
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == (gevonden, verwacht)


def test_tr332_refuses_a_number_of_another_client_without_naming_one() -> None:
    [melding] = judge({"client": "client-b"}, a_toewijzing())

    assert melding.retourcode == "9332"
    assert "client-" not in str(melding.as_json())


def test_a_version_is_newer_by_its_moment_of_decision() -> None:
    known = a_toewijzing()

    assert is_newer(known, None)
    assert is_newer(a_toewijzing(moment=known.moment.replace(second=1)), known)
    assert not is_newer(a_toewijzing(omvang=None), known)
    assert not is_newer(a_toewijzing(moment=known.moment.replace(hour=8)), known)


@pytest.mark.parametrize(
    ("periode", "reden", "vervallen"),
    [
        (Periode(date(2025, 3, 1), date(2025, 3, 1)), "13", True),
        (Periode(date(2025, 3, 1), date(2025, 3, 1)), "01", True),
        (Periode(date(2025, 3, 1), date(2025, 3, 1)), "02", False),
        (Periode(date(2025, 3, 1), date(2025, 3, 1)), None, False),
        (Periode(date(2025, 3, 1), date(2025, 3, 2)), "13", False),
        (Periode(date(2025, 3, 1), None), "13", False),
    ],
    ids=str,
)
def test_a_toewijzing_is_withdrawn_by_its_days_and_reason_together(
    periode: Periode, reden: str | None, vervallen: bool
) -> None:
    assert a_toewijzing(periode=periode, reden_wijziging=reden).vervallen is vervallen
