"""The rules that hold a WMO301 against earlier toewijzingen, contracts and declarations."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.toewijzing.rules.toewijzing import TOEGEWEZENPRODUCT_REGELS
from shared.feiten.product import Contracten, Tarief
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.regels import Melding
from shared.iwmo.waarden import Omvang, Periode, Product
from tests.shared.iwmo.berichten import NUMMER
from tests.toewijzing.bouw import PLEK, a_product, a_toewijzing, feiten

ANDER_NUMMER = NUMMER + 1


def judge_332(deviations: dict[str, Any], *bekend: Toewijzing) -> list[Melding]:
    found = [
        TOEGEWEZENPRODUCT_REGELS.judge(a_product(**deviations), feiten(*bekend), release, PLEK) for release in RELEASES
    ]
    assert found[0] == found[1]
    return found[0]


def test_tr332_accepts_a_new_number() -> None:
    assert judge_332({}) == []
    assert judge_332({}, a_toewijzing(nummer=1, client="client-b")) == []


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
    assert judge_332(deviation, a_toewijzing()) == []


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
    [melding] = judge_332(deviation, a_toewijzing(bericht_id="bericht-301"))

    assert (melding.regel.code, melding.retourcode) == ("TR332", "9332")
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == (gevonden, verwacht)
    assert melding.afwijking.botst_met == "bericht-301"


def test_tr332_refuses_a_number_of_another_client_without_naming_one() -> None:
    [melding] = judge_332({"client": "client-b"}, a_toewijzing(bericht_id="bericht-301"))

    assert (melding.retourcode, melding.afwijking.botst_met) == ("9332", "bericht-301")
    assert "client-" not in str(melding.as_json())


def tarief(**deviations: Any) -> Tarief:
    heel_2025 = Periode(date(2025, 1, 1), date(2025, 12, 31))
    return replace(Tarief("01A04", "01", "04", "inspanningsgericht", None, 3100, heel_2025), **deviations)


def judge_381(product: Product, *tarieven: Tarief, release: Release = "3.2") -> list[Melding]:
    known = feiten(contracten=_contracten(*tarieven), release=release)
    return TOEGEWEZENPRODUCT_REGELS.judge(a_product(product=product), known, release, PLEK)


def _contracten(*tarieven: Tarief) -> Contracten:
    by_code: dict[str, list[Tarief]] = {}
    for one in tarieven:
        by_code.setdefault(one.product_code, []).append(one)
    return Contracten(bekend=bool(tarieven), tarieven=by_code)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("product", [Product("01", "01A04"), Product("02"), Product()], ids=str)
def test_tr381_accepts_a_code_under_its_categorie(product: Product, release: Release) -> None:
    assert judge_381(product, tarief(), release=release) == []


def test_tr381_accepts_a_code_where_no_list_is_known() -> None:
    assert judge_381(Product("02", "98Z01")) == []


def test_tr381_accepts_each_categorie_that_a_code_stands_under() -> None:
    both = (tarief(), tarief(categorie="02"))

    assert judge_381(Product("01", "01A04"), *both) == judge_381(Product("02", "01A04"), *both) == []


@pytest.mark.parametrize("release", RELEASES)
def test_tr381_refuses_a_code_under_another_categorie(release: Release) -> None:
    [melding] = judge_381(Product("02", "01A04"), tarief(), release=release)

    assert (melding.regel.code, melding.retourcode, melding.regel.niveau) == ("TR381", "S329", 4)
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == ("02/01A04", "01/01A04")
    assert melding.as_json()["herstel"] == [{"locatie": f"{melding.locatie}/Product/Categorie", "waarde": "01"}]


def test_tr381_accepts_what_the_number_denotes_already() -> None:
    """It cannot have another product (TR332), and must still be ended or withdrawn when a list came later."""
    product = Product("02", "01A04")
    known = feiten(a_toewijzing(product=product), contracten=Contracten(bekend=True, tarieven={"01A04": [tarief()]}))

    assert TOEGEWEZENPRODUCT_REGELS.judge(a_product(product=product), known, "3.2", PLEK) == []


def test_tr381_refuses_by_the_national_list_where_the_gemeente_has_none() -> None:
    """Of the two releases only 2.4 has one."""
    [melding] = judge_381(Product("02", "01A04"), release="2.4")

    assert (melding.retourcode, melding.afwijking.verwacht) == ("S329", "01/01A04")


def test_tr381_refuses_without_choosing_between_categories() -> None:
    [melding] = judge_381(Product("02", "01A04"), tarief(categorie="03"), tarief())

    assert melding.afwijking.verwacht == "01/01A04, 03/01A04"
    assert melding.afwijking.herstel == ()


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"aanbieder": "12345678"},
        {"periode": Periode(date(2025, 9, 1))},
        {"periode": Periode(date(2024, 1, 1), date(2025, 2, 28))},
        {"product_code": "01A05"},
    ],
    ids=str,
)
def test_tr381_refuses_a_code_that_is_not_on_the_list_between_them(elsewhere: dict[str, Any]) -> None:
    [melding] = judge_381(Product("01", "01A04"), tarief(**elsewhere))

    assert melding.retourcode == "S329"
    assert (melding.afwijking.verwacht, melding.afwijking.herstel) == (None, ())


@pytest.mark.parametrize(
    "here",
    [
        {"aanbieder": "98765432"},
        {"periode": Periode(date(2025, 8, 31))},
        {"periode": Periode(date(2024, 1, 1), date(2025, 3, 1))},
    ],
    ids=str,
)
def test_tr381_accepts_a_code_that_is_on_the_list_on_some_day(here: dict[str, Any]) -> None:
    assert judge_381(Product("01", "01A04"), tarief(**here)) == []


def judge_385(reden: str | None, lines: int | None, release: Release = "3.2") -> list[Melding]:
    known = feiten(gedeclareerd={} if lines is None else {NUMMER: lines, ANDER_NUMMER: 5})
    product = a_product(periode=Periode(date(2025, 3, 1), date(2025, 3, 1)), reden_wijziging=reden)
    return TOEGEWEZENPRODUCT_REGELS.judge(product, known, release, PLEK)


@pytest.mark.parametrize(("reden", "lines"), [("13", None), ("13", 0), ("12", 1), (None, 1), ("01", 1)])
def test_tr385_accepts_what_is_not_declared_or_not_deleted(reden: str | None, lines: int | None) -> None:
    assert judge_385(reden, lines) == []


def test_tr385_accepts_in_a_release_without_this_reason() -> None:
    assert judge_385("13", 1, release="2.4") == []


@pytest.mark.parametrize("lines", [1, 7])
def test_tr385_refuses_to_delete_what_is_declared(lines: int) -> None:
    [melding] = judge_385("13", lines)

    assert (melding.regel.code, melding.retourcode, melding.vreemd) == ("TR385", "9385", True)
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == (str(lines), "0")
