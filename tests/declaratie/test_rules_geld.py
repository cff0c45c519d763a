"""Level 4: the rules on money."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.geld import minute_tariff, minutes_amount
from shared.feiten.product import Tarief
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.regels import Melding
from shared.iwmo.waarden import Omvang, Periode, Product
from tests.declaratie.bouw import (
    a_prestatie,
    a_tarief,
    an_odd_credit,
    breach,
    codes,
    feiten,
    herstel,
    judge,
)
from tests.toewijzing.bouw import a_toewijzing


def minutes(volume: int, bedrag: int, tarief: int = 107) -> Prestatie:
    return a_prestatie(eenheid="01", volume=volume, bedrag=bedrag, tarief=tarief)


def per_hour(cents: int) -> Any:
    return feiten(tarieven=[a_tarief(cents=cents)])


@pytest.mark.parametrize(("volume", "tarief"), [(13, 3100), (0, 3100), (99_999_999, 0), (1, 99_999_999)])
def test_tr346_accepts_volume_times_tariff(volume: int, tarief: int) -> None:
    line = a_prestatie(volume=volume, tarief=tarief, bedrag=volume * tarief)

    assert breach("TR346", line, per_hour(tarief)) is None


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
        assert breach("TR346", minutes(100, 8333, 83), known) is None


def test_tr346_accepts_any_amount_of_euros_and_of_a_credit() -> None:
    euros = a_prestatie(eenheid="83", volume=40300, tarief=None, bedrag=40300)

    assert breach("TR346", euros, feiten(tarieven=[a_tarief(eenheid="83", cents=None)])) is None
    assert judge(*an_odd_credit()) == []


@pytest.mark.parametrize("bedrag", [40299, 40301, 0])
def test_tr346_refuses_another_amount(bedrag: int) -> None:
    [melding] = judge(a_prestatie(bedrag=bedrag))

    assert codes([melding]) == [("TR346", "9346")]
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == (str(bedrag), "40300")
    assert herstel(melding) == {"IngediendBedrag/Bedrag": "40300"}
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
    melding = breach("TR346", a_prestatie(tarief=None), feiten(tarieven=[]))

    assert melding is not None
    assert not melding.vreemd


def test_tr418_accepts_the_tariff_of_the_contract() -> None:
    assert judge(a_prestatie(), feiten(tarieven=[a_tarief()])) == []


@pytest.mark.parametrize(("uurtarief", "tarief"), [(6437, 107), (5000, 83), (6450, 108), (6449, 107), (30, 1), (29, 0)])
def test_tr418_accepts_the_tariff_per_minute_rounded_half_up(uurtarief: int, tarief: int) -> None:
    line = minutes(60, uurtarief, tarief)

    assert judge(line, per_hour(uurtarief)) == []


def test_tr418_accepts_any_tariff_of_euros_and_of_a_credit() -> None:
    euros = a_prestatie(eenheid="83", volume=40300, tarief=None, bedrag=40300)

    assert breach("TR418", euros) is None
    assert judge(*an_odd_credit()) == []


@pytest.mark.parametrize(
    "tarief",
    [
        a_tarief(product_code="01A05"),
        a_tarief(aanbieder="12345678"),
        a_tarief(eenheid="83", cents=None),
        a_tarief(periode=Periode(date(2024, 1, 1), date(2025, 2, 28))),
        a_tarief(periode=Periode(date(2025, 4, 1), None)),
    ],
    ids=str,
)
def test_tr418_accepts_any_tariff_without_a_contract_for_it(tarief: Tarief) -> None:
    other = replace(tarief, cents=None if tarief.cents is None else 1)

    assert breach("TR418", a_prestatie(), feiten(tarieven=[other])) is None


def test_tr418_refuses_a_tariff_that_no_contract_has_whatever_its_unit() -> None:
    other = feiten(tarieven=[a_tarief(eenheid="14", cents=3200)])

    melding = breach("TR418", a_prestatie(), other)

    assert melding is not None
    assert (melding.afwijking.verwacht, melding.afwijking.herstel) == ("3200", ())
    assert breach("TR418", a_prestatie(tarief=3200), other) is None


def test_tr418_accepts_the_aanbieders_own_tariff_before_the_general_one() -> None:
    own = a_tarief(aanbieder="98765432")

    for tarieven in ([own, a_tarief(cents=1)], [a_tarief(cents=1), own]):
        assert judge(a_prestatie(), feiten(tarieven=tarieven)) == []


# On 10 March another tariff begins to hold.
OLD = a_tarief(periode=Periode(date(2025, 1, 1), date(2025, 3, 9)))
NEW = a_tarief(periode=Periode(date(2025, 3, 10), None), cents=3200)


@pytest.mark.parametrize("cents", [3100, 3200])
@pytest.mark.parametrize("tarieven", [[OLD, NEW], [NEW, OLD]], ids=["old first", "new first"])
def test_tr418_accepts_each_tariff_that_holds_on_a_day_of_the_period(tarieven: list[Tarief], cents: int) -> None:
    assert judge(a_prestatie(tarief=cents, bedrag=13 * cents), feiten(tarieven=tarieven)) == []


@pytest.mark.parametrize("cents", [3100, 3200])
def test_tr346_accepts_minutes_by_each_tariff_per_hour_of_the_period(cents: int) -> None:
    line = minutes(100, minutes_amount(cents, 100), minute_tariff(cents))

    assert judge(line, feiten(tarieven=[OLD, NEW])) == []


def test_two_tariffs_in_a_period_leave_no_single_way_to_mend() -> None:
    found = judge(a_prestatie(tarief=1, bedrag=13), feiten(tarieven=[OLD, NEW]))

    assert codes(found) == [("TR418", "0611")]
    assert (found[0].afwijking.verwacht, found[0].afwijking.herstel) == ("3100 of 3200", ())


def test_tr418_accepts_the_general_tariff_from_the_day_after_the_own_one_ends() -> None:
    tarieven = [a_tarief(cents=3200), replace(OLD, aanbieder="98765432")]

    for cents in (3100, 3200):
        assert judge(a_prestatie(tarief=cents, bedrag=13 * cents), feiten(tarieven=tarieven)) == []


def test_tr418_refuses_the_general_tariff_where_the_aanbieder_has_his_own() -> None:
    own = a_tarief(aanbieder="98765432", cents=3200)

    [melding] = judge(a_prestatie(), feiten(tarieven=[a_tarief(), own]))

    assert (melding.regel.code, melding.afwijking.verwacht) == ("TR418", "3200")


@pytest.mark.parametrize("tarief", [3099, 3101, 0])
def test_tr418_refuses_another_tariff(tarief: int) -> None:
    [melding] = judge(a_prestatie(tarief=tarief, bedrag=13 * tarief))

    assert codes([melding]) == [("TR418", "0611")]
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == (str(tarief), "3100")
    assert herstel(melding) == {"ProductTarief": "3100", "IngediendBedrag/Bedrag": "40300"}
    assert melding.vreemd


@pytest.mark.parametrize(("uurtarief", "tarief"), [(6437, 108), (6437, 6437), (6450, 107)])
def test_tr418_refuses_another_tariff_per_minute(uurtarief: int, tarief: int) -> None:
    assert codes(judge(minutes(60, uurtarief, tarief), per_hour(uurtarief))) == [("TR418", "0611")]


def test_a_wrong_tariff_of_minutes_is_mended_by_itself_when_the_amount_is_right() -> None:
    assert herstel(breach("TR418", minutes(60, 6437, 108), per_hour(6437))) == {"ProductTarief": "107"}


@pytest.mark.parametrize("release", RELEASES)
def test_an_amount_is_mended_where_the_release_has_it(release: Release) -> None:
    path = {
        "2.4": "IngediendeBedragPrestatie/DeclaratieFactuurBedrag/Bedrag",
        "3.2": "IngediendBedrag/Bedrag",
    }[release]

    assert herstel(breach("TR346", a_prestatie(bedrag=1), release=release)) == {path: "40300"}


def test_an_amount_beside_a_wrong_tariff_is_not_mended_by_itself() -> None:
    assert herstel(breach("TR346", a_prestatie(bedrag=1, tarief=3000))) == {}


def unit(eenheid: str, omvang: Omvang | None, *contracten: Tarief) -> Melding | None:
    known = feiten(toewijzingen=[a_toewijzing(omvang=omvang, product=Product("01"))], tarieven=contracten)
    return breach("TR341", a_prestatie(eenheid=eenheid, volume=1), known)


@pytest.mark.parametrize(
    ("eenheid", "toegewezen"), [("04", "04"), ("01", "04"), ("01", "01"), ("14", "14"), ("82", "82"), ("83", "83")]
)
def test_tr341_accepts_the_unit_of_the_toewijzing_and_minutes_of_hours(eenheid: str, toegewezen: str) -> None:
    assert unit(eenheid, Omvang(3, toegewezen, "2"), a_tarief(eenheid="16")) is None


def test_tr341_accepts_the_unit_of_the_contract_where_there_is_no_omvang() -> None:
    assert unit("14", None, a_tarief(eenheid="14")) is None
    assert unit("14", None) is None, "no contract, nothing to compare with"


@pytest.mark.parametrize(
    ("eenheid", "toegewezen", "right"),
    [
        ("04", "01", {"Eenheid": "01"}),
        ("14", "16", {"Eenheid": "16"}),
        ("14", "04", {}),
        ("83", "82", {}),
        ("04", "83", {}),
    ],
)
def test_tr341_refuses_another_unit(eenheid: str, toegewezen: str, right: dict[str, str]) -> None:
    melding = unit(eenheid, Omvang(3, toegewezen, "2"))

    assert melding is not None
    assert (melding.retourcode, herstel(melding), melding.vreemd) == ("9341", right, True)


@pytest.mark.parametrize(("eenheid", "right"), [("01", {}), ("16", {"Eenheid": "04"})])
def test_tr341_refuses_another_unit_than_that_of_the_contract(eenheid: str, right: dict[str, str]) -> None:
    """Minutes of a contract per hour too: that exception is for a toewijzing in hours. The tariff is wrong for them as
    well, so either may be what must change."""
    melding = unit(eenheid, None, a_tarief(eenheid="04"))

    assert melding is not None
    assert (melding.afwijking.verwacht, herstel(melding)) == ("04", right)


def test_tr341_accepts_each_unit_of_the_contracts_in_the_period() -> None:
    changed = [replace(OLD, eenheid="04"), replace(NEW, eenheid="16")]

    assert [unit(eenheid, None, *changed) for eenheid in ("04", "16")] == [None, None]


@given(
    uurtarief=st.integers(0, 99_999_999),
    volume=st.integers(1, 99_999_999),
    off=st.integers(-2, 2),
)
def test_the_amount_of_minutes_is_the_exact_one_rounded_half_up(uurtarief: int, volume: int, off: int) -> None:
    exact = floor(Fraction(uurtarief * volume, 60) + Fraction(1, 2))
    line = minutes(volume, exact + off, minute_tariff(uurtarief))

    assert (breach("TR346", line, per_hour(uurtarief)) is None) == (off == 0)
