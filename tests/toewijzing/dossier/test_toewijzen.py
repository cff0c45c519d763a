"""What a decision changes in what is assigned: numbers that stay, end and come (IV066, IV099, OP033x1, OP380)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.toewijzing.dossier.domain.bewaren import as_data, from_data
from services.toewijzing.dossier.domain.toewijzen import Besluit, Opdracht, Regel, Stuk, Toegewezen, perioden, wijzig
from shared.iwmo.catalogus import Release

BEGIN, EIND = date(2027, 1, 4), date(2027, 7, 4)
VANDAAG = date(2026, 12, 1)
DAG = timedelta(days=1)
AANBIEDER, ANDER = "98765432", "11111111"
A, B, UREN = (
    Regel("2A", "02", "022A2", "82", 1),
    Regel("3B", "02", "023B1", "82", 1),
    Regel("HO", "01", "01A04", "04", 8),
)


def besluit(*regels: Regel, **deviations: object) -> Besluit:
    right = Besluit(regels, BEGIN, EIND, AANBIEDER, "3.2", VANDAAG)
    return replace(right, **deviations)  # type: ignore[arg-type]


def is_assigned(nummer: int, regel: Regel, release: Release = "3.2", eind: date | None = EIND) -> Toegewezen:
    return Toegewezen(nummer, regel, BEGIN, eind, AANBIEDER, release, (Stuk(BEGIN, regel.aantal),))


def told(opdrachten: Sequence[Opdracht]) -> list[tuple[object, ...]]:
    return [(one.wat.nummer, one.wat.regel.product_code, one.wat.begin, one.wat.eind, one.reden) for one in opdrachten]


@pytest.mark.parametrize(("days", "number"), [(1, 1), (28, 1), (29, 2), (56, 2), (182, 7), (0, 0)])
def test_a_period_counts_as_soon_as_it_has_begun(days: int, number: int) -> None:
    assert perioden(BEGIN, BEGIN + timedelta(days - 1)) == number


def test_a_first_decision_is_all_new() -> None:
    found = wijzig([], besluit(A, UREN))
    assert told(found) == [(None, "022A2", BEGIN, EIND, None), (None, "01A04", BEGIN, EIND, None)]
    assert [(one.wat.volume, one.wat.frequentie) for one in found] == [(7, "6"), (56, "6")]
    old = wijzig([], besluit(A, UREN, release="2.4"))
    assert [(one.wat.volume, one.wat.frequentie) for one in old] == [(1, "3"), (8, "3")]


@pytest.mark.parametrize(("eind", "reden"), [(EIND + 28 * DAG, "04"), (EIND - 28 * DAG, "05"), (EIND, None)])
@pytest.mark.parametrize("release", ["2.4", "3.2"])
def test_another_last_day_keeps_the_number(release: Release, eind: date, reden: str | None) -> None:
    found = wijzig([is_assigned(7, A, release)], besluit(A, eind=eind, release=release))
    assert told(found) == ([(7, "022A2", BEGIN, eind, reden)] if reden else [])


def test_another_amount_keeps_the_number_in_3_2_and_not_in_2_4() -> None:
    more, halfway = replace(UREN, aantal=12), BEGIN + 84 * DAG
    [total] = wijzig([is_assigned(7, UREN)], besluit(more, begin=halfway))
    assert (total.wat.nummer, total.reden) == (7, "14")
    # Three periods of eight hours, and four of twelve: the last has begun.
    assert total.wat.volume == 3 * 8 + 4 * 12
    asked = wijzig([is_assigned(7, UREN)], besluit(more, begin=halfway, door_aanbieder=True))
    assert asked[0].reden == "12"
    old = wijzig([is_assigned(7, UREN, "2.4")], besluit(more, begin=halfway, release="2.4"))
    assert told(old) == [(7, "01A04", BEGIN, halfway - DAG, "05"), (None, "01A04", halfway, EIND, None)]


def test_what_is_left_out_ends_the_day_before_or_is_deleted() -> None:
    assert told(wijzig([is_assigned(7, A)], besluit(B, begin=BEGIN + DAG)))[0] == (7, "022A2", BEGIN, BEGIN, "05")
    assert told(wijzig([is_assigned(7, A)], besluit(B)))[0] == (7, "022A2", BEGIN, BEGIN, "13")


def test_another_aanbieder_gets_numbers_of_his_own() -> None:
    found = wijzig([is_assigned(7, A)], besluit(A, begin=BEGIN + 7 * DAG, aanbieder=ANDER))
    assert [(one.wat.aanbieder, one.wat.nummer, one.reden) for one in found] == [
        (AANBIEDER, 7, "09"), (ANDER, None, None),
    ]  # fmt: skip


def test_what_has_passed_is_left_alone() -> None:
    gone = is_assigned(7, A, eind=BEGIN + 27 * DAG)
    found = wijzig([gone], besluit(A, begin=BEGIN + 28 * DAG, vandaag=BEGIN + 30 * DAG))
    assert told(found) == [(None, "022A2", BEGIN + 28 * DAG, EIND, None)]


REGELS = st.lists(st.sampled_from([A, B, UREN, replace(UREN, aantal=12)]), unique_by=lambda one: one.product_code)
DAYS = st.integers(0, 400).map(lambda days: BEGIN + timedelta(days))


@st.composite
def decisions(draw: st.DrawFn) -> list[Besluit]:
    release: Release = draw(st.sampled_from(["2.4", "3.2"]))
    found = []
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(DAYS)
        eind = begin + timedelta(draw(st.integers(0, 400)))
        aanbieder = draw(st.sampled_from([AANBIEDER, ANDER]))
        found.append(besluit(*draw(REGELS), begin=begin, eind=eind, aanbieder=aanbieder, release=release))
    return found


@given(decisions())
def test_from_its_first_day_on_exactly_what_was_decided_last_is_assigned(besluiten: list[Besluit]) -> None:
    known: dict[int, Toegewezen] = {}
    number = 0
    for one in besluiten:
        for opdracht in wijzig(known.values(), one):
            wat = opdracht.wat
            if wat.nummer is None:
                number += 1
                wat = replace(wat, nummer=number)
                assert opdracht.reden is None
            else:
                before = known[wat.nummer]
                # What a number denotes never changes (TR332), and a change has a reason (IV099).
                assert (before.begin, before.regel.product_code, before.aanbieder) == (
                    wat.begin, wat.regel.product_code, wat.aanbieder,
                )  # fmt: skip
                assert opdracht.reden is not None
            if opdracht.blijft:
                known[wat.nummer or 0] = from_data(as_data(wat))
            else:
                del known[wat.nummer or 0]
        later = [wat for wat in known.values() if wat.eind is None or wat.eind >= one.begin]
        assert {(wat.aanbieder, wat.regel.product_code, wat.eind, wat.stukken[-1].aantal) for wat in later} == {
            (one.aanbieder, regel.product_code, one.eind, regel.aantal) for regel in one.regels
        }
        assert len(later) == len(one.regels)
        assert all(wat.volume > 0 for wat in known.values())
