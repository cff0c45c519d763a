"""The rules on product, period, omvang and budget."""

from datetime import date
from typing import Any

import pytest

from services.toewijzing.domain.levering import Levering
from services.toewijzing.rules_in_bericht.levering import (
    AANGEVRAAGD_REGELS,
    NIEUW_REGELS,
    PERIODE_REGELS,
    TE_WIJZIGEN_REGELS,
    TOEGEWEZEN_REGELS,
    TOEGEWEZENPRODUCT_REGELS,
)
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.regels import Tabel
from shared.iwmo.waarden import Omvang, Periode, Product
from tests.toewijzing.bouw import PLEK, a_levering, a_product, regels

MET_PRODUCT = pytest.mark.parametrize("tabel", [TOEGEWEZEN_REGELS, AANGEVRAAGD_REGELS, NIEUW_REGELS])
OVERAL = pytest.mark.parametrize("tabel", [TOEGEWEZEN_REGELS, AANGEVRAAGD_REGELS, NIEUW_REGELS, TE_WIJZIGEN_REGELS])
BEGIN = date(2025, 4, 7)
ZONDER_EIND = Periode(BEGIN)
TOT_EIND_2020 = Periode(date(2020, 4, 6), date(2020, 12, 31))
NA_2020 = Periode(date(2020, 4, 6), date(2021, 1, 1))
ASPECIFIEK, GENERIEK = Product("01"), Product()
BUDGET: dict[str, Any] = {"omvang": None, "budget": 100_000}


def judge(tabel: Tabel[Levering, object], release: Release = "3.2", **deviations: Any) -> list[str]:
    return regels(tabel.judge(a_levering(**deviations), None, release, PLEK))


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("eind", [BEGIN, date(2025, 4, 8), None], ids=str)
def test_cs003_accepts_a_period_of_a_day_or_more(eind: date | None, release: Release) -> None:
    assert PERIODE_REGELS.judge(Periode(BEGIN, eind), None, release, PLEK) == []


@pytest.mark.parametrize("release", RELEASES)
def test_cs003_refuses_a_period_that_ends_before_it_begins(release: Release) -> None:
    [melding] = PERIODE_REGELS.judge(Periode(BEGIN, date(2025, 4, 6)), None, release, PLEK)

    assert melding.regel.code == "CS003"
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == ("2025-04-06", "vanaf 2025-04-07")


@OVERAL
@pytest.mark.parametrize("deviation", [{}, {"product": ASPECIFIEK, **BUDGET}], ids=str)
def test_cd075_accepts_a_budget_with_an_end(deviation: dict[str, Any], tabel: Tabel[Levering, object]) -> None:
    assert judge(tabel, **deviation) == []


@OVERAL
@pytest.mark.parametrize("budget", [0, 1])
def test_cd075_refuses_a_budget_without_end(budget: int, tabel: Tabel[Levering, object]) -> None:
    assert judge(tabel, product=ASPECIFIEK, periode=ZONDER_EIND, omvang=None, budget=budget) == ["CD075"]


@OVERAL
def test_cd076_accepts_a_weekly_volume_with_an_end_and_a_monthly_one_without(tabel: Tabel[Levering, object]) -> None:
    assert judge(tabel) == []
    assert judge(tabel, periode=ZONDER_EIND, omvang=Omvang(12, "04", "4")) == []


@OVERAL
def test_cd076_refuses_a_weekly_volume_without_end(tabel: Tabel[Levering, object]) -> None:
    assert judge(tabel, periode=ZONDER_EIND) == ["CD076"]


def test_cd076_accepts_a_weekly_volume_without_end_in_24() -> None:
    assert judge(TOEGEWEZEN_REGELS, "2.4", periode=ZONDER_EIND) == []


@OVERAL
def test_cd077_accepts_an_omvang_alone(tabel: Tabel[Levering, object]) -> None:
    assert judge(tabel) == []


@OVERAL
def test_cd077_refuses_an_omvang_beside_a_budget(tabel: Tabel[Levering, object]) -> None:
    assert "CD077" in judge(tabel, budget=0)


@OVERAL
def test_cd078_accepts_a_budget_alone(tabel: Tabel[Levering, object]) -> None:
    assert judge(tabel, product=ASPECIFIEK, **BUDGET) == []


@OVERAL
def test_cd078_refuses_a_budget_beside_an_omvang(tabel: Tabel[Levering, object]) -> None:
    """The same fault as CD077, told of the other element."""
    assert judge(tabel, budget=100_000) == ["CD077", "CD078"]


@MET_PRODUCT
def test_cd079_accepts_a_budget_without_product(tabel: Tabel[Levering, object]) -> None:
    assert judge(tabel, product=GENERIEK, **BUDGET) == []
    assert judge(tabel, product=ASPECIFIEK, omvang=None) == []


@MET_PRODUCT
def test_cd079_refuses_neither_product_nor_budget(tabel: Tabel[Levering, object]) -> None:
    assert judge(tabel, product=GENERIEK, omvang=None) == ["CD079"]


def test_cd079_accepts_no_product_in_24() -> None:
    assert judge(TOEGEWEZEN_REGELS, "2.4", product=GENERIEK, omvang=None) == []


@MET_PRODUCT
def test_cd041_accepts_a_code_with_an_omvang_and_a_category_without(tabel: Tabel[Levering, object]) -> None:
    assert judge(tabel) == []
    assert judge(tabel, product=ASPECIFIEK, omvang=None) == []


@MET_PRODUCT
def test_cd041_refuses_a_code_without_omvang(tabel: Tabel[Levering, object]) -> None:
    """Also beside a budget: a product with a code has an omvang."""
    assert judge(tabel, omvang=None) == ["CD041"]
    assert judge(tabel, **BUDGET) == ["CD041"]


def test_cd041_refuses_a_code_without_omvang_in_24_too() -> None:
    assert judge(TOEGEWEZEN_REGELS, "2.4", omvang=None) == ["CD041"]


@pytest.mark.parametrize("product", [Product("01", "01A04"), ASPECIFIEK], ids=str)
def test_a_change_needs_no_product(product: Product) -> None:
    assert judge(TE_WIJZIGEN_REGELS, product=product, omvang=None) == []


def test_cd080_accepts_an_omvang_without_code_until_2020() -> None:
    assert judge(TOEGEWEZEN_REGELS, product=ASPECIFIEK, periode=TOT_EIND_2020) == []
    assert judge(TOEGEWEZEN_REGELS, "2.4", product=ASPECIFIEK) == []


@pytest.mark.parametrize("periode", [NA_2020, ZONDER_EIND], ids=str)
def test_cd080_refuses_an_omvang_without_code_after_2020(periode: Periode) -> None:
    found = judge(TOEGEWEZEN_REGELS, product=ASPECIFIEK, periode=periode, omvang=Omvang(12, "04", "4"))

    assert found == ["CD080"]


def test_cd095_accepts_an_omvang_without_code_until_2020() -> None:
    assert judge(AANGEVRAAGD_REGELS, product=ASPECIFIEK, periode=TOT_EIND_2020) == []


@pytest.mark.parametrize("periode", [NA_2020, ZONDER_EIND], ids=str)
def test_cd095_refuses_an_omvang_without_code_after_2020(periode: Periode) -> None:
    found = judge(AANGEVRAAGD_REGELS, product=ASPECIFIEK, periode=periode, omvang=Omvang(12, "04", "4"))

    assert found == ["CD095"]


def test_cd096_accepts_an_omvang_without_code_until_2020() -> None:
    assert judge(NIEUW_REGELS, product=ASPECIFIEK, periode=TOT_EIND_2020) == []


@pytest.mark.parametrize("periode", [NA_2020, ZONDER_EIND], ids=str)
def test_cd096_refuses_an_omvang_without_code_after_2020(periode: Periode) -> None:
    found = judge(NIEUW_REGELS, product=ASPECIFIEK, periode=periode, omvang=Omvang(12, "04", "4"))

    assert found == ["CD096"]


FREQUENTIES = [
    *(("04", frequentie) for frequentie in "1246"),
    *((eenheid, "1") for eenheid in ("01", "04", "82")),
    *((eenheid, frequentie) for eenheid in ("14", "16", "83", "84") for frequentie in "246"),
]


@pytest.mark.parametrize(("eenheid", "frequentie"), FREQUENTIES)
@pytest.mark.parametrize("tabel", [TOEGEWEZEN_REGELS, NIEUW_REGELS, TE_WIJZIGEN_REGELS])
def test_cs338_accepts_a_frequency_that_fits(eenheid: str, frequentie: str, tabel: Tabel[Levering, object]) -> None:
    assert judge(tabel, omvang=Omvang(1, eenheid, frequentie)) == []


@pytest.mark.parametrize("eenheid", ["14", "16", "83", "84"])
@pytest.mark.parametrize("periode", [NA_2020, ZONDER_EIND], ids=str)
@pytest.mark.parametrize("tabel", [TOEGEWEZEN_REGELS, NIEUW_REGELS, TE_WIJZIGEN_REGELS])
def test_cs338_refuses_etmalen_dagdelen_euros_and_pieces_per_day(
    eenheid: str, periode: Periode, tabel: Tabel[Levering, object]
) -> None:
    assert judge(tabel, periode=periode, omvang=Omvang(1, eenheid, "1")) == ["CS338"]


def test_cs338_accepts_any_frequency_until_2020() -> None:
    assert judge(TOEGEWEZEN_REGELS, periode=TOT_EIND_2020, omvang=Omvang(1, "14", "1")) == []
    assert judge(TOEGEWEZEN_REGELS, "2.4", omvang=Omvang(1, "14", "3")) == []


@pytest.mark.parametrize(("eenheid", "frequentie"), FREQUENTIES)
def test_cs343_accepts_a_frequency_that_fits(eenheid: str, frequentie: str) -> None:
    assert judge(AANGEVRAAGD_REGELS, omvang=Omvang(1, eenheid, frequentie)) == []


@pytest.mark.parametrize("eenheid", ["14", "16", "83", "84"])
@pytest.mark.parametrize("periode", [NA_2020, ZONDER_EIND], ids=str)
def test_cs343_refuses_etmalen_dagdelen_euros_and_pieces_per_day(eenheid: str, periode: Periode) -> None:
    assert judge(AANGEVRAAGD_REGELS, periode=periode, omvang=Omvang(1, eenheid, "1")) == ["CS343"]


def judge_product(release: Release = "3.2", **deviations: Any) -> list[str]:
    return regels(TOEGEWEZENPRODUCT_REGELS.judge(a_product(**deviations), None, release, PLEK))


@pytest.mark.parametrize(
    "deviation",
    [{}, {"reden_wijziging": "12"}, {"reden_wijziging": "13", "periode": Periode(BEGIN, BEGIN)}],
    ids=str,
)
def test_cs335_accepts_a_deletion_of_one_day(deviation: dict[str, Any]) -> None:
    assert judge_product(**deviation) == []


@pytest.mark.parametrize("eind", [date(2025, 4, 8), None], ids=str)
def test_cs335_refuses_a_deletion_of_another_period(eind: date | None) -> None:
    assert judge_product(reden_wijziging="13", periode=Periode(BEGIN, eind)) == ["CS335"]
    assert judge_product("2.4", reden_wijziging="13", periode=Periode(BEGIN, eind)) == []


def test_cs335_refuses_a_deletion_and_names_the_day_it_ends() -> None:
    product = a_product(reden_wijziging="13", periode=Periode(BEGIN))

    [melding] = TOEGEWEZENPRODUCT_REGELS.judge(product, None, "3.2", PLEK)

    assert melding.as_json()["herstel"] == [{"locatie": f"{melding.locatie}/Einddatum", "waarde": "2025-04-07"}]


@pytest.mark.parametrize("reden", [None, "02", "14"])
def test_cs336_accepts_a_reason_that_has_not_lapsed(reden: str | None) -> None:
    assert judge_product(reden_wijziging=reden) == []


def test_cs336_refuses_the_reason_that_has_lapsed_since_24() -> None:
    assert judge_product(reden_wijziging="01") == ["CS336"]
    assert judge_product("2.4", reden_wijziging="01") == []
