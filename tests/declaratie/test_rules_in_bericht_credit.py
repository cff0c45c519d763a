"""Level 2: debits and the credits that take them back, within one message."""

import pytest

from shared.iwmo.catalogus import Release
from shared.iwmo.codec import Inhoud
from tests.declaratie.in_bericht import (
    a_periode,
    both_releases,
    check,
    check_lines,
    clashes,
    line,
    told,
)
from tests.shared.iwmo.berichten import NUMMER, a_declaratie_bericht, a_regel


@both_releases
def test_cd060_accepts_a_credit_that_names_its_debit(release: Release) -> None:
    assert check_lines(release, a_regel(release, -40300, vorige="O1")) == []


@both_releases
@pytest.mark.parametrize(("cents", "vorige"), [(-40300, None), (40300, "O1"), (0, "O1")])
def test_cd060_refuses_a_credit_without_and_a_debit_with_an_earlier_number(
    cents: int, vorige: str | None, release: Release
) -> None:
    assert check_lines(release, a_regel(release, cents, vorige=vorige)) == [("CD060", line(release))]


@both_releases
def test_tr315_accepts_credits_of_different_lines(release: Release) -> None:
    credits_ = [a_regel(release, -1, referentie=f"C{n}", vorige=f"O{n}") for n in (1, 2)]

    assert check_lines(release, *credits_) == []


@both_releases
def test_tr315_refuses_two_credits_of_the_same_line(release: Release) -> None:
    first, second = (a_regel(release, -1, referentie=f"C{n}", vorige="O1") for n in (1, 2))

    assert check_lines(release, first, second) == [("TR315", line(release)), ("TR315", line(release, number=2))]


@both_releases
def test_tr315_refuses_two_credits_of_the_same_line_at_different_clients(release: Release) -> None:
    first, second = (a_regel(release, -1, referentie=f"C{n}", vorige="O1") for n in (1, 2))

    found = told(check(a_declaratie_bericht(release, [first], [second]), release))

    assert found == [("TR315", line(release)), ("TR315", line(release, client=2))]


@both_releases
def test_tr315_refuses_each_of_three_credits_and_names_the_first_other(release: Release) -> None:
    lines = [a_regel(release, -1, referentie=f"C{n}", vorige="O1") for n in (1, 2, 3)]
    places = [f"/Bericht{line(release, number=n)}" for n in (1, 2, 3)]

    found = clashes(check(a_declaratie_bericht(release, lines), release))

    assert found == [(places[0], places[1]), (places[1], places[0]), (places[2], places[0])]


@both_releases
def test_tr316_accepts_a_credit_beside_the_debit_that_replaces_it(release: Release) -> None:
    credit = a_regel(release, -40300, referentie="C1", vorige="O1")

    assert check_lines(release, credit, a_regel(release, 37200, referentie="N1")) == []


@both_releases
@pytest.mark.parametrize("order", [1, -1], ids=["credit first", "debit first"])
def test_tr316_refuses_a_credit_beside_its_own_debit(order: int, release: Release) -> None:
    lines = [a_regel(release, -40300, referentie="C1", vorige="R1"), a_regel(release)][::order]

    found = check(a_declaratie_bericht(release, lines), release)

    at, other = (1, 2) if order == 1 else (2, 1)
    assert told(found) == [("TR316", line(release, number=at))]
    assert clashes(found) == [(f"/Bericht{line(release, number=at)}", f"/Bericht{line(release, number=other)}")]


@both_releases
def test_tr316_refuses_a_credit_of_itself(release: Release) -> None:
    assert check_lines(release, a_regel(release, -40300, vorige="R1")) == [("TR316", line(release))]


CLAIMS: list[Inhoud] = [
    {"ToewijzingNummer": NUMMER + 1},
    {"ProductCode": "01A03"},
    {"ProductCategorie": "02", "ProductCode": "02A03"},
    {"ProductPeriode": a_periode("2025-03-02", "2025-03-31")},
    {"ProductPeriode": a_periode("2025-03-01", "2025-03-30")},
]


@pytest.mark.parametrize("other", CLAIMS, ids=str)
def test_tr416_accepts_debits_that_differ_in_what_they_claim(other: Inhoud) -> None:
    assert check_lines("3.2", a_regel("3.2"), a_regel("3.2", referentie="R2", **other)) == []


def test_tr416_accepts_a_debit_beside_credits_of_the_same() -> None:
    credits_ = [a_regel("3.2", -1, referentie=f"C{n}", vorige=f"O{n}") for n in (1, 2)]

    assert check_lines("3.2", a_regel("3.2"), *credits_) == []


def test_tr416_accepts_debits_that_add_up_in_2_4() -> None:
    assert check_lines("2.4", a_regel("2.4"), a_regel("2.4", referentie="R2")) == []


@pytest.mark.parametrize("other", [{}, {"GeleverdVolume": 1, "ProductTarief": 40300}, {"Eenheid": "16"}], ids=str)
def test_tr416_refuses_two_debits_that_claim_the_same(other: Inhoud) -> None:
    found = check_lines("3.2", a_regel("3.2"), a_regel("3.2", referentie="R2", **other))

    assert found == [("TR416", line("3.2")), ("TR416", line("3.2", number=2))]


def test_tr416_refuses_two_debits_on_one_toewijzing_at_different_clients() -> None:
    found = check(a_declaratie_bericht("3.2", [a_regel("3.2")], [a_regel("3.2", referentie="R2")]), "3.2")

    first, second = line("3.2"), line("3.2", client=2)
    assert told(found) == [("TR416", first), ("TR416", second)]
    assert clashes(found) == [(f"/Bericht{first}", f"/Bericht{second}"), (f"/Bericht{second}", f"/Bericht{first}")]
