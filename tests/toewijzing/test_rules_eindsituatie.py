"""Products that overlap in the situation that a WMO317 asks for."""

import time
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.toewijzing.domain.verzoek import OngewijzigdProduct, TeWijzigenProduct, gewenste_situatie
from services.toewijzing.rules.verzoek import VERZOEK_REGELS
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.regels import Melding, Plek
from shared.iwmo.waarden import Periode, Product
from tests.toewijzing.bouw import VERZOEK, a_levering, a_nieuw_product, a_toewijzing, a_verzoek, verzoek_feiten
from tests.toewijzing.test_rules_stapeling import clash

A04, A05, CAT01, CAT02, GENERIEK = (
    Product("01", "01A04"),
    Product("01", "01A05"),
    Product("01"),
    Product("02"),
    Product(),
)
HULP = Product("11", "11A01")
MEI, JUNI = Periode(date(2025, 5, 1), date(2025, 5, 31)), Periode(date(2025, 6, 1), date(2025, 6, 30))
VANAF_MEI = Periode(MEI.begin)
STAYS: Plek = (*VERZOEK, ("OngewijzigdeProducten", 0), ("OngewijzigdProduct", 1))
CHANGES: Plek = (*VERZOEK, ("TeWijzigenProducten", 0), ("TeWijzigenProduct", 1))
NEW: Plek = (*VERZOEK, ("NieuweProducten", 0), ("NieuwProduct", 1))


def toegewezen(nummer: int, product: Product, periode: Periode) -> Toewijzing:
    return a_toewijzing(nummer=nummer, product=product, periode=periode)


def judge(
    *toewijzingen: Toewijzing,
    stays: tuple[int, ...] = (),
    changes: tuple[tuple[int, Periode], ...] = (),
    new: tuple[tuple[Product, Periode], ...] = (),
) -> list[Melding]:
    """The faults of TR361 in a request: numbers that stay, numbers with the period asked for, and new products."""
    verzoek = a_verzoek(
        ongewijzigd=tuple(
            OngewijzigdProduct((*STAYS[:-1], ("OngewijzigdProduct", number)), nummer)
            for number, nummer in enumerate(stays, start=1)
        ),
        te_wijzigen=tuple(
            TeWijzigenProduct(
                (*CHANGES[:-1], ("TeWijzigenProduct", number)), nummer, a_levering(product=Product(), periode=periode)
            )
            for number, (nummer, periode) in enumerate(changes, start=1)
        ),
        nieuw=tuple(
            a_nieuw_product(number, product=product, periode=periode)
            for number, (product, periode) in enumerate(new, start=1)
        ),
    )
    found = VERZOEK_REGELS.judge(verzoek, verzoek_feiten(*toewijzingen), "3.2", VERZOEK)
    return [one for one in found if one.regel.code == "TR361"]


def test_tr361_accepts_products_apart() -> None:
    mei = toegewezen(1, A04, MEI)

    assert judge(mei, stays=(1,), new=((A04, JUNI), (A05, MEI), (CAT02, VANAF_MEI))) == []
    assert judge(mei, toegewezen(2, A05, MEI), stays=(1, 2)) == []
    assert judge(mei, changes=((1, MEI),), new=((A04, JUNI),)) == []


@pytest.mark.parametrize("product", [HULP, Product("14")], ids=str)
def test_tr361_accepts_aids_beside_anything(product: Product) -> None:
    assert judge(toegewezen(1, product, VANAF_MEI), stays=(1,), new=((product, MEI), (GENERIEK, MEI))) == []


def test_tr361_accepts_a_new_product_where_the_old_one_is_to_end() -> None:
    """What counts is the end asked for, not the end of the toewijzing."""
    oud = toegewezen(1, A04, VANAF_MEI)

    assert judge(oud, changes=((1, MEI),), new=((A04, JUNI),)) == []
    assert len(judge(oud, stays=(1,), new=((A04, JUNI),))) == 1


def test_tr361_accepts_numbers_that_are_unknown_or_not_current() -> None:
    """TR350 and TR351 tell of those."""
    verwijderd = a_toewijzing(nummer=2, product=A04, periode=Periode(MEI.begin, MEI.begin), reden_wijziging="13")
    afgelopen = toegewezen(3, A04, Periode(date(2025, 1, 1), date(2025, 4, 9)))

    assert (
        judge(verwijderd, afgelopen, stays=(1, 2, 3), new=((A04, Periode(date(2025, 4, 5), date(2025, 5, 2))),)) == []
    )


@pytest.mark.parametrize(
    ("product", "new"),
    [
        (A04, (A04, MEI)),
        (A04, (CAT01, Periode(MEI.eind or MEI.begin))),
        (CAT01, (A05, MEI)),
        (GENERIEK, (A04, MEI)),
        (CAT02, (GENERIEK, MEI)),
    ],
    ids=str,
)
def test_tr361_refuses_a_new_product_over_one_that_stays(product: Product, new: tuple[Product, Periode]) -> None:
    [melding] = judge(toegewezen(1, product, MEI), stays=(1,), new=(new,))

    assert (melding.regel.code, melding.retourcode, melding.klasse) == ("TR361", "9361", "Verzoek")
    assert melding.afwijking.botst_met_plek == NEW
    assert melding.afwijking.gevonden == f"{new[0]}, {new[1]}"
    assert f"{product}, {MEI}" in melding.afwijking.omschrijving


def test_tr361_refuses_a_change_that_goes_on_over_another_product() -> None:
    """The first day is that of the toewijzing, whenever the change is to begin."""
    mei = toegewezen(1, A04, MEI)

    for later in (JUNI, VANAF_MEI, Periode(JUNI.begin)):
        [melding] = judge(mei, changes=((1, later),), new=((A04, JUNI),))
        assert melding.afwijking.botst_met_plek == NEW
    [melding] = judge(toegewezen(1, A04, VANAF_MEI), changes=((1, JUNI),), new=((A04, MEI),))
    assert melding.afwijking.botst_met_plek == NEW
    assert judge(toegewezen(1, A04, JUNI), changes=((1, JUNI),), new=((A04, MEI),)) == []


def test_tr361_refuses_a_number_that_is_both_to_stay_and_to_change() -> None:
    [melding] = judge(toegewezen(1, A04, MEI), stays=(1,), changes=((1, MEI),))

    assert melding.afwijking.botst_met_plek == CHANGES


def test_tr361_refuses_toewijzingen_that_overlap_as_they_are() -> None:
    [melding] = judge(toegewezen(1, A04, MEI), toegewezen(2, CAT01, VANAF_MEI), stays=(1, 2))

    assert melding.afwijking.botst_met_plek == (*STAYS[:-1], ("OngewijzigdProduct", 2))


PRODUCTS = st.sampled_from([A04, A05, CAT01, CAT02, GENERIEK, HULP])
DAYS = st.integers(0, 12)
Span = tuple[int, int | None]
SPANS = st.tuples(DAYS, st.none() | st.integers(0, 6))
EERSTE = date(2025, 5, 1)


def periode(span: Span) -> Periode:
    begin, days = span
    return Periode(EERSTE + timedelta(begin), None if days is None else EERSTE + timedelta(begin + days))


@given(
    st.lists(st.tuples(PRODUCTS, SPANS), max_size=3),
    st.lists(st.tuples(PRODUCTS, SPANS, SPANS), max_size=3),
    st.lists(st.tuples(PRODUCTS, SPANS), max_size=2),
)
def test_tr361_refuses_exactly_when_some_pair_clashes(
    stay: list[tuple[Product, Span]],
    change: list[tuple[Product, Span, Span]],
    new: list[tuple[Product, Span]],
) -> None:
    staying = [toegewezen(nummer, product, periode(span)) for nummer, (product, span) in enumerate(stay, start=1)]
    changing = [toegewezen(nummer, product, periode(was)) for nummer, (product, was, _) in enumerate(change, start=10)]
    wanted = [
        *((one.product, one.periode) for one in staying),
        *(
            (one.product, Periode(one.periode.begin, periode(becomes).eind))
            for one, (_, _, becomes) in zip(changing, change, strict=True)
        ),
        *((product, periode(span)) for product, span in new),
    ]
    wanted = [(product, span) for product, span in wanted if span.eind is None or span.eind >= span.begin]

    found = judge(
        *staying,
        *changing,
        stays=tuple(one.nummer for one in staying),
        changes=tuple((one.nummer, periode(becomes)) for one, (_, _, becomes) in zip(changing, change, strict=True)),
        new=tuple((product, periode(span)) for product, span in new),
    )

    assert bool(found) == any(clash(one, other) for one, other in combinations(wanted, 2))


def test_the_situation_asked_for_has_each_product_at_its_place() -> None:
    verzoek = a_verzoek(
        ongewijzigd=(OngewijzigdProduct(STAYS, 1),),
        te_wijzigen=(TeWijzigenProduct(CHANGES, 2, a_levering(product=Product(), periode=JUNI)),),
        nieuw=(a_nieuw_product(product=A05, periode=JUNI),),
    )
    known = {1: toegewezen(1, A04, MEI), 2: toegewezen(2, CAT02, MEI)}

    assert list(gewenste_situatie(verzoek, known)) == [
        (STAYS, A04, MEI),
        (CHANGES, CAT02, Periode(MEI.begin, JUNI.eind)),
        (NEW, A05, JUNI),
    ]


def test_tr361_on_very_many_products_takes_little_time() -> None:
    known = [toegewezen(nummer, Product("01", f"{nummer:05}"), VANAF_MEI) for nummer in range(1, 20_001)]
    since = time.process_time()  # what it takes of the processor, whatever else that does

    assert judge(*known, stays=tuple(one.nummer for one in known)) == []

    assert time.process_time() - since < 5
