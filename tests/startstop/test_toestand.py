"""Random sequences of messages, against a slow formulation of chapter 6 that shares nothing with the rules.

It keeps no administration but a log of all that was accepted, reads that log from the start for every question, and
decides by the state of a care period: none, actief, tijdelijk gestopt or gestopt.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from services.startstop.domain import StartProduct, Zorgbericht
from services.startstop.processing import StartstopDienst
from shared.iwmo.persoon import Persoon
from shared.iwmo.waarden import Product
from tests.shared.iwmo.berichten import AANBIEDER, BSN, GEMEENTE, a_305, a_307, a_heen, soort
from tests.startstop.bouw import a_start, a_startproduct, a_stop, a_stopproduct, feiten
from tests.toewijzing.bouw import a_toewijzing

NUMMERS = (1, 2, None)
PRODUCTS = (Product("01", "01A04"), Product("01"), Product())
DAYS = tuple(date(2025, 3, day) for day in (3, 10, 17))
REASONS = ("20", "19", "31")

Sleutel = tuple[Any, ...]
"""Nummer, product and Begindatum; and of a stop its reason and last day too."""


@dataclass(frozen=True)
class Melding:
    """One product of a message, as plain values."""

    sleutel: Sleutel
    status: str

    @property
    def levering(self) -> Sleutel:
        return self.sleutel[:3]

    @property
    def is_stop(self) -> bool:
        return len(self.sleutel) > 3


class Logboek:
    """All that was accepted so far."""

    def __init__(self, regels: Sequence[Melding] = ()) -> None:
        self.regels = list(regels)

    def holds(self, sleutel: Sleutel) -> bool:
        """The last word on a key decides."""
        last = [one.status for one in self.regels if one.sleutel == sleutel]
        return bool(last) and last[-1] == "1"

    def sleutels(self) -> Iterator[Sleutel]:
        return (key for key in dict.fromkeys(one.sleutel for one in self.regels) if self.holds(key))

    def stops(self, same: Any) -> list[Sleutel]:
        return [key for key in self.sleutels() if len(key) > 3 and same(key)]

    def toestand(self, levering: Sleutel) -> str:
        """Of one care period."""
        if not self.holds(levering):
            return "geen"
        reasons = {key[3] for key in self.stops(lambda key: key[:3] == levering)}
        if not reasons:
            return "actief"
        return "tijdelijk gestopt" if reasons == {"20"} else "gestopt"


def verdict(log: Logboek, one: Melding) -> set[str]:
    """The codes that chapter 6 gives."""
    if one.status == "3":
        found = set() if log.holds(one.sleutel) else {"9063"}
        stopped = any(key[:3] == one.levering for key in log.stops(lambda _: True))
        return found | ({"9071"} if not one.is_stop and stopped else set())
    found = {"9074"} if log.holds(one.sleutel) else set()
    return found | (_stop(log, one) if one.is_stop else _start(log, one))


def _start(log: Logboek, one: Melding) -> set[str]:
    nummer, product, _ = one.levering
    running = [log.toestand((nummer, product, day)) == "actief" for day in DAYS]
    return {"9326"} if any(running) else set()


def _stop(log: Logboek, one: Melding) -> set[str]:
    nummer, product, begin, reason, end = one.sleutel
    beside = log.stops(lambda key: key[0] == nummer and key[2] == begin and (nummer is not None or key[1] == product))
    faults = {
        "9069": log.toestand(one.levering) == "geen",
        "9413": reason == "20" and any(key[3] == "20" for key in beside),
        "9414": any(end < key[4] for key in beside),
        "9415": any(key[3] != "20" for key in beside),
    }
    return {code for code, broken in faults.items() if broken}


def answer(log: Logboek, bericht: Sequence[Melding]) -> tuple[list[set[str]], Logboek]:
    """The codes of each product of a message, in its order, and the log as it becomes when there are none."""
    after, codes = Logboek(log.regels), [set[str]() for _ in bericht]
    for round_ in ("3", "1"):
        for place, one in enumerate(bericht):
            if one.status == round_:
                codes[place] = verdict(after, one)
                if not codes[place]:
                    after.regels.append(one)
    return codes, log if any(codes) else after


def as_product(one: Melding, place: int) -> Any:
    start = a_start(*one.levering)
    if not one.is_stop:
        return a_startproduct(start, one.status, place)
    return a_stopproduct(a_stop(start, *one.sleutel[3:]), one.status, place)


def judged(log: Logboek, bericht: Sequence[Melding]) -> tuple[list[set[str]], list[Sleutel]]:
    """The same by the rules, on what holds by the log; and the keys that hold afterwards."""
    products = tuple(as_product(one, place) for place, one in enumerate(bericht, start=1))
    held = [as_product(Melding(key, "1"), 0) for key in log.sleutels()]
    known = feiten(
        [one.start for one in held if isinstance(one, StartProduct)],
        [one.stop for one in held if not isinstance(one, StartProduct)],
        toewijzingen=[a_toewijzing(nummer=nummer) for nummer in NUMMERS if nummer is not None],
        bekend=False,
    )
    whole = Zorgbericht(GEMEENTE, AANBIEDER, Persoon((("Client", 0),), BSN), "client-a", products)
    naam, inhoud = ("WMO307", a_307("3.2")) if bericht[0].is_stop else ("WMO305", a_305("3.2"))
    oordeel = StartstopDienst().judge(whole, known, a_heen(inhoud, soort(naam, "3.2")))
    codes = [{found.retourcode for found in oordeel.meldingen if found.plek == one.plek} for one in products]
    assert oordeel.afgekeurd == any(codes)
    starts = [(start.nummer, start.product, start.begindatum) for start in known.administratie.starts]
    stops = [
        (stop.start.nummer, stop.start.product, stop.start.begindatum, stop.reden, stop.einddatum)
        for stop in known.administratie.stops
    ]
    return codes, starts + stops


leveringen = st.tuples(st.sampled_from(NUMMERS[:1] * 3 + NUMMERS), st.sampled_from(PRODUCTS), st.sampled_from(DAYS))
statuses = st.sampled_from(["1", "1", "1", "3"])
starts = st.builds(Melding, leveringen, statuses)
stops = st.builds(
    lambda levering, reason, end, status: Melding((*levering, reason, end), status),
    leveringen, st.sampled_from(REASONS), st.sampled_from(DAYS), statuses,
)  # fmt: skip
one_kind = st.sampled_from([starts, stops]).flatmap(lambda kind: st.lists(kind, min_size=1, max_size=3))


@settings(max_examples=400)
@given(st.lists(one_kind, max_size=14))
def test_every_sequence_of_messages_is_judged_as_chapter_6_says(berichten: list[list[Melding]]) -> None:
    log = Logboek()
    for bericht in berichten:
        expected, after = answer(log, bericht)
        codes, held = judged(log, bericht)
        assert codes == expected, bericht
        if not any(expected):
            assert set(held) == set(after.sleutels())
        log = after


def narrow(nummer: int | None) -> st.SearchStrategy[list[Melding]]:
    """Few keys, so that most steps have something to meet."""
    stop = st.tuples(st.sampled_from(REASONS[:2]), st.sampled_from(DAYS[1:]))
    return st.lists(
        st.builds(
            lambda product, day, stop, status: Melding((nummer, product, day, *stop), status),
            st.sampled_from(PRODUCTS[:2]),
            st.sampled_from(DAYS[:2]),
            st.just(()) | stop,
            statuses,
        ),
        max_size=25,
    )


@settings(max_examples=300)
@given(st.sampled_from([1, None]).flatmap(narrow))
def test_the_states_of_one_toewijzing_are_those_of_chapter_6(meldingen: list[Melding]) -> None:
    log = Logboek()
    for one in meldingen:
        expected, after = answer(log, [one])
        assert judged(log, [one])[0] == expected
        log = after
