"""A WMO301 of either release in domain terms."""

from datetime import date, datetime

import pytest

from services.toewijzing.domain.client import Communicatie
from services.toewijzing.domain.toewijzing import Toewijzingsbericht
from services.toewijzing.messages.toewijzing import read_301
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import read_kop
from shared.iwmo.waarden import Omvang, Periode, Product
from shared.problems import SchemaError
from shared.security.kluis import Kluis
from tests.shared.iwmo.berichten import (
    AANBIEDER,
    BSN,
    GEMEENTE,
    NUMMER,
    a_301,
    a_toegewezen_product,
    soort,
)
from tests.toewijzing.bouw import CLIENT, HUISADRES

KLUIS = Kluis((), b"p" * 32)


def read(release: Release, inhoud: Inhoud) -> Toewijzingsbericht:
    return read_301(read_kop(soort("WMO301", release), inhoud), inhoud, KLUIS.pseudoniem)


@pytest.mark.parametrize("release", RELEASES)
def test_a_301_is_read_alike_in_both_releases(release: Release) -> None:
    bericht = read(release, a_301(release, a_toegewezen_product(), a_toegewezen_product(ToewijzingNummer=2)))

    first, second = (product.toewijzing for product in bericht.producten)
    assert (bericht.gemeente, bericht.aanbieder, first.client) == (GEMEENTE, AANBIEDER, KLUIS.pseudoniem(BSN))
    assert (first.nummer, second.nummer) == (NUMMER, 2)
    assert first.product == Product("01", "01A04")
    assert first.periode == Periode(date(2025, 3, 1), date(2025, 8, 31))
    assert first.moment == datetime(2025, 2, 17, 9, 30)  # noqa: DTZ001 - Dutch wall-clock time
    assert first.omvang == Omvang(3, "04", "2")
    assert second.client == first.client


@pytest.mark.parametrize("release", RELEASES)
def test_what_is_absent_stays_absent(release: Release) -> None:
    sparse = a_toegewezen_product()
    for naam in ("Product", "Einddatum", "Omvang"):
        del sparse[naam]

    [product] = read(release, a_301(release, sparse)).producten

    assert product.toewijzing.product == Product()
    assert product.toewijzing.periode.eind is None
    assert product.toewijzing.omvang is None
    assert product.referentie_aanbieder is None


@pytest.mark.parametrize("tijd", ["24:00:00", "23:59:59.1234567", "00:00:00"])
def test_every_time_that_the_schema_allows_can_be_read(tijd: str) -> None:
    [product] = read("3.2", a_301("3.2", a_toegewezen_product(Toewijzingstijd=tijd))).producten

    assert product.toewijzing.moment.date() <= date(2025, 2, 18)


@pytest.mark.parametrize("dag", ["10000-01-01", "-0001-01-01"])
@pytest.mark.parametrize("element", ["Ingangsdatum", "Einddatum", "Toewijzingsdatum"])
def test_a_day_that_no_calendar_has_is_a_fault_of_the_message(dag: str, element: str) -> None:
    with pytest.raises(SchemaError) as caught:
        read("3.2", a_301("3.2", a_toegewezen_product(**{element: dag})))

    [fout] = caught.value.fouten
    assert fout.locatie.startswith("/Bericht/Client/ToegewezenProducten/ToegewezenProduct[1]")


def test_the_client_is_read_with_his_contacts_and_relations() -> None:
    inhoud = a_301("3.2", relaties=2, contacten=2)
    inhoud["Client"]["Communicatie"] = {"Vorm": "2"}
    second = inhoud["Client"]["Contactgegevens"]["Contact"][1]
    second["Telefoon"] = {"Telefoon01": {"Telefoonnummer": "0130000000", "Landnummer": "0031"}}
    second["Periode"] = {"Begindatum": "2025-03-01", "Einddatum": "2025-03-31"}
    del second["Adres"]

    client = read("3.2", inhoud).client

    assert client.persoon.bsn == BSN
    assert client.communicatie == Communicatie((*CLIENT, ("Communicatie", 0)), "2", taal=False)
    assert [one.nummer for one in client.relaties] == ["1", "2"]
    assert [one.plek[-1] for one in client.relaties] == [("Relatie", 1), ("Relatie", 2)]
    first, last = client.contacten
    assert (first.soort, first.adres, first.telefoon, first.tijdelijk) == ("01", HUISADRES, False, False)
    assert (last.soort, last.adres, last.telefoon, last.tijdelijk) == ("02", None, True, True)
    assert last.periode == Periode(date(2025, 3, 1), date(2025, 3, 31))


@pytest.mark.parametrize("periode", [{}, {"Begindatum": "2025-03-01"}, {"Einddatum": "2025-03-31"}], ids=str)
def test_an_open_period_of_a_contact_has_nothing_to_compare(periode: Inhoud) -> None:
    inhoud = a_301("3.2")
    inhoud["Client"]["Contactgegevens"]["Contact"][0]["Periode"] = periode

    [contact] = read("3.2", inhoud).client.contacten

    assert (contact.tijdelijk, contact.periode) == (True, None)
