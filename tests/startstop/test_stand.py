"""Where the support under a toewijzing stands, as reports come in and days pass."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.startstop.domain import Gemeld, Start, Stop
from services.startstop.stand import Stand, is_geevalueerd, stand_of
from shared.iwmo.waarden import Product
from tests.shared.iwmo.berichten import NUMMER

EIND = date(2025, 8, 31)
BEGIN, PAUZE, WEER, STOP = date(2025, 3, 3), date(2025, 4, 1), date(2025, 5, 12), date(2025, 6, 13)
MIDDEN, LATER = date(2025, 7, 1), date(2025, 9, 1)
EIGEN, ANDER = Product("01", "01A04"), Product("02", "022A3")
_nummers: Iterator[int] = count(1)


def gemeld(wat: Start | Stop, dag: date = MIDDEN) -> Gemeld:
    return Gemeld(wat, dag, UUID(int=next(_nummers)))


def start(begin: date = BEGIN, product: Product = EIGEN, dag: date = MIDDEN) -> Gemeld:
    return gemeld(Start(NUMMER, product, begin), dag)


def stop(of: Gemeld, einddatum: date, reden: str = "31", dag: date = MIDDEN) -> Gemeld:
    return gemeld(Stop(of.start, reden, einddatum), dag)


def pauze(of: Gemeld, einddatum: date = PAUZE) -> Gemeld:
    return stop(of, einddatum, "20")


EEN, TWEE = start(), start(WEER)
ANDERS = start(product=ANDER)
STANDEN = {
    "nothing reported": ([], Stand()),
    "begun": ([EEN], Stand(BEGIN)),
    "standing still": ([EEN, pauze(EEN)], Stand(BEGIN, pauze=PAUZE)),
    "resumed": ([EEN, pauze(EEN), TWEE], Stand(BEGIN)),
    "resumed and still again": ([EEN, pauze(EEN), TWEE, pauze(TWEE, STOP)], Stand(BEGIN, pauze=STOP)),
    "stopped": ([EEN, stop(EEN, STOP)], Stand(BEGIN, einde=STOP)),
    "stopped after a pause": ([EEN, pauze(EEN), stop(EEN, STOP)], Stand(BEGIN, einde=STOP)),
    "stopped, resumed": ([EEN, stop(EEN, PAUZE), TWEE], Stand(BEGIN)),
    "resumed and stopped": ([EEN, pauze(EEN), TWEE, stop(TWEE, STOP)], Stand(BEGIN, einde=STOP)),
    "one of two products goes on": ([EEN, ANDERS, stop(EEN, STOP)], Stand(BEGIN)),
    "one stands still, the other goes on": ([EEN, ANDERS, pauze(EEN)], Stand(BEGIN)),
    "one stands still, the other stopped": ([EEN, ANDERS, stop(ANDERS, STOP), pauze(EEN)], Stand(BEGIN, pauze=PAUZE)),
    "both stopped": ([EEN, ANDERS, stop(ANDERS, STOP), stop(EEN, PAUZE)], Stand(BEGIN, einde=STOP)),
}


@pytest.mark.parametrize(("held", "expected"), STANDEN.values(), ids=STANDEN.keys())
def test_before_the_planned_end_only_reports_count(held: list[Gemeld], expected: Stand) -> None:
    assert stand_of(EIND, held, EIND) == expected
    assert stand_of(None, held, date(2031, 1, 1)) == expected, "without a planned end no day changes anything"


@pytest.mark.parametrize(("held", "expected"), STANDEN.values(), ids=STANDEN.keys())
def test_the_day_after_the_planned_end_what_was_begun_is_over(held: list[Gemeld], expected: Stand) -> None:
    ended = expected.einde or (EIND if held else None)

    assert stand_of(EIND, held, LATER) == Stand(expected.begonnen, einde=ended)


def test_a_stop_that_is_reported_after_the_planned_end_does_not_move_it() -> None:
    reported = stop(EEN, STOP, dag=LATER)

    assert stand_of(EIND, [EEN, reported], LATER).einde == EIND


@pytest.mark.parametrize(("dag", "ended"), [(STOP - timedelta(days=1), None), (STOP, STOP), (MIDDEN, STOP)])
def test_a_stop_reported_beforehand_ends_it_on_its_day(dag: date, ended: date | None) -> None:
    held = [EEN, stop(EEN, STOP, dag=PAUZE)]

    assert stand_of(EIND, held, dag).geeindigd(dag) == ended


def test_an_evaluatie_looks_back_on_ends_before_it() -> None:
    assert is_geevalueerd(STOP, STOP)
    assert not is_geevalueerd(STOP, STOP - timedelta(days=1))
    assert not is_geevalueerd(STOP, None)


DAYS = st.dates(date(2025, 1, 1), date(2025, 12, 31))
PRODUCTEN = st.sampled_from([EIGEN, ANDER])


@st.composite
def reports(draw: st.DrawFn) -> list[Gemeld]:
    """Periods of care one after the other, of one or two products, each open, paused or stopped."""
    found: list[Gemeld] = []
    for product in draw(st.lists(PRODUCTEN, unique=True)):
        days = sorted(draw(st.lists(DAYS, min_size=1, max_size=6, unique=True)))
        for begin, end in zip(days[::2], [*days[1::2], None], strict=False):
            one = start(begin, product)
            found.append(one)
            if end is not None:
                found.append(stop(one, end, draw(st.sampled_from(["20", "31"]))))
    return found


@given(reports(), st.none() | DAYS, DAYS)
def test_it_is_one_thing_at_a_time(held: list[Gemeld], eind: date | None, vandaag: date) -> None:
    stand = stand_of(eind, held, vandaag)

    assert (stand.begonnen is None) == (not held)
    assert stand.pauze is None or stand.einde is None
    if stand.begonnen is None:
        assert (stand.pauze, stand.einde) == (None, None)
    if eind is not None and eind < vandaag and held:
        assert stand.einde is not None, "nothing goes on after the last day of the toewijzing"
    if stand.pauze is not None:
        assert stand.pauze in {one.wat.einddatum for one in held if isinstance(one.wat, Stop)}
