"""Level 2: the totals of a declaration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.iwmo.catalogus import Release
from tests.declaratie.in_bericht import (
    NAAM,
    SCHEMAS,
    both_releases,
    check,
    check_lines,
    line,
    told,
    whole,
    with_whole,
)
from tests.shared.iwmo.berichten import a_declaratie_bericht, a_regel, soort
from tests.shared.iwmo.herstel import mended


@both_releases
def test_tr358_accepts_the_sum_of_the_lines_with_credits_negative(release: Release) -> None:
    lines = [a_regel(release), a_regel(release, -10000, referentie="C1", vorige="O1")]

    assert check(a_declaratie_bericht(release, lines, totaal=30300), release) == []


@both_releases
def test_tr358_accepts_a_total_below_zero_and_of_zero(release: Release) -> None:
    credit = a_regel(release, -40300, referentie="C1", vorige="O1")

    assert check(a_declaratie_bericht(release, [credit], totaal=-40300), release) == []
    assert check(a_declaratie_bericht(release, [credit, a_regel(release)], totaal=0), release) == []


@both_releases
@pytest.mark.parametrize("totaal", [40299, 40301, -40300, 0])
def test_tr358_refuses_another_total(totaal: int, release: Release) -> None:
    [melding] = check(a_declaratie_bericht(release, totaal=totaal), release)

    assert told([melding]) == [("TR358", whole(release))]
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == (str(totaal), "40300")


@both_releases
@given(lines=st.lists(st.integers(-9999, 9999).filter(bool), min_size=1, max_size=3), totaal=st.integers(-9999, 9999))
def test_what_tr358_says_of_a_total_makes_it_right(release: Release, lines: list[int], totaal: int) -> None:
    made = [
        a_regel(release, cents, referentie=f"R{at}", vorige=f"O{at}" if cents < 0 else None, ToewijzingNummer=at)
        for at, cents in enumerate(lines, start=1)
    ]
    inhoud = a_declaratie_bericht(release, made, totaal=totaal)
    found = check(inhoud, release)

    assert bool(found) == (sum(lines) != totaal)
    for melding in found:
        assert check(mended(inhoud, melding, soort(NAAM[release], release), SCHEMAS), release) == []


@both_releases
def test_tr358_refuses_a_total_that_forgets_the_second_client(release: Release) -> None:
    second = [a_regel(release, referentie="R2", ToewijzingNummer=2)]

    found = check(a_declaratie_bericht(release, [a_regel(release)], second, totaal=40300), release)

    assert told(found) == [("TR358", whole(release))]


@both_releases
@pytest.mark.parametrize("cents", [0, 1])
def test_cs325_accepts_zero_as_debit(cents: int, release: Release) -> None:
    assert check_lines(release, a_regel(release, cents)) == []
    assert check_lines(release, a_regel(release, -1, referentie="C1", vorige="O1")) == []


@both_releases
def test_cs325_refuses_a_line_of_zero_as_credit(release: Release) -> None:
    zero = {"Bedrag": 0, "DebetCredit": "C"}
    amount = (
        {"IngediendBedrag": zero}
        if release == "3.2"
        else {"IngediendeBedragPrestatie": {"DeclaratieFactuurBedrag": zero}}
    )

    assert check_lines(release, a_regel(release, vorige="O1", **amount)) == [("CS325", line(release))]


@both_releases
def test_cs325_refuses_a_total_of_zero_as_credit(release: Release) -> None:
    inhoud = a_declaratie_bericht(release, [a_regel(release, 0)])
    zero = {"TotaalBedrag": 0, "DebetCredit": "C"}

    found = check(with_whole(inhoud, release, TotaalIngediendBedrag=zero), release)

    place = "/Declaratie/TotaalIngediendBedrag"
    in_header = "/Header/DeclaratieFactuurBedragen/DeclaratieFactuurTotaalBedrag"
    assert told(found) == [("CS325", place if release == "3.2" else in_header)]
