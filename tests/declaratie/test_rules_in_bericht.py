"""Level 2: a WMO303D, WMO303F or WMO323 in itself, from the message as it came in: clients, keys, all at once."""

import pytest

from services.declaratie import controle
from services.declaratie.processing import DeclaratieDienst
from shared.iwmo.catalogus import Release
from shared.iwmo.codec import Inhoud
from tests.declaratie.in_bericht import (
    OTHER,
    both_releases,
    check,
    check_lines,
    line,
    told,
    whole,
    with_whole,
    without,
)
from tests.shared.iwmo.berichten import ANDER_BSN, BSN, a_bedrag, a_declaratie_bericht, a_regel


def test_every_kind_of_the_service_is_checked() -> None:
    assert DeclaratieDienst.soorten | {"WMO325"} == controle.SOORTEN


@both_releases
def test_a_right_declaration_has_no_faults(release: Release) -> None:
    assert check(a_declaratie_bericht(release), release) == []


def test_a_303f_is_judged_as_a_303d() -> None:
    inhoud = a_declaratie_bericht("2.4", totaal=1)
    inhoud["Header"]["BerichtCode"] = "448"

    assert told(check(inhoud, "2.4", "WMO303F")) == [("TR358", "/Header")]


@both_releases
def test_one_client_twice_is_refused_without_his_bsn(release: Release) -> None:
    inhoud = a_declaratie_bericht(release, [a_regel(release)], [a_regel(release, referentie="R2", **OTHER)])
    clienten = inhoud["Declaratie"]["Clienten"] if release == "3.2" else inhoud["Clienten"]
    clienten["Client"][1]["Bsn"] = BSN

    [melding] = check(inhoud, release)

    place = f"{whole(release) if release == '3.2' else ''}/Clienten/Client"
    assert told([melding]) == [("TR101", f"{place}[2]")]
    assert BSN not in str(melding.as_json())


@both_releases
def test_a_number_is_used_once_at_one_client(release: Release) -> None:
    [melding] = check(a_declaratie_bericht(release, [a_regel(release), a_regel(release, **OTHER)]), release)

    assert told([melding]) == [("TR101", line(release, number=2))]
    assert melding.as_json()["botstMetLocatie"] == f"/Bericht{line(release)}"


@both_releases
def test_a_number_again_at_another_client_or_with_another_earlier_number_is_not_for_tr101(release: Release) -> None:
    """TR314 sees to it, against all that was declared before."""
    assert check(a_declaratie_bericht(release, [a_regel(release)], [a_regel(release, **OTHER)]), release) == []
    credit = a_regel(release, -1, vorige="O1")
    assert check_lines(release, a_regel(release), credit) == []


@both_releases
def test_every_bsn_passes_the_elfproef(release: Release) -> None:
    inhoud = a_declaratie_bericht(release, [a_regel(release)], [a_regel(release, referentie="R2", **OTHER)])
    clienten = inhoud["Declaratie"]["Clienten"] if release == "3.2" else inhoud["Clienten"]
    assert clienten["Client"][1]["Bsn"] == ANDER_BSN
    clienten["Client"][1]["Bsn"] = "123456789"

    [melding] = check(inhoud, release)

    assert (melding.regel.code, melding.locatie[-len("Client[2]") :]) == ("CS002", "Client[2]")
    assert "123456789" not in str(melding.as_json())


@pytest.mark.parametrize(
    ("geboren", "code"),
    [
        ({"Datum": "1905-04-03"}, "TR002"),
        ({"Datum": "2025-04-05"}, "TR134"),
        ({"Datum": "1949-09-02", "DatumGebruik": "1"}, "CS139"),
    ],
)
def test_a_303_is_judged_on_the_date_of_birth_that_a_323_does_not_have(geboren: Inhoud, code: str) -> None:
    inhoud = a_declaratie_bericht("2.4")
    inhoud["Clienten"]["Client"][0]["Geboortedatum"] = geboren

    [melding] = check(inhoud, "2.4")

    assert told([melding]) == [(code, "/Clienten/Client[1]")]
    assert geboren["Datum"] not in str(melding.as_json())


def test_all_faults_are_told_at_once() -> None:
    inhoud = a_declaratie_bericht("3.2", [without(a_regel("3.2"), "ProductTarief")], [a_regel("3.2", 1, vorige="R1")])
    wrong = with_whole(inhoud, "3.2", TotaalIngediendBedrag=a_bedrag(7, "TotaalBedrag"))

    assert {code for code, _ in told(check(wrong, "3.2"))} == {"TR358", "CD087", "CD060", "TR316", "TR416"}
