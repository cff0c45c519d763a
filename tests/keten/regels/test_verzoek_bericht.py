"""What a WMO315 or WMO317 can get wrong in itself, each rule from both sides."""

import pytest

from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.kop import JAAR, dag
from tests.keten.berichten.toewijzing import a_301, lopend_product
from tests.keten.berichten.verzoek import a_315, a_317, aangevraagd_product, nieuw_product
from tests.keten.kring import Kring
from tests.keten.regels.paar import accepts, refuses_within

OTHER = {"Categorie": "01", "Code": "01A05"}


@pytest.fixture
async def nummer(kring32: Kring) -> int:
    """A toewijzing that the client has."""
    nummer = kring32.nummer()
    await accepts(kring32, a_301(kring32, lopend_product(kring32, nummer)))
    return nummer


def born(kring: Kring, maand_dag: str, years_ago: int) -> Bericht:
    """The request is of 4 April."""
    return a_315(kring, Geboortedatum={"Datum": f"{JAAR['3.2'] - years_ago}-{maand_dag}"})


def asked_in_a_row(kring: Kring, tot: str, vanaf: str) -> Bericht:
    """Two times the same product, until and from these days."""
    first = aangevraagd_product(kring, ToewijzingEinddatum=dag(kring, tot))
    return a_315(kring, first, aangevraagd_product(kring, ToewijzingIngangsdatum=dag(kring, vanaf)))


def new_in_a_row(kring: Kring, nummer: int, tot: str, vanaf: str) -> Bericht:
    """The same in a WMO317, beside what stays."""
    first = nieuw_product(kring, Einddatum=dag(kring, tot))
    return a_317(kring, [nummer], [], [first, nieuw_product(kring, GewensteIngangsdatum=dag(kring, vanaf))])


async def test_tr002_accepts_a_client_of_120_in_a_request(kring32: Kring) -> None:
    await accepts(kring32, born(kring32, "04-04", 120))


async def test_tr002_refuses_a_client_a_day_older_in_a_request(kring32: Kring) -> None:
    await refuses_within(kring32, born(kring32, "04-03", 120), "TR002")


async def test_tr101_accepts_products_that_differ(kring32: Kring, nummer: int) -> None:
    other = kring32.nummer()
    await accepts(kring32, a_301(kring32, lopend_product(kring32, other, Product=OTHER)))

    await accepts(kring32, a_317(kring32, [nummer, other]))


async def test_tr101_refuses_a_toewijzing_or_a_product_twice(kring32: Kring, nummer: int) -> None:
    await refuses_within(kring32, a_317(kring32, [nummer, nummer]), "TR101")
    await refuses_within(kring32, a_317(kring32, [nummer], [nummer + 1, nummer + 1]), "TR101")
    # Of a product that is asked for the reference is the key: there TR383 says the same.
    await refuses_within(kring32, a_315(kring32, "VOT", "VOT"), "TR101", "TR383")


async def test_tr134_accepts_a_birth_on_the_day_of_the_request(kring32: Kring) -> None:
    await accepts(kring32, born(kring32, "04-04", 0))


async def test_tr134_refuses_a_birth_a_day_later_than_the_request(kring32: Kring) -> None:
    await refuses_within(kring32, born(kring32, "04-05", 0), "TR134")


async def test_tr352_accepts_a_new_product_beside_one_that_stays(kring32: Kring, nummer: int) -> None:
    await accepts(kring32, a_317(kring32, [nummer]))


async def test_tr352_refuses_a_new_product_beside_nothing(kring32: Kring) -> None:
    await refuses_within(kring32, a_317(kring32), "TR352")


async def test_tr353_accepts_a_change_alone(kring32: Kring, nummer: int) -> None:
    await accepts(kring32, a_317(kring32, [], [nummer], []))


async def test_tr353_refuses_to_leave_all_as_it_is(kring32: Kring, nummer: int) -> None:
    await refuses_within(kring32, a_317(kring32, [nummer], [], []), "TR353")


async def test_tr380_accepts_a_new_product_from_the_day_after(kring32: Kring, nummer: int) -> None:
    new = nieuw_product(kring32, GewensteIngangsdatum=dag(kring32, "04-05"))

    await accepts(kring32, a_317(kring32, [nummer], [], [new]))


async def test_tr380_refuses_a_new_product_from_the_day_of_the_request(kring32: Kring, nummer: int) -> None:
    new = nieuw_product(kring32, GewensteIngangsdatum=dag(kring32, "04-04"))

    await refuses_within(kring32, a_317(kring32, [nummer], [], [new]), "TR380")


async def test_tr383_accepts_a_reference_for_each_product(kring32: Kring) -> None:
    await accepts(kring32, a_315(kring32, "VOT1", "VOT2"))


async def test_tr383_refuses_a_reference_for_two_products(kring32: Kring) -> None:
    await refuses_within(kring32, a_315(kring32, "VOT1", "VOT1"), "TR101", "TR383")


async def test_tr386_accepts_to_ask_for_equal_products_after_each_other(kring32: Kring) -> None:
    await accepts(kring32, asked_in_a_row(kring32, "05-31", "06-01"))


async def test_tr386_refuses_to_ask_for_equal_products_that_share_a_day(kring32: Kring) -> None:
    await refuses_within(kring32, asked_in_a_row(kring32, "05-31", "05-31"), "TR386")


async def test_tr410_accepts_equal_new_products_after_each_other(kring32: Kring, nummer: int) -> None:
    await accepts(kring32, new_in_a_row(kring32, nummer, "05-31", "06-01"))


async def test_tr410_refuses_equal_new_products_that_share_a_day(kring32: Kring, nummer: int) -> None:
    await refuses_within(kring32, new_in_a_row(kring32, nummer, "05-31", "05-31"), "TR410")
