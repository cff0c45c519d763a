"""Level 2: what a declaration must be in itself, and the rules on the declaration and its clients."""

from itertools import pairwise

import pytest

from services.declaratie.domain import Declaratie
from services.declaratie.rules import (
    CLIENT_REGELS,
    DECLARATIE_REGELS,
    IN_MESSAGE_DECLARATIE,
    IN_MESSAGE_PRESTATIE,
)
from shared.iwmo.catalogus import RELEASES, Release
from tests.declaratie.bouw import a_client, a_credit, a_declaratie, a_prestatie, codes, feiten


def in_message(declaratie: Declaratie) -> list[tuple[str, str]]:
    found = IN_MESSAGE_DECLARATIE.judge(declaratie, None, "3.2", declaratie.plek)
    for prestatie in declaratie.prestaties:
        found += IN_MESSAGE_PRESTATIE.judge(prestatie, declaratie, "3.2", prestatie.plek)
    return codes(found)


def test_tr315_accepts_credits_of_different_lines() -> None:
    first, second = a_credit(referentie="C1", vorige_referentie="O1"), a_credit(referentie="C2", vorige_referentie="O2")

    assert in_message(a_declaratie(first, second)) == []


def test_tr315_refuses_two_credits_of_the_same_line() -> None:
    first, second = a_credit(referentie="C1"), a_credit(referentie="C2")

    assert in_message(a_declaratie(first, second)) == [("TR315", "0001")] * 2


def test_tr316_accepts_a_credit_beside_the_debit_that_replaces_it() -> None:
    assert in_message(a_declaratie(a_credit(vorige_referentie="O1"), a_prestatie(referentie="N1"))) == []


@pytest.mark.parametrize("order", [1, -1], ids=["credit first", "debit first"])
def test_tr316_refuses_a_credit_beside_its_own_debit(order: int) -> None:
    lines = [a_credit(), a_prestatie(plaats=2)][::order]

    assert in_message(a_declaratie(*lines)) == [("TR316", "0001")]


def test_tr316_refuses_a_credit_of_itself() -> None:
    assert in_message(a_declaratie(a_credit(referentie="R1"))) == [("TR316", "0001")]


def test_tr358_accepts_the_sum_of_the_lines_with_credits_negative() -> None:
    lines = (a_prestatie(), a_credit(bedrag=10000, vorige_referentie="O1"))

    assert in_message(a_declaratie(*lines, ingediend=30300)) == []


def test_tr358_accepts_a_total_below_zero_and_of_zero() -> None:
    assert in_message(a_declaratie(a_credit(vorige_referentie="O1"), ingediend=-40300)) == []
    assert in_message(a_declaratie(a_prestatie(), a_credit(vorige_referentie="O1"), ingediend=0)) == []


@pytest.mark.parametrize("ingediend", [40299, 40301, -40300, 0])
def test_tr358_refuses_another_total(ingediend: int) -> None:
    assert in_message(a_declaratie(ingediend=ingediend)) == [("TR358", "0001")]


@pytest.mark.parametrize("release", RELEASES)
def test_tr333_accepts_a_new_number(release: Release) -> None:
    declaratie = a_declaratie()

    assert DECLARATIE_REGELS.judge(declaratie, feiten(), release, declaratie.plek) == []


@pytest.mark.parametrize("release", RELEASES)
def test_tr333_refuses_a_number_of_an_earlier_declaration(release: Release) -> None:
    declaratie = a_declaratie()

    [melding] = DECLARATIE_REGELS.judge(declaratie, feiten(eerdere_declaratie="x"), release, declaratie.plek)

    assert (melding.retourcode, melding.afwijking.botst_met) == ("9333", "x")
    assert not melding.vreemd


@pytest.mark.parametrize("release", RELEASES)
def test_tr304_accepts_a_client_with_a_toewijzing(release: Release) -> None:
    assert CLIENT_REGELS.judge(a_client(), feiten(), release, a_client().plek) == []


@pytest.mark.parametrize("release", RELEASES)
def test_tr304_refuses_a_client_without_any_toewijzing(release: Release) -> None:
    [melding] = CLIENT_REGELS.judge(a_client(), feiten(clienten=["client-b"]), release, a_client().plek)

    assert codes([melding]) == [("TR304", "8187")]
    assert melding.vreemd
    assert "client-" not in str(melding.as_json())


def test_the_lines_of_a_declaration_come_in_the_order_of_the_message() -> None:
    lines = [a_prestatie(plaats=n, referentie=f"R{n}") for n in range(1, 4)]

    found = [line.plek for line in a_declaratie(*lines).prestaties]

    assert all(before < after for before, after in pairwise(found))
