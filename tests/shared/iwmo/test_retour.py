"""Where the codes stand in a 302, 306 and 308."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import HEADER
from shared.iwmo.regels import Afwijking, Melding, Plek, Regel
from shared.iwmo.retour import RetourGegevens, make_retour
from shared.iwmo.schemas import Schemas
from tests.shared.iwmo.berichten import (
    AANBIEDER,
    GEMEENTE,
    a_301,
    a_305,
    a_307,
    a_startproduct,
    a_stopproduct,
    a_toegewezen_product,
    soort,
    through_schema,
)

CLIENT: Plek = (("Client", 0),)
PRODUCTEN: dict[tuple[str, Release], Plek] = {
    ("WMO301", "2.4"): (*CLIENT, ("Beschikking", 0), ("ToegewezenProducten", 0)),
    ("WMO301", "3.2"): (*CLIENT, ("ToegewezenProducten", 0)),
    ("WMO305", "2.4"): (*CLIENT, ("StartProducten", 0)),
    ("WMO305", "3.2"): (*CLIENT, ("StartProducten", 0)),
    ("WMO307", "2.4"): (*CLIENT, ("StopProducten", 0)),
    ("WMO307", "3.2"): (*CLIENT, ("StopProducten", 0)),
}
KLASSE = {"WMO301": "ToegewezenProduct", "WMO305": "StartProduct", "WMO307": "StopProduct"}
CASES = [(naam, release) for naam in KLASSE for release in RELEASES]


def a_message(naam: str, release: Release) -> Inhoud:
    """With two products, and in a 301 with two contacts and a relation."""
    if naam == "WMO301":
        second = a_toegewezen_product(ToewijzingNummer=520302)
        return a_301(release, a_toegewezen_product(), second, relaties=1, contacten=2)
    if naam == "WMO305":
        return a_305(release, a_startproduct(), a_startproduct(ToewijzingNummer=520302))
    return a_307(release, a_stopproduct(), a_stopproduct(ToewijzingNummer=520302))


def a_melding(plek: Plek, retourcode: str = "9056", niveau: int = 3) -> Melding:
    return Melding(Regel("TR000", (), retourcode, "x", niveau, "test"), plek, Afwijking("fout"))


def retour_of(naam: str, release: Release, meldingen: list[Melding], schemas: Schemas) -> Inhoud:
    """The retourbericht, after it was written, validated and read again."""
    heen = soort(naam, release)
    assert heen.retour
    kind = soort(heen.retour, release)
    gegevens = RetourGegevens(kind, "S00000000001", date(2025, 4, 11))
    inhoud = make_retour(a_message(naam, release), schemas.of(kind), gegevens, meldingen)
    gelezen = through_schema(inhoud, kind, schemas)
    assert gelezen.soort is kind
    assert gelezen.inhoud == inhoud
    return gelezen.inhoud


def all_codes(value: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every place with RetourCodes, in order."""
    if isinstance(value, list):
        for number, one in enumerate(value, start=1):
            yield from all_codes(one, f"{path}[{number}]")
    elif isinstance(value, dict):
        for naam, inner in value.items():
            if naam == "RetourCodes":
                yield path, inner["RetourCode"]
            else:
                yield from all_codes(inner, f"{path}/{naam}")


def without_codes(value: Any) -> Any:
    if isinstance(value, dict):
        return {naam: without_codes(inner) for naam, inner in value.items() if naam != "RetourCodes"}
    return [without_codes(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("naam", "release"), CASES)
def test_all_well_gives_a_header_alone_without_codes(naam: str, release: Release, schemas: Schemas) -> None:
    retour = retour_of(naam, release, [], schemas)

    assert list(retour) == ["Header"]
    assert "RetourCodes" not in retour["Header"]
    assert "XsltVersie" not in retour["Header"]


@pytest.mark.parametrize(("naam", "release"), CASES)
def test_the_header_comes_back_unchanged_with_the_data_of_the_retour(
    naam: str, release: Release, schemas: Schemas
) -> None:
    heen = a_message(naam, release)["Header"]

    header = retour_of(naam, release, [], schemas)["Header"]

    assert {key: header[key] for key in heen if key != "BerichtCode"} == {
        key: value for key, value in heen.items() if key != "BerichtCode"
    }
    assert int(header["BerichtCode"]) == int(heen["BerichtCode"]) + 1
    assert {header["Afzender"], header["Ontvanger"]} == {GEMEENTE, AANBIEDER}
    assert header["IdentificatieRetour"] == "S00000000001"
    assert header["DagtekeningRetour"] == "2025-04-11"


@pytest.mark.parametrize(("naam", "release"), CASES)
@pytest.mark.parametrize("place", ["client", "product"])
def test_a_fault_within_the_message_gives_a_header_alone_with_0001(
    naam: str, release: Release, place: str, schemas: Schemas
) -> None:
    plek = CLIENT if place == "client" else (*PRODUCTEN[naam, release], (KLASSE[naam], 1))

    retour = retour_of(naam, release, [a_melding(plek, niveau=2), a_melding(CLIENT, niveau=2)], schemas)

    assert list(all_codes(retour)) == [("/Header", ["0001"])]
    assert list(retour) == ["Header"]
    assert retour["Header"]["XsltVersie"] == "1.0.0"


@pytest.mark.parametrize(("naam", "release"), CASES)
def test_a_fault_in_the_header_gives_a_header_alone_with_its_codes(
    naam: str, release: Release, schemas: Schemas
) -> None:
    retour = retour_of(naam, release, [a_melding(HEADER, "9056"), a_melding(HEADER, "8848")], schemas)

    assert list(retour) == ["Header"]
    assert list(all_codes(retour)) == [("/Header", ["9056", "8848"])]
    assert "XsltVersie" not in retour["Header"]


@pytest.mark.parametrize(("naam", "release"), [case for case in CASES if case[0] != "WMO301"])
def test_a_fault_in_a_product_stands_beside_0200_on_all_others(naam: str, release: Release, schemas: Schemas) -> None:
    at = (*PRODUCTEN[naam, release], (KLASSE[naam], 2))

    retour = retour_of(naam, release, [a_melding(at, "9063"), a_melding(at, "9074"), a_melding(at, "9063")], schemas)

    path = "".join(f"/{step}" for step, _ in at)
    assert dict(all_codes(retour)) == {
        "/Header": ["0200"],
        "/Client": ["0200"],
        f"{path}[1]": ["0200"],
        f"{path}[2]": ["9063", "9074"],
    }


def test_302_gives_every_class_of_24_a_code(schemas: Schemas) -> None:
    at = (*PRODUCTEN["WMO301", "2.4"], ("ToegewezenProduct", 1))

    retour = retour_of("WMO301", "2.4", [a_melding(at, "9332")], schemas)

    assert dict(all_codes(retour)) == {
        "/Header": ["0200"],
        "/Client": ["0200"],
        "/Client/Relaties/Relatie[1]": ["0200"],
        "/Client/Relaties/Relatie[1]/Contact": ["0200"],
        "/Client/Contactgegevens/Contact[1]": ["0200"],
        "/Client/Contactgegevens/Contact[2]": ["0200"],
        "/Client/Beschikking": ["0200"],
        "/Client/Beschikking/Beperkingen/Beperking[1]": ["0200"],
        "/Client/Beschikking/Beperkingen/Beperking[1]/BeperkingScores/BeperkingScore[1]": ["0200"],
        "/Client/Beschikking/ToegewezenProducten/ToegewezenProduct[1]": ["9332"],
        "/Client/Beschikking/ToegewezenProducten/ToegewezenProduct[2]": ["0200"],
    }


def test_302_gives_every_class_of_32_a_code(schemas: Schemas) -> None:
    at = (*PRODUCTEN["WMO301", "3.2"], ("ToegewezenProduct", 2))

    retour = retour_of("WMO301", "3.2", [a_melding(at, "9332")], schemas)

    assert dict(all_codes(retour)) == {
        "/Header": ["0200"],
        "/Client": ["0200"],
        "/Client/Relaties/Relatie[1]": ["0200"],
        "/Client/Relaties/Relatie[1]/Contact": ["0200"],
        "/Client/Contactgegevens/Contact[1]": ["0200"],
        "/Client/Contactgegevens/Contact[2]": ["0200"],
        "/Client/ToegewezenProducten/ToegewezenProduct[1]": ["0200"],
        "/Client/ToegewezenProducten/ToegewezenProduct[2]": ["9332"],
    }


@pytest.mark.parametrize(("naam", "release"), CASES)
def test_below_a_client_at_fault_everything_is_0233(naam: str, release: Release, schemas: Schemas) -> None:
    retour = retour_of(naam, release, [a_melding(CLIENT, "8187")], schemas)

    codes = dict(all_codes(retour))
    assert (codes.pop("/Header"), codes.pop("/Client")) == (["0200"], ["8187"])
    assert codes
    assert set(map(tuple, codes.values())) == {("0233",)}


def test_below_a_beschikking_at_fault_only_its_own_classes_are_0233(schemas: Schemas) -> None:
    retour = retour_of("WMO301", "2.4", [a_melding((*CLIENT, ("Beschikking", 0)), "9332")], schemas)

    codes = dict(all_codes(retour))
    below = {path: found for path, found in codes.items() if path.startswith("/Client/Beschikking/")}
    assert codes["/Client/Beschikking"] == ["9332"]
    assert set(map(tuple, below.values())) == {("0233",)}
    assert codes["/Client/Contactgegevens/Contact[1]"] == codes["/Client/Relaties/Relatie[1]"] == ["0200"]


@pytest.mark.parametrize("release", RELEASES)
def test_below_a_relatie_at_fault_its_contact_is_0233(release: Release, schemas: Schemas) -> None:
    plek = (*CLIENT, ("Relaties", 0), ("Relatie", 1))

    codes = dict(all_codes(retour_of("WMO301", release, [a_melding(plek, "9332")], schemas)))

    assert codes["/Client/Relaties/Relatie[1]"] == ["9332"]
    assert codes["/Client/Relaties/Relatie[1]/Contact"] == ["0233"]
    assert codes["/Client/Contactgegevens/Contact[1]"] == ["0200"]


@pytest.mark.parametrize(("naam", "release"), CASES)
def test_what_comes_back_is_what_was_sent(naam: str, release: Release, schemas: Schemas) -> None:
    retour = retour_of(naam, release, [a_melding(CLIENT, "8187")], schemas)

    assert without_codes(retour["Client"]) == a_message(naam, release)["Client"]
