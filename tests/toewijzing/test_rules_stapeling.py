"""Products of one message that overlap in time."""

import time
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.toewijzing.domain.levering import HULPMIDDELEN, find_stapeling
from services.toewijzing.rules_in_bericht.stapeling import (
    AANGEVRAAGD_STAPELING,
    NIEUW_STAPELING,
    TOEGEWEZEN_STAPELING,
)
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.regels import Plek
from shared.iwmo.waarden import Periode, Product

MAART = Periode(date(2025, 3, 1), date(2025, 3, 31))
EIND_MAART = Periode(date(2025, 3, 31), date(2025, 4, 30))
APRIL = Periode(date(2025, 4, 1), date(2025, 4, 30))
VANAF_MAART = Periode(date(2025, 3, 1))
A04, A05, CAT01 = Product("01", "01A04"), Product("01", "01A05"), Product("01")
B04, CAT02, GENERIEK = Product("02", "01A04"), Product("02"), Product()
HULP, HULP_CODE = Product("11"), Product("11", "11A01")
Item = tuple[Product, Periode]


def plek(number: int) -> Plek:
    return (("Client", 0), ("ToegewezenProducten", 0), ("ToegewezenProduct", number))


def clashes(*items: Item) -> list[tuple[int, int]]:
    """Each product that clashes, with the one it clashes with, by their numbers."""
    found = find_stapeling([(plek(number), *item) for number, item in enumerate(items)])
    return [(one.plek[-1][1], one.met[-1][1]) for one in found if one.met is not None]


APART = [
    [(A04, MAART), (A04, APRIL)],
    [(A04, MAART), (A05, MAART)],
    [(A04, MAART), (B04, MAART)],
    [(A04, MAART), (CAT02, MAART)],
    [(GENERIEK, MAART), (A04, APRIL)],
    [(HULP, MAART), (HULP, MAART)],
    [(HULP_CODE, MAART), (HULP_CODE, VANAF_MAART)],
    [(HULP, MAART), (HULP_CODE, MAART)],
    [(GENERIEK, MAART), (HULP, MAART)],
    [(HULP_CODE, VANAF_MAART), (GENERIEK, VANAF_MAART)],
]
SAMEN = [
    [(A04, MAART), (A04, MAART)],
    [(A04, MAART), (A04, EIND_MAART)],
    [(A04, VANAF_MAART), (A04, APRIL)],
    [(A04, MAART), (CAT01, MAART)],
    [(CAT01, MAART), (CAT01, EIND_MAART)],
    [(GENERIEK, MAART), (A04, EIND_MAART)],
    [(GENERIEK, VANAF_MAART), (CAT02, APRIL)],
    [(GENERIEK, MAART), (GENERIEK, MAART)],
]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("items", APART, ids=str)
def test_tr302_accepts_products_apart(items: list[Item], release: Release) -> None:
    assert clashes(*items) == clashes(*items[::-1]) == []


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("items", SAMEN, ids=str)
def test_tr302_refuses_products_that_overlap(items: list[Item], release: Release) -> None:
    for pair in (items, items[::-1]):
        [stapeling] = find_stapeling([(plek(number), *item) for number, item in enumerate(pair)])

        [melding] = TOEGEWEZEN_STAPELING.judge(stapeling, None, release, stapeling.plek)

        assert (melding.regel.code, melding.retourcode) == ("TR302", "0001")
        assert {melding.locatie, melding.as_json()["botstMetLocatie"]} == {
            "/Bericht/Client/ToegewezenProducten/ToegewezenProduct",
            "/Bericht/Client/ToegewezenProducten/ToegewezenProduct[1]",
        }


@pytest.mark.parametrize("items", APART, ids=str)
def test_tr386_accepts_products_apart(items: list[Item]) -> None:
    assert clashes(*items) == []


@pytest.mark.parametrize("items", SAMEN, ids=str)
def test_tr386_refuses_products_that_overlap(items: list[Item]) -> None:
    [stapeling] = find_stapeling([(plek(number), *item) for number, item in enumerate(items)])

    [melding] = AANGEVRAAGD_STAPELING.judge(stapeling, None, "3.2", stapeling.plek)

    assert (melding.regel.code, melding.retourcode) == ("TR386", "0001")


@pytest.mark.parametrize("items", APART, ids=str)
def test_tr410_accepts_products_apart(items: list[Item]) -> None:
    assert clashes(*items) == []


@pytest.mark.parametrize("items", SAMEN, ids=str)
def test_tr410_refuses_products_that_overlap(items: list[Item]) -> None:
    [stapeling] = find_stapeling([(plek(number), *item) for number, item in enumerate(items)])

    [melding] = NIEUW_STAPELING.judge(stapeling, None, "3.2", stapeling.plek)

    assert (melding.regel.code, melding.retourcode) == ("TR410", "0001")


def overlap(one: Periode, other: Periode) -> bool:
    return (one.eind is None or other.begin <= one.eind) and (other.eind is None or one.begin <= other.eind)


def clash(one: Item, other: Item) -> bool:
    """The condition of TR302 as it stands, on a pair."""
    (first, begin), (second, end) = one, other
    if not overlap(begin, end) or HULPMIDDELEN & {first.categorie, second.categorie}:
        return False
    if first.code and second.code:
        return first == second
    return first.categorie is None or second.categorie is None or first.categorie == second.categorie


PRODUCTS = st.sampled_from([A04, A05, CAT01, B04, CAT02, GENERIEK, HULP, HULP_CODE])
PERIODS = st.builds(
    lambda begin, days: Periode(
        date(2025, 3, 1) + timedelta(begin),
        None if days is None else date(2025, 3, 1) + timedelta(begin + days),
    ),
    st.integers(0, 12),
    st.none() | st.integers(0, 6),
)


@given(st.lists(st.tuples(PRODUCTS, PERIODS), max_size=7))
def test_what_clashes_is_what_some_pair_says(items: list[Item]) -> None:
    """Of each pair that clashes, the one that begins last is told, with one that it really clashes with."""
    found = dict(clashes(*items))

    pairs = [pair for pair in combinations(range(len(items)), 2) if clash(items[pair[0]], items[pair[1]])]
    assert set(found) == {max(pair, key=lambda number: (items[number][1].begin, number)) for pair in pairs}
    assert all(clash(items[one], items[other]) for one, other in found.items())


def test_a_period_that_ends_before_it_begins_clashes_with_nothing() -> None:
    """CS003 tells of it."""
    assert clashes((A04, Periode(date(2025, 3, 10), date(2025, 3, 1))), (A04, MAART)) == []


def test_very_many_products_take_little_time() -> None:
    day = date(2025, 1, 1)
    items = [(plek(n), Product("01", f"{n:05}"), Periode(day, None)) for n in range(50_000)]
    since = time.monotonic()

    assert find_stapeling(items) == []

    assert time.monotonic() - since < 5
