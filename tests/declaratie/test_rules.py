"""Level 3 and 4: the rules on a line, on the declaration and on its clients."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from services.declaratie.domain import Prestatie
from services.declaratie.rules import CLIENT_REGELS, DECLARATIE_REGELS
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.waarden import Periode, Product
from tests.declaratie.bouw import (
    BERICHT_ID,
    a_client,
    a_credit,
    a_declaratie,
    a_prestatie,
    a_tarief,
    an_earlier,
    an_odd_credit,
    codes,
    feiten,
    judge,
)
from tests.toewijzing.bouw import a_toewijzing


def begins(day: date) -> Prestatie:
    return a_prestatie(periode=Periode(day, date(2025, 3, 31)))


def ends(day: date) -> Prestatie:
    return a_prestatie(periode=Periode(date(2025, 3, 1), day))


def test_a_right_line_breaks_no_rule() -> None:
    assert judge(a_prestatie()) == []


def test_tr314_accepts_a_new_number() -> None:
    assert judge(a_prestatie(), feiten(eerder=an_earlier(a_prestatie(referentie="ander")))) == []


@pytest.mark.parametrize("toegekend", [True, False], ids=["granted", "refused"])
def test_tr314_refuses_a_number_of_an_earlier_line(toegekend: bool) -> None:
    [melding] = judge(a_prestatie(), feiten(eerder=an_earlier(toegekend=toegekend)))

    assert (codes([melding]), melding.afwijking.botst_met) == ([("TR314", "8021")], BERICHT_ID)


def test_tr314_refuses_a_number_used_twice_in_the_message() -> None:
    assert codes(judge(a_prestatie(), feiten(dubbel=["R1"]))) == [("TR314", "8021")]


def test_tr314_refuses_a_credit_with_a_number_used_before() -> None:
    known = an_earlier() | an_earlier(a_prestatie(referentie="C1"))

    assert codes(judge(a_credit(), feiten(eerder=known))) == [("TR314", "8021")]


def test_tr338_accepts_a_toewijzing_of_this_client_at_this_aanbieder() -> None:
    assert judge(a_prestatie(), feiten(toewijzingen=[a_toewijzing()])) == []


@pytest.mark.parametrize("deviation", [{"nummer": 1}, {"aanbieder": "12345678"}, {"client": "client-b"}], ids=str)
def test_tr338_refuses_any_other_toewijzing(deviation: dict[str, Any]) -> None:
    [melding] = judge(a_prestatie(), feiten(toewijzingen=[a_toewijzing(**deviation)]))

    assert codes([melding]) == [("TR338", "9338")]
    assert melding.vreemd
    assert "client-" not in str(melding.as_json())


def test_tr338_refuses_a_credit_too() -> None:
    assert codes(judge(a_credit(), feiten(toewijzingen=[], eerder=an_earlier()))) == [("TR338", "9338")]


@pytest.mark.parametrize("day", [date(2025, 3, 1), date(2025, 3, 2)])
def test_tr307_accepts_a_period_from_the_first_day_on(day: date) -> None:
    assert judge(begins(day)) == []


def test_tr307_accepts_any_period_of_a_credit() -> None:
    assert judge(*an_odd_credit()) == []


@pytest.mark.parametrize("day", [date(2025, 2, 28), date(2025, 2, 1)])
def test_tr307_refuses_a_period_that_begins_before_the_toewijzing(day: date) -> None:
    [melding] = judge(begins(day))

    assert codes([melding]) == [("TR307", "9307")]
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == (day.isoformat(), "vanaf 2025-03-01")


@pytest.mark.parametrize("day", [date(2025, 8, 30), date(2025, 8, 31)])
def test_tr308_accepts_a_period_up_to_the_last_day(day: date) -> None:
    assert judge(ends(day)) == []


def test_tr308_accepts_any_period_of_a_toewijzing_without_end() -> None:
    endless = a_toewijzing(periode=Periode(date(2025, 3, 1), None))

    assert judge(ends(date(2099, 12, 31)), feiten(toewijzingen=[endless])) == []


def test_tr308_accepts_any_period_of_a_credit() -> None:
    assert judge(*an_odd_credit()) == []


@pytest.mark.parametrize("day", [date(2025, 9, 1), date(2026, 1, 1)])
def test_tr308_refuses_a_period_that_ends_after_the_toewijzing(day: date) -> None:
    [melding] = judge(ends(day))

    assert codes([melding]) == [("TR308", "9308")]
    assert melding.afwijking.verwacht == "tot en met 2025-08-31"


@pytest.mark.parametrize("product", [Product("01", "01A04"), Product("01"), Product()], ids=str)
def test_tr339_accepts_the_categorie_of_the_toewijzing(product: Product) -> None:
    assert judge(a_prestatie(), feiten(toewijzingen=[a_toewijzing(product=product)])) == []


def test_tr339_accepts_any_categorie_of_a_credit_and_of_a_generic_toewijzing() -> None:
    generic = feiten(toewijzingen=[a_toewijzing(product=Product())])

    assert judge(*an_odd_credit()) == []
    assert judge(a_prestatie(categorie="15"), generic) == []


def test_tr339_refuses_another_categorie() -> None:
    assert codes(judge(a_prestatie(categorie="02"))) == [("TR339", "9339")]


def test_tr340_accepts_any_code_under_a_toewijzing_without_one() -> None:
    aspecific = feiten(toewijzingen=[a_toewijzing(product=Product("01"))], tarieven=[a_tarief(product_code="01A99")])

    assert judge(a_prestatie(code="01A99"), aspecific) == []


def test_tr340_refuses_another_code() -> None:
    other = feiten(tarieven=[a_tarief(product_code="01A05")])

    assert codes(judge(a_prestatie(code="01A05"), other)) == [("TR340", "9340")]


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


@pytest.mark.parametrize("release", RELEASES)
def test_tr333_accepts_a_new_number(release: Release) -> None:
    declaratie = a_declaratie()

    assert DECLARATIE_REGELS.judge(declaratie, feiten(), release, declaratie.plek) == []


@pytest.mark.parametrize("release", RELEASES)
def test_tr333_refuses_a_number_of_an_earlier_declaration(release: Release) -> None:
    declaratie = a_declaratie()

    [melding] = DECLARATIE_REGELS.judge(declaratie, feiten(eerdere_declaratie="x"), release, declaratie.plek)

    assert (melding.retourcode, melding.afwijking.botst_met) == ("9333", "x")
    assert not melding.vreemd


@pytest.mark.parametrize("release", RELEASES)
def test_tr304_accepts_a_client_with_a_toewijzing(release: Release) -> None:
    assert CLIENT_REGELS.judge(a_client(), feiten(), release, a_client().plek) == []


@pytest.mark.parametrize("release", RELEASES)
def test_tr304_refuses_a_client_without_any_toewijzing(release: Release) -> None:
    [melding] = CLIENT_REGELS.judge(a_client(), feiten(clienten=["client-b"]), release, a_client().plek)

    assert codes([melding]) == [("TR304", "8187")]
    assert melding.vreemd
    assert "client-" not in str(melding.as_json())


def test_the_lines_of_a_declaration_come_in_the_order_of_the_message() -> None:
    lines = [a_prestatie(plaats=n, referentie=f"R{n}") for n in range(1, 4)]

    found = [line.plek for line in a_declaratie(*lines).prestaties]

    assert all(before < after for before, after in pairwise(found))
