"""Level 3: the rules on the ProductPeriode of a debit."""

from datetime import date

import pytest

from services.declaratie.domain.declaratie import Prestatie
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.regels import Melding
from shared.iwmo.waarden import Periode
from tests.declaratie.bouw import a_prestatie, an_odd_credit, breach, codes, feiten, herstel, judge
from tests.toewijzing.bouw import a_toewijzing

LENTE = Periode(date(2025, 4, 8), date(2025, 6, 17))


def days(begin: str, eind: str) -> Periode:
    return Periode(date.fromisoformat(begin), date.fromisoformat(eind))


def a_line(begin: str, eind: str) -> Prestatie:
    return a_prestatie(periode=days(begin, eind), volume=1, bedrag=3100)


def in_lente(begin: str, eind: str, code: str, release: Release = "3.2") -> Melding | None:
    known = feiten(toewijzingen=[a_toewijzing(periode=LENTE)], periode=days("2026-01-01", "2026-01-31"))
    return breach(code, a_line(begin, eind), known, release)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("begin", ["2025-03-01", "2025-03-02"])
def test_tr307_accepts_a_period_from_the_first_day_on(begin: str, release: Release) -> None:
    assert breach("TR307", a_line(begin, "2025-03-31"), release=release) is None


def test_tr307_accepts_any_period_of_a_credit() -> None:
    assert judge(*an_odd_credit()) == []


@pytest.mark.parametrize("begin", ["2025-02-28", "2025-02-01"])
def test_tr307_refuses_a_period_that_begins_before_the_toewijzing(begin: str) -> None:
    [melding] = judge(a_line(begin, "2025-02-28"), releases=["2.4"])

    assert codes([melding]) == [("TR307", "9307")]
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == (begin, "vanaf 2025-03-01")
    assert melding.vreemd


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("eind", ["2025-08-30", "2025-08-31"])
def test_tr308_accepts_a_period_up_to_the_last_day(eind: str, release: Release) -> None:
    assert breach("TR308", a_line("2025-08-01", eind), release=release) is None


def test_tr308_accepts_any_period_of_a_toewijzing_without_end() -> None:
    endless = feiten(toewijzingen=[a_toewijzing(periode=Periode(date(2025, 3, 1), None))])

    assert breach("TR308", a_line("2099-12-01", "2099-12-31"), endless) is None


@pytest.mark.parametrize("eind", ["2025-09-01", "2025-09-30"])
def test_tr308_refuses_a_period_that_ends_after_the_toewijzing(eind: str) -> None:
    [melding] = judge(a_line("2025-09-01", eind), feiten(periode=days("2025-09-01", "2025-09-30")), releases=["2.4"])

    assert codes([melding]) == [("TR308", "9308")]
    assert melding.afwijking.verwacht == "tot en met 2025-08-31"
    assert melding.vreemd


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("begin", "eind"),
    [("2025-03-01", "2025-03-31"), ("2025-02-01", "2025-02-28"), ("2023-05-01", "2023-05-31")],
)
def test_tr319_accepts_the_month_declared_and_any_before(begin: str, eind: str, release: Release) -> None:
    assert breach("TR319", a_line(begin, eind), release=release) is None


@pytest.mark.parametrize("begin", ["2025-02-03", "2025-01-06"])
def test_tr319_accepts_in_2_4_what_lies_whole_before_or_within_the_period(begin: str) -> None:
    known = feiten(periode=days("2025-02-03", "2025-03-02"))
    eind = {"2025-02-03": "2025-03-02", "2025-01-06": "2025-02-02"}[begin]

    assert breach("TR319", a_line(begin, eind), known, "2.4") is None


@pytest.mark.parametrize(
    ("release", "begin", "eind"),
    [
        ("3.2", "2025-04-01", "2025-04-30"),
        ("3.2", "2025-03-01", "2025-04-01"),
        ("3.2", "2025-02-28", "2025-03-31"),
        ("2.4", "2025-04-01", "2025-04-01"),
        ("2.4", "2025-03-31", "2025-04-01"),
        ("2.4", "2025-02-28", "2025-03-01"),
        ("2.4", "2025-02-03", "2025-03-31"),
    ],
)
def test_tr319_refuses_what_is_later_or_over_the_edge(release: Release, begin: str, eind: str) -> None:
    melding = breach("TR319", a_line(begin, eind), release=release)

    assert melding is not None
    assert melding.retourcode == "9319"
    assert not melding.vreemd, "it follows from the message alone"


@pytest.mark.parametrize(
    ("begin", "eind"), [("2025-04-08", "2025-04-30"), ("2025-05-01", "2025-05-31"), ("2025-06-01", "2025-06-17")]
)
def test_tr387_accepts_the_first_day_of_month_or_toewijzing(begin: str, eind: str) -> None:
    """The example of IV089: 08-04..17-06-2025."""
    assert in_lente(begin, eind, "TR387") is None


@pytest.mark.parametrize(
    ("begin", "eind", "expected"),
    [
        ("2025-04-09", "2025-04-30", "2025-04-08"),
        ("2025-04-01", "2025-04-30", "2025-04-08"),
        ("2025-05-02", "2025-05-31", "2025-05-01"),
        ("2025-05-31", "2025-05-31", "2025-05-01"),
    ],
)
def test_tr387_refuses_any_other_first_day(begin: str, eind: str, expected: str) -> None:
    melding = in_lente(begin, eind, "TR387")

    assert melding is not None
    assert melding.retourcode == "9387"
    assert herstel(melding) == {"ProductPeriode/Begindatum": expected}
    assert in_lente(begin, eind, "TR387", "2.4") is None, "2.4 knows real periods"


def test_tr387_refuses_a_month_before_the_toewijzing_and_knows_no_mending() -> None:
    assert herstel(in_lente("2025-03-01", "2025-03-31", "TR387")) == {}


@pytest.mark.parametrize(
    ("begin", "eind"), [("2025-04-08", "2025-04-30"), ("2025-05-01", "2025-05-31"), ("2025-06-01", "2025-06-17")]
)
def test_tr388_accepts_the_last_day_of_month_or_toewijzing(begin: str, eind: str) -> None:
    assert in_lente(begin, eind, "TR388") is None


def test_tr388_accepts_the_last_day_of_the_month_of_a_toewijzing_without_end() -> None:
    endless = feiten(toewijzingen=[a_toewijzing(periode=Periode(date(2025, 3, 1), None))])

    assert breach("TR388", a_line("2028-02-01", "2028-02-29"), endless) is None


@pytest.mark.parametrize(
    ("begin", "eind", "expected"),
    [
        ("2025-04-08", "2025-04-29", "2025-04-30"),
        ("2025-06-01", "2025-06-16", "2025-06-17"),
        ("2025-06-01", "2025-06-30", "2025-06-17"),
    ],
)
def test_tr388_refuses_any_other_last_day(begin: str, eind: str, expected: str) -> None:
    melding = in_lente(begin, eind, "TR388")

    assert melding is not None
    assert melding.retourcode == "9388"
    assert herstel(melding) == {"ProductPeriode/Einddatum": expected}
    assert in_lente(begin, eind, "TR388", "2.4") is None


def test_tr388_refuses_a_month_after_the_toewijzing_and_knows_no_mending() -> None:
    assert herstel(in_lente("2025-07-01", "2025-07-31", "TR388")) == {}
