"""Level 3: the rules on a credit."""

from datetime import date
from typing import Any

import pytest

from shared.iwmo.waarden import Periode
from tests.declaratie.bouw import BERICHT_ID, a_credit, a_prestatie, an_earlier, an_odd_credit, codes, feiten, judge
from tests.toewijzing.bouw import a_toewijzing


def test_tr323_accepts_a_credit_of_a_granted_debit() -> None:
    assert judge(a_credit(), feiten(eerder=an_earlier())) == []


def test_tr323_accepts_a_debit_without_an_earlier_line() -> None:
    assert judge(a_prestatie(), feiten(eerder={})) == []


@pytest.mark.parametrize(
    "known",
    [
        {},
        an_earlier(toegekend=False),
        an_earlier(a_prestatie(credit=True)),
        an_earlier(a_prestatie(referentie="ander")),
    ],
    ids=["unknown", "refused", "a credit itself", "another number"],
)
def test_tr323_refuses_a_credit_without_a_granted_debit(known: Any) -> None:
    assert codes(judge(a_credit(), feiten(eerder=known))) == [("TR323", "8017")]


def test_tr323_refuses_a_credit_without_a_number_of_an_earlier_line() -> None:
    assert codes(judge(a_credit(vorige_referentie=None), feiten(eerder=an_earlier()))) == [("TR323", "8017")]


def test_tr323_refuses_a_credit_of_a_debit_at_another_gemeente() -> None:
    assert codes(judge(a_credit(), feiten(eerder=an_earlier(gemeente="0344")))) == [("TR323", "8017")]


@pytest.mark.parametrize(
    "deviation",
    [
        {"client": "client-b"},
        {"nummer": 1},
        {"categorie": "02"},
        {"code": "01A05"},
        {"periode": Periode(date(2025, 3, 2), date(2025, 3, 31))},
        {"periode": Periode(date(2025, 3, 1), date(2025, 3, 30))},
        {"volume": 12},
        {"eenheid": "14"},
        {"tarief": None},
        {"tarief": 3101},
        {"bedrag": 40299},
    ],
    ids=str,
)
def test_tr323_refuses_a_credit_that_differs_from_its_debit(deviation: dict[str, Any]) -> None:
    # The debit had the deviation, so that the credit itself is right in all else.
    known = feiten(eerder=an_earlier(a_prestatie(**deviation)))

    [melding] = judge(a_credit(), known)

    assert (codes([melding]), melding.afwijking.botst_met) == ([("TR323", "8017")], BERICHT_ID)


def test_tr390_accepts_a_first_credit() -> None:
    assert judge(a_credit(), feiten(eerder=an_earlier(), gecrediteerd=["ander"])) == []


def test_tr390_refuses_a_second_credit() -> None:
    assert codes(judge(a_credit(), feiten(eerder=an_earlier(), gecrediteerd=["R1"]))) == [("TR390", "9390")]


def test_a_credit_is_tried_by_no_rule_of_a_debit() -> None:
    """Its toewijzing may have been withdrawn or shortened since."""
    credit, known = an_odd_credit()
    withdrawn = a_toewijzing(periode=Periode(date(2025, 3, 1), date(2025, 3, 1)), reden_wijziging="13", budget=0)

    assert judge(credit, known) == []
    assert judge(a_credit(), feiten(eerder=an_earlier(), toewijzingen=[withdrawn])) == []
