"""Money: whole cents, exact."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.declaratie.domain import minute_tariff, minutes_amount, total
from tests.declaratie.bouw import a_credit, a_declaratie, a_prestatie

CENTS = st.integers(0, 99_999_999)


def half_up(exact: Fraction) -> int:
    return floor(exact + Fraction(1, 2))


@given(uurtarief=CENTS, minuten=CENTS)
@example(uurtarief=5000, minuten=100)
@example(uurtarief=6437, minuten=95)
@example(uurtarief=30, minuten=1)
@example(uurtarief=99_999_999, minuten=99_999_999)
def test_minutes_cost_the_tariff_per_hour_rounded_once_half_up(uurtarief: int, minuten: int) -> None:
    assert minutes_amount(uurtarief, minuten) == half_up(Fraction(uurtarief * minuten, 60))


@pytest.mark.parametrize(
    ("uurtarief", "minuten", "bedrag"),
    [(5000, 100, 8333), (6437, 95, 10192), (6437, 0, 0), (0, 95, 0), (1, 29, 0), (1, 30, 1)],
)
def test_known_amounts_of_minutes(uurtarief: int, minuten: int, bedrag: int) -> None:
    assert minutes_amount(uurtarief, minuten) == bedrag


@given(uurtarief=CENTS)
@example(uurtarief=6437)
@example(uurtarief=30)
@example(uurtarief=90)
def test_a_tariff_per_minute_is_rounded_half_up(uurtarief: int) -> None:
    assert minute_tariff(uurtarief) == half_up(Fraction(uurtarief, 60))


def test_the_tariff_per_minute_of_6437_is_107() -> None:
    assert minute_tariff(6437) == 107


@given(st.lists(st.tuples(CENTS, st.booleans()), max_size=20))
def test_a_total_is_what_was_asked_less_what_was_given_back(lines: list[tuple[int, bool]]) -> None:
    prestaties = [a_prestatie(bedrag=cents, credit=credit) for cents, credit in lines]

    asked = sum(cents for cents, credit in lines if not credit)
    given_back = sum(cents for cents, credit in lines if credit)

    assert total(prestaties) == asked - given_back
    assert total(prestaties) == -total(a_credit(one, credit=not one.credit) for one in prestaties)


def test_numbers_are_counted_over_the_whole_message() -> None:
    declaratie = a_declaratie(
        a_prestatie(),
        a_prestatie(),
        a_credit(referentie="C1", vorige_referentie="O1"),
        a_credit(referentie="C2", vorige_referentie="O1"),
    )

    assert declaratie.references == {"R1": 2, "C1": 1, "C2": 1}
    assert declaratie.credited == {"O1": 2}
