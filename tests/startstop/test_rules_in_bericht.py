"""Level 2: what a WMO305 or WMO307 must be in itself, from the message as it came in."""

from collections.abc import Callable
from typing import Any

import pytest

from services.startstop import controle
from services.startstop.processing import StartstopDienst
from services.startstop.rules_in_bericht import STARTPRODUCT_REGELS, STOPPRODUCT_REGELS
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.regels import Melding
from shared.iwmo.schemas import Schemas
from tests.shared.exchange.verwerken import KLUIS
from tests.shared.iwmo.berichten import (
    BSN,
    NUMMER,
    a_305,
    a_307,
    a_heen,
    a_startproduct,
    a_stopproduct,
    soort,
    through_schema,
)
from tests.startstop.bouw import a_startproduct as a_start
from tests.startstop.bouw import a_stopproduct as a_stop
from tests.startstop.bouw import codes

SCHEMAS = Schemas()
START = "/Bericht/Client/StartProducten/StartProduct"
STOP = "/Bericht/Client/StopProducten/StopProduct"
KINDS = [("WMO305", a_305, a_startproduct, START), ("WMO307", a_307, a_stopproduct, STOP)]
both_kinds = pytest.mark.parametrize(("naam", "message", "product", "place"), KINDS, ids=["WMO305", "WMO307"])
both_releases = pytest.mark.parametrize("release", RELEASES)


def check(inhoud: Inhoud, naam: str, release: Release) -> list[Melding]:
    """The faults within a message that the schema accepts; the service and the check without keys agree on them."""
    heen = a_heen(through_schema(inhoud, soort(naam, release), SCHEMAS).inhoud, soort(naam, release))
    found = controle.check(heen.kop, heen.inhoud)
    dienst = StartstopDienst()
    assert dienst.in_message(dienst.read(heen, KLUIS), heen) == found
    assert all(melding.retourcode == "0001" for melding in found)
    return found


def told(meldingen: list[Melding]) -> list[tuple[str, str]]:
    return [(melding.regel.code, melding.locatie) for melding in meldingen]


def test_every_kind_of_the_service_is_checked() -> None:
    assert StartstopDienst.soorten == controle.SOORTEN


@both_releases
@both_kinds
def test_a_right_message_has_no_faults(
    naam: str, message: Callable[..., Inhoud], product: Any, place: str, release: Release
) -> None:
    assert check(message(release), naam, release) == []


@pytest.mark.parametrize("status", ["1", "3"])
def test_cs058_accepts_a_delivery_and_a_deletion(status: str) -> None:
    assert STARTPRODUCT_REGELS.judge(a_start(status=status), None, "3.2", ()) == []
    assert STOPPRODUCT_REGELS.judge(a_stop(status=status), None, "3.2", ()) == []


@both_releases
@both_kinds
@pytest.mark.parametrize("status", ["2", "9"])
def test_cs058_refuses_another_status(
    naam: str, message: Callable[..., Inhoud], product: Any, place: str, status: str, release: Release
) -> None:
    found = check(message(release, product(), product(StatusAanlevering=status, ToewijzingNummer=7)), naam, release)

    assert told(found) == [("CS058", f"{place}[2]")]
    assert found[0].afwijking.gevonden == status


@both_releases
@pytest.mark.parametrize("eind", ["2025-03-03", "2025-03-04", "2030-01-01"])
def test_tr018_accepts_an_end_on_the_first_day_or_later(eind: str, release: Release) -> None:
    assert check(a_307(release, a_stopproduct(Einddatum=eind)), "WMO307", release) == []


@both_releases
@pytest.mark.parametrize("status", ["1", "3"])
def test_tr018_refuses_an_end_before_the_begin(status: str, release: Release) -> None:
    [melding] = check(
        a_307(release, a_stopproduct(Einddatum="2025-03-02", StatusAanlevering=status)), "WMO307", release
    )

    assert told([melding]) == [("TR018", f"{STOP}[1]")]
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == ("2025-03-02", "vanaf 2025-03-03")


@both_releases
@both_kinds
@pytest.mark.parametrize("day", ["2025-04-04", "1900-01-01"])
def test_a_begin_up_to_the_dagtekening_is_accepted(
    naam: str, message: Callable[..., Inhoud], product: Any, place: str, day: str, release: Release
) -> None:
    assert check(message(release, product(Begindatum=day) | end("2025-04-04", naam)), naam, release) == []


@both_releases
@both_kinds
def test_a_begin_after_the_dagtekening_is_refused(
    naam: str, message: Callable[..., Inhoud], product: Any, place: str, release: Release
) -> None:
    found = check(message(release, product(Begindatum="2025-04-05") | end("2025-04-05", naam)), naam, release)

    assert told(found) == [("TR134", f"{place}[1]")]


def end(day: str, naam: str) -> Inhoud:
    return {"Einddatum": day} if naam == "WMO307" else {}


SAME_KEY: list[tuple[Inhoud, Inhoud]] = [
    ({}, {}),
    ({}, {"StatusAanlevering": "3"}),
    ({}, {"ToewijzingIngangsdatum": "2025-02-01"}),
    ({"Product": None}, {"Product": None}),
    ({"ToewijzingNummer": None}, {"ToewijzingNummer": None}),
    ({"Product": {"Categorie": "01"}}, {"Product": {"Categorie": "01"}}),
]
OTHER_KEY: list[tuple[Inhoud, Inhoud]] = [
    ({}, {"ToewijzingNummer": NUMMER + 1}),
    ({}, {"ToewijzingNummer": None}),
    ({}, {"Product": {"Categorie": "01", "Code": "01A03"}}),
    ({}, {"Product": {"Categorie": "01"}}),
    ({"Product": {"Categorie": "01"}}, {"Product": None}),
    ({}, {"Begindatum": "2025-03-04"}),
]


def pair(product: Any, first: Inhoud, second: Inhoud) -> list[Inhoud]:
    made = [product(**first), product(**second)]
    return [{name: value for name, value in one.items() if value is not None} for one in made]


@both_releases
@both_kinds
@pytest.mark.parametrize(("first", "second"), SAME_KEY, ids=str)
def test_two_products_with_one_key_are_refused(
    naam: str,
    message: Callable[..., Inhoud],
    product: Any,
    place: str,
    first: Inhoud,
    second: Inhoud,
    release: Release,
) -> None:
    [melding] = check(message(release, *pair(product, first, second)), naam, release)

    assert told([melding]) == [("TR101", f"{place}[2]")]
    assert melding.as_json()["botstMetLocatie"] == f"{place}[1]"


@both_releases
@both_kinds
@pytest.mark.parametrize(("first", "second"), OTHER_KEY, ids=str)
def test_products_whose_keys_differ_anywhere_are_accepted(
    naam: str,
    message: Callable[..., Inhoud],
    product: Any,
    place: str,
    first: Inhoud,
    second: Inhoud,
    release: Release,
) -> None:
    assert check(message(release, *pair(product, first, second)), naam, release) == []


@both_releases
@pytest.mark.parametrize("other", [{"RedenBeeindiging": "19"}, {"Einddatum": "2025-03-30"}], ids=str)
def test_a_stop_is_corrected_in_one_message_when_its_key_changes(other: Inhoud, release: Release) -> None:
    wrong, right = a_stopproduct(StatusAanlevering="3"), a_stopproduct(**other)

    assert check(a_307(release, wrong, right), "WMO307", release) == []


PERSONS: list[tuple[Inhoud, list[str]]] = [
    ({"Bsn": "123456789"}, ["CS002"]),
    ({"Geboortedatum": {"Datum": "1905-04-03"}}, ["TR002"]),
    ({"Geboortedatum": {"Datum": "1900-01-01", "DatumGebruik": "3"}}, []),
    ({"Geboortedatum": {"Datum": "1949-09-02", "DatumGebruik": "1"}}, ["CS139"]),
    ({"Geboortedatum": {"Datum": "2025-04-05"}}, ["TR134"]),
]


@both_releases
@both_kinds
@pytest.mark.parametrize(("deviation", "expected"), PERSONS, ids=str)
def test_the_rules_on_a_person_hold_and_tell_nothing_of_him(
    naam: str,
    message: Callable[..., Inhoud],
    product: Any,
    place: str,
    deviation: Inhoud,
    expected: list[str],
    release: Release,
) -> None:
    inhoud = message(release)
    inhoud["Client"] |= deviation

    found = check(inhoud, naam, release)

    assert [code for code, _ in codes(found)] == expected
    assert all(melding.locatie == "/Bericht/Client" for melding in found)
    shown = str([melding.as_json() for melding in found])
    assert all(value not in shown for value in (BSN, "123456789", "1905-04-03", "1949-09-02", "2025-04-05"))


def test_all_faults_are_told_at_once() -> None:
    inhoud = a_307("3.2", a_stopproduct(StatusAanlevering="2", Einddatum="2025-03-02"), a_stopproduct())
    inhoud["Client"]["Bsn"] = "123456789"

    assert told(check(inhoud, "WMO307", "3.2")) == [
        ("CS002", "/Bericht/Client"),
        ("CS058", f"{STOP}[1]"),
        ("TR018", f"{STOP}[1]"),
    ]
