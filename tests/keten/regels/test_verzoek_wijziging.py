"""What a request for a change (WMO317) may not be beside what came before it, each rule from both sides."""

from typing import Any

import pytest

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.kop import dag
from tests.keten.berichten.toewijzing import a_301, lopend_product, toegewezen_product
from tests.keten.berichten.verzoek import OMVANG, a_315, a_317, a_319, nieuw_product, te_wijzigen_product
from tests.keten.contracten import enter
from tests.keten.kring import Kring
from tests.keten.regels.paar import accepts, refuses

OTHER = {"Categorie": "01", "Code": "01A05"}
TOTAAL = {"Volume": 3, "Eenheid": "04", "Frequentie": "6"}


async def assigned(kring: Kring, **afwijking: Any) -> int:
    """A current toewijzing of the client; what is None is left out."""
    nummer = kring.nummer()
    await accepts(kring, a_301(kring, _without_none(lopend_product(kring, nummer, **afwijking))))
    return nummer


@pytest.fixture
async def nummer(kring32: Kring) -> int:
    return await assigned(kring32)


def changed(kring: Kring, nummer: int, begin: str = "03-01", **afwijking: Any) -> Inhoud:
    """From this day; what is None is left out."""
    return _without_none(te_wijzigen_product(kring, nummer, GewensteIngangsdatum=dag(kring, begin), **afwijking))


def _without_none(klasse: Inhoud) -> Inhoud:
    return {naam: value for naam, value in klasse.items() if value is not None}


async def test_tr304_accepts_a_client_who_had_a_toewijzing(kring32: Kring, nummer: int) -> None:
    await accepts(kring32, a_317(kring32, [nummer]))


async def test_tr304_refuses_a_client_who_never_had_one(kring32: Kring, nummer: int) -> None:
    stranger = a_317(kring32, [nummer], Bsn=next(kring32.tellers.bsns))

    await refuses(kring32, stranger, "Client", tr304="8187")


async def test_tr347_accepts_a_reference_of_its_own(kring32: Kring, nummer: int) -> None:
    kring = kring32
    await accepts(kring, a_315(kring, "VOT"))
    await accepts(kring, a_319(kring, "VOT"))

    await accepts(kring, a_317(kring, [nummer], referentie="VOW"))


async def test_tr347_refuses_the_reference_of_a_request_of_the_other_kind(kring32: Kring, nummer: int) -> None:
    kring = kring32
    await accepts(kring, a_315(kring, "VOT"))
    await accepts(kring, a_319(kring, "VOT"))

    await refuses(kring, a_317(kring, [nummer], referentie="VOT"), "Verzoek", tr347="9347")


async def test_tr349_accepts_to_leave_out_what_is_over(kring32: Kring, nummer: int) -> None:
    await accepts(kring32, a_301(kring32, toegewezen_product(kring32, kring32.nummer(), Product=OTHER)))

    await accepts(kring32, a_317(kring32, [nummer]))


async def test_tr349_refuses_to_leave_out_what_is_current(kring32: Kring, nummer: int) -> None:
    await assigned(kring32, Product=OTHER, Ingangsdatum="2098-01-01")

    await refuses(kring32, a_317(kring32, [nummer]), "Verzoek", tr349="9349")


async def test_tr350_accepts_what_is_current(kring32: Kring, nummer: int) -> None:
    later = await assigned(kring32, Product=OTHER, Ingangsdatum="2098-01-01")

    await accepts(kring32, a_317(kring32, [nummer, later]))


async def test_tr350_refuses_what_is_over_or_unknown(kring32: Kring, nummer: int) -> None:
    kring, over = kring32, kring32.nummer()
    await accepts(kring, a_301(kring, toegewezen_product(kring, over, Product=OTHER)))

    refused = await refuses(kring, a_317(kring, [nummer, over, kring.nummer()]), "OngewijzigdProduct", tr350="9350")

    assert len(refused["meldingen"]) == 2


async def test_tr351_accepts_to_change_what_is_current(kring32: Kring, nummer: int) -> None:
    await accepts(kring32, a_317(kring32, [], [nummer]))


async def test_tr351_refuses_to_change_what_is_over_or_unknown(kring32: Kring, nummer: int) -> None:
    kring, over = kring32, kring32.nummer()
    await accepts(kring, a_301(kring, toegewezen_product(kring, over, Product=OTHER)))

    refused = await refuses(kring, a_317(kring, [nummer], [over, kring.nummer()]), "TeWijzigenProduct", tr351="9351")

    assert len(refused["meldingen"]) == 2


@pytest.mark.parametrize("begin", ["03-01", "04-05"], ids=["from the first day", "the day after the request"])
async def test_tr357_accepts_a_change_later_or_from_the_first_day(begin: str, kring32: Kring, nummer: int) -> None:
    await accepts(kring32, a_317(kring32, [], [changed(kring32, nummer, begin)]))


@pytest.mark.parametrize("begin", ["03-02", "04-04"], ids=["a day late", "the day of the request"])
async def test_tr357_refuses_a_change_in_the_past(begin: str, kring32: Kring, nummer: int) -> None:
    await refuses(kring32, a_317(kring32, [], [changed(kring32, nummer, begin)]), "TeWijzigenProduct", tr357="9357")


async def in_a_row(kring: Kring, vanaf: str) -> Any:
    """A toewijzing until the last but one day of 2098, and asked for beside it the same product."""
    nummer = await assigned(kring, Einddatum="2098-12-30")
    new = nieuw_product(kring, Product={"Categorie": "01", "Code": "01A04"}, GewensteIngangsdatum=vanaf)
    return a_317(kring, [nummer], [], [new])


async def test_tr361_accepts_an_equal_product_afterwards(kring32: Kring) -> None:
    await accepts(kring32, await in_a_row(kring32, "2098-12-31"))


async def test_tr361_refuses_an_equal_product_on_its_last_day(kring32: Kring) -> None:
    await refuses(kring32, await in_a_row(kring32, "2098-12-30"), "Verzoek", tr361="9361")


async def test_tr361_accepts_an_equal_product_when_the_other_gets_shorter(kring32: Kring, nummer: int) -> None:
    shorter = changed(kring32, nummer, Einddatum="2098-12-30")
    new = nieuw_product(kring32, Product={"Categorie": "01", "Code": "01A04"}, GewensteIngangsdatum="2098-12-31")

    await accepts(kring32, a_317(kring32, [], [shorter], [new]))


def generic(**afwijking: Any) -> dict[str, Any]:
    """Of a toewijzing without a product."""
    return {"Product": None, "Omvang": None, "Budget": 100_000, **afwijking}


async def test_tr373_accepts_another_budget_from_the_first_day(kring32: Kring) -> None:
    nummer = await assigned(kring32, **generic(Product={"Categorie": "01"}))
    change = changed(kring32, nummer, "03-01", Omvang=None, Budget=200_000)

    await accepts(kring32, a_317(kring32, [], [change], []))


@pytest.mark.parametrize(
    ("toewijzing", "change"),
    [
        (generic(Product={"Categorie": "01"}), {"Omvang": None, "Budget": 200_000}),
        ({"Omvang": TOTAAL}, {"Omvang": {**TOTAAL, "Volume": 4}}),
    ],
    ids=["another budget", "another total"],
)
async def test_tr373_refuses_another_total_from_a_later_day(
    toewijzing: dict[str, Any], change: dict[str, Any], kring32: Kring
) -> None:
    nummer = await assigned(kring32, **toewijzing)

    refused = await refuses(
        kring32,
        a_317(kring32, [], [changed(kring32, nummer, "04-05", **change)], []),
        "TeWijzigenProduct",
        tr373="9373",
    )

    [herstel] = refused["meldingen"][0]["herstel"]
    assert herstel["waarde"] == dag(kring32, "03-01")
    assert herstel["locatie"].endswith("/GewensteIngangsdatum")


async def test_tr374_accepts_a_change_once_the_request_before_is_refused(kring32: Kring, nummer: int) -> None:
    kring = kring32
    await accepts(kring, a_317(kring, [nummer], referentie="VOW"))
    await accepts(kring, a_319(kring, "VOW", "2"))
    await accepts(kring, a_319(kring, "VOW", "1"))

    await accepts(kring, a_317(kring, [nummer]))


async def test_tr374_refuses_a_change_while_a_request_is_investigated(kring32: Kring, nummer: int) -> None:
    kring = kring32
    await accepts(kring, a_317(kring, [nummer], referentie="VOW"))
    await accepts(kring, a_319(kring, "VOW", "2"))

    await refuses(kring, a_317(kring, [nummer]), "Verzoek", tr374="9374")


async def test_tr375_accepts_a_budget_without_product(kring32: Kring) -> None:
    nummer = await assigned(kring32, **generic())
    change = changed(kring32, nummer, Omvang=None, Budget=200_000)

    await accepts(kring32, a_317(kring32, [], [change], []))


async def test_tr375_refuses_an_omvang_without_product(kring32: Kring) -> None:
    """Without a product there is no code either: TR412 says the same."""
    nummer = await assigned(kring32, **generic())
    change = changed(kring32, nummer, Omvang=OMVANG)

    await refuses(kring32, a_317(kring32, [], [change], []), "TeWijzigenProduct", tr375="9375", tr412="9412")


async def test_tr411_accepts_an_omvang_with_code(kring32: Kring, nummer: int) -> None:
    await accepts(kring32, a_317(kring32, [], [changed(kring32, nummer, Omvang=OMVANG)]))


async def test_tr411_refuses_no_omvang_with_code(kring32: Kring, nummer: int) -> None:
    await refuses(
        kring32, a_317(kring32, [], [changed(kring32, nummer, Omvang=None)]), "TeWijzigenProduct", tr411="9411"
    )


async def test_tr412_accepts_a_budget_without_code(kring32: Kring) -> None:
    nummer = await assigned(kring32, **generic(Product={"Categorie": "01"}))

    await accepts(kring32, a_317(kring32, [], [changed(kring32, nummer, Omvang=None, Budget=100_000)], []))


async def test_tr412_refuses_an_omvang_without_code(kring32: Kring) -> None:
    nummer = await assigned(kring32, **generic(Product={"Categorie": "01"}))

    await refuses(
        kring32, a_317(kring32, [], [changed(kring32, nummer, Omvang=OMVANG)], []), "TeWijzigenProduct", tr412="9412"
    )


async def test_tr381_accepts_a_new_product_in_its_category(kring32: Kring, nummer: int) -> None:
    await enter(kring32, "01", "01A09")

    await accepts(kring32, a_317(kring32, [nummer]))


async def test_tr381_refuses_a_new_product_in_another_category(kring32: Kring, nummer: int) -> None:
    await enter(kring32, "02", "01A09")

    await refuses(kring32, a_317(kring32, [nummer]), "NieuwProduct", tr381="S329")
