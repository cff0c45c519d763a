"""The signals on WMO301 and WMO315: what they see, and what they let pass."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.toewijzing.domain.bezetting import Bezetting
from services.toewijzing.domain.levering import find_stapeling
from services.toewijzing.domain.signaal import ClientFeiten
from services.toewijzing.domain.toewijzing import Toewijzingsbericht
from services.toewijzing.rules.signalen import AANGEVRAAGD_SIGNALEN, CLIENT_301_SIGNALEN, MOST_SHOWN
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.regels import Melding
from shared.iwmo.waarden import Periode, Product
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, NUMMER
from tests.toewijzing.bouw import CLIENT, PLEK, a_client, a_levering, a_product, a_toewijzing, an_aangevraagd_product

DAG = date(2025, 4, 10)
ANDER = NUMMER + 1


def signalen_301(*bekend: Toewijzing) -> list[Melding]:
    """On a message that holds NUMMER alone, of DAG."""
    bericht = Toewijzingsbericht(GEMEENTE, AANBIEDER, a_client(), (a_product(),))
    return CLIENT_301_SIGNALEN.judge(bericht, ClientFeiten(DAG, bekend), "3.2", CLIENT)


@pytest.mark.parametrize(
    "deviations",
    [
        {"nummer": NUMMER},
        {"periode": Periode(date(2025, 3, 1), date(2025, 4, 9))},
        {"periode": Periode(date(2025, 5, 1), date(2025, 5, 1)), "reden_wijziging": "13"},
        {"moment": datetime(2025, 4, 11, 0, 0)},  # noqa: DTZ001 - Dutch wall-clock time
    ],
    ids=["it is there", "over", "withdrawn", "decided later"],
)
def test_op087_accepts_a_message_without_what_is_not_current(deviations: dict[str, Any]) -> None:
    assert signalen_301(a_toewijzing(**{"nummer": ANDER, **deviations})) == []


@pytest.mark.parametrize(
    "deviations",
    [
        {"periode": Periode(date(2025, 3, 1), DAG)},
        {"periode": Periode(date(2026, 1, 1))},
        {"moment": datetime(2025, 4, 10, 23, 59)},  # noqa: DTZ001
    ],
    ids=["its last day", "still to begin", "decided that day"],
)
def test_op087_refuses_nothing_but_tells_what_is_current_and_lacks(deviations: dict[str, Any]) -> None:
    missing = a_toewijzing(**{"nummer": ANDER, "bericht_id": "bericht-a", **deviations})

    [signaal] = signalen_301(a_toewijzing(), missing)

    assert (signaal.regel.code, signaal.regel.niveau, signaal.retourcode, signaal.klasse) == ("OP087", 0, "", "Client")
    assert (signaal.afwijking.gevonden, signaal.afwijking.botst_met) == (str(ANDER), "bericht-a")


def test_op087_refuses_to_list_very_many() -> None:
    many = [a_toewijzing(nummer=ANDER + one) for one in range(MOST_SHOWN + 3)]

    [signaal] = signalen_301(*many)

    assert str(signaal.afwijking.gevonden).endswith(f"{ANDER + MOST_SHOWN - 1} en 3 meer")


def signalen_315(*bekend: Toewijzing, **asked: Any) -> list[Melding]:
    """On a request for 01A04 from 7 April."""
    product = replace(an_aangevraagd_product(), levering=a_levering(**asked))
    return AANGEVRAAGD_SIGNALEN.judge(product, Bezetting(bekend), "3.2", PLEK)


@pytest.mark.parametrize(
    "deviations",
    [
        {"product": Product("01", "01A05")},
        {"periode": Periode(date(2025, 9, 1))},
        {"periode": Periode(date(2025, 3, 1), date(2025, 4, 6))},
    ],
    ids=["another product", "afterwards", "before"],
)
def test_op307_accepts_what_is_not_assigned(deviations: dict[str, Any]) -> None:
    assert signalen_315(a_toewijzing(**deviations)) == []


def test_op307_accepts_aids_beside_each_other() -> None:
    aid = Product("11", "11001")

    assert signalen_315(a_toewijzing(product=aid), product=aid) == []


@pytest.mark.parametrize(
    "deviations",
    [{}, {"product": Product("01")}, {"product": Product()}, {"periode": Periode(date(2025, 8, 31))}],
    ids=["the same", "any code", "any product", "its last day"],
)
def test_op307_refuses_nothing_but_tells_what_overlaps(deviations: dict[str, Any]) -> None:
    known = a_toewijzing(**{"bericht_id": "bericht-a", **deviations})

    [signaal] = signalen_315(known)

    assert (signaal.regel.code, signaal.regel.niveau, signaal.retourcode) == ("OP307", 0, "")
    assert signaal.afwijking.botst_met == "bericht-a"
    assert str(NUMMER) in signaal.afwijking.omschrijving


_days = st.integers(0, 12).map(lambda number: date(2025, 3, 1) + timedelta(days=number))
_periods = st.builds(
    lambda begin, length: Periode(begin, begin + timedelta(days=length) if length is not None else None),
    _days,
    st.none() | st.integers(0, 6),
)
_products = st.sampled_from(
    [Product(), Product("01"), Product("01", "A"), Product("01", "B"), Product("02", "A"), Product("11", "A")]
)


@given(st.lists(st.tuples(_products, _periods), max_size=6), _products, _periods)
def test_op307_sees_a_clash_exactly_when_some_pair_would_in_a_message(
    known: list[tuple[Product, Periode]], product: Product, periode: Periode
) -> None:
    bezetting = Bezetting(
        a_toewijzing(nummer=nummer, product=one, periode=when) for nummer, (one, when) in enumerate(known)
    )
    pairs = [find_stapeling(((PLEK, one, when), (CLIENT, product, periode))) for one, when in known]

    clash = bezetting.clash(product, periode)

    assert (clash is not None) == any(pairs)
    assert clash is None or pairs[clash.nummer]
