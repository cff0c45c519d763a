"""One service dies in the middle of its work: nothing accepted is lost, nothing is done twice (P1, P2)."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.wachten import eventually

SENDERS, EACH = 4, 10


async def traffic(kring: Kring, dienst: str) -> AsyncIterator[Bericht]:
    """Messages for one service that are all right."""
    for _ in range(SENDERS * EACH):
        nummer = kring.nummer()
        toewijzing = a_301(kring, nummer)
        if dienst == "toewijzing":
            yield toewijzing
            continue
        await kring.gemeente.send(toewijzing)
        yield a_305(kring, nummer) if dienst == "startstop" else a_declaratie(kring, prestatie(kring, nummer))


@pytest.mark.parametrize("dienst", ["toewijzing", "startstop", "declaratie"])
async def test_a_service_killed_during_traffic_loses_and_doubles_nothing(
    kring32: Kring, gewonde_stapel: Stapel, dienst: str
) -> None:
    kring = kring32
    berichten = [bericht async for bericht in traffic(kring, dienst)]
    sender = kring.gemeente if dienst == "toewijzing" else kring.aanbieder
    receiver = kring.aanbieder if dienst == "toewijzing" else kring.gemeente
    pid = gewonde_stapel.state[dienst]
    seen: list[str] = []

    async def send_some(mine: list[Bericht]) -> dict[str, str]:
        ids = {}
        for bericht in mine:
            ids[bericht.identificatie] = (await sender.deliver(bericht)).json()["id"]
            seen.append(bericht.identificatie)
        return ids

    sending = [asyncio.create_task(send_some(berichten[start::SENDERS])) for start in range(SENDERS)]
    await eventually(lambda: at_least(seen, len(berichten) // 3), "a third has been sent")
    gewonde_stapel.kill(dienst)
    ids = {name: found for part in await asyncio.gather(*sending) for name, found in part.items()}
    again = [await sender.deliver(bericht, wait=30) for bericht in berichten]

    assert gewonde_stapel.state[dienst] != pid
    assert len(ids) == len(set(ids.values())) == len(berichten)
    assert [answer.status_code for answer in again] == [200] * len(berichten)
    assert [answer.json()["id"] for answer in again] == [ids[bericht.identificatie] for bericht in berichten]
    await check_all_delivered(sender, receiver, berichten)


async def check_all_delivered(sender: Deelnemer, receiver: Deelnemer, berichten: list[Bericht]) -> None:
    """Every message accepted, forwarded once and answered once."""
    dienst, retour = berichten[0].dienst, str(berichten[0].soort.retour)
    names = sorted(bericht.identificatie for bericht in berichten)

    async def all_there() -> bool:
        return len(await receiver.postbus(dienst)) >= len(names)

    await eventually(all_there, "everything has been forwarded", every=0.1)
    assert sorted(post["identificatie"] for post in await receiver.waiting(dienst)) == names
    assert await sender.postbus(dienst) == [retour] * len(names)


async def at_least(seen: list[str], count: int) -> bool:
    return len(seen) >= count


async def test_while_one_service_is_away_the_others_go_on(kring32: Kring, gewonde_stapel: Stapel) -> None:
    """A start waits for its toewijzing's service to come back; until then it is parked, not refused."""
    kring = kring32
    known = kring.nummer()
    await kring.gemeente.send(a_301(kring, known))
    await kring.aanbieder.send(a_305(kring, known))

    with gewonde_stapel.frozen("toewijzing"):
        answer = await kring.aanbieder.post(a_305(kring, kring.nummer()))
        granted = await kring.aanbieder.send(a_declaratie(kring, prestatie(kring, known)))
        gewonde_stapel.kill("toewijzing")

    async def refused() -> bool:
        outcome = await kring.aanbieder.outcome("startstop", answer.json()["id"])
        return bool(outcome["status"] == "afgekeurd")

    assert answer.status_code == 202
    assert granted["meldingen"] == []
    await eventually(refused, "the start is refused once its facts are certain", seconds=60, every=0.1)
