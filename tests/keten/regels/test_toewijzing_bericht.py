"""What a WMO301 can get wrong in itself, each rule from both sides, in both releases."""

from typing import Any

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.kop import JAAR, dag
from tests.keten.berichten.toewijzing import a_301, toegewezen_product
from tests.keten.kring import Kring
from tests.keten.regels.paar import accepts, refuses_within

HUIS: Inhoud = {"Huis": {"Huisnummer": 7}, "Postcode": "5038EA", "LandCode": "NL"}
TELEFOON: Inhoud = {"Telefoon01": {"Telefoonnummer": "0612345678", "Landnummer": "+31"}}


def born(kring: Kring, maand_dag: str, years_ago: int) -> Bericht:
    """The message is of 17 February."""
    day = f"{JAAR[kring.release] - years_ago}-{maand_dag}"
    return a_301(kring, Geboortedatum={"Datum": day})


def with_contacts(kring: Kring, *contacten: Inhoud) -> Bericht:
    return a_301(kring, Contactgegevens={"Contact": list(contacten)})


def a_contact(soort: str = "01", **deviations: Any) -> Inhoud:
    return {"Soort": soort, "Adres": HUIS, **deviations}


def in_a_row(kring: Kring, tot: str, vanaf: str) -> Bericht:
    """Two times the same product, until and from these days."""
    first = toegewezen_product(kring, kring.nummer(), Einddatum=dag(kring, tot))
    return a_301(kring, first, toegewezen_product(kring, kring.nummer(), Ingangsdatum=dag(kring, vanaf)))


async def test_tr002_accepts_a_client_of_120(kring: Kring) -> None:
    await accepts(kring, born(kring, "02-17", 120))


async def test_tr002_refuses_a_client_a_day_older(kring: Kring) -> None:
    await refuses_within(kring, born(kring, "02-16", 120), "TR002")


async def test_tr006_accepts_a_contact_with_a_telephone_or_a_whole_address(kring: Kring) -> None:
    phone = {"Soort": "02", "Adres": {"Huis": HUIS["Huis"]}, "Telefoon": TELEFOON}

    await accepts(kring, with_contacts(kring, a_contact(), phone))
    await accepts(kring, with_contacts(kring, a_contact("02")))


async def test_tr006_refuses_a_contact_with_half_an_address(kring: Kring) -> None:
    half = {"Soort": "02", "Adres": {"Huis": HUIS["Huis"]}}

    await refuses_within(kring, with_contacts(kring, a_contact(), half), "TR006")


async def test_tr061_accepts_an_address_for_letters(kring: Kring) -> None:
    await accepts(kring, with_contacts(kring, a_contact("02"), a_contact("04")))


async def test_tr061_refuses_a_temporary_address_alone(kring: Kring) -> None:
    await refuses_within(kring, with_contacts(kring, a_contact("04")), "TR061")


async def test_tr101_accepts_contacts_and_toewijzingen_that_differ(kring: Kring) -> None:
    await accepts(kring, with_contacts(kring, a_contact("01"), a_contact("03")))
    await accepts(kring, a_301(kring, kring.nummer(), kring.nummer()))


async def test_tr101_refuses_a_contact_or_a_number_twice(kring: Kring) -> None:
    nummer = kring.nummer()

    await refuses_within(kring, with_contacts(kring, a_contact(), a_contact()), "TR101")
    await refuses_within(kring, a_301(kring, nummer, nummer), "TR101")


async def test_tr134_accepts_a_decision_on_the_day_of_the_message(kring: Kring) -> None:
    await accepts(kring, a_301(kring, toegewezen_product(kring, kring.nummer(), Toewijzingsdatum=dag(kring, "02-17"))))
    await accepts(kring, born(kring, "02-17", 0))


async def test_tr134_refuses_a_decision_and_a_birth_a_day_later(kring: Kring) -> None:
    late = toegewezen_product(kring, kring.nummer(), Toewijzingsdatum=dag(kring, "02-18"))

    await refuses_within(kring, a_301(kring, late), "TR134")
    await refuses_within(kring, born(kring, "02-18", 0), "TR134")


async def test_tr302_accepts_equal_products_after_each_other(kring: Kring) -> None:
    await accepts(kring, in_a_row(kring, "05-31", "06-01"))


async def test_tr302_refuses_equal_products_that_share_a_day(kring: Kring) -> None:
    await refuses_within(kring, in_a_row(kring, "05-31", "05-31"), "TR302")
