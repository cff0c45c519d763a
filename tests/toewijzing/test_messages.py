"""A WMO301 of either release in domain terms."""

from datetime import date, datetime
from typing import Any

import pytest

from services.toewijzing.messages import read_301
from services.toewijzing.processing import ToewijzingDienst
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.waarden import Omvang, Periode, Product
from shared.problems import SchemaError
from shared.security.kluis import Kluis
from tests.shared.iwmo.berichten import (
    AANBIEDER,
    BSN,
    GEMEENTE,
    NUMMER,
    a_301,
    a_heen,
    a_toegewezen_product,
    soort,
)

KLUIS = Kluis((), b"p" * 32)


def read(release: Release, inhoud: Inhoud) -> Any:
    return read_301(a_heen(inhoud, soort("WMO301", release)), KLUIS)


@pytest.mark.parametrize("release", RELEASES)
def test_a_301_is_read_alike_in_both_releases(release: Release) -> None:
    bericht = read(release, a_301(release, a_toegewezen_product(), a_toegewezen_product(ToewijzingNummer=2)))

    first, second = (product.toewijzing for product in bericht.producten)
    assert (bericht.gemeente, bericht.aanbieder, bericht.client) == (GEMEENTE, AANBIEDER, KLUIS.pseudoniem(BSN))
    assert (first.nummer, second.nummer) == (NUMMER, 2)
    assert first.product == Product("01", "01A04")
    assert first.periode == Periode(date(2025, 3, 1), date(2025, 8, 31))
    assert first.moment == datetime(2025, 2, 17, 9, 30)  # noqa: DTZ001 - Dutch wall-clock time
    assert first.omvang == Omvang(3, "04", "2")
    assert second.client == bericht.client


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


@pytest.mark.parametrize("release", RELEASES)
def test_a_bsn_that_fails_the_elfproef_rejects_the_message(release: Release) -> None:
    inhoud = a_301(release)
    inhoud["Client"]["Bsn"] = "123456789"
    heen = a_heen(inhoud, soort("WMO301", release))

    [melding] = ToewijzingDienst().in_message(read_301(heen, KLUIS), heen)

    assert (melding.retourcode, melding.locatie) == ("0001", "/Bericht/Client")
