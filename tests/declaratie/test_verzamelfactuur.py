"""The year-end verzamelfactuur beside what was granted: which lines are refused, and what is missing."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.declaratie.domain import Btw, Declaratie, Prestatie, total
from services.declaratie.domain.verzamelfactuur import (
    Delen,
    Groep,
    VerzamelFeiten,
    belongs,
    cak_year,
    calendar_year,
    closes_a_year,
    compare,
    differing,
    groep_of,
    invoiced,
    middle,
)
from services.declaratie.perioden import periods_of_year
from services.declaratie.verzamelfactuur.oordeel import judge_regels, judge_verzamelfactuur
from shared.iwmo.waarden import Periode
from tests.declaratie.bouw import BERICHT_ID, a_declaratie, a_prestatie, codes
from tests.shared.iwmo.berichten import NUMMER

JAAR = calendar_year(2020)
PERIODEN = [Periode(one.begin, one.eind) for one in periods_of_year("2.4", 2020)]
EERSTE, TWEEDE = PERIODEN[:2]


def a_line(plaats: int = 1, bedrag: int = 40300, periode: Periode = EERSTE, **deviations: Any) -> Prestatie:
    right = {"bedrag": bedrag, "periode": periode, "btw": Btw(vrijgesteld=True), "referentie": f"R{plaats}"}
    return a_prestatie(plaats, **(right | deviations))


def granted_of(*lines: Prestatie) -> Delen:
    """As if these lines were granted as declarations."""
    return invoiced(lines, JAAR)


def held(invoice: Declaratie, granted: Delen) -> VerzamelFeiten:
    gefactureerd = invoiced(invoice.prestaties, JAAR)
    sums = {groep: sum(parts.values()) for groep, parts in granted.items()}
    delen = {groep: granted[groep] for groep in differing(gefactureerd, sums) if groep in granted}
    return VerzamelFeiten(JAAR, None, {}, compare(gefactureerd, sums, delen, JAAR))


def judge(invoice: list[Prestatie], granted: list[Prestatie]) -> tuple[list[tuple[int, str]], VerzamelFeiten]:
    """The number of each refused line with its code, and the facts."""
    declaratie = a_declaratie(*invoice, periode=JAAR)
    feiten = held(declaratie, granted_of(*granted))
    found = judge_verzamelfactuur(declaratie, feiten)
    return [(one.plek[-1][1], one.retourcode) for one in found.meldingen], feiten


# What is one


@pytest.mark.parametrize(
    ("naam", "periode", "is_one"),
    [
        ("WMO303F", JAAR, True),
        ("WMO303F", calendar_year(2021), True),
        ("WMO303F", cak_year(2020), True),
        ("WMO303F", cak_year(2021), True),
        ("WMO303D", JAAR, False),
        ("WMO303F", EERSTE, False),
        ("WMO303F", Periode(date(2020, 1, 1), date(2020, 12, 30)), False),
        ("WMO303F", Periode(date(2020, 7, 1), date(2021, 6, 30)), False),
        ("WMO303F", Periode(date(2020, 1, 1), date(2021, 12, 31)), False),
        ("WMO303F", Periode(date(9999, 1, 1), date(9999, 12, 31)), True),
        ("WMO303F", Periode(date(1, 1, 1), date(1, 12, 31)), True),
    ],
)
def test_an_invoice_over_a_whole_year_is_one(naam: str, periode: Periode, is_one: bool) -> None:
    assert closes_a_year(naam, periode) == is_one


@given(st.dates(date(2015, 1, 1), date(2040, 12, 31)), st.integers(0, 60))
def test_a_line_is_of_one_year_in_either_calendar(begin: date, days: int) -> None:
    periode = Periode(begin, begin + timedelta(days=days))

    for kalender in (calendar_year, cak_year):
        assert sum(belongs(periode, kalender(year)) for year in range(begin.year - 1, begin.year + 3)) == 1
    assert begin <= middle(periode) <= (periode.eind or begin)


@pytest.mark.parametrize("jaar", range(2015, 2041))
def test_the_cak_periods_of_a_year_are_of_that_year_in_either_calendar(jaar: int) -> None:
    for one in periods_of_year("2.4", jaar):
        periode = Periode(one.begin, one.eind)
        assert belongs(periode, calendar_year(jaar))
        assert belongs(periode, cak_year(jaar))


# The rules


def test_rc8033_accepts_an_invoice_that_adds_up_otherwise() -> None:
    """One line for the year, or a line per period: the sum per client, toewijzing and product counts."""
    declared = [a_line(1), a_line(2, 30000, TWEEDE), a_line(3, 10000, TWEEDE, credit=True, vorige_referentie="R2")]

    refused, feiten = judge([a_line(1, 60300, JAAR)], declared)

    assert refused == []
    assert (feiten.verwacht, feiten.vergelijking.ontbreekt) == (60300, [])


def test_rc8033_refuses_only_the_period_that_differs() -> None:
    declaratie = a_declaratie(a_line(1), a_line(2, 30001, TWEEDE), periode=JAAR)
    feiten = held(declaratie, granted_of(a_line(1), a_line(2, 30000, TWEEDE)))

    [melding] = judge_regels(declaratie.prestaties, feiten)

    assert (melding.plek[-1][1], codes([melding])) == (2, [("RC8033", "8033")])
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == ("30001", "30000")


def test_rc8033_refuses_all_lines_of_a_group_without_its_periods() -> None:
    half = Periode(date(2020, 1, 1), date(2020, 6, 30))
    declared = [a_line(1), a_line(2, 30000, TWEEDE)]

    refused, feiten = judge([a_line(1, 40300, half), a_line(2, 30000, half, code="02A03"), a_line(3)], declared)

    assert refused == [(1, "8033"), (2, "8033"), (3, "8033")]
    assert feiten.vergelijking.ontbreekt == []


@pytest.mark.parametrize(
    "deviation",
    [{"client": "client-b"}, {"nummer": NUMMER + 7}, {"code": "02A03"}, {"categorie": "02"}],
    ids=lambda one: next(iter(one)),
)
def test_rc8033_refuses_what_was_granted_to_another_or_for_something_else(deviation: dict[str, Any]) -> None:
    refused, feiten = judge([a_line(1, **deviation)], [a_line(1)])

    assert refused == [(1, "8033")]
    assert [(one.groep, one.toegekend) for one in feiten.vergelijking.ontbreekt] == [(groep_of(a_line()), 40300)]


def test_rc8007_accepts_a_line_over_new_year_with_its_middle_in_the_year() -> None:
    over = Periode(date(2019, 12, 30), date(2020, 1, 26))

    assert judge([a_line(1, periode=over)], [a_line(1, periode=over)])[0] == []


def test_rc8007_refuses_a_line_of_another_year() -> None:
    other = Periode(date(2019, 12, 1), date(2020, 1, 10))

    assert judge([a_line(1), a_line(2, periode=other)], [a_line(1)])[0] == [(2, "8007")]


def test_vf001_accepts_an_invoice_without_what_was_taken_back() -> None:
    declared = [a_line(1), a_line(2, nummer=8), a_line(3, nummer=8, credit=True, vorige_referentie="R2")]
    declaratie = a_declaratie(a_line(1), periode=JAAR)

    assert judge_verzamelfactuur(declaratie, held(declaratie, granted_of(*declared))).signalen == []


def test_vf001_refuses_nothing_and_tells_what_is_left_out() -> None:
    declared = [a_line(nummer, nummer=nummer) for nummer in range(1, 9)]
    declaratie = a_declaratie(declared[0], periode=JAAR)

    oordeel = judge_verzamelfactuur(declaratie, held(declaratie, granted_of(*declared)))

    [signaal] = oordeel.signalen
    assert (oordeel.afgekeurd, oordeel.meldingen) == (False, [])
    assert "toewijzing 2, 3, 4, 5, 6 en 2 meer" in signaal.afwijking.omschrijving
    assert (signaal.afwijking.gevonden, signaal.afwijking.verwacht) == ("40300", str(8 * 40300))


def test_a_missing_period_of_a_group_is_told_and_its_other_lines_are_granted() -> None:
    refused, feiten = judge([a_line(1)], [a_line(1), a_line(2, 5, TWEEDE)])

    assert refused == []
    assert [(one.periode, one.toegekend) for one in feiten.vergelijking.ontbreekt] == [(TWEEDE, 5)]
    assert feiten.verwacht == 40305


def test_a_number_used_before_refuses_it_as_a_whole() -> None:
    declaratie = a_declaratie(a_line(1), periode=JAAR)
    feiten = replace(held(declaratie, granted_of(a_line(1))), eerdere_declaratie=BERICHT_ID)

    oordeel = judge_verzamelfactuur(declaratie, feiten)

    assert (oordeel.afgekeurd, codes(oordeel.meldingen)) == (True, [("TR333", "9333")])


# Whatever was granted


@st.composite
def granted_years(draw: st.DrawFn) -> list[Prestatie]:
    """Debits of some clients, toewijzingen and periods, some of them taken back."""
    lines: list[Prestatie] = []
    for _ in range(draw(st.integers(1, 12))):
        nummer = draw(st.integers(1, 4))
        line = a_line(
            len(lines) + 1,
            draw(st.integers(1, 10**6)),
            draw(st.sampled_from(PERIODEN)),
            nummer=nummer,
            client=f"client-{nummer % 2}",
            code=draw(st.sampled_from(["01A04", "01A05"])),
        )
        lines.append(line)
        if draw(st.booleans()):
            lines.append(replace(line, referentie=f"C{len(lines)}", credit=True, vorige_referentie=line.referentie))
    return lines


def expected_lines(granted: Delen) -> list[Prestatie]:
    """The invoice as /verzamelfacturen/verwacht tells it."""
    rows: list[tuple[Groep, Periode, int]] = [
        (groep, periode, cents) for groep, parts in granted.items() for periode, cents in parts.items() if cents
    ]
    return [
        a_line(at, cents, periode, client=client, nummer=nummer, categorie=categorie, code=code)
        for at, ((client, nummer, categorie, code), periode, cents) in enumerate(rows, start=1)
    ]


@given(granted_years())
def test_the_expected_invoice_is_granted_whole(granted: list[Prestatie]) -> None:
    invoice = expected_lines(granted_of(*granted))
    if not invoice:
        return

    refused, feiten = judge(invoice, granted)

    assert refused == []
    assert feiten.vergelijking.ontbreekt == []
    assert feiten.verwacht == total(granted) == total(invoice)


@given(granted_years(), st.data())
def test_a_cent_more_or_less_refuses_that_line_alone(granted: list[Prestatie], data: st.DataObject) -> None:
    invoice = expected_lines(granted_of(*granted))
    if not invoice:
        return
    at = data.draw(st.integers(0, len(invoice) - 1))
    changed = replace(invoice[at], bedrag=invoice[at].bedrag + data.draw(st.sampled_from([1, -1])))

    refused, feiten = judge([*invoice[:at], changed, *invoice[at + 1 :]], granted)

    assert refused == [(at + 1, "8033")]
    assert feiten.verwacht == total(granted)


@given(granted_years(), st.data())
def test_a_line_left_out_refuses_nothing_and_is_missing(granted: list[Prestatie], data: st.DataObject) -> None:
    invoice = expected_lines(granted_of(*granted))
    if len(invoice) < 2:
        return
    at = data.draw(st.integers(0, len(invoice) - 1))

    refused, feiten = judge([*invoice[:at], *invoice[at + 1 :]], granted)

    assert refused == []
    assert sum(one.toegekend for one in feiten.vergelijking.ontbreekt) == invoice[at].saldo
    assert feiten.verwacht == total(granted)
