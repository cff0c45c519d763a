"""How much a toewijzing allows: counted another way, day by day, and the examples of the standard."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.declaratie.domain.omvang import (
    ZONDER_REKENREGEL,
    Grens,
    in_base,
    iso_weeks,
    months,
    period_limit,
    sundays,
    total_limit,
)
from shared.iwmo.waarden import INSPANNING, OUTPUT, Omvang, Periode

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
SUNDAY = 7


@st.composite
def periods(draw: st.DrawFn, most: int = 800) -> tuple[date, date]:
    begin = draw(DAYS)
    return begin, begin + timedelta(days=draw(st.integers(0, most)))


def each_day(begin: date, eind: date) -> Iterator[date]:
    return (begin + timedelta(days=n) for n in range((eind - begin).days + 1))


def by_month(begin: date, eind: date) -> list[Periode]:
    """The ProductPerioden of a toewijzing."""
    found: dict[tuple[int, int], list[date]] = {}
    for day in each_day(begin, eind):
        found.setdefault((day.year, day.month), []).append(day)
    return [Periode(one[0], one[-1]) for one in found.values()]


def days(text: str) -> tuple[date, date]:
    begin, eind = text.split("..")
    return date.fromisoformat(begin), date.fromisoformat(eind)


def limits(omvang: Omvang, text: str, categorie: str = "02") -> tuple[list[int | None], int | None]:
    """The maximum of each ProductPeriode, and of the whole."""
    begin, eind = days(text)
    toewijzing = Periode(begin, eind)
    per_period = [period_limit(omvang, categorie, toewijzing, one) for one in by_month(begin, eind)]
    whole = total_limit(omvang, toewijzing)
    return [one.maximum if one else None for one in per_period], whole.maximum if whole else None


@given(periods())
def test_weeks_sundays_and_months_are_those_counted_day_by_day(period: tuple[date, date]) -> None:
    every = list(each_day(*period))

    assert iso_weeks(*period) == len({day.isocalendar()[:2] for day in every})
    assert sundays(*period) == sum(day.isoweekday() == SUNDAY for day in every)
    assert months(*period) == len({(day.year, day.month) for day in every})


@given(period=periods(), volume=st.integers(0, 50), eenheid=st.sampled_from(sorted(OUTPUT)))
def test_output_over_the_periods_is_just_the_whole(period: tuple[date, date], volume: int, eenheid: str) -> None:
    omvang, toewijzing = Omvang(volume, eenheid, "2"), Periode(*period)

    parts = [period_limit(omvang, "02", toewijzing, one) for one in by_month(*period)]
    whole = total_limit(omvang, toewijzing)

    assert whole is not None
    assert sum(one.maximum for one in parts if one is not None) == whole.maximum
    assert whole.keer >= 1


@given(period=periods(), volume=st.integers(0, 50), eenheid=st.sampled_from(sorted(INSPANNING)))
def test_effort_over_the_periods_is_the_whole_or_more(period: tuple[date, date], volume: int, eenheid: str) -> None:
    """A week over the turn of a month counts in both; TR322 catches that."""
    omvang, toewijzing = Omvang(volume, eenheid, "2"), Periode(*period)

    parts = [period_limit(omvang, "02", toewijzing, one) for one in by_month(*period)]
    whole = total_limit(omvang, toewijzing)

    assert whole is not None
    assert sum(one.maximum for one in parts if one is not None) >= whole.maximum


@given(period=periods(), volume=st.integers(0, 50), frequentie=st.sampled_from(["1", "4", "6"]))
def test_days_months_and_the_total_are_plain_products(period: tuple[date, date], volume: int, frequentie: str) -> None:
    omvang, toewijzing = Omvang(volume, "04", frequentie), Periode(*period)
    every = list(each_day(*period))
    times = {"1": len(every), "4": len({(day.year, day.month) for day in every}), "6": 1}[frequentie]

    whole = total_limit(omvang, toewijzing)

    assert whole is not None
    assert whole.maximum == times * volume
    for one in by_month(*period):
        part = period_limit(omvang, "02", toewijzing, one)
        assert part is not None
        assert part.maximum == volume * (len(list(each_day(*_closed(one)))) if frequentie == "1" else 1)


def _closed(periode: Periode) -> tuple[date, date]:
    assert periode.eind is not None
    return periode.begin, periode.eind


UREN, EUROS = Omvang(3, "04", "2"), Omvang(30000, "83", "2")


@pytest.mark.parametrize(
    ("omvang", "toewijzing", "per_period", "whole"),
    [
        (UREN, "2025-10-07..2025-12-30", [12, 15, 15], 39),
        (UREN, "2025-07-07..2025-09-07", [12, 15, 3], 27),
        (UREN, "2025-11-12..2025-11-30", [9], 9),
        (Omvang(15, "04", "4"), "2025-10-14..2025-11-30", [15, 15], 30),
        (EUROS, "2025-07-07..2025-09-07", [90000, 150000, 30000], 270000),
        (EUROS, "2025-07-07..2025-09-06", [90000, 180000, 0], 270000),
        (EUROS, "2025-07-07..2025-09-05", [90000, 180000, 0], 270000),
        (EUROS, "2025-10-01..2025-12-31", [120000, 150000, 150000], 420000),
        (EUROS, "2025-10-07..2025-12-31", [90000, 150000, 150000], 390000),
    ],
)
def test_the_examples_of_iv076_to_iv078(omvang: Omvang, toewijzing: str, per_period: list[int], whole: int) -> None:
    assert limits(omvang, toewijzing) == (per_period, whole)


@pytest.mark.parametrize(
    ("toewijzing", "per_period"),
    [
        ("2025-07-07..2025-07-12", [1]),
        ("2025-07-07..2025-07-13", [1]),
        ("2025-09-29..2025-10-03", [1, 0]),
        ("2025-07-13..2025-07-13", [1]),
        ("2025-07-13..2025-07-14", [2]),
    ],
)
def test_output_of_a_few_days(toewijzing: str, per_period: list[int]) -> None:
    """Without any Sunday: one week in the period of the first day, as this node decided."""
    assert limits(Omvang(1, "82", "2"), toewijzing) == (per_period, sum(per_period))


@pytest.mark.parametrize("eenheid", ["01", "04", "14", "16", "82", "83", "84"])
def test_household_help_may_claim_six_weeks_in_a_month_but_no_more_in_all(eenheid: str) -> None:
    per_period, whole = limits(Omvang(2, eenheid, "2"), "2025-10-07..2025-12-30", categorie="01")

    assert per_period == [12, 12, 12]
    assert whole == 26


def test_without_a_last_day_only_the_total_is_bounded() -> None:
    endless = Periode(date(2025, 3, 1), None)

    found = {frequentie: total_limit(Omvang(5, "04", frequentie), endless) for frequentie in "123456"}

    assert [frequentie for frequentie, grens in found.items() if grens] == ["6"]
    whole_month = Periode(date(2025, 3, 1), date(2025, 3, 31))
    output = period_limit(Omvang(1, "82", "2"), "02", endless, whole_month)
    assert output is not None
    assert output.keer == 5


@pytest.mark.parametrize("frequentie", sorted(ZONDER_REKENREGEL))
def test_four_weeks_and_years_of_2_4_have_no_rule(frequentie: str) -> None:
    assert limits(Omvang(5, "04", frequentie), "2025-03-01..2025-04-30") == ([None, None], None)


def test_a_period_of_2_4_over_two_months_gets_two_months_or_the_weeks_it_touches() -> None:
    toewijzing = Periode(date(2025, 1, 1), date(2025, 12, 31))
    four_weeks = Periode(date(2025, 2, 24), date(2025, 3, 23))

    month = period_limit(Omvang(10, "04", "4"), "02", toewijzing, four_weeks)
    household = period_limit(Omvang(1, "04", "2"), "01", toewijzing, four_weeks)

    whole_year = period_limit(Omvang(1, "04", "2"), "01", toewijzing, toewijzing)

    assert month == Grens(2, "4", 10)
    assert household == Grens(6, "2", 1)
    assert whole_year == Grens(53, "2", 1)


@given(volume=st.integers(0, 10_000), eenheid=st.sampled_from(["01", "04", "14"]))
def test_hours_are_held_against_minutes(volume: int, eenheid: str) -> None:
    base = in_base(volume, eenheid, "04")

    if eenheid == "14":
        assert base is None
    else:
        assert base == volume * (60 if eenheid == "04" else 1)
    assert in_base(volume, "04", "01") is None
    assert in_base(volume, eenheid, eenheid) is not None
