"""Receivers that are gone, fail, refuse or do not answer: how often they are asked, and what they get in the end."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from services.startstop.tables import EXCHANGE
from shared.telemetry import LOG_FIELDS
from shared.webhooks import bijwerken
from shared.webhooks.adressen import Grenzen
from shared.webhooks.verzender import Verzender
from tests.ontvanger import Melding, Ontvanger, answer, never, take
from tests.shared.exchange.verwerken import until_blocked
from tests.shared.webhooks.conftest import Huisgenoot


async def test_a_receiver_that_is_gone_gets_all_that_waited(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    made, bezorger = await genoot.abonneer(ontvanger.url), genoot.bezorger()
    await ontvanger.close()
    messages = [str(await genoot.ontvangt()) for _ in range(30)]
    for _ in range(8):
        await genoot.ronde(bezorger)
        genoot.later(minutes=40)
    await genoot.ronde(bezorger)
    before = await genoot.stand(made)
    await ontvanger.open()
    while not ontvanger.meldingen:
        genoot.later(minutes=5)
        await genoot.ronde(bezorger)

    assert (before["laatstePoging"]["uitkomst"], before["mislukt"] > 0) == ("verbinding", True)
    assert [one.id for one in ontvanger.meldingen] == list(dict.fromkeys(one.id for one in ontvanger.meldingen))
    assert sorted(ontvanger.ids) == sorted(messages)


async def test_once_he_is_back_nothing_waits_for_its_own_turn(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    await genoot.abonneer(ontvanger.url)
    bezorger, messages = genoot.bezorger(), [str(await genoot.ontvangt()) for _ in range(3)]
    await ontvanger.close()
    await genoot.ronde(bezorger)
    z = EXCHANGE.bezorging
    async with genoot.huis.engine.begin() as conn:
        first = select(func.min(z.c.volgnummer)).where(z.c.partij == str(genoot.partij)).scalar_subquery()
        others = update(z).where(z.c.partij == str(genoot.partij), z.c.volgnummer > first)
        await conn.execute(others.values(volgende=genoot.huis.klok.now() + timedelta(hours=1)))
    await ontvanger.open()
    genoot.later(seconds=13)

    await genoot.ronde(bezorger)

    assert sorted(one.id for one in ontvanger.meldingen) == sorted(messages)


async def test_a_receiver_that_fails_is_left_alone_ever_longer(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    async def fail(_: Melding) -> bytes:
        return answer(500)

    ontvanger.gedrag = fail
    made, bezorger = await genoot.abonneer(ontvanger.url), genoot.bezorger()
    await genoot.ontvangt()
    asked = []
    for _ in range(8):
        await genoot.ronde(bezorger)
        await genoot.ronde(bezorger)
        asked.append(len(ontvanger.meldingen))
        genoot.later(seconds=15)

    # At 0, 15, 45 and 90 or 105 s: after waits of about 10, 20 and 40 s, and not twice in between.
    assert asked[:2] == [1, 2]
    assert asked[-1] in (4, 5)
    assert {one.id for one in ontvanger.meldingen} == {ontvanger.meldingen[0].id}
    stand = await genoot.stand(made)
    assert (stand["laatstePoging"]["status"], stand["laatstePoging"]["uitkomst"]) == (500, "status")


async def test_one_message_that_is_refused_holds_up_no_other(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    poison = str(await genoot.ontvangt())

    async def refuse_one(melding: Melding) -> bytes:
        return answer(400 if melding.id == poison else 200)

    ontvanger.gedrag = refuse_one
    made, bezorger = await genoot.abonneer(ontvanger.url), genoot.bezorger()
    others = []
    for _ in range(4):
        others += [str(await genoot.ontvangt()) for _ in range(3)]
        await genoot.ronde(bezorger)
        genoot.later(seconds=30)

    assert sorted(ontvanger.ids) == sorted(others)
    assert (await genoot.stand(made))["wachtend"] == 1
    genoot.later(days=6)
    await genoot.ronde(bezorger)
    await genoot.ontvangt()
    await genoot.ronde(bezorger)
    stand = await genoot.stand(made)
    assert (stand["opgegeven"], stand["status"]) == (1, "actief")


async def test_a_message_that_is_refused_for_days_hardly_delays_the_next(
    genoot: Huisgenoot, ontvanger: Ontvanger
) -> None:
    poison = str(await genoot.ontvangt())

    async def refuse_one(melding: Melding) -> bytes:
        return answer(400 if melding.id == poison else 200)

    ontvanger.gedrag = refuse_one
    await genoot.abonneer(ontvanger.url)
    bezorger, told = genoot.bezorger(), []
    for _ in range(2):
        for _ in range(12):
            await genoot.ronde(bezorger)
            genoot.later(hours=1.5)
        await genoot.ronde(bezorger)
        new, tried = str(await genoot.ontvangt()), len(ontvanger.meldingen)
        genoot.later(seconds=13)
        await genoot.ronde(bezorger)
        told.append(new)
        assert ontvanger.ids == told

    # It failed before the receiver was last there, so that he is there now says nothing of it.
    assert [one.id for one in ontvanger.meldingen[tried:]] == [new]


@pytest.mark.parametrize("most_new", [7, 200])
async def test_many_that_are_refused_hold_up_no_other(
    genoot: Huisgenoot, ontvanger: Ontvanger, monkeypatch: pytest.MonkeyPatch, most_new: int
) -> None:
    """A kind that the receiver does not know, say, among the others."""
    monkeypatch.setattr(bijwerken, "MOST_NEW", most_new)
    refused: set[str] = set()

    async def refuse_some(melding: Melding) -> bytes:
        return answer(400 if melding.id in refused else 200)

    ontvanger.gedrag = refuse_some
    made, bezorger, others = await genoot.abonneer(ontvanger.url), genoot.bezorger(), []
    for _ in range(20):
        refused.add(str(await genoot.ontvangt()))
        others.append(str(await genoot.ontvangt()))
        for _ in range(2):
            await genoot.ronde(bezorger)
            genoot.later(seconds=13)
    for _ in range(4):
        await genoot.ronde(bezorger)
        genoot.later(seconds=13)

    assert sorted(ontvanger.ids) == sorted(others)
    assert (await genoot.stand(made))["wachtend"] == len(refused)


async def test_a_receiver_that_fails_each_for_once_gets_them_all(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    seen: set[str] = set()

    async def fail_first(melding: Melding) -> bytes:
        new = melding.id not in seen
        seen.add(melding.id)
        return answer(500) if new else await take(melding)

    ontvanger.gedrag = fail_first
    await genoot.abonneer(ontvanger.url)
    bezorger, messages = genoot.bezorger(), [str(await genoot.ontvangt()) for _ in range(30)]

    for _ in range(20):
        await genoot.ronde(bezorger)
        genoot.later(seconds=15)

    assert sorted(ontvanger.ids) == sorted(messages)


async def test_after_days_it_rests_until_it_is_woken(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    made, bezorger = await genoot.abonneer(ontvanger.url), genoot.bezorger()
    await ontvanger.close()
    messages = [str(await genoot.ontvangt()) for _ in range(3)]
    for _ in range(3):
        await genoot.ronde(bezorger)
        genoot.later(days=2, hours=13)
    resting = await genoot.stand(made)
    await ontvanger.open()
    await genoot.ronde(bezorger)
    silent = list(ontvanger.meldingen)
    woken = await genoot.request("POST", f"/{made['id']}/hervatting")

    await genoot.ronde(bezorger)

    assert (resting["status"], silent) == ("rust", [])
    assert (woken.status_code, woken.json()["status"]) == (200, "actief")
    assert sorted(ontvanger.ids) == sorted(messages)


async def test_who_says_gone_is_asked_no_more(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    async def gone(_: Melding) -> bytes:
        return answer(410)

    ontvanger.gedrag = gone
    made = await genoot.abonneer(ontvanger.url)
    await genoot.ontvangt()

    with capture_logs() as logs:
        await genoot.ronde(genoot.bezorger())

    stand = await genoot.stand(made)
    assert (stand["status"], stand["volgendePoging"]) == ("rust", None)
    [told] = [one for one in logs if one["event"] == "webhook_in_rust"]
    assert (told["partij"], told["abonnement_id"]) == (str(genoot.partij), made["id"])
    assert told.keys() - {"log_level"} <= LOG_FIELDS  # what is not there is not written


async def test_who_does_not_answer_in_time_is_asked_again(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    ontvanger.gedrag = never
    made = await genoot.abonneer(ontvanger.url)
    message = str(await genoot.ontvangt())
    await genoot.ronde(genoot.bezorger(Verzender(Grenzen.of(genoot.huis.settings), 0.2)))
    late = await genoot.stand(made)
    ontvanger.gedrag = take
    genoot.later(seconds=20)

    await genoot.ronde(genoot.bezorger())

    assert (late["laatstePoging"]["uitkomst"], late["wachtend"]) == ("tijd", 1)
    assert ([one.id for one in ontvanger.meldingen], ontvanger.ids) == ([message] * 2, [message])


async def test_who_wakes_it_and_what_came_of_an_attempt_wait_for_each_other(
    genoot: Huisgenoot, ontvanger: Ontvanger
) -> None:
    """Both change the subscription and its messages: in another order each would wait for the other for ever."""
    asked, may_answer, tables = asyncio.Event(), asyncio.Event(), (EXCHANGE.abonnement, EXCHANGE.bezorging)

    async def refuse_later(_: Melding) -> bytes:
        asked.set()
        await may_answer.wait()
        return answer(500)

    ontvanger.gedrag = refuse_later
    made, bezorger = await genoot.abonneer(ontvanger.url), genoot.bezorger()
    await genoot.ontvangt()
    await bezorger.round()
    async with asyncio.timeout(5):
        await asked.wait()
    async with genoot.huis.engine.begin() as waking:
        first, second = (update(one).where(one.c.partij == str(genoot.partij)).values(volgende=None) for one in tables)
        await waking.execute(first)
        may_answer.set()
        await until_blocked(genoot.huis.engine)
        await waking.execute(second)
    await bezorger.settled()

    assert [one.pogingen for one in await genoot.rijen(made)] == [1]
