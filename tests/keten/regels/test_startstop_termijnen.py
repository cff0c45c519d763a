"""The terms of starts and stops (OP271, OP272, OP288, OP295) as both parties see them: told, and never a reason to
refuse."""

from datetime import date
from typing import Any

from shared.klok import Klok
from shared.werkdagen import plus_werkdagen
from tests.keten.berichten.kop import dag
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring
from tests.keten.regels.paar import accepts
from tests.keten.regels.zorg import TIJDELIJK, VERWIJDEREN, start, stop, toegewezen
from tests.wachten import eventually

OP = ("OP271", "OP272", "OP288", "OP295")
Gezien = dict[str, tuple[str, str, str | None]]


async def seen(party: Deelnemer) -> Gezien:
    """By rule: from which day, to which day, and how it stands."""
    found: list[dict[str, Any]] = (await party.get("/startstop/v1/termijnen"))["termijnen"]
    return {one["regel"]: (one["vanaf"], one["uiterlijk"], one["status"]) for one in found if one["regel"] in OP}


def term(vanaf: str, status: str) -> tuple[str, str, str]:
    """Five working days."""
    return vanaf, plus_werkdagen(date.fromisoformat(vanaf), 5).isoformat(), status


async def assigned(kring: Kring) -> int:
    """A toewijzing that the aanbieder is to start."""
    nummer = await toegewezen(kring)

    async def waits() -> bool:
        return bool(await seen(kring.aanbieder))

    await eventually(waits, "a start is waited for", every=0.05)
    return nummer


async def test_op295_a_toewijzing_waits_for_a_start_and_a_start_for_a_stop(kring: Kring) -> None:
    """The messages come in years after the care, and the toewijzing with them."""
    nummer, today = await assigned(kring), Klok().today().isoformat()
    waiting = {"OP295": term(today, "open")}
    assert await seen(kring.aanbieder) == await seen(kring.gemeente) == waiting

    await accepts(kring, start(kring, nummer))
    started = {
        "OP271": term(today, "gehaald"),
        "OP288": term(dag(kring, "08-31"), "verlopen"),
        "OP295": term(today, "gehaald"),
    }
    assert await seen(kring.gemeente) == started

    await accepts(kring, stop(kring, nummer, **TIJDELIJK))
    paused = started | {"OP272": term(dag(kring, "06-13"), "te_laat")}
    assert await seen(kring.gemeente) == paused

    await accepts(kring, stop(kring, nummer))
    assert await seen(kring.gemeente) == paused | {"OP288": term(dag(kring, "08-31"), "te_laat")}


async def test_op295_a_start_that_is_taken_back_is_waited_for_again(kring: Kring) -> None:
    nummer = await assigned(kring)
    before = await seen(kring.aanbieder)
    await accepts(kring, start(kring, nummer))

    await accepts(kring, start(kring, nummer, **VERWIJDEREN))

    assert await seen(kring.aanbieder) == before
