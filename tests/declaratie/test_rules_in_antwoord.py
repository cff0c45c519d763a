"""Level 2: what a WMO325 must be in itself, from the message as it came in."""

import pytest

from shared.iwmo.codec import Inhoud
from tests.declaratie.in_bericht import a_325, a_periode, check_325
from tests.shared.iwmo.berichten import ANDER_BSN, BSN, a_regel

LINE = "/DeclaratieAntwoord/Clienten/Client[1]/Prestaties/Prestatie[1]"


def test_tr342_accepts_submitted_less_refused() -> None:
    assert check_325(a_325()) == []
    assert check_325(a_325(a_regel("3.2", 300), ingediend=40300)) == []
    assert check_325(a_325(a_regel("3.2", -300, vorige="O1"), ingediend=40300, toegekend=40600)) == []
    assert check_325(a_325(a_regel("3.2", 300), ingediend=-40300, toegekend=-40600)) == []


def test_tr342_accepts_a_declaration_refused_as_a_whole() -> None:
    assert check_325(a_325(toegekend=0, codes=["9333"])) == []


def test_tr342_accepts_an_answer_of_a_header_alone() -> None:
    inhoud = a_325()
    inhoud["Header"]["RetourCodes"] = {"RetourCode": ["0001"]}
    del inhoud["DeclaratieAntwoord"]

    assert check_325(inhoud) == []


@pytest.mark.parametrize("toegekend", [40300, 40001, 39999, -40000, 0])
def test_tr342_refuses_another_total(toegekend: int) -> None:
    found = check_325(a_325(a_regel("3.2", 300), toegekend=toegekend))

    assert found == [("TR342", "/DeclaratieAntwoord")]


def test_tr342_refuses_a_part_granted_without_refused_lines() -> None:
    assert check_325(a_325(toegekend=40000)) == [("TR342", "/DeclaratieAntwoord")]


def test_tr342_refuses_money_or_lines_for_a_declaration_refused_as_a_whole() -> None:
    assert check_325(a_325(toegekend=40300, codes=["9333"])) == [("TR342", "/DeclaratieAntwoord")]
    with_lines = a_325(a_regel("3.2", 300), toegekend=0, codes=["9333"])
    assert check_325(with_lines) == [("TR342", "/DeclaratieAntwoord")]


@pytest.mark.parametrize("naam", ["TotaalIngediendBedrag", "TotaalToegekendBedrag"])
def test_a_total_of_zero_as_credit_is_refused(naam: str) -> None:
    inhoud = a_325(ingediend=0)
    inhoud["DeclaratieAntwoord"][naam]["DebetCredit"] = "C"

    assert check_325(inhoud) == [("CS325", f"/DeclaratieAntwoord/{naam}")]


FAULTS: list[tuple[Inhoud, list[str]]] = [
    (a_regel("3.2", 300, vorige="O1"), ["CD060"]),
    (a_regel("3.2", -300), ["CD060"]),
    (a_regel("3.2", vorige="O1", IngediendBedrag={"Bedrag": 0, "DebetCredit": "C"}), ["CS325"]),
    (a_regel("3.2", ProductPeriode=a_periode("2025-04-01", "2025-04-30")), ["TR137"]),
    (a_regel("3.2", ProductPeriode=a_periode("2025-03-31", "2025-03-30")), ["TR137"]),
    (a_regel("3.2", ProductPeriode=a_periode("2025-04-05", "2025-04-30")), ["TR137", "TR134"]),
]


@pytest.mark.parametrize(("line", "expected"), FAULTS, ids=str)
def test_a_line_of_an_answer_is_judged(line: Inhoud, expected: list[str]) -> None:
    assert check_325(a_325(line)) == [(code, LINE) for code in expected]


@pytest.mark.parametrize(
    "line",
    [
        a_regel("3.2", ProductPeriode=a_periode("2019-01-01", "2019-12-31")),
        a_regel("3.2", Eenheid="83"),
    ],
    ids=["old and long", "euros with a tariff"],
)
def test_an_answer_repeats_a_line_without_being_judged_on_what_the_aanbieder_wrote(line: Inhoud) -> None:
    assert check_325(a_325(line)) == []


def test_keys_in_an_answer_are_unique() -> None:
    assert check_325(a_325(a_regel("3.2"), a_regel("3.2"), ingediend=80600)) == [("TR101", LINE[:-2] + "2]")]

    inhoud = a_325(a_regel("3.2", 100), ingediend=40300, toegekend=40100)
    [client] = inhoud["DeclaratieAntwoord"]["Clienten"]["Client"]
    inhoud["DeclaratieAntwoord"]["Clienten"]["Client"] = [client, client]
    assert check_325(inhoud) == [("TR101", "/DeclaratieAntwoord/Clienten/Client[2]")]
    inhoud["DeclaratieAntwoord"]["Clienten"]["Client"] = [client, client | {"Bsn": ANDER_BSN}]
    assert check_325(inhoud) == []


def test_a_bsn_in_an_answer_passes_the_elfproef() -> None:
    inhoud = a_325(a_regel("3.2"))
    [client] = inhoud["DeclaratieAntwoord"]["Clienten"]["Client"]
    assert client["Bsn"] == BSN
    client["Bsn"] = "123456789"

    assert check_325(inhoud) == [("CS002", "/DeclaratieAntwoord/Clienten/Client[1]")]
