"""The term of an answer: watched as long as a message waits, and over with its verdict (OP090, OP090x4)."""

from datetime import date
from typing import Any

import pytest

from shared.werkdagen import plus_werkdagen
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.keten.verdicts import verdicts

DAYS = {"startstop": {"2.4": 3, "3.2": 3}, "declaratie": {"2.4": 20, "3.2": 10}}


def in_werkdagen(vanaf: str, days: int) -> str:
    return plus_werkdagen(date.fromisoformat(vanaf), days).isoformat()


async def term_of(party: Deelnemer, dienst: str, bericht_id: str) -> dict[str, Any]:
    [termijn] = (await party.get(f"/{dienst}/v1/termijnen", sleutel=bericht_id))["termijnen"]
    return dict(termijn)


@pytest.mark.parametrize("dienst", DAYS)
async def test_the_term_of_an_answer_runs_while_a_message_waits_and_ends_with_its_verdict(
    kring: Kring, gewonde_stapel: Stapel, dienst: str
) -> None:
    nummer = kring.nummer()
    bericht = a_305(kring, nummer) if dienst == "startstop" else a_declaratie(kring, prestatie(kring, nummer))
    days = DAYS[dienst][kring.release]
    with gewonde_stapel.frozen("broker"):
        await kring.gemeente.send(a_301(kring, nummer))
        answer = await kring.aanbieder.post(bericht)
        bericht_id = answer.json()["id"]
        waiting = await term_of(kring.gemeente, dienst, bericht_id)
        assert await term_of(kring.aanbieder, dienst, bericht_id) == waiting

    await verdicts(kring.aanbieder, [answer])
    over = await term_of(kring.gemeente, dienst, bericht_id)

    assert (waiting["regel"], waiting["wie"]) == ("OP090" if dienst == "startstop" else "OP090x4", "gemeente")
    assert (waiting["status"], waiting["berichtId"]) == ("open", bericht_id)
    assert over["status"] == "gehaald"
    assert over["uiterlijk"] == waiting["uiterlijk"] == in_werkdagen(waiting["vanaf"], days)


async def test_a_message_that_is_answered_as_it_comes_in_has_no_term(kring: Kring) -> None:
    uitkomst = await kring.gemeente.send(a_301(kring))

    assert (await kring.gemeente.get("/toewijzing/v1/termijnen", sleutel=uitkomst["id"]))["termijnen"] == []


async def test_the_figures_of_every_service_know_terms(stapel: Stapel, kring32: Kring) -> None:
    for dienst in ("toewijzing", "startstop", "declaratie"):
        answer = await kring32.gemeente.request("GET", f"/{dienst}/metrics")

        assert "# TYPE knooppunt_termijnen_verlopen gauge" in answer.text
