"""Working days, held against a list of one year by hand and against counting day by day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.werkdagen import eerste_op_tijd, is_werkdag, plus_weken, plus_werkdagen, werkdag_vanaf, werkdagen_tussen

# Koningsdag is not among them: the 27th is a Sunday, so it is kept on Saturday.
FEESTDAGEN_2025 = {
    "nieuwjaarsdag": date(2025, 1, 1),
    "goede vrijdag": date(2025, 4, 18),
    "tweede paasdag": date(2025, 4, 21),
    "bevrijdingsdag, geen lustrum nodig": date(2025, 5, 5),
    "hemelvaartsdag": date(2025, 5, 29),
    "tweede pinksterdag": date(2025, 6, 9),
    "eerste kerstdag": date(2025, 12, 25),
    "tweede kerstdag": date(2025, 12, 26),
}
DAYS = st.dates(date(1970, 1, 1), date(2100, 12, 31))


def day_by_day(dag: date, aantal: int) -> date:
    while aantal:
        dag += timedelta(days=1)
        aantal -= is_werkdag(dag)
    return dag


@pytest.mark.parametrize("dag", FEESTDAGEN_2025.values(), ids=FEESTDAGEN_2025.keys())
def test_a_holiday_is_no_working_day(dag: date) -> None:
    assert dag.weekday() < 5
    assert not is_werkdag(dag)


def test_all_other_weekdays_of_a_year_are_working_days() -> None:
    year = [date(2025, 1, 1) + timedelta(days=n) for n in range(365)]

    assert {dag for dag in year if dag.weekday() < 5 and not is_werkdag(dag)} == set(FEESTDAGEN_2025.values())
    assert not any(is_werkdag(dag) for dag in year if dag.weekday() >= 5)


@pytest.mark.parametrize(
    ("dag", "is_one"),
    [
        (date(2026, 4, 27), False),  # Koningsdag on a Monday
        (date(2025, 4, 28), True),  # the day after the 27th on a Sunday: Koningsdag was the Saturday
        (date(2013, 4, 30), False),  # Koninginnedag, the last
        (date(2014, 4, 30), True),
        (date(2026, 5, 5), False),
        (date(2024, 12, 31), True),
    ],
)
def test_days_that_move_or_look_like_holidays(dag: date, is_one: bool) -> None:
    assert is_werkdag(dag) is is_one


@pytest.mark.parametrize(
    ("dag", "aantal", "einde"),
    [
        (date(2026, 11, 16), 3, date(2026, 11, 19)),  # Monday to Thursday
        (date(2026, 11, 19), 3, date(2026, 11, 24)),  # over a weekend
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # from a Saturday
        (date(2026, 4, 2), 3, date(2026, 4, 9)),  # over Goede Vrijdag and Easter
        (date(2026, 12, 24), 5, date(2027, 1, 4)),  # over Christmas and the turn of the year
        (date(2026, 11, 21), 0, date(2026, 11, 21)),
    ],
)
def test_a_term_ends_on_a_working_day_and_does_not_count_its_first_day(dag: date, aantal: int, einde: date) -> None:
    assert plus_werkdagen(dag, aantal) == einde


@given(DAYS, st.integers(1, 300))
def test_a_term_ends_where_counting_day_by_day_does(dag: date, aantal: int) -> None:
    assert plus_werkdagen(dag, aantal) == day_by_day(dag, aantal)


@given(DAYS, st.integers(0, 600))
def test_between_two_days_lie_as_many_as_the_term_that_spans_them(dag: date, aantal: int) -> None:
    einde = plus_werkdagen(dag, aantal)

    assert (werkdagen_tussen(dag, einde), werkdagen_tussen(einde, dag)) == (aantal, -aantal)


@given(DAYS, st.integers(0, 30))
def test_a_term_that_began_before_the_first_day_in_time_is_past_and_no_other(dag: date, aantal: int) -> None:
    eerste = eerste_op_tijd(dag, aantal)

    assert plus_werkdagen(eerste - timedelta(1), aantal) < dag <= plus_werkdagen(eerste, aantal)


@given(DAYS, st.integers(0, 30), st.integers(0, 30))
def test_two_terms_after_each_other_are_one(dag: date, first: int, second: int) -> None:
    assert plus_werkdagen(plus_werkdagen(dag, first), second) == plus_werkdagen(dag, first + second)


def test_a_term_past_the_calendar_ends_on_its_last_day() -> None:
    assert plus_werkdagen(date(9999, 12, 20), 30) == date.max
    assert plus_weken(date(9999, 12, 20), 8) == date.max
    assert plus_werkdagen(date.min, 5) > date.min


def test_a_term_does_not_go_backwards() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        plus_werkdagen(date(2026, 1, 1), -1)


def test_weeks_end_on_the_same_weekday() -> None:
    assert plus_weken(date(2026, 11, 21), 8) == date(2027, 1, 16)


@pytest.mark.parametrize(
    ("day", "first"),
    [
        ("2025-03-03", "2025-03-03"),
        ("2025-03-08", "2025-03-10"),
        ("2025-04-18", "2025-04-22"),
        ("2025-12-31", "2025-12-31"),
        ("2026-01-01", "2026-01-02"),
        ("2027-12-25", "2027-12-27"),
    ],
    ids=[
        "monday",
        "saturday",
        "Good Friday, over Easter",
        "Old Year's Day",
        "New Year's Day",
        "Christmas on a weekend",
    ],
)
def test_the_first_working_day_on_or_after(day: str, first: str) -> None:
    assert werkdag_vanaf(date.fromisoformat(day)).isoformat() == first
