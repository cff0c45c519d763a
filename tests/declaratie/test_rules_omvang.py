"""The rules on how much a debit claims."""

from datetime import date
from typing import Any

import pytest

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.feiten import DeclaratieFeiten, Gebruik
from services.declaratie.oordeel import judge_parts
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.waarden import Omvang, Periode, Product
from tests.declaratie.bouw import (
    BERICHT_ID,
    MAART,
    a_credit,
    a_declaratie,
    a_prestatie,
    a_tarief,
    an_earlier,
    an_odd_credit,
    breach,
    codes,
    feiten,
    herstel,
    judge,
    standing,
)
from tests.shared.iwmo.berichten import NUMMER
from tests.toewijzing.bouw import a_toewijzing

NAJAAR = Periode(date(2025, 10, 7), date(2025, 12, 30))
OKTOBER, NOVEMBER = (
    Periode(date(2025, 10, 7), date(2025, 10, 31)),
    Periode(date(2025, 11, 1), date(2025, 11, 30)),
)


def hours(volume: int, periode: Periode = NOVEMBER, **deviations: Any) -> Prestatie:
    return a_prestatie(periode=periode, categorie="02", volume=volume, bedrag=volume * 3100, **deviations)


def minutes(volume: int) -> Prestatie:
    return hours(volume, eenheid="01", tarief=52)


def known(toegekend: dict[str, Gebruik] | None = None, **deviations: Any) -> DeclaratieFeiten:
    """Three hours a week, 07-10..30-12-2025: four weeks, five and five, thirteen in all."""
    right: dict[str, Any] = {"periode": NAJAAR, "product": Product("02", "01A04"), "bericht_id": BERICHT_ID}
    return feiten(
        toewijzingen=[a_toewijzing(**(right | deviations))],
        tarieven=[a_tarief(categorie="02")],
        toegekend=toegekend,
        periode=NOVEMBER,
    )


def used(volume: int, eenheid: str = "04") -> dict[str, Gebruik]:
    return {eenheid: Gebruik(volume, volume * 3100)}


@pytest.mark.parametrize("line", [hours(15), hours(12, OKTOBER), minutes(900), hours(0)], ids=str)
def test_tr321_accepts_what_fits_the_weeks_of_the_period(line: Prestatie) -> None:
    assert breach("TR321", line, known()) is None


def test_tr321_accepts_any_volume_without_omvang_and_of_a_credit() -> None:
    assert breach("TR321", hours(9999), known(omvang=None)) is None
    assert judge(*an_odd_credit()) == []


def test_tr321_accepts_what_cannot_be_compared_which_is_for_tr341() -> None:
    assert breach("TR321", hours(9999, eenheid="14"), known()) is None


@pytest.mark.parametrize("frequentie", ["3", "5"])
def test_tr321_accepts_any_volume_of_a_frequentie_without_a_rule(frequentie: str) -> None:
    limitless = known(omvang=Omvang(1, "04", frequentie))

    assert breach("TR321", hours(9999), limitless, "2.4") is None
    assert breach("TR322", hours(9999), limitless, "2.4") is None


@pytest.mark.parametrize(
    ("line", "verwacht"),
    [
        (hours(16), "ten hoogste 15 (5 weken × 3)"),
        (hours(13, OKTOBER), "ten hoogste 12 (4 weken × 3)"),
        (minutes(901), "ten hoogste 900 minuten (5 weken × 3 uur)"),
    ],
)
def test_tr321_refuses_more_than_fits(line: Prestatie, verwacht: str) -> None:
    melding = breach("TR321", line, known())

    assert melding is not None
    assert (melding.retourcode, melding.afwijking.verwacht) == ("9321", verwacht)
    assert (melding.afwijking.gevonden, melding.afwijking.botst_met_toewijzing) == (str(line.volume), BERICHT_ID)
    assert herstel(melding) == {}, "how much was delivered is for the aanbieder to say"
    assert melding.vreemd


@pytest.mark.parametrize(
    ("omvang", "verwacht"),
    [
        (Omvang(2, "04", "1"), "ten hoogste 60 (30 dagen × 2)"),
        (Omvang(9, "04", "4"), "ten hoogste 9 (1 maand × 9)"),
        (Omvang(7, "04", "6"), "ten hoogste 7 (in totaal 7)"),
    ],
)
def test_tr321_refuses_by_day_month_and_total(omvang: Omvang, verwacht: str) -> None:
    melding = breach("TR321", hours(61), known(omvang=omvang))

    assert melding is not None
    assert melding.afwijking.verwacht == verwacht


@pytest.mark.parametrize(("volume", "refused"), [(18, False), (19, True)])
@pytest.mark.parametrize("release", RELEASES)
def test_tr321_refuses_more_than_six_weeks_of_household_help(volume: int, refused: bool, release: Release) -> None:
    line = a_prestatie(volume=volume, bedrag=volume * 3100)

    assert (breach("TR321", line, release=release) is not None) == refused


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("line", "granted"),
    [
        (hours(15), used(24)),
        (hours(15), {"04": Gebruik(20, 1), "01": Gebruik(240, 1)}),
        (minutes(900), used(24)),
        (hours(1), used(38)),
        (hours(15), used(999, "14")),
    ],
    ids=str,
)
def test_tr322_accepts_up_to_all_weeks(line: Prestatie, granted: dict[str, Gebruik], release: Release) -> None:
    assert breach("TR322", line, known(granted), release) is None


def test_tr322_accepts_any_sum_without_a_last_day() -> None:
    endless = known(used(9999), periode=Periode(date(2025, 10, 7), None))

    assert breach("TR322", hours(15), endless) is None


@pytest.mark.parametrize(
    ("line", "granted", "sum_", "verwacht"),
    [
        (hours(15), used(25), "40", "39 (13 weken × 3), waarvan al toegekend 25"),
        (hours(1), used(39), "40", "39 (13 weken × 3), waarvan al toegekend 39"),
        (
            minutes(61),
            used(2280, "01"),
            "2341 minuten",
            "2340 minuten (13 weken × 3 uur), waarvan al toegekend 2280 minuten",
        ),
        (
            hours(2),
            used(2250, "01"),
            "2370 minuten",
            "39 (13 weken × 3), waarvan al toegekend 2250 minuten",
        ),
    ],
)
def test_tr322_refuses_what_goes_over_with_what_was_granted(
    line: Prestatie, granted: dict[str, Gebruik], sum_: str, verwacht: str
) -> None:
    melding = breach("TR322", line, known(granted))

    assert melding is not None
    assert (melding.retourcode, melding.afwijking.gevonden) == ("9322", sum_)
    assert melding.afwijking.verwacht == f"ten hoogste {verwacht}"
    assert herstel(melding) == {}


BUDGET: dict[str, Any] = {"budget": 100_000, "omvang": None, "product": Product()}


@pytest.mark.parametrize("granted", [{}, {"04": Gebruik(1, 96_900)}, {"83": Gebruik(96_900, 0)}], ids=str)
def test_tr369_accepts_up_to_the_budget(granted: dict[str, Gebruik]) -> None:
    assert breach("TR369", hours(1), known(granted, **BUDGET)) is None


def test_tr369_accepts_any_amount_without_budget_and_in_2_4() -> None:
    assert breach("TR369", hours(9999), known()) is None
    assert breach("TR369", hours(9999), known(**BUDGET), "2.4") is None


@pytest.mark.parametrize(
    ("line", "granted"),
    [
        (hours(1), {"04": Gebruik(1, 96_901)}),
        (hours(33), {}),
        (
            a_prestatie(eenheid="83", volume=501, tarief=None, bedrag=501, periode=NOVEMBER),
            {"83": Gebruik(99_000, 99_000), "01": Gebruik(1, 500)},
        ),
    ],
    ids=str,
)
def test_tr369_refuses_what_goes_over_the_budget(line: Prestatie, granted: dict[str, Gebruik]) -> None:
    melding = breach("TR369", line, known(granted, **BUDGET))

    assert melding is not None
    assert (melding.retourcode, herstel(melding)) == ("9369", {})
    assert melding.vreemd


def test_tr369_counts_euros_by_volume_and_all_else_by_amount() -> None:
    both = {"83": Gebruik(volume=60_000, bedrag=1), "04": Gebruik(volume=99_999, bedrag=39_999)}

    assert breach("TR369", hours(0), known(both, **BUDGET)) is None
    melding = breach("TR369", hours(1), known(both, **BUDGET))
    assert melding is not None
    assert melding.afwijking.verwacht == "ten hoogste 100000, waarvan al toegekend 99999"


ANDERS = [
    {"nummer": NUMMER + 1},
    {"categorie": "02"},
    {"code": "01A05"},
    {"periode": Periode(date(2025, 2, 1), date(2025, 2, 28))},
]


@pytest.mark.parametrize("other", ANDERS, ids=str)
def test_tr389_accepts_another_claim(other: dict[str, Any]) -> None:
    assert judge(a_prestatie(), feiten(openstaand=standing(a_prestatie(**other)))) == []


def test_tr389_refuses_what_was_granted_before_and_stands() -> None:
    earlier = feiten(openstaand=standing(a_prestatie(referentie="R0", volume=1)))

    [melding] = judge(a_prestatie(), earlier, releases=["3.2"])

    assert (codes([melding]), melding.afwijking.botst_met) == ([("TR389", "9389")], BERICHT_ID)
    assert not melding.vreemd
    assert judge(a_prestatie(), earlier, releases=["2.4"]) == [], "in 2.4 adding to it was allowed"


def test_tr389_accepts_what_a_credit_of_the_same_message_makes_free() -> None:
    old = a_prestatie(referentie="R0")
    earlier = feiten(eerder=an_earlier(old), openstaand=standing(old), toegekend=used(13))
    debit, credit = a_prestatie(), a_credit(old, plek=a_prestatie(2).plek)

    assert judge_parts(a_declaratie(debit, credit), earlier) == []


def test_tr389_refuses_when_the_credit_of_the_same_message_is_refused() -> None:
    old = a_prestatie(referentie="R0")
    earlier = feiten(eerder=an_earlier(old), openstaand=standing(old))
    debit, credit = a_prestatie(), a_credit(old, bedrag=1, plek=a_prestatie(2).plek)

    assert codes(judge_parts(a_declaratie(debit, credit), earlier)) == [("TR389", "9389"), ("TR323", "8017")]


def test_tr389_refuses_while_one_of_more_earlier_debits_stands() -> None:
    """2.4 allowed adding to an earlier debit, so there may be more than one."""
    old, older = a_prestatie(referentie="R0"), a_prestatie(referentie="R00")
    earlier = feiten(eerder=an_earlier(old), openstaand=standing(old, older))

    assert codes(judge_parts(a_declaratie(a_credit(old), a_prestatie()), earlier)) == [("TR389", "9389")]


def in_total(volume: int, *lines: Prestatie) -> list[tuple[str, str]]:
    total = feiten(toewijzingen=[a_toewijzing(omvang=Omvang(volume, "04", "6"))], eerder=an_earlier(OUD), periode=MAART)
    return [(one.regel.code, one.locatie[-2:-1]) for one in judge_parts(a_declaratie(*lines), total)]


OUD = a_prestatie(referentie="R0", volume=5, bedrag=15500)


def line(plaats: int, volume: int, **deviations: Any) -> Prestatie:
    return a_prestatie(plaats, referentie=f"N{plaats}", volume=volume, bedrag=volume * 3100, **deviations)


def test_a_line_over_the_limit_leaves_its_room_to_the_next() -> None:
    assert in_total(10, line(1, 6), line(2, 5), line(3, 4), line(4, 1)) == [("TR322", "2"), ("TR322", "4")]


def test_a_line_refused_for_another_reason_takes_no_room() -> None:
    assert in_total(10, line(1, 6, categorie="02"), line(2, 10)) == [("TR339", "1"), ("TR381", "1")]


def test_credits_make_room_wherever_they_stand_in_the_message() -> None:
    credit = a_credit(OUD, plek=a_prestatie(2).plek)

    assert in_total(10, line(1, 10), credit) == []
    assert in_total(10, line(1, 10), credit, line(3, 5)) == []
    assert in_total(10, line(1, 10), credit, line(3, 6)) == [("TR322", "3")]
