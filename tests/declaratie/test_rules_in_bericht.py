"""Level 2: what a WMO303D, WMO303F or WMO323 must be in itself, from the message as it came in."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.declaratie import controle
from services.declaratie.processing import DeclaratieDienst
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.regels import Melding
from tests.declaratie.in_bericht import (
    NAAM,
    SCHEMAS,
    a_periode,
    check,
    check_lines,
    in_euros,
    line,
    told,
    whole,
    with_whole,
    without,
)
from tests.shared.iwmo.berichten import ANDER_BSN, BSN, NUMMER, a_bedrag, a_declaratie_bericht, a_regel, soort
from tests.shared.iwmo.herstel import mended

OTHER: dict[str, Any] = {"ToewijzingNummer": 2}
"""What makes a second line claim something else."""
both_releases = pytest.mark.parametrize("release", RELEASES)


def clashes(meldingen: list[Melding]) -> list[tuple[str, str]]:
    """Place, and the place that it clashes with."""
    return [(one["locatie"], one["botstMetLocatie"]) for one in (melding.as_json() for melding in meldingen)]


def mends(melding: Melding) -> dict[str, str | None]:
    return {one.element: one.waarde for one in melding.afwijking.herstel}


def test_every_kind_of_the_service_is_checked() -> None:
    assert DeclaratieDienst.soorten | {"WMO325"} == controle.SOORTEN


@both_releases
def test_a_right_declaration_has_no_faults(release: Release) -> None:
    assert check(a_declaratie_bericht(release), release) == []


def test_a_303f_is_judged_as_a_303d() -> None:
    inhoud = a_declaratie_bericht("2.4", totaal=1)
    inhoud["Header"]["BerichtCode"] = "448"

    assert told(check(inhoud, "2.4", "WMO303F")) == [("TR358", "/Header")]


# The total


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


# Periods and days


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


# Debit and credit


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


# Unit, tariff and amount


@both_releases
def test_cd087_accepts_a_tariff_and_euros_without_one(release: Release) -> None:
    assert check_lines(release, in_euros(release, 40300, 40300), a_regel(release, referentie="R2", **OTHER)) == []


@both_releases
@pytest.mark.parametrize("eenheid", ["01", "04", "14", "16", "82"])
def test_cd087_refuses_another_unit_without_a_tariff(eenheid: str, release: Release) -> None:
    bare = without(a_regel(release, Eenheid=eenheid), "ProductTarief")

    assert check_lines(release, bare) == [("CD087", line(release))]


@both_releases
@pytest.mark.parametrize("tarief", [0, 1])
def test_cd087_refuses_euros_with_a_tariff(tarief: int, release: Release) -> None:
    both = in_euros(release, 40300, 40300) | {"ProductTarief": tarief}

    [melding] = check(a_declaratie_bericht(release, [both]), release)

    assert told([melding]) == [("CD087", line(release))]
    assert mends(melding) == {"ProductTarief": None}


@both_releases
def test_cd087_refuses_euros_with_a_tariff_and_hours_of_volume_without_guessing_which_is_wrong(
    release: Release,
) -> None:
    [unit, _] = check(a_declaratie_bericht(release, [a_regel(release, Eenheid="83")]), release)

    assert (unit.regel.code, mends(unit)) == ("CD087", {})


@both_releases
def test_cs339_accepts_an_amount_equal_to_the_volume_in_euros_alone(release: Release) -> None:
    assert check_lines(release, in_euros(release, 40300, -40300, vorige="O1")) == []
    assert check_lines(release, a_regel(release, 40300, GeleverdVolume=13)) == []


@both_releases
def test_cs339_refuses_an_amount_other_than_the_volume_in_euros(release: Release) -> None:
    assert check_lines(release, in_euros(release, 403, 40300)) == [("CS339", line(release))]


# Clients and keys


@both_releases
def test_one_client_twice_is_refused_without_his_bsn(release: Release) -> None:
    inhoud = a_declaratie_bericht(release, [a_regel(release)], [a_regel(release, referentie="R2", **OTHER)])
    clienten = inhoud["Declaratie"]["Clienten"] if release == "3.2" else inhoud["Clienten"]
    clienten["Client"][1]["Bsn"] = BSN

    [melding] = check(inhoud, release)

    place = f"{whole(release) if release == '3.2' else ''}/Clienten/Client"
    assert told([melding]) == [("TR101", f"{place}[2]")]
    assert BSN not in str(melding.as_json())


@both_releases
def test_a_number_is_used_once_at_one_client(release: Release) -> None:
    [melding] = check(a_declaratie_bericht(release, [a_regel(release), a_regel(release, **OTHER)]), release)

    assert told([melding]) == [("TR101", line(release, number=2))]
    assert melding.as_json()["botstMetLocatie"] == f"/Bericht{line(release)}"


@both_releases
def test_a_number_again_at_another_client_or_with_another_earlier_number_is_not_for_tr101(release: Release) -> None:
    """TR314 sees to it, against all that was declared before."""
    assert check(a_declaratie_bericht(release, [a_regel(release)], [a_regel(release, **OTHER)]), release) == []
    credit = a_regel(release, -1, vorige="O1")
    assert check_lines(release, a_regel(release), credit) == []


@both_releases
def test_every_bsn_passes_the_elfproef(release: Release) -> None:
    inhoud = a_declaratie_bericht(release, [a_regel(release)], [a_regel(release, referentie="R2", **OTHER)])
    clienten = inhoud["Declaratie"]["Clienten"] if release == "3.2" else inhoud["Clienten"]
    assert clienten["Client"][1]["Bsn"] == ANDER_BSN
    clienten["Client"][1]["Bsn"] = "123456789"

    [melding] = check(inhoud, release)

    assert (melding.regel.code, melding.locatie[-len("Client[2]") :]) == ("CS002", "Client[2]")
    assert "123456789" not in str(melding.as_json())


@pytest.mark.parametrize(
    ("geboren", "code"),
    [
        ({"Datum": "1905-04-03"}, "TR002"),
        ({"Datum": "2025-04-05"}, "TR134"),
        ({"Datum": "1949-09-02", "DatumGebruik": "1"}, "CS139"),
    ],
)
def test_a_303_is_judged_on_the_date_of_birth_that_a_323_does_not_have(geboren: Inhoud, code: str) -> None:
    inhoud = a_declaratie_bericht("2.4")
    inhoud["Clienten"]["Client"][0]["Geboortedatum"] = geboren

    [melding] = check(inhoud, "2.4")

    assert told([melding]) == [(code, "/Clienten/Client[1]")]
    assert geboren["Datum"] not in str(melding.as_json())


def test_all_faults_are_told_at_once() -> None:
    inhoud = a_declaratie_bericht("3.2", [without(a_regel("3.2"), "ProductTarief")], [a_regel("3.2", 1, vorige="R1")])
    wrong = with_whole(inhoud, "3.2", TotaalIngediendBedrag=a_bedrag(7, "TotaalBedrag"))

    assert {code for code, _ in told(check(wrong, "3.2"))} == {"TR358", "CD087", "CD060", "TR316", "TR416"}
