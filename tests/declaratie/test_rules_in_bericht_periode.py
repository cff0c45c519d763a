"""Level 2: the periods and days of a declaration and its lines."""

import pytest

from shared.iwmo.catalogus import Release
from shared.iwmo.codec import Inhoud
from tests.declaratie.in_bericht import (
    a_periode,
    both_releases,
    check,
    check_lines,
    line,
    mends,
    told,
    whole,
    with_whole,
)
from tests.shared.iwmo.berichten import a_declaratie_bericht, a_regel


@pytest.mark.parametrize(
    ("begin", "eind"),
    [("2025-03-01", "2025-03-31"), ("2024-02-01", "2024-02-29"), ("2025-02-01", "2025-02-28")],
)
def test_cs340_accepts_a_calendar_month(begin: str, eind: str) -> None:
    inhoud = a_declaratie_bericht("3.2")

    assert check(with_whole(inhoud, "3.2", DeclaratiePeriode=a_periode(begin, eind)), "3.2") == []


@pytest.mark.parametrize(
    ("begin", "eind"),
    [
        ("2025-03-02", "2025-03-31"),
        ("2025-03-01", "2025-03-30"),
        ("2025-02-01", "2025-03-31"),
        ("2024-03-01", "2025-03-31"),
        ("2024-02-01", "2024-02-28"),
    ],
)
def test_cs340_refuses_less_or_more_than_a_month(begin: str, eind: str) -> None:
    inhoud = with_whole(a_declaratie_bericht("3.2"), "3.2", DeclaratiePeriode=a_periode(begin, eind))

    assert told(check(inhoud, "3.2")) == [("CS340", "/Declaratie")]


@pytest.mark.parametrize(
    ("begin", "eind", "changes"),
    [
        ("2025-03-02", "2025-03-30", {"Begindatum": "2025-03-01", "Einddatum": "2025-03-31"}),
        ("2025-03-01", "2025-03-30", {"Einddatum": "2025-03-31"}),
        ("2025-02-01", "2025-03-31", {}),
    ],
)
def test_cs340_refuses_part_of_a_month_and_names_the_month_if_it_is_one(
    begin: str, eind: str, changes: dict[str, str]
) -> None:
    inhoud = with_whole(a_declaratie_bericht("3.2"), "3.2", DeclaratiePeriode=a_periode(begin, eind))
    [melding] = check(inhoud, "3.2")

    assert mends(melding) == {f"DeclaratiePeriode/{naam}": day for naam, day in changes.items()}


def test_cs340_accepts_four_weeks_in_2_4() -> None:
    inhoud = with_whole(a_declaratie_bericht("2.4"), "2.4", DeclaratiePeriode=a_periode("2025-02-24", "2025-03-23"))

    assert check(inhoud, "2.4") == []


@both_releases
def test_tr137_accepts_a_period_that_ends_on_the_dagtekening(release: Release) -> None:
    april = a_periode("2025-04-04", "2025-04-04")

    assert check_lines(release, a_regel(release, ProductPeriode=april)) == []


@both_releases
def test_tr137_refuses_a_line_that_ends_after_the_dagtekening(release: Release) -> None:
    [melding] = check(
        a_declaratie_bericht(release, [a_regel(release, ProductPeriode=a_periode("2025-04-01", "2025-04-05"))]), release
    )

    assert told([melding]) == [("TR137", line(release))]
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == ("2025-04-05", "uiterlijk 2025-04-04")


@both_releases
def test_tr137_refuses_a_line_that_ends_before_it_begins(release: Release) -> None:
    periode = a_periode("2025-03-31", "2025-03-30")

    assert check_lines(release, a_regel(release, ProductPeriode=periode)) == [("TR137", line(release))]


@both_releases
def test_tr137_refuses_a_declaration_on_a_month_that_is_not_over(release: Release) -> None:
    inhoud = with_whole(a_declaratie_bericht(release), release, DeclaratiePeriode=a_periode("2025-04-01", "2025-04-30"))

    assert told(check(inhoud, release)) == [("TR137", whole(release))]


@both_releases
def test_tr137_refuses_a_declaration_that_ends_before_it_begins(release: Release) -> None:
    inhoud = with_whole(a_declaratie_bericht(release), release, DeclaratiePeriode=a_periode("2025-03-31", "2025-03-01"))

    assert ("TR137", whole(release)) in told(check(inhoud, release))


@both_releases
def test_periods_that_begin_after_the_dagtekening_are_refused(release: Release) -> None:
    inhoud = a_declaratie_bericht(release, [a_regel(release, ProductPeriode=a_periode("2025-05-01", "2025-05-31"))])
    later = with_whole(inhoud, release, DeclaratiePeriode=a_periode("2025-05-01", "2025-05-31"))

    found = [one for one in told(check(later, release)) if one[0] == "TR134"]

    assert found == [("TR134", whole(release)), ("TR134", line(release))]


def test_a_declaration_dated_after_its_message_is_refused() -> None:
    inhoud = with_whole(a_declaratie_bericht("3.2"), "3.2", DeclaratieDagtekening="2025-04-05")

    assert told(check(inhoud, "3.2")) == [("TR134", "/Declaratie")]


def test_cs100_accepts_the_first_day_of_2021() -> None:
    january = a_periode("2021-01-01", "2021-01-31")
    inhoud = a_declaratie_bericht("3.2", [a_regel("3.2", ProductPeriode=january)])

    assert check(with_whole(inhoud, "3.2", DeclaratiePeriode=january), "3.2") == []


def test_cs100_refuses_what_lies_before_2021() -> None:
    december = a_periode("2020-12-01", "2020-12-31")
    inhoud = a_declaratie_bericht("3.2", [a_regel("3.2", ProductPeriode=december)])

    found = told(check(with_whole(inhoud, "3.2", DeclaratiePeriode=december), "3.2"))

    assert found == [("CS100", "/Declaratie"), ("CS100", line("3.2"))]


def test_cs100_accepts_2020_in_2_4() -> None:
    december = a_periode("2020-12-01", "2020-12-31")

    assert check_lines("2.4", a_regel("2.4", ProductPeriode=december)) == []


@pytest.mark.parametrize(
    ("begin", "eind"), [("2025-03-01", "2025-03-31"), ("2025-03-31", "2025-03-31"), ("2024-02-10", "2024-02-29")]
)
def test_cs337_accepts_a_part_of_a_month(begin: str, eind: str) -> None:
    assert check_lines("3.2", a_regel("3.2", ProductPeriode=a_periode(begin, eind))) == []


@pytest.mark.parametrize(("begin", "eind"), [("2025-02-28", "2025-03-01"), ("2024-03-01", "2025-03-31")])
def test_cs337_refuses_days_of_different_months(begin: str, eind: str) -> None:
    assert check_lines("3.2", a_regel("3.2", ProductPeriode=a_periode(begin, eind))) == [("CS337", line("3.2"))]


def test_cs337_accepts_days_of_different_months_in_2_4() -> None:
    assert check_lines("2.4", a_regel("2.4", ProductPeriode=a_periode("2025-02-24", "2025-03-23"))) == []


def dated(release: Release, day: str, periode: Inhoud) -> Inhoud:
    """A declaration of that day with a line over the periode, in a message of its own day or later."""
    inhoud = a_declaratie_bericht(release, [a_regel(release, ProductPeriode=periode)])
    return with_whole(inhoud, release, DeclaratieDagtekening=day)


# 2.4 dates the message itself; then the periode of the declaration must not lie after it.
FIVE_YEARS = [("2025-04-04", "2020-04-04"), ("2024-02-29", "2019-02-28"), ("2024-02-28", "2019-02-28")]


@pytest.mark.parametrize(("day", "eind"), FIVE_YEARS)
def test_tr335_accepts_an_end_five_years_ago(day: str, eind: str) -> None:
    inhoud = with_whole(
        dated("2.4", day, a_periode("2019-01-01", eind)), "2.4", DeclaratiePeriode=a_periode(day[:8] + "01", day)
    )

    assert check(inhoud, "2.4") == []


@both_releases
def test_tr335_refuses_an_end_more_than_five_years_ago(release: Release) -> None:
    found = told(check(dated(release, "2025-04-04", a_periode("2020-04-01", "2020-04-03")), release))

    assert ("TR335", line(release)) in found
    assert [code for code, _ in found if code not in ("TR335", "CS100")] == []


def test_tr335_accepts_by_the_day_of_the_declaration_not_of_the_message() -> None:
    """The message is of 4 April 2025: by its own day 2020-04-03 would be too old."""
    inhoud = dated("3.2", "2025-04-03", a_periode("2020-04-03", "2020-04-03"))

    assert told(check(inhoud, "3.2")) == [("CS100", line("3.2"))]
