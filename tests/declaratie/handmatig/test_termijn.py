"""The clock: an alarm when the last day comes near, and the answer when it is past."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
import structlog
from fastapi import FastAPI
from structlog.testing import capture_logs

from services.declaratie.handmatig import termijn
from services.declaratie.handmatig.opslag import hold
from services.declaratie.handmatig.termijn import due
from shared.exchange import wachtkamer
from shared.exchange.dienst import Uitkomst
from shared.exchange.verwerking import reconsider
from shared.exchange.wachtkamer import Wachtkamer, measure, wait_for_verdict
from shared.iwmo.catalogus import Release
from shared.iwmo.codec import Inhoud
from shared.werkdagen import plus_werkdagen
from tests.declaratie.betalingen.boek import Declarant
from tests.declaratie.handmatig.loket import Loket, approve, refuse
from tests.declaratie.handmatig.test_beslissen import granted
from tests.shared.exchange.verwerken import until

WERKDAGEN: dict[Release, int] = {"2.4": 20, "3.2": 10}


@pytest.fixture(autouse=True)
def fresh_log(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was used before keeps writing as it did then."""
    monkeypatch.setattr(termijn, "log", structlog.get_logger())


async def waiting(loket: Loket, declarant: Declarant, *cents: int) -> tuple[Uitkomst, list[Inhoud]]:
    """A declaration that waits for decisions on all its lines, and these."""
    await loket.set()
    lines = [declarant.regel(one) for one in cents]
    return await declarant.send(declarant.inhoud(*lines), *lines), lines


async def ready(loket: Loket, uitkomst: Uitkomst) -> bool:
    """Whether the waiting room would judge it now; other tests have left declarations of their own."""
    found: Sequence[UUID] = await due(loket.huis)
    return uitkomst.id in found


def figure(loket: Loket, name: str) -> float:
    return loket.huis.meters.registry.get_sample_value(name, {"service": "declaratie"}) or 0.0


async def test_what_is_not_decided_in_time_is_left_to_the_rules(loket: Loket, declarant: Declarant) -> None:
    uitkomst, lines = await waiting(loket, declarant, 100, 200)
    today = loket.huis.klok.today()
    [told] = await loket.open()
    await loket.decide(uitkomst, refuse(lines[0]))
    uiterlijk = plus_werkdagen(today, WERKDAGEN[declarant.release])

    loket.later((uiterlijk - today).days - 2)
    on_last_day = await ready(loket, uitkomst)
    loket.later(1)
    with capture_logs() as logs:
        after = await ready(loket, uitkomst)
    answered = await reconsider(loket.huis, uitkomst.id)

    assert (told["uiterlijk"], told["beslissenTot"]) == (str(uiterlijk), str(uiterlijk - timedelta(days=2)))
    assert (on_last_day, after, answered) == (False, True, True)
    mine = [one["event"] for one in logs if one.get("bericht_id") == str(uitkomst.id)]
    assert mine == ["handmatig_zonder_besluit"]
    assert granted(await loket.retour(uitkomst.id)) == (await loket.recorded(uitkomst.id)).toegekend == 200
    row = await loket.message(uitkomst.id)
    assert [(one["regel"], one["klasse"], one["gevonden"]) for one in row.signalen] == [
        ("HAND", row_class(declarant), "1")
    ]
    assert not await ready(loket, uitkomst)


def row_class(declarant: Declarant) -> str:
    """Where a declaration has its own data: in 2.4 in the header."""
    return "Header" if declarant.release == "2.4" else "Declaratie"


async def test_decisions_alone_make_it_ready_and_no_sign_is_told(loket: Loket, declarant32: Declarant) -> None:
    uitkomst, lines = await waiting(loket, declarant32, 100)

    before = await ready(loket, uitkomst)
    await loket.decide(uitkomst, approve(lines[0]))

    assert (before, await ready(loket, uitkomst)) == (False, False)
    assert (await loket.message(uitkomst.id)).signalen == []


async def test_the_alarm_is_told_once_two_working_days_before(loket: Loket, declarant32: Declarant) -> None:
    uitkomst, _ = await waiting(loket, declarant32, 100)
    today = loket.huis.klok.today()
    [told] = await loket.open()
    days = next(n for n in range(1, 20) if str(plus_werkdagen(today + timedelta(n), 2)) >= told["beslissenTot"])

    async def alarms() -> int:
        with capture_logs() as logs:
            await due(loket.huis)
        return sum(
            (one["event"], one.get("bericht_id")) == ("handmatig_termijn_nadert", str(uitkomst.id)) for one in logs
        )

    loket.later(days - 1)
    found, close_by = [await alarms()], await loket.open(binnen=2)
    quiet = figure(loket, "knooppunt_handmatig_alarm")
    loket.later(1)
    found += [await alarms(), await alarms()]

    assert (found, close_by) == ([0, 1, 0], [])
    assert figure(loket, "knooppunt_handmatig_alarm") >= quiet + 1
    assert figure(loket, "knooppunt_handmatig") >= 1
    assert [one["berichtId"] for one in await loket.open(binnen=2)] == [str(uitkomst.id)]


async def test_waiting_for_a_gemeente_is_no_waiting_for_facts(loket: Loket, declarant32: Declarant) -> None:
    """The alarm of two working days is not about it, and who asks to wait for a verdict hears at once."""
    await measure(loket.huis)
    before = figure(loket, "knooppunt_geparkeerd")

    uitkomst, _ = await waiting(loket, declarant32, 100)
    await measure(loket.huis)
    await wait_for_verdict(loket.huis, uitkomst.id, 3600)

    assert figure(loket, "knooppunt_geparkeerd") == before


@pytest.mark.parametrize("days", [30])
async def test_a_decision_in_the_last_minute_still_counts(loket: Loket, declarant32: Declarant, days: int) -> None:
    """The day is past, but nobody has made the answer yet."""
    uitkomst, lines = await waiting(loket, declarant32, 100)
    loket.later(days)
    assert await ready(loket, uitkomst)

    done = await loket.decide(uitkomst, refuse(lines[0]))

    assert done["status"] == "verwerkt"
    assert (await loket.recorded(uitkomst.id)).toegekend == 0


async def test_the_round_of_the_waiting_room_makes_the_answer(
    loket: Loket, declarant32: Declarant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wachtkamer, "ROUND_SECONDS", 0.01)
    uitkomst, _ = await waiting(loket, declarant32, 100)
    loket.later(30)

    async def answered() -> bool:
        return await loket.recorded(uitkomst.id) is not None

    rounds = asyncio.create_task(Wachtkamer(loket.huis, [due]).run())
    await until(answered)
    rounds.cancel()

    assert (await loket.recorded(uitkomst.id)).toegekend == 100


async def test_no_answer_is_made_while_decisions_are_written(loket: Loket, declarant32: Declarant) -> None:
    uitkomst, _ = await waiting(loket, declarant32, 100)
    loket.later(30)
    assert await ready(loket, uitkomst)

    async with loket.huis.engine.begin() as conn:
        await hold(conn, uitkomst.id)
        meanwhile = await reconsider(loket.huis, uitkomst.id)

    assert (meanwhile, await reconsider(loket.huis, uitkomst.id)) == (False, True)
