"""The terms of the seeds, over weekends, holidays and the turn of the year."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.startstop.domain import Gemeld
from services.startstop.stilstand import (
    EVALUATIE,
    PAUZE,
    START,
    Proces,
    na_bericht,
    start_termijn,
    termijnen,
)
from services.startstop.termijnen import term_for_first_start
from shared.exchange.termijnen import OMSCHRIJVINGEN, Termijn
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.waarden import Periode
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, NUMMER
from tests.startstop import test_stand as stand
from tests.startstop.test_stand import ANDERS, EEN, EIND, LATER, MIDDEN, STOP, TWEE, WEER, pauze, start, stop
from tests.toewijzing.bouw import a_toewijzing

STILL, STOPPED = stand.PAUZE, stop(EEN, STOP)
BERICHT = UUID(int=10**6)


def expected(toewijzing: Toewijzing) -> Termijn:
    found = term_for_first_start(toewijzing, [], taakgericht=False)
    assert found is not None
    return found


def of(proces: Proces, regel: str) -> Any:
    """From which day to which, and when it was done; "gone" or None when it is not there."""
    for one in proces.opened:
        if one.regel == regel:
            assert (one.gemeente, one.aanbieder, one.sleutel, one.wie) == (
                GEMEENTE,
                AANBIEDER,
                str(NUMMER),
                "aanbieder",
            )
            return one.vanaf, one.uiterlijk, one.afgerond
    return "gone" if (regel, GEMEENTE, AANBIEDER, str(NUMMER)) in proces.gone else None


def now(held: list[Gemeld], vandaag: date = MIDDEN, geevalueerd: date | None = None, **afwijking: Any) -> Proces:
    return termijnen(a_toewijzing(**afwijking), held, geevalueerd, vandaag)


def test_every_term_tells_what_is_to_happen() -> None:
    assert {START, PAUZE, EVALUATIE} <= OMSCHRIJVINGEN.keys()


@pytest.mark.parametrize(
    ("begin", "last"),
    [
        pytest.param("2025-03-03", "2025-03-24", id="three weeks later"),
        pytest.param("2025-03-08", "2025-03-31", id="saturday: on monday"),
        pytest.param("2025-03-28", "2025-04-22", id="Good Friday: after Easter"),
        pytest.param("2025-05-19", "2025-06-10", id="Whit Monday"),
        pytest.param("2025-12-04", "2025-12-29", id="Christmas Day: after the weekend"),
        pytest.param("2025-12-11", "2026-01-02", id="New Year's Day"),
        pytest.param("2025-12-22", "2026-01-12", id="over the turn of the year"),
        pytest.param("9999-12-20", "9999-12-31", id="the end of the calendar"),
    ],
)
def test_a_start_is_due_three_weeks_after_the_wished_day(begin: str, last: str) -> None:
    toewijzing = a_toewijzing(periode=Periode(date.fromisoformat(begin)), ontvangen=date(2025, 2, 17))

    term = start_termijn(expected(toewijzing), [])

    assert (term.regel, term.vanaf.isoformat(), term.uiterlijk.isoformat()) == (START, begin, last)
    assert term.afgerond is None


def test_a_start_on_a_toewijzing_that_came_late_counts_from_its_reception() -> None:
    term = start_termijn(expected(a_toewijzing(ontvangen=date(2025, 4, 1))), [])

    assert (term.vanaf, term.uiterlijk) == (date(2025, 4, 1), date(2025, 4, 22))


@pytest.mark.parametrize(
    ("begin", "done"), [(date(2025, 3, 10), date(2025, 3, 10)), (date(2025, 2, 1), date(2025, 3, 1))]
)
def test_it_is_met_on_the_day_the_care_began_and_not_before_it_ran(begin: date, done: date) -> None:
    later = start(date(2025, 6, 1))

    assert start_termijn(expected(a_toewijzing()), [later, start(begin)]).afgerond == done


@pytest.mark.parametrize(
    ("held", "term"),
    [
        pytest.param([EEN], "gone", id="without a pause"),
        pytest.param([EEN, pauze(EEN)], (STILL, STILL + timedelta(days=28), None), id="28 days"),
        pytest.param([EEN, pauze(EEN), TWEE], (STILL, STILL + timedelta(days=28), WEER), id="resumed"),
        pytest.param([EEN, pauze(EEN), stop(EEN, STOP)], (STILL, STILL + timedelta(days=28), STOP), id="ended"),
        pytest.param([EEN, ANDERS, pauze(EEN)], "gone", id="another product goes on"),
        pytest.param(
            [EEN, pauze(EEN), TWEE, pauze(TWEE, STOP)], (STOP, STOP + timedelta(days=28), None), id="the latest counts"
        ),
    ],
)
def test_what_stands_still_is_resumed_or_ended_within_28_days(held: list[Gemeld], term: Any) -> None:
    assert of(now(held), PAUZE) == term


def test_a_pause_runs_over_the_turn_of_the_year_and_to_the_end_of_the_calendar() -> None:
    of_december = [EEN, pauze(EEN, date(2025, 12, 20))]
    of_ever = [EEN, pauze(EEN, date(9999, 12, 20))]
    endless = Periode(date(2025, 3, 1))

    assert of(now(of_december, periode=endless), PAUZE)[1] == date(2026, 1, 17)
    assert of(now(of_ever, periode=endless), PAUZE)[1] == date.max


def test_a_pause_ends_with_the_toewijzing() -> None:
    assert of(now([EEN, pauze(EEN)], LATER), PAUZE) == (STILL, STILL + timedelta(days=28), EIND)


@pytest.mark.parametrize(
    ("einde", "last"),
    [
        pytest.param("2025-06-13", "2025-06-27", id="friday"),
        pytest.param("2025-04-14", "2025-04-30", id="over Easter; King's Day is kept on a Saturday"),
        pytest.param("2025-04-30", "2025-05-15", id="over Liberation Day"),
        pytest.param("2025-05-28", "2025-06-13", id="over Ascension Day and Whitsun"),
        pytest.param("2025-12-19", "2026-01-07", id="over Christmas and New Year"),
    ],
)
def test_an_evaluatie_is_due_ten_working_days_after_the_end(einde: str, last: str) -> None:
    proces = now([EEN, stop(EEN, date.fromisoformat(einde))], periode=Periode(date(2025, 3, 1)))

    assert of(proces, EVALUATIE) == (date.fromisoformat(einde), date.fromisoformat(last), None)


def test_after_a_planned_end_without_a_stop_it_is_due_from_the_next_day() -> None:
    assert of(now([EEN], EIND), EVALUATIE) == "gone"
    assert of(now([EEN], LATER), EVALUATIE) == (EIND, date(2025, 9, 12), None)


def test_what_never_began_or_was_withdrawn_is_not_evaluated() -> None:
    withdrawn = {"periode": Periode(date(2025, 3, 1), date(2025, 3, 1)), "reden_wijziging": "13"}

    assert of(now([], LATER), EVALUATIE) == "gone"
    assert of(now([EEN, STOPPED], LATER, **withdrawn), EVALUATIE) == "gone"
    assert of(now([EEN, pauze(EEN)], **withdrawn), PAUZE) == "gone"


@pytest.mark.parametrize(
    ("given", "done"), [(None, None), (STOP, STOP), (LATER, LATER), (STOP - timedelta(days=1), None)]
)
def test_an_evaluatie_after_the_end_meets_it(given: date | None, done: date | None) -> None:
    assert of(now([EEN, STOPPED], LATER, given), EVALUATIE)[2] == done


def after(held: list[Gemeld], vandaag: date = MIDDEN, *, teruggenomen: bool = False) -> Proces:
    """As the message leaves it that brought the last of these reports."""
    last = held[-1].bericht_id if held else BERICHT
    return na_bericht(a_toewijzing(), held, last, vandaag, teruggenomen=teruggenomen)


def test_a_first_start_leaves_these_terms_alone() -> None:
    assert after([EEN]) == Proces()


def test_a_stop_opens_them_at_once() -> None:
    assert of(after([EEN, STOPPED]), EVALUATIE) == of(now([EEN, STOPPED]), EVALUATIE)
    assert of(after([EEN, pauze(EEN)]), PAUZE) == of(now([EEN, pauze(EEN)]), PAUZE)


def test_a_start_after_a_stop_takes_the_evaluatie_away() -> None:
    assert of(after([EEN, STOPPED, TWEE]), EVALUATIE) == "gone"
    assert of(after([EEN, pauze(EEN), TWEE]), PAUZE)[2] == WEER


def test_what_is_taken_back_takes_them_away() -> None:
    assert of(after([EEN], teruggenomen=True), EVALUATIE) == of(after([EEN], teruggenomen=True), PAUZE) == "gone"


def test_a_first_start_after_the_planned_end_opens_the_evaluatie() -> None:
    assert of(after([EEN], LATER), EVALUATIE) == (EIND, date(2025, 9, 12), None)


def test_a_stop_after_the_planned_end_leaves_it_alone_there_may_be_one_already() -> None:
    late = stop(EEN, STOP, dag=LATER)

    assert of(after([EEN, late], LATER), EVALUATIE) is None
