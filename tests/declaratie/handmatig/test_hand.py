"""Which lines wait for the gemeente, and what a decision says; without a database."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.hand import (
    GEEN_HAND,
    Besluit,
    Hand,
    Instelling,
    last_day,
    left_to_rules,
    refusal,
    to_decide,
)
from services.declaratie.handmatig.retourcodes import codes_of_a_line
from services.declaratie.oordeel import judge_parts
from shared.iwmo.catalogus import RELEASES
from shared.iwmo.waarden import Omvang
from tests.declaratie.bouw import a_credit, a_declaratie, a_prestatie, codes, feiten
from tests.shared.iwmo.berichten import AANBIEDER
from tests.toewijzing.bouw import a_toewijzing

ALLES = Instelling()
AFGEKEURD = Besluit("afgekeurd", "9321", "te veel uren in de vakantie")


def two_lines() -> tuple[Prestatie, Prestatie]:
    return a_prestatie(), a_prestatie(2, referentie="R2", bedrag=40301)


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        ({}, True),
        ({"code": "01A04"}, True),
        ({"code": "01A05"}, False),
        ({"categorie": "01"}, True),
        ({"categorie": "02"}, False),
        ({"aanbieder": AANBIEDER}, True),
        ({"aanbieder": "00000000"}, False),
        ({"bedrag_vanaf": 40300}, True),
        ({"bedrag_vanaf": 40301}, False),
        ({"code": "01A04", "categorie": "01", "aanbieder": AANBIEDER, "bedrag_vanaf": 0}, True),
        ({"code": "01A04", "bedrag_vanaf": 50000}, False),
    ],
)
def test_a_setting_holds_when_all_that_it_gives_does(given: dict[str, Any], holds: bool) -> None:
    assert Instelling(**given).holds_for(a_prestatie(), AANBIEDER) is holds


def test_a_credit_never_waits() -> None:
    assert not ALLES.holds_for(a_credit(), AANBIEDER)


def test_any_setting_makes_a_line_wait() -> None:
    lines = two_lines()
    hand = Hand((Instelling(code="99Z99"), Instelling(bedrag_vanaf=40301)))

    assert to_decide(a_declaratie(*lines), [], hand) == [lines[1]]
    assert to_decide(a_declaratie(*lines), [], GEEN_HAND) == []


def test_a_line_that_a_rule_refuses_does_not_wait_nor_one_of_a_refused_client() -> None:
    declaratie = a_declaratie(a_prestatie(nummer=1), a_prestatie(2, referentie="R2"))
    on_line = judge_parts(declaratie, feiten())
    on_client = judge_parts(declaratie, feiten(clienten=()))

    assert [line.referentie for line in to_decide(declaratie, on_line, Hand((ALLES,)))] == ["R2"]
    assert to_decide(declaratie, on_client, Hand((ALLES,))) == []


@pytest.mark.parametrize("status", ["goedgekeurd", "afgekeurd"])
def test_what_is_decided_waits_no_more(status: Any) -> None:
    lines = two_lines()

    waiting = to_decide(a_declaratie(*lines), [], Hand((ALLES,), {"R1": Besluit(status)}))

    assert waiting == [lines[1]]


def test_what_was_put_to_the_gemeente_waits_without_its_setting() -> None:
    lines = two_lines()

    assert to_decide(a_declaratie(*lines), [], Hand((), {"R1": Besluit()})) == [lines[0]]


def test_a_refusal_has_the_code_and_the_reason_of_the_gemeente() -> None:
    [melding] = refusal(a_prestatie(), Hand((), {"R1": AFGEKEURD}))

    told = melding.as_json()
    assert (told["regel"], told["retourcode"], told["klasse"]) == ("HAND", "9321", "Prestatie")
    assert told["omschrijving"] == "De gemeente heeft deze prestatie afgekeurd: te veel uren in de vakantie"
    assert (melding.regel.niveau, melding.vreemd) == (3, False)


@pytest.mark.parametrize("besluit", [Besluit(), Besluit("goedgekeurd")])
def test_without_a_refusal_nothing_is_said(besluit: Besluit) -> None:
    assert refusal(a_prestatie(), Hand((), {"R1": besluit})) == []
    assert refusal(a_prestatie(), GEEN_HAND) == []


def test_a_refused_line_leaves_its_volume_to_the_next() -> None:
    """Each takes all there is; the first is refused by hand, so the second fits."""
    room = a_toewijzing(omvang=Omvang(13, "04", "6"))
    second = a_prestatie(2, referentie="R2", periode=a_prestatie().periode)
    declaratie = a_declaratie(a_prestatie(), second)
    known = feiten(release="2.4", toewijzingen=[room])

    by_rules = judge_parts(declaratie, known)
    by_hand = judge_parts(declaratie, replace(known, hand=Hand((), {"R1": AFGEKEURD})))

    assert {melding.plek for melding in by_rules} == {second.plek}
    assert codes(by_hand) == [("HAND", "9321")]


def test_a_refusal_by_hand_stands_beside_those_of_rules() -> None:
    wrong = a_prestatie(bedrag=1)

    found = judge_parts(a_declaratie(wrong), replace(feiten(), hand=Hand((), {"R1": AFGEKEURD})))

    assert codes(found) == [("TR346", "9346"), ("HAND", "9321")]


def test_what_is_granted_without_a_decision_is_told_as_a_number() -> None:
    lines = two_lines()
    hand = Hand((ALLES,), {"R1": Besluit()}, gesloten=True)
    declaratie = a_declaratie(*lines)

    [melding] = left_to_rules(declaratie, to_decide(declaratie, [], hand), hand)

    assert (melding.regel.niveau, melding.afwijking.gevonden, melding.plek) == (0, "1", declaratie.plek)
    assert left_to_rules(declaratie, [], hand) == []


def test_the_answer_goes_out_on_the_day_before_the_last_of_the_term() -> None:
    assert last_day(date(2026, 3, 13)) == date(2026, 3, 11)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("code", "refuses"),
    [("0611", True), ("0200", False), ("8001", False), ("0233", False), ("0001", False), ("9056", False),
     ("ZZZZ", False)],
)  # fmt: skip
def test_a_line_is_refused_with_a_code_that_is_about_a_line(release: str, code: str, refuses: bool) -> None:
    assert (code in codes_of_a_line(release)) is refuses


def test_in_3_2_a_code_of_another_class_or_message_is_none_of_a_line() -> None:
    assert not {"8187", "9333", "9071", "9355", "S300"} & codes_of_a_line("3.2")
    assert {"9321", "9389", "8021"} <= codes_of_a_line("3.2")
