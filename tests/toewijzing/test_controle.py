"""Whole messages held against themselves: which rule sees which class, and where it says so."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.toewijzing.controle import SOORTEN, check
from services.toewijzing.processing import ToewijzingDienst
from shared.iwmo import lezer
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import read_kop
from shared.iwmo.schemas import Schemas
from shared.problems import SchemaError
from shared.security.kluis import Kluis
from tests.shared.iwmo.berichten import (
    BSN,
    NUMMER,
    a_301,
    a_heen,
    a_relatie,
    a_toegewezen_product,
    soort,
    through_schema,
)
from tests.toewijzing.verzoeken import (
    a_315,
    a_317,
    a_319,
    a_nieuw_product,
    a_te_wijzigen_product,
    an_aangevraagd_product,
)

SCHEMAS = Schemas()
TOEGEWEZEN = "/Bericht/Client/ToegewezenProducten/ToegewezenProduct"
ANDER = {"Categorie": "01", "Code": "01A05"}
Change = Callable[[Inhoud], Any]


def told(naam: str, inhoud: Inhoud, release: Release = "3.2") -> list[tuple[str, str]]:
    """The rules that a message breaks, and where; the schema allows the message."""
    kind = soort(naam, release)
    read = through_schema(inhoud, kind, SCHEMAS).inhoud
    found = check(read_kop(kind, read), read)
    assert all(melding.retourcode == "0001" for melding in found)
    assert BSN not in str([melding.as_json() for melding in found])
    return [(melding.regel.code, melding.locatie) for melding in found]


def test_the_messages_that_are_judged() -> None:
    assert {"WMO301", "WMO315", "WMO317", "WMO319"} == SOORTEN


@pytest.mark.parametrize("release", RELEASES)
def test_a_right_301_breaks_nothing(release: Release) -> None:
    products = a_toegewezen_product(), a_toegewezen_product(ToewijzingNummer=2, Product=ANDER)

    assert told("WMO301", a_301(release, *products, relaties=2, contacten=2), release) == []


def test_right_requests_and_answers_break_nothing() -> None:
    new = a_nieuw_product()

    assert told("WMO315", a_315(an_aangevraagd_product())) == []
    assert told("WMO317", a_317([1], [a_te_wijzigen_product()], [new])) == []
    assert told("WMO319", a_319()) == []


def _contact(inhoud: Inhoud, **changed: Any) -> None:
    inhoud["Contactgegevens"]["Contact"][0].update(changed)


CLIENT_FAULTS: list[tuple[Change, str, str]] = [
    (lambda client: client.update(Bsn="123456789"), "CS002", "/Bericht/Client"),
    (lambda client: client["Geboortedatum"].update(Datum="1900-05-05"), "TR002", "/Bericht/Client"),
    (lambda client: client["Geboortedatum"].update(Datum="2025-04-05"), "TR134", "/Bericht/Client"),
    (lambda client: client["Geboortedatum"].update(DatumGebruik="2"), "CS139", "/Bericht/Client"),
    (lambda client: client["Naam"].update(NaamGebruik="3"), "CS050", "/Bericht/Client/Naam"),
    (lambda client: client["Naam"].update(NaamGebruik="6"), "CS318", "/Bericht/Client/Naam"),
    (lambda client: client.update(Communicatie={"Vorm": "1"}), "CD007", "/Bericht/Client/Communicatie"),
    (
        lambda client: client["Relaties"]["Relatie"].append(a_relatie("1")),
        "TR101",
        "/Bericht/Client/Relaties/Relatie[2]",
    ),
    (
        lambda client: client["Contactgegevens"]["Contact"].append(client["Contactgegevens"]["Contact"][0]),
        "TR101",
        "/Bericht/Client/Contactgegevens/Contact[2]",
    ),
    (
        lambda client: client["Relaties"]["Relatie"][0].update(Geboortedatum={"Datum": "2025-04-05"}),
        "TR134",
        "/Bericht/Client/Relaties/Relatie[1]",
    ),
    (
        lambda client: client["Relaties"]["Relatie"][0]["Naam"].update(NaamGebruik="2"),
        "CS050",
        "/Bericht/Client/Relaties/Relatie[1]/Naam",
    ),
    (
        lambda client: client["Relaties"]["Relatie"][0]["Contact"]["Adres"].update(Postcode="W1A 1AA"),
        "CS089",
        "/Bericht/Client/Relaties/Relatie[1]/Contact",
    ),
    (lambda client: _contact(client, Periode={}), "CD009", "/Bericht/Client/Contactgegevens/Contact[1]"),
    (lambda client: _contact(client, Soort="04"), "TR061", "/Bericht/Client"),
]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("change", "regel", "place"), CLIENT_FAULTS, ids=lambda value: "" if callable(value) else value[:60]
)
def test_a_fault_in_a_client_is_told_where_it_is(change: Change, regel: str, place: str, release: Release) -> None:
    inhoud = a_301(release, relaties=1)
    change(inhoud["Client"])

    assert told("WMO301", inhoud, release) == [(regel, place)]


@pytest.mark.parametrize("release", RELEASES)
def test_a_toewijzing_decided_as_the_day_of_the_message_ends_is_of_that_day(release: Release) -> None:
    """24:00:00 is the midnight after it; Toewijzingsdatum is what is not to lie after the Dagtekening (TR134)."""
    product = a_toegewezen_product(Toewijzingsdatum="2025-04-04", Toewijzingstijd="24:00:00")

    assert told("WMO301", a_301(release, product), release) == []


PRODUCT_FAULTS: list[tuple[Inhoud, list[str], list[str]]] = [
    ({"Toewijzingsdatum": "2025-04-05"}, ["TR134"], ["TR134"]),
    ({"Einddatum": "2025-02-28"}, ["CS003"], ["CS003"]),
    ({"Product": {"Categorie": "01"}}, ["CD080"], []),
    ({"Omvang": None}, ["CD041"], ["CD041"]),
    ({"Einddatum": None}, ["CD076"], []),
    ({"Product": None, "Omvang": None}, ["CD079"], []),
    ({"RedenWijziging": "01"}, ["CS336"], []),
    ({"RedenWijziging": "13"}, ["CS335"], []),
    ({"Omvang": {"Volume": 1, "Eenheid": "16", "Frequentie": "1"}}, ["CS338"], []),
]


@pytest.mark.parametrize(("change", "in_32", "in_24"), PRODUCT_FAULTS, ids=str)
def test_a_fault_in_a_product_is_told_where_it_is(change: Inhoud, in_32: list[str], in_24: list[str]) -> None:
    product = {name: value for name, value in a_toegewezen_product(**change).items() if value is not None}
    good = a_toegewezen_product(ToewijzingNummer=2, Product={"Categorie": "02", "Code": "02A03"})
    if "Product" not in product:
        good["Ingangsdatum"] = product["Einddatum"] = "2025-05-01"
        good["Ingangsdatum"] = "2025-05-02"

    found = told("WMO301", a_301("3.2", good, product))
    older = told("WMO301", a_301("2.4", good, product), "2.4")

    assert found == [(code, f"{TOEGEWEZEN}[2]") for code in in_32]
    assert [code for code, _ in older] == in_24


def test_a_budget_is_judged_where_there_can_be_one() -> None:
    product = a_toegewezen_product(Budget=100_000, Product={"Categorie": "01"})
    del product["Omvang"], product["Einddatum"]

    assert told("WMO301", a_301("3.2", product)) == [("CD075", f"{TOEGEWEZEN}[1]")]


@pytest.mark.parametrize("release", RELEASES)
def test_a_number_that_is_there_twice_is_told_of_the_second(release: Release) -> None:
    twice = a_toegewezen_product(), a_toegewezen_product(Product=ANDER)

    [(code, place)] = told("WMO301", a_301(release, *twice), release)

    assert (code, place[-20:]) == ("TR101", "ToegewezenProduct[2]")


@pytest.mark.parametrize("release", RELEASES)
def test_products_that_overlap_are_told_and_withdrawn_ones_are_not(release: Release) -> None:
    withdrawn = a_toegewezen_product(ToewijzingNummer=3, Einddatum="2025-03-01", RedenWijziging="13")
    items = a_toegewezen_product(), a_toegewezen_product(ToewijzingNummer=2), withdrawn

    assert [code for code, _ in told("WMO301", a_301(release, *items), release)] == ["TR302"]


@pytest.mark.parametrize("release", RELEASES)
def test_the_service_judges_by_the_same_rules(release: Release) -> None:
    inhoud = a_301(release)
    inhoud["Client"]["Bsn"] = "123456789"
    heen = a_heen(inhoud, soort("WMO301", release))
    dienst = ToewijzingDienst()

    found = dienst.in_message(dienst.read(heen, Kluis((), b"p" * 32)), heen)

    assert [melding.regel.code for melding in found] == ["CS002"]
    assert found == check(heen.kop, inhoud)


AANGEVRAAGD = "/Bericht/Client/AangevraagdeProducten/AangevraagdProduct"
AANVRAAG_FAULTS: list[tuple[Inhoud, str, str]] = [
    ({"BeschikkingNummer": None}, "CD043", AANGEVRAAGD),
    ({"ToewijzingEinddatum": "2025-02-28"}, "CS003", AANGEVRAAGD),
    ({"Product": {"Categorie": "01"}}, "CD095", AANGEVRAAGD),
    ({"Omvang": {"Volume": 1, "Eenheid": "16", "Frequentie": "1"}}, "CS343", AANGEVRAAGD),
    ({"Verwijzer": {"Type": "02"}}, "CD067", f"{AANGEVRAAGD}[1]/Verwijzer"),
    ({"Verwijzer": {"Type": "02", "Naam": "X", "ZorgverlenerCode": "01234567"}}, "CD066", "/Verwijzer"),
    ({"Verwijzer": {"Type": "06", "ZorgverlenerCode": "01234567"}}, "CD068", "/Verwijzer"),
]


@pytest.mark.parametrize(("change", "regel", "place"), AANVRAAG_FAULTS, ids=str)
def test_a_fault_in_a_request_is_told_where_it_is(change: Inhoud, regel: str, place: str) -> None:
    product = {name: value for name, value in an_aangevraagd_product(**change).items() if value is not None}

    [(code, found)] = told("WMO315", a_315(product))

    assert code == regel
    assert place in found


def test_a_reference_or_product_that_is_asked_for_twice_is_told() -> None:
    assert told("WMO315", a_315(an_aangevraagd_product(), an_aangevraagd_product(Product=ANDER))) == [
        ("TR101", f"{AANGEVRAAGD}[2]"),
        ("TR383", f"{AANGEVRAAGD}[2]"),
    ]
    assert told("WMO315", a_315(an_aangevraagd_product(), an_aangevraagd_product(ReferentieAanbieder="VOT2"))) == [
        ("TR386", f"{AANGEVRAAGD}[2]")
    ]


def test_the_client_of_a_request_is_judged() -> None:
    inhoud = a_315(an_aangevraagd_product())
    inhoud["Client"] |= {"Bsn": "123456789", "Geboortedatum": {"Datum": "2025-04-05"}}

    assert told("WMO315", inhoud) == [("CS002", "/Bericht/Client"), ("TR134", "/Bericht/Client")]


VERZOEK = "/Bericht/Client/Verzoek"


@pytest.mark.parametrize(
    ("inhoud", "expected"),
    [
        (a_317([1, 1], [a_te_wijzigen_product()]), [("TR101", "OngewijzigdeProducten/OngewijzigdProduct[2]")]),
        (
            a_317(None, [a_te_wijzigen_product(), a_te_wijzigen_product()]),
            [("TR101", "TeWijzigenProducten/TeWijzigenProduct[2]")],
        ),
        (
            a_317([NUMMER], None, [a_nieuw_product(), a_nieuw_product()]),
            [("TR101", "NieuweProducten/NieuwProduct[2]"), ("TR410", "NieuweProducten/NieuwProduct[2]")],
        ),
        (
            a_317([1], [a_te_wijzigen_product(Einddatum="2025-04-30")]),
            [("CS003", "TeWijzigenProducten/TeWijzigenProduct[1]")],
        ),
        (
            a_317([1], [a_te_wijzigen_product(Budget=1)]),
            [
                ("CD077", "TeWijzigenProducten/TeWijzigenProduct[1]"),
                ("CD078", "TeWijzigenProducten/TeWijzigenProduct[1]"),
            ],
        ),
        (
            a_317([1], None, [a_nieuw_product(GewensteIngangsdatum="2025-04-04")]),
            [("TR380", "NieuweProducten/NieuwProduct[1]")],
        ),
        (
            a_317([1], None, [a_nieuw_product(Product={"Categorie": "01"})]),
            [("CD096", "NieuweProducten/NieuwProduct[1]")],
        ),
        (
            a_317([1], None, [a_nieuw_product(Einddatum="2025-04-30")]),
            [("CS003", "NieuweProducten/NieuwProduct[1]")],
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_fault_in_a_request_for_change_is_told_where_it_is(inhoud: Inhoud, expected: list[tuple[str, str]]) -> None:
    assert told("WMO317", inhoud) == [(code, f"{VERZOEK}/{place}") for code, place in expected]


def test_a_number_may_stay_and_change_by_the_rules_within_the_message() -> None:
    """One kind of class at a time has unique keys; that both name one toewijzing is for TR349 and further."""
    assert told("WMO317", a_317([NUMMER], [a_te_wijzigen_product()])) == []


def test_a_request_for_nothing_is_told_of_the_request() -> None:
    inhoud = a_317()
    inhoud["Client"]["Bsn"] = "123456789"

    assert told("WMO317", inhoud) == [("CS002", "/Bericht/Client"), ("TR352", VERZOEK), ("TR353", VERZOEK)]


def test_an_answer_is_judged() -> None:
    assert told("WMO319", a_319(RedenAfwijzingVerzoek=None)) == [("CD085", "/Bericht/Antwoord")]
    assert told("WMO319", a_319(VerzoekAntwoord="2")) == [("CD086", "/Bericht/Antwoord")]


def test_a_date_that_no_calendar_has_is_a_fault_of_the_message() -> None:
    inhoud = a_319() | {"Header": a_301("3.2")["Header"]}
    message = a_301("3.2", a_toegewezen_product(Einddatum="10000-01-01"))

    with pytest.raises(SchemaError):
        check(read_kop(soort("WMO301", "3.2"), message), message)

    assert check(read_kop(soort("WMO319", "3.2"), inhoud), inhoud) == []


EXAMPLES = Path(__file__).parents[3] / "shared" / "iwmo"


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples of the standard are not beside the repository")
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("2.4/voorbeelden/01-WMO301.xml", []),
        ("3.2/voorbeelden/WMO301.xml", []),
        ("3.2/voorbeelden/WMO315.xml", []),
        # It asks for a new product from the Dagtekening itself on, which TR380 forbids.
        ("3.2/voorbeelden/WMO317.xml", ["TR380"]),
        ("3.2/voorbeelden/WMO319.xml", []),
    ],
)
def test_the_examples_of_the_standard_keep_to_the_rules(path: str, expected: list[str]) -> None:
    gelezen = lezer.read((EXAMPLES / path).read_bytes(), SCHEMAS, lezer.Grenzen())

    found = check(read_kop(gelezen.soort, gelezen.inhoud), gelezen.inhoud)

    assert [melding.regel.code for melding in found] == expected
