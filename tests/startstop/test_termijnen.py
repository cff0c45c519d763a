"""By which day starts and stops are due, over weekends and holidays; and which care has a term at all."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.startstop.domain import Gemeld, Start, Stop
from services.startstop.termijnen import (
    sleutel_of,
    term_for_first_start,
    term_of_start,
    term_of_stop,
    terms_at_the_end,
)
from shared.iwmo.waarden import Omvang, Periode, Product
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, NUMMER
from tests.startstop.bouw import a_start, a_startproduct, a_stop, a_stopproduct
from tests.toewijzing.bouw import a_toewijzing

BERICHT = UUID("3f0c9a1e-5b7d-4c2a-9d35-1f7be5a20c11")
REPORTED = date(2025, 4, 10)
LATER = a_start(begindatum=date(2025, 5, 1))
DAYS = [
    pytest.param("2025-03-03", "2025-03-10", id="monday: over a weekend"),
    pytest.param("2025-03-07", "2025-03-14", id="friday"),
    pytest.param("2025-03-08", "2025-03-14", id="saturday"),
    pytest.param("2025-03-09", "2025-03-14", id="sunday"),
    pytest.param("2025-04-14", "2025-04-23", id="over Good Friday and Easter"),
    pytest.param("2025-04-24", "2025-05-01", id="King's Day moved to a Saturday"),
    pytest.param("2025-04-30", "2025-05-08", id="over Liberation Day"),
    pytest.param("2025-05-28", "2025-06-05", id="over Ascension Day"),
    pytest.param("2025-12-24", "2026-01-05", id="over Christmas and New Year"),
]
over_days = pytest.mark.parametrize(("day", "last"), DAYS)


@over_days
def test_op271_a_start_is_due_five_working_days_after_its_begindatum(day: str, last: str) -> None:
    start = a_start(begindatum=date.fromisoformat(day))

    term = term_of_start(a_toewijzing(ontvangen=date(2025, 2, 17)), start, REPORTED, BERICHT)

    assert (term.regel, term.gemeente, term.aanbieder, term.wie) == ("OP271", GEMEENTE, AANBIEDER, "aanbieder")
    assert (term.vanaf.isoformat(), term.uiterlijk.isoformat()) == (day, last)
    assert (term.afgerond, term.bericht_id) == (REPORTED, BERICHT)
    assert term.sleutel == f"{NUMMER}/01/01A04/{day}"


@pytest.mark.parametrize(
    ("ontvangen", "vanaf"),
    [(None, "2025-03-03"), ("2025-03-02", "2025-03-03"), ("2025-03-03", "2025-03-03"), ("2025-03-04", "2025-03-04")],
)
def test_op271_a_start_on_a_retroactive_toewijzing_counts_from_its_reception(ontvangen: str | None, vanaf: str) -> None:
    toewijzing = a_toewijzing(ontvangen=date.fromisoformat(ontvangen) if ontvangen else None)

    assert term_of_start(toewijzing, a_start(), REPORTED, BERICHT).vanaf.isoformat() == vanaf


@over_days
@pytest.mark.parametrize("reden", ["20", "31"])
def test_op272_a_stop_is_due_five_working_days_after_its_einddatum(reden: str, day: str, last: str) -> None:
    stop = a_stop(a_start(begindatum=date(2025, 1, 1)), reden, date.fromisoformat(day))

    term = term_of_stop(a_toewijzing(), stop, [stop], REPORTED, BERICHT)

    assert term is not None
    assert (term.regel, term.sleutel) == ("OP272", f"{NUMMER}/01/01A04/2025-01-01/{reden}/{day}")
    assert (term.vanaf.isoformat(), term.uiterlijk.isoformat(), term.afgerond) == (day, last, REPORTED)


def test_op272_a_definitive_stop_after_a_temporary_one_has_no_known_first_day() -> None:
    temporary, definitive = a_stop(reden="20"), a_stop(reden="31")

    assert term_of_stop(a_toewijzing(), definitive, [temporary, definitive], REPORTED, BERICHT) is None
    assert term_of_stop(a_toewijzing(), temporary, [temporary, definitive], REPORTED, BERICHT) is not None


def reported(*what: Start | Stop) -> list[Gemeld]:
    """Each on a day later than the one before, from 1 September."""
    return [Gemeld(one, date(2025, 9, day), UUID(int=day)) for day, one in enumerate(what, start=1)]


@over_days
def test_op288_a_stop_is_due_five_working_days_after_the_end_of_the_toewijzing(day: str, last: str) -> None:
    toewijzing = a_toewijzing(periode=Periode(date(2025, 1, 1), date.fromisoformat(day)))

    [term] = terms_at_the_end(toewijzing, reported(a_start()))

    assert (term.regel, term.sleutel, term.bericht_id) == ("OP288", f"{NUMMER}/01/01A04", UUID(int=1))
    assert (term.vanaf.isoformat(), term.uiterlijk.isoformat(), term.afgerond) == (day, last, None)


ENDS: list[tuple[str, list[Start | Stop], int | None]] = [
    ("started", [a_start()], None),
    ("paused", [a_start(), a_stop(reden="20")], None),
    ("stopped", [a_start(), a_stop()], 2),
    ("paused and stopped", [a_start(), a_stop(reden="20"), a_stop()], 3),
    ("restarted after a pause", [a_start(), a_stop(reden="20"), LATER], None),
    ("restarted after a pause and stopped", [a_start(), a_stop(reden="20"), LATER, a_stop(LATER)], 4),
    ("restarted after a stop", [a_start(), a_stop(), LATER], None),
    ("restarted, paused again", [a_start(), a_stop(), LATER, a_stop(LATER, "20")], None),
    ("the older start lost its stop", [a_start(), LATER, a_stop(LATER)], None),
]


@pytest.mark.parametrize(("what", "day"), [one[1:] for one in ENDS], ids=[one[0] for one in ENDS])
def test_op288_ends_with_the_definitive_stop_of_the_last_open_start(what: list[Any], day: int | None) -> None:
    [term] = terms_at_the_end(a_toewijzing(), reported(*what))

    assert term.afgerond == (date(2025, 9, day) if day else None)


@pytest.mark.parametrize(("frequentie", "asked"), [("2", True), ("6", True), ("3", False)])
def test_op288_is_not_for_what_is_assigned_per_four_weeks(frequentie: str, asked: bool) -> None:
    """Stappenplan, step 9: no stop is reported where the support ends as planned. 3.2 has no such Frequentie."""
    toewijzing = a_toewijzing(omvang=Omvang(1, "82", frequentie))

    assert bool(terms_at_the_end(toewijzing, reported(a_start()))) == asked


def test_op288_is_there_for_each_product_and_not_without_an_end_or_a_start() -> None:
    other = a_start(product=Product("01", "01A05"))
    withdrawn = a_toewijzing(periode=Periode(date(2025, 3, 1), date(2025, 3, 1)), reden_wijziging="13")

    terms = terms_at_the_end(a_toewijzing(), reported(a_start(), other, a_stop(other)))

    assert [(term.sleutel, term.afgerond is None) for term in terms] == [
        (f"{NUMMER}/01/01A04", True), (f"{NUMMER}/01/01A05", False)
    ]  # fmt: skip
    assert terms_at_the_end(a_toewijzing(), []) == []
    assert terms_at_the_end(a_toewijzing(periode=Periode(date(2025, 3, 1))), reported(a_start())) == []
    assert terms_at_the_end(withdrawn, reported(a_start())) == []


@over_days
def test_op295_a_start_is_due_five_working_days_after_the_ingangsdatum(day: str, last: str) -> None:
    toewijzing = a_toewijzing(periode=Periode(date.fromisoformat(day)), bericht_id=str(BERICHT))

    term = term_for_first_start(toewijzing, [], taakgericht=False)

    assert term is not None
    assert (term.regel, term.sleutel, term.wie, term.bericht_id) == ("OP295", str(NUMMER), "aanbieder", BERICHT)
    assert (term.vanaf.isoformat(), term.uiterlijk.isoformat(), term.afgerond) == (day, last, None)


def test_op295_counts_from_the_reception_of_a_retroactive_toewijzing_and_ends_with_the_first_start() -> None:
    toewijzing = a_toewijzing(ontvangen=date(2025, 3, 28))

    term = term_for_first_start(toewijzing, reported(a_start(), a_stop(), LATER), taakgericht=False)

    assert term is not None
    assert (term.vanaf, term.uiterlijk) == (date(2025, 3, 28), date(2025, 4, 4))
    assert term.afgerond == date(2025, 9, 1)


@pytest.mark.parametrize("eenheid", ["01", "04", "14", "16", "84", "82", "83"])
def test_op295_holds_for_every_unit(eenheid: str) -> None:
    assert term_for_first_start(a_toewijzing(omvang=Omvang(1, eenheid, "6")), [], taakgericht=False) is not None


def test_op295_asks_no_start_where_none_is_due() -> None:
    withdrawn = a_toewijzing(periode=Periode(date(2025, 3, 1), date(2025, 3, 1)), reden_wijziging="13")

    assert term_for_first_start(withdrawn, [], taakgericht=False) is None
    assert term_for_first_start(a_toewijzing(omvang=None), [], taakgericht=False) is None
    assert term_for_first_start(a_toewijzing(), [], taakgericht=True) is None


def test_what_is_taken_back_has_the_key_of_what_was_reported() -> None:
    toewijzing, start, stop = a_toewijzing(), a_start(), a_stop()
    told = [
        term_of_start(toewijzing, start, REPORTED, BERICHT), term_of_stop(toewijzing, stop, [stop], REPORTED, BERICHT)
    ]  # fmt: skip

    assert [sleutel_of(a_startproduct(status="3")), sleutel_of(a_stopproduct(status="3"))] == [
        (one.regel, one.sleutel) for one in told if one is not None
    ]
    assert sleutel_of(a_startproduct(a_start(nummer=None))) is None
