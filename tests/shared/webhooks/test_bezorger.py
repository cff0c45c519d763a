"""Telling of what waits: once, in spite of receivers that fail and processes that die, and held up by nobody else."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.startstop.tables import EXCHANGE
from shared.webhooks import bezorger as bezorger_module
from shared.webhooks import bijwerken
from shared.webhooks.adressen import Grenzen
from shared.webhooks.verzender import Verzender
from tests.ontvanger import Melding, Ontvanger, answer, never, take
from tests.shared.webhooks.conftest import GEMEENTE, Huisgenoot
from tests.wachten import eventually


async def _is(value: bool) -> bool:
    return value


async def test_what_waits_and_what_comes_is_told_once_each(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    waits = await genoot.ontvangt()
    made = await genoot.abonneer(ontvanger.url)
    bezorger = genoot.bezorger()

    await genoot.ronde(bezorger)
    comes = await genoot.ontvangt()
    for _ in range(3):
        await genoot.ronde(bezorger)

    assert [one.id for one in ontvanger.meldingen] == [str(waits), str(comes)]
    stand = await genoot.stand(made)
    assert (stand["laatstePoging"]["uitkomst"], stand["mislukt"], stand["wachtend"]) == ("bezorgd", 0, 0)


async def test_a_second_subscription_is_told_too(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    """Also of what the first was told before, and that the party has not fetched."""
    bezorger, message = genoot.bezorger(), str(await genoot.ontvangt())
    async with genoot.huis.engine.begin() as slow:
        # As long as this is there, what was told of is remembered by its row.
        await slow.execute(text("select pg_current_xact_id()"))
        await genoot.abonneer(f"{ontvanger.url}/een")
        await genoot.ronde(bezorger)
        await genoot.abonneer(f"{ontvanger.url}/twee")
        await genoot.ronde(bezorger)

    assert [(one.id, one.path) for one in ontvanger.meldingen] == [(message, "/hook/een"), (message, "/hook/twee")]


async def test_an_event_is_a_reference_and_nothing_else(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    message = str(await genoot.ontvangt())
    await genoot.abonneer(ontvanger.url)

    await genoot.ronde(genoot.bezorger())

    [melding] = ontvanger.meldingen
    event = melding.event
    time = event.pop("time")
    assert event == {
        "specversion": "1.0",
        "id": message,
        "source": "urn:nld:knooppunt:startstop",
        "type": "nl.wmo-knooppunt.startstop.bericht-klaar",
        "subject": message,
        "datacontenttype": "application/json",
        "data": {
            "bericht": "WMO306",
            "release": "3.2",
            "afzender": GEMEENTE,
            "ontvanger": genoot.code,
            "antwoordOp": None,
            "href": f"/startstop/v1/berichten/{message}",
            "ontvangst": f"/startstop/v1/postbus/{message}/ontvangst",
        },
    }
    assert time.endswith("+00:00")
    assert melding.headers["content-type"] == "application/cloudevents+json"
    assert melding.headers["host"] == f"127.0.0.1:{ontvanger.port}"


async def test_only_the_messages_that_were_asked_for(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    await genoot.abonneer(ontvanger.url, berichten=["WMO308"])
    await genoot.ontvangt("WMO306")
    asked = await genoot.ontvangt("WMO308")

    await genoot.ronde(genoot.bezorger())

    assert ontvanger.ids == [str(asked)]


async def test_what_was_fetched_meanwhile_is_not_told(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    made, bezorger = await genoot.abonneer(ontvanger.url), genoot.bezorger()
    await ontvanger.close()
    fetched, waits = await genoot.ontvangt(), await genoot.ontvangt()
    await genoot.ronde(bezorger)
    await genoot.haalt_op(fetched)
    await ontvanger.open()
    genoot.later(minutes=1)

    await genoot.ronde(bezorger)

    assert ontvanger.ids == [str(waits)]
    assert (await genoot.stand(made))["wachtend"] == 0


async def test_a_slow_transaction_is_not_skipped(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    """Its number is lower than that of what was told before it was there."""
    made, bezorger = await genoot.abonneer(ontvanger.url), genoot.bezorger()
    async with genoot.huis.engine.connect() as slow:
        began = await slow.begin()
        early = await genoot.ontvangt(conn=slow)
        late = [await genoot.ontvangt() for _ in range(3)]
        for _ in range(4):
            await genoot.ronde(bezorger)
            late.append(await genoot.ontvangt())
        await began.commit()
    await genoot.ronde(bezorger)

    assert sorted(one.id for one in ontvanger.meldingen) == sorted(map(str, (early, *late)))
    # What can no longer be overtaken is forgotten, once everything before it has ended.
    for _ in range(3):
        await genoot.ontvangt()
        await genoot.ronde(bezorger)
    assert len(await genoot.rijen(made)) < 5


async def test_a_receiver_that_is_slow_holds_up_only_itself(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    slow = await Ontvanger(never).open()
    await genoot.abonneer(slow.url)
    other = Huisgenoot(genoot.app, f"7{genoot.code[1:]}".replace("72", "73", 1), genoot.http)
    await other.abonneer(ontvanger.url)
    await genoot.ontvangt()
    told = str(await other.ontvangt())
    bezorger = genoot.bezorger()

    await bezorger.round()
    await eventually(lambda: _is(ontvanger.ids == [told]), "the other is told", seconds=5)

    await eventually(lambda: _is(len(slow.meldingen) == 1), "the slow one was asked", seconds=5)
    assert slow.aangenomen == []
    await slow.close()
    await bezorger.settled()
    await other.vertrekt()


async def test_a_party_has_so_many_requests_at_once(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    at_once, most = 0, 0

    async def slow(melding: Melding) -> bytes:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.05)
        at_once -= 1
        return await take(melding)

    ontvanger.gedrag = slow
    for number in range(5):
        await genoot.abonneer(f"{ontvanger.url}/{number}")
    messages = [str(await genoot.ontvangt()) for _ in range(6)]

    await genoot.ronde(genoot.bezorger())

    assert sorted(one.id for one in ontvanger.meldingen) == sorted(messages * 5)
    assert most == genoot.huis.settings.webhook_gelijktijdig


async def test_stopping_waits_for_no_receiver(
    genoot: Huisgenoot, ontvanger: Ontvanger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bezorger_module, "STOP_SECONDS", 0.1)
    made = await genoot.abonneer(ontvanger.url)
    await genoot.ontvangt()
    ontvanger.gedrag = never
    patient = genoot.bezorger(Verzender(Grenzen.of(genoot.huis.settings), 30))
    await patient.round()
    await eventually(lambda: _is(len(ontvanger.meldingen) == 1), "it is under way")

    async with asyncio.timeout(5):
        await patient.stop()

    assert [(row.pogingen, row.bezorgd) for row in await genoot.rijen(made)] == [(0, None)]


async def test_two_processes_tell_once(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    async def take_a_while(melding: Melding) -> bytes:
        await asyncio.sleep(0.02)
        return await take(melding)

    ontvanger.gedrag = take_a_while
    await genoot.abonneer(ontvanger.url)
    messages = [str(await genoot.ontvangt()) for _ in range(40)]
    both = [genoot.bezorger() for _ in range(2)]

    for _ in range(3):
        await asyncio.gather(*(one.round() for one in both))
    await asyncio.gather(*(one.settled() for one in both))

    assert sorted(one.id for one in ontvanger.meldingen) == sorted(messages)


async def test_what_a_killed_process_had_is_taken_over(
    genoot: Huisgenoot, ontvanger: Ontvanger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies between the answer and writing that down: the same is told again, under the same id."""
    monkeypatch.setattr(bijwerken, "HUUR", timedelta(seconds=0.3))
    hold = asyncio.Event()

    async def hang(melding: Melding) -> bytes:
        await hold.wait()
        return await take(melding)

    ontvanger.gedrag = hang
    await genoot.abonneer(ontvanger.url)
    message = str(await genoot.ontvangt())
    dies, lives = genoot.bezorger(), genoot.bezorger()
    await dies.round()
    await eventually(lambda: _is(len(ontvanger.meldingen) == 1), "it is under way")
    for task in dies._tasks.values():
        task.cancel()
    hold.set()

    await genoot.ronde(lives)
    early = len(ontvanger.meldingen)

    async def taken_over() -> bool:
        await genoot.ronde(lives)
        return len(ontvanger.aangenomen) == 1

    await eventually(taken_over, "another tells it", seconds=5, every=0.05)
    assert early == 1
    assert {one.id for one in ontvanger.meldingen} == {message}


async def test_who_fails_after_another_took_over_undoes_nothing(
    genoot: Huisgenoot, ontvanger: Ontvanger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bijwerken, "HUUR", timedelta(seconds=0.1))
    hold = asyncio.Event()

    async def fail_late(_: Melding) -> bytes:
        ontvanger.gedrag = take
        await hold.wait()
        return answer(500)

    ontvanger.gedrag = fail_late
    await genoot.abonneer(ontvanger.url)
    slow, other = genoot.bezorger(), genoot.bezorger()
    async with genoot.huis.engine.begin() as conn:
        # Whoever is at work keeps the row from being cleared away at once.
        await conn.execute(text("select pg_current_xact_id()"))
        await genoot.ontvangt()
        await slow.round()
        await eventually(lambda: _is(len(ontvanger.meldingen) == 1), "it is under way")

        async def taken_over() -> bool:
            await genoot.ronde(other)
            return len(ontvanger.meldingen) == 2

        await eventually(taken_over, "another tells it", every=0.05)
        hold.set()
        await slow.settled()
    genoot.later(hours=1)
    await genoot.ronde(other)

    assert len(ontvanger.meldingen) == 2


@pytest.mark.parametrize("most", ["MOST_NEW", "MOST_OPEN"])
async def test_a_receiver_with_much_to_hear_hears_it_all(
    genoot: Huisgenoot, ontvanger: Ontvanger, monkeypatch: pytest.MonkeyPatch, most: str
) -> None:
    monkeypatch.setattr(bijwerken, most, 7)
    await genoot.abonneer(ontvanger.url)
    messages = [str(await genoot.ontvangt()) for _ in range(40)]

    await genoot.ronde(genoot.bezorger())

    assert [one.id for one in ontvanger.meldingen] == sorted(ontvanger.ids, key=messages.index)
    assert sorted(ontvanger.ids) == sorted(messages)
    assert ontvanger.verbindingen <= genoot.huis.settings.webhook_gelijktijdig


async def test_a_copy_of_the_database_on_another_server_goes_on(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    """Its transactions are counted anew: a mark of before will never be passed."""
    made, bezorger = await genoot.abonneer(ontvanger.url), genoot.bezorger()
    async with genoot.huis.engine.begin() as conn:
        foreign = text(f"update {EXCHANGE.abonnement} set merk_nummer = 9e15, merk_tx = 9e15 where id = :id")
        await conn.execute(foreign, {"id": made["id"]})
    for _ in range(4):
        await genoot.ontvangt()
        await genoot.ronde(bezorger)

    assert len(ontvanger.ids) == 4
    assert len(await genoot.rijen(made)) < 4


async def test_a_subscription_that_is_taken_away_tells_nothing(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    made = await genoot.abonneer(ontvanger.url)
    await genoot.ontvangt()
    gone = await genoot.request("DELETE", f"/{made['id']}")

    await genoot.ronde(genoot.bezorger())

    assert (gone.status_code, ontvanger.meldingen) == (204, [])


async def test_it_works_by_itself_within_a_second(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    bezorger = genoot.bezorger()
    work = asyncio.create_task(bezorger.run())
    await genoot.abonneer(ontvanger.url)
    message = str(await genoot.ontvangt())

    await eventually(lambda: _is(ontvanger.ids == [message]), "it is told")
    await bezorger.stop()
    await work
