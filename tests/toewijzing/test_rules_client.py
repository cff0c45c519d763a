"""The rules on the client of a WMO301: names, interpreter, contacts and relations."""

from datetime import date
from typing import Any

import pytest

from services.toewijzing.domain.client import Adres, Communicatie, Contact, Naam, Relatie
from services.toewijzing.rules_in_bericht.client import (
    CLIENT_REGELS,
    COMMUNICATIE_REGELS,
    CONTACT_REGELS,
    NAAM_CLIENT_REGELS,
    NAAM_RELATIE_REGELS,
    RELATIE_REGELS,
)
from shared.iwmo.catalogus import RELEASES
from shared.iwmo.kop import Kop
from shared.iwmo.persoon import Geboortedatum
from shared.iwmo.regels import Melding, Tabel
from shared.iwmo.waarden import Periode
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, soort
from tests.toewijzing.bouw import (
    HUISADRES,
    a_client,
    a_communicatie,
    a_contact,
    a_naam,
    a_relatie,
    regels,
)

BUITENLAND = Adres(huis=False, postcode="W1A 1AA", land_code="GB")


def judge(tabel: Tabel[Any, Any], subject: Any) -> list[Melding]:
    """What both releases say, which is the same."""
    kop = Kop(soort("WMO301", "3.2"), GEMEENTE, AANBIEDER, "B0001", date(2025, 4, 4))
    found = [tabel.judge(subject, kop, release, ()) for release in RELEASES]
    assert found[0] == found[1]
    return found[0]


def judge_contact(**deviations: Any) -> list[str]:
    return regels(judge(CONTACT_REGELS, a_contact(**deviations)))


@pytest.mark.parametrize(("gebruik", "partner"), [("1", False), ("6", False), *((n, True) for n in "1234")], ids=str)
def test_cs050_accepts_a_use_of_names_that_are_there(gebruik: str, partner: bool) -> None:
    assert judge(NAAM_RELATIE_REGELS, a_naam(gebruik=gebruik, partner=partner)) == []


@pytest.mark.parametrize(("gebruik", "partner"), [*((n, False) for n in "2345"), ("5", True), ("6", True)], ids=str)
def test_cs050_refuses_a_use_of_names_that_are_not_there(gebruik: str, partner: bool) -> None:
    naam = a_naam(gebruik=gebruik, partner=partner)

    assert regels(judge(NAAM_RELATIE_REGELS, naam)) == ["CS050"]
    assert "CS050" in regels(judge(NAAM_CLIENT_REGELS, naam))


@pytest.mark.parametrize("naam", [a_naam(), a_naam(gebruik="4", partner=True)], ids=str)
def test_cs318_accepts_a_client_who_is_a_person(naam: Naam) -> None:
    assert judge(NAAM_CLIENT_REGELS, naam) == []


def test_cs318_refuses_a_client_that_is_an_organisation() -> None:
    assert regels(judge(NAAM_CLIENT_REGELS, a_naam(gebruik="6"))) == ["CS318"]


@pytest.mark.parametrize("given", [("1", True), ("2", False), ("3", False)], ids=str)
def test_cd007_accepts_a_language_for_who_needs_an_interpreter_of_one(given: tuple[str, bool]) -> None:
    assert judge(COMMUNICATIE_REGELS, a_communicatie(vorm=given[0], taal=given[1])) == []


@pytest.mark.parametrize(
    ("communicatie", "said"),
    [(a_communicatie(taal=False), "ontbreekt"), *((a_communicatie(vorm=vorm), "moet leeg zijn") for vorm in "23")],
    ids=str,
)
def test_cd007_refuses_a_language_too_few_or_too_many(communicatie: Communicatie, said: str) -> None:
    [melding] = judge(COMMUNICATIE_REGELS, communicatie)

    assert melding.regel.code == "CD007"
    assert said in melding.afwijking.omschrijving


@pytest.mark.parametrize("adres", [HUISADRES, None, Adres(huis=True), BUITENLAND], ids=str)
def test_cd005_accepts_a_postcode_with_its_country(adres: Adres | None) -> None:
    assert judge_contact(soort="02", adres=adres, telefoon=True) == []


@pytest.mark.parametrize("adres", [Adres(True, "5038EA"), Adres(True, None, "NL"), Adres(True, None, "BE")], ids=str)
def test_cd005_refuses_one_of_postcode_and_country(adres: Adres) -> None:
    assert judge_contact(soort="02", adres=adres, telefoon=True) == ["CD005"]


@pytest.mark.parametrize("adres", [HUISADRES, BUITENLAND, None], ids=str)
def test_cd025_accepts_a_house_in_the_netherlands_and_none_abroad(adres: Adres | None) -> None:
    assert judge_contact(soort="02", adres=adres, telefoon=True) == []


def test_cd025_refuses_a_dutch_address_without_house() -> None:
    assert judge_contact(adres=Adres(False, "5038EA", "NL"), telefoon=True) == ["CD025"]


@pytest.mark.parametrize(
    "contact",
    [
        a_contact(),
        a_contact(soort="03", adres=BUITENLAND, telefoon=True),
        a_contact(soort="02", adres=None, telefoon=True),
        a_contact(soort="04", adres=Adres(huis=True), telefoon=True),
    ],
    ids=str,
)
def test_cd034_accepts_a_postcode_where_somebody_lives(contact: Contact) -> None:
    assert judge(CONTACT_REGELS, contact) == []


@pytest.mark.parametrize("soort", ["01", "03"])
@pytest.mark.parametrize("adres", [None, Adres(huis=True)], ids=str)
def test_cd034_refuses_where_somebody_lives_without_postcode(soort: str, adres: Adres | None) -> None:
    assert judge_contact(soort=soort, adres=adres, telefoon=True) == ["CD034"]


@pytest.mark.parametrize("postcode", ["5038EA", "1000aa", "9999Zz"])
def test_cs089_accepts_a_dutch_postcode(postcode: str) -> None:
    assert judge_contact(adres=Adres(True, postcode, "NL")) == []


@pytest.mark.parametrize(
    "postcode", ["0503EA", "5038 EA", "5038", "5038E1", "5038EAB", "5038ÉA", "५०३८EA", " 5038EA", "5038EA\n"]
)
def test_cs089_refuses_another_postcode_in_the_netherlands_without_telling_it(postcode: str) -> None:
    [melding] = judge(CONTACT_REGELS, a_contact(adres=Adres(True, postcode, "NL")))

    assert melding.regel.code == "CS089"
    assert postcode not in str(melding.as_json())


def test_cs089_accepts_any_postcode_abroad() -> None:
    assert judge_contact(adres=BUITENLAND, telefoon=True) == []


@pytest.mark.parametrize("contact", [a_contact(soort="04", tijdelijk=True), a_contact(soort="04"), a_contact()])
def test_cd009_accepts_a_period_of_a_temporary_stay(contact: Contact) -> None:
    assert judge(CONTACT_REGELS, contact) == []


@pytest.mark.parametrize("soort", ["01", "02", "03"])
def test_cd009_refuses_a_period_of_another_address(soort: str) -> None:
    assert judge_contact(soort=soort, tijdelijk=True) == ["CD009"]


@pytest.mark.parametrize("eind", [date(2025, 3, 1), date(2025, 3, 2), None], ids=str)
def test_cs003_accepts_a_stay_that_ends_after_it_begins(eind: date | None) -> None:
    assert judge_contact(soort="04", tijdelijk=True, periode=Periode(date(2025, 3, 1), eind)) == []


def test_cs003_refuses_a_stay_that_ends_before_it_begins_without_telling_when() -> None:
    contact = a_contact(soort="04", tijdelijk=True, periode=Periode(date(2025, 3, 1), date(2025, 2, 28)))

    [melding] = judge(CONTACT_REGELS, contact)

    assert melding.regel.code == "CS003"
    assert "2025" not in str(melding.as_json())


@pytest.mark.parametrize(
    "contact",
    [a_contact(), a_contact(soort="02", adres=None, telefoon=True), a_contact(adres=BUITENLAND, telefoon=True)],
    ids=str,
)
def test_tr006_accepts_who_can_be_called_or_written_to(contact: Contact) -> None:
    assert judge(CONTACT_REGELS, contact) == []


@pytest.mark.parametrize("adres", [None, Adres(huis=True), BUITENLAND], ids=str)
def test_tr006_refuses_who_cannot_be_reached(adres: Adres | None) -> None:
    assert judge_contact(soort="02", adres=adres) == ["TR006"]


@pytest.mark.parametrize("soort", ["01", "02", "03"])
def test_tr061_accepts_a_client_with_a_lasting_address(soort: str) -> None:
    client = a_client(contacten=(a_contact(1, soort="04"), a_contact(2, soort=soort)))

    assert judge(CLIENT_REGELS, client) == []


def test_tr061_refuses_a_client_with_a_temporary_address_alone() -> None:
    """The address of a relation does not make up for it."""
    client = a_client(contacten=(a_contact(soort="04"),), relaties=(a_relatie(),))

    assert regels(judge(CLIENT_REGELS, client)) == ["TR061"]


@pytest.mark.parametrize(
    "relatie",
    [
        a_relatie(),
        a_relatie(geboortedatum=Geboortedatum(date(1949, 9, 1), "1")),
        a_relatie(geboortedatum=Geboortedatum(date(1850, 1, 1))),
    ],
    ids=str,
)
def test_cs139_accepts_a_relation_whose_birth_fits_what_is_unknown(relatie: Relatie) -> None:
    assert judge(RELATIE_REGELS, relatie) == []


def test_cs139_refuses_a_relation_whose_birth_does_not() -> None:
    relatie = a_relatie(geboortedatum=Geboortedatum(date(1949, 9, 2), "1"))

    assert regels(judge(RELATIE_REGELS, relatie)) == ["CS139"]


def test_tr134_accepts_a_relation_born_on_the_dagtekening() -> None:
    assert judge(RELATIE_REGELS, a_relatie(geboortedatum=Geboortedatum(date(2025, 4, 4)))) == []


def test_tr134_refuses_a_relation_born_after_it() -> None:
    relatie = a_relatie(geboortedatum=Geboortedatum(date(2025, 4, 5)))

    assert regels(judge(RELATIE_REGELS, relatie)) == ["TR134"]
