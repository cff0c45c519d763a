"""Stopping temporarily and for good, the categorie of a product, and what a refusal tells to put it right."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.startstop.domain import Administratie, Herkomst, StartProduct, StopProduct
from services.startstop.rules import STOPPRODUCT_SIGNALEN
from shared.iwmo.regels import Herstel, Melding
from shared.iwmo.waarden import Periode, Product
from tests.startstop.bouw import (
    EERDER,
    EIND,
    INSPANNING,
    a_start,
    a_startproduct,
    a_stop,
    a_stopproduct,
    codes,
    feiten,
    judge,
)
from tests.toewijzing.bouw import a_toewijzing

OTHER = Product("01", "01A05")
LATER = a_start(begindatum=date(2025, 5, 1))
TEMPORARY = a_stop(reden="20")
DEFINITIVE = a_stop(reden="19")
DAY_BEFORE, DAY_AFTER = date(2025, 3, 30), date(2025, 4, 1)
both = pytest.mark.parametrize("product", [a_startproduct(), a_stopproduct()], ids=type)


def on_known(product: StartProduct | StopProduct, **known: Any) -> list[Melding]:
    """The meldingen of a product whose start is there if it is a stop."""
    return judge(product, feiten([a_start()] if isinstance(product, StopProduct) else [], **known))


@both
def test_tr381_accepts_a_code_under_its_categorie(product: StartProduct | StopProduct) -> None:
    assert on_known(product) == []


@both
def test_tr381_accepts_what_it_cannot_know(product: StartProduct | StopProduct) -> None:
    """No list of this gemeente, and none of the country (01A04 is on that of 2.4, under 01)."""
    assert on_known(product, bekend=False) == []


@pytest.mark.parametrize("product", [Product("09"), Product()], ids=str)
def test_tr381_accepts_a_product_without_code(product: Product) -> None:
    assert judge(a_startproduct(a_start(product=product)), feiten()) == []


def test_tr381_accepts_a_deletion() -> None:
    wrong = a_start(product=Product("02", "01A04"))

    assert judge(a_startproduct(wrong, status="3"), feiten([wrong])) == []
    assert judge(a_stopproduct(a_stop(wrong), status="3"), feiten([wrong], [a_stop(wrong)])) == []


@both
def test_tr381_refuses_a_code_of_another_categorie(product: StartProduct | StopProduct) -> None:
    [melding] = on_known(product, tarieven=[replace(INSPANNING, categorie="02")])

    assert codes([melding]) == [("TR381", "S329")]
    assert melding.vreemd, "the list comes from another service, so the refusal waits for it"
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == ("01/01A04", "02/01A04")


@pytest.mark.parametrize("known", [[], [a_start()]], ids=["new", "known under the wrong one"])
def test_tr381_refuses_and_tells_the_categorie_under_which_nothing_else_is_wrong(known: list[Any]) -> None:
    """A stop has the categorie of its start: with another it would be on no start at all."""
    right = [replace(INSPANNING, categorie="02")]
    there = a_start(product=Product("02", "01A04"))
    change = (Herstel("Product/Categorie", "02"),)

    def told(product: StartProduct | StopProduct, starts: list[Any]) -> tuple[Herstel, ...]:
        found = judge(product, feiten(starts, tarieven=right))
        return next(one.afwijking.herstel for one in found if one.regel.code == "TR381")

    assert told(a_stopproduct(), known) == ()
    assert told(a_stopproduct(), [*known, there]) == change
    assert told(a_startproduct(), known) == change
    assert told(a_startproduct(), [*known, there]) == ()


def test_tr381_refuses_without_saying_how_to_mend_it_when_there_are_two_ways() -> None:
    tarieven = [replace(INSPANNING, categorie=one) for one in ("03", "02")]

    [melding] = judge(a_startproduct(), feiten(tarieven=tarieven))

    assert (melding.afwijking.verwacht, melding.afwijking.herstel) == ("02/01A04, 03/01A04", ())


def test_tr381_refuses_a_stop_by_the_list_of_its_own_period() -> None:
    """A contract that begins the day after the care ended is not that of the care."""
    tarieven = [
        replace(INSPANNING, categorie="02", periode=Periode(date(2025, 1, 1), EIND)),
        replace(INSPANNING, periode=Periode(DAY_AFTER)),
    ]

    assert codes(judge(a_stopproduct(), feiten([a_start()], tarieven=tarieven))) == [("TR381", "S329")]
    assert judge(a_stopproduct(a_stop(einddatum=DAY_AFTER)), feiten([a_start()], tarieven=tarieven)) == []


@pytest.mark.parametrize("known", [a_stop(LATER, "20"), a_stop(a_start(nummer=1), "20")], ids=str)
def test_tr413_accepts_a_temporary_stop_beside_one_elsewhere(known: Any) -> None:
    assert judge(a_stopproduct(TEMPORARY), feiten([a_start(), known.start], [known])) == []


@pytest.mark.parametrize("eind", [EIND, DAY_AFTER])
def test_tr413_accepts_a_definitive_stop_after_a_temporary_one(eind: date) -> None:
    assert judge(a_stopproduct(a_stop(reden="19", einddatum=eind)), feiten([a_start()], [TEMPORARY])) == []


def test_tr413_refuses_a_second_temporary_stop() -> None:
    second = a_stop(reden="20", einddatum=DAY_AFTER)

    [melding] = judge(a_stopproduct(second), feiten([a_start()], [TEMPORARY]))

    assert codes([melding]) == [("TR413", "9413")]
    assert (melding.afwijking.botst_met, melding.afwijking.herstel) == (EERDER, ())


def test_tr413_refuses_one_of_another_product_of_the_toewijzing_on_that_day() -> None:
    """It is compared without Product, by the letter of the rule."""
    other = a_start(product=OTHER)
    tarieven = [INSPANNING, replace(INSPANNING, product_code="01A05")]

    [melding] = judge(a_stopproduct(TEMPORARY), feiten([a_start(), other], [a_stop(other, "20")], tarieven=tarieven))

    assert codes([melding]) == [("TR413", "9413")]


def test_tr413_accepts_one_of_another_product_where_there_is_no_number() -> None:
    one, other = a_start(nummer=None), a_start(nummer=None, product=OTHER)

    assert judge(a_stopproduct(a_stop(one, "20")), feiten([one, other], [a_stop(other, "20")], bekend=False)) == []


@pytest.mark.parametrize("eind", [EIND, DAY_AFTER])
def test_tr414_accepts_an_end_on_the_same_day_or_later(eind: date) -> None:
    assert judge(a_stopproduct(a_stop(einddatum=eind)), feiten([a_start()], [TEMPORARY])) == []


def test_tr414_refuses_an_end_before_that_of_the_temporary_stop() -> None:
    [melding] = judge(a_stopproduct(a_stop(einddatum=DAY_BEFORE)), feiten([a_start()], [TEMPORARY]))

    assert codes([melding]) == [("TR414", "9414")]
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == ("2025-03-30", "vanaf 2025-03-31")
    assert (melding.afwijking.botst_met, melding.afwijking.herstel) == (EERDER, ())


def test_tr415_accepts_a_stop_on_a_start_after_the_definitive_one() -> None:
    assert judge(a_stopproduct(a_stop(LATER)), feiten([a_start(), LATER], [DEFINITIVE])) == []


def test_tr415_accepts_a_stop_after_the_definitive_one_was_taken_back() -> None:
    known = feiten([a_start()], [DEFINITIVE])
    known.administratie.apply(a_stopproduct(DEFINITIVE, status="3"))

    assert judge(a_stopproduct(a_stop(einddatum=DAY_BEFORE)), known) == []


@pytest.mark.parametrize("reden", ["20", "31"])
def test_tr415_refuses_any_stop_after_a_definitive_one(reden: str) -> None:
    [melding] = judge(a_stopproduct(a_stop(reden=reden)), feiten([a_start()], [DEFINITIVE]))

    assert codes([melding]) == [("TR415", "9415")]
    assert melding.afwijking.botst_met == EERDER


def test_only_tr063_and_tr071_hold_for_what_is_taken_back() -> None:
    stops = [TEMPORARY, DEFINITIVE]
    contract = replace(INSPANNING, categorie="02")
    known = feiten([a_start(), LATER], stops, toewijzingen=[], tarieven=[contract])

    assert [judge(a_stopproduct(stop, status="3"), known) for stop in stops] == [[], []]
    assert judge(a_startproduct(LATER, status="3"), known) == []


def signs(stop: Any, administratie: Administratie, status: str = "1") -> list[Melding]:
    known = replace(feiten(), administratie=administratie)
    product = a_stopproduct(stop, status)
    return STOPPRODUCT_SIGNALEN.judge(product, known, "3.2", product.plek)


OLD_AND_NEW = Administratie({a_start(): Herkomst("een"), LATER: Herkomst("twee")})


def test_op155_accepts_a_stop_on_the_start_that_was_reported_last() -> None:
    earlier = a_start(begindatum=date(2025, 1, 1))
    other = a_start(product=OTHER)

    assert signs(a_stop(LATER), OLD_AND_NEW) == []
    assert signs(a_stop(earlier), Administratie({a_start(): Herkomst(), earlier: Herkomst()})) == []
    assert signs(a_stop(), Administratie({a_start(): Herkomst(), other: Herkomst()})) == []
    assert signs(a_stop(), OLD_AND_NEW, status="3") == []


def test_op155_refuses_nothing_but_tells_of_a_stop_on_an_older_start() -> None:
    [melding] = signs(a_stop(), OLD_AND_NEW)

    assert (melding.regel.niveau, melding.retourcode) == (0, "")
    assert melding.as_json() == {
        "regel": "OP155",
        "klasse": "StopProduct",
        "locatie": "/Bericht/Client/StopProducten/StopProduct[1]",
        "omschrijving": "De stop verwijst niet naar de laatst gemelde start van deze levering",
        "gevonden": "2025-03-03",
        "verwacht": "2025-05-01",
        "botstMet": "twee",
    }


@pytest.mark.parametrize(
    ("product", "starts", "stops"),
    [
        (a_startproduct(status="3"), [a_start()], [a_stop()]),
        (a_startproduct(), [a_start()], [a_stop()]),
        (a_startproduct(LATER), [a_start()], []),
    ],
    ids=["TR071", "TR074", "TR326"],
)
def test_a_refused_start_names_the_earlier_message(product: Any, starts: list[Any], stops: list[Any]) -> None:
    [melding] = judge(product, feiten(starts, stops))

    assert melding.as_json()["botstMet"] == EERDER


def test_a_clash_within_the_message_names_its_place() -> None:
    known = feiten()
    known.administratie.apply(a_startproduct(nummer=1))

    [melding] = judge(a_startproduct(LATER, nummer=2), known)

    assert melding.as_json()["botstMetLocatie"] == "/Bericht/Client/StartProducten/StartProduct[1]"
    assert "botstMet" not in melding.as_json()


def test_tr019_names_the_message_that_withdrew_the_toewijzing_but_not_that_of_another() -> None:
    one_day = Periode(date(2025, 3, 1), date(2025, 3, 1))
    withdrawn = a_toewijzing(periode=one_day, reden_wijziging="13", bericht_id=EERDER)
    of_another = a_toewijzing(client="client-b", bericht_id=EERDER)

    told = [judge(a_startproduct(), feiten(toewijzingen=[one]))[0].as_json() for one in (withdrawn, of_another)]

    assert [one.get("botstMet") for one in told] == [EERDER, None]


MOVED = (Herstel("Begindatum", "2025-05-01"),)
MENDED: list[tuple[list[Any], list[Any], tuple[Herstel, ...]]] = [
    ([LATER], [], MOVED),
    ([LATER, a_start(begindatum=date(2025, 4, 1))], [], ()),
    ([LATER, a_start(begindatum=date(2025, 4, 1))], [a_stop(a_start(begindatum=date(2025, 4, 1)))], MOVED),
    ([LATER], [a_stop(LATER, "20", date(2025, 6, 30))], MOVED),
    ([LATER], [a_stop(LATER, "20", date(2025, 7, 1))], ()),
    ([a_start(begindatum=date(2025, 7, 1))], [], ()),
    ([a_start(nummer=1, begindatum=LATER.begindatum)], [], ()),
    ([replace(LATER, product=OTHER)], [], ()),
]


@pytest.mark.parametrize(("starts", "stops", "herstel"), MENDED)
def test_tr382_refuses_and_tells_the_begindatum_when_one_start_only_can_be_meant(
    starts: list[Any], stops: list[Any], herstel: tuple[Herstel, ...]
) -> None:
    product = a_stopproduct(a_stop(einddatum=date(2025, 6, 30)))

    [melding] = judge(product, feiten(starts, stops))

    assert melding.afwijking.herstel == herstel
    if herstel:
        moved = replace(product, stop=replace(product.stop, start=LATER))
        assert judge(moved, feiten(starts, stops)) == []
