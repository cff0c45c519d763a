"""Many claims at once on one toewijzing: never more is granted than there is room for (P6)."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

import pytest
from sqlalchemy import text

from services.declaratie.tables import TOEWIJZING
from shared.exchange.dienst import Uitkomst
from shared.exchange.huis import Huis
from shared.exchange.verwerking import reconsider
from shared.feiten import toewijzing_tabel
from shared.iwmo.codec import Inhoud
from shared.iwmo.waarden import Omvang
from tests.declaratie.betalingen.boek import Declarant
from tests.declaratie.handmatig.loket import Loket, approve, in_part
from tests.declaratie.totalen import kept, recomputed
from tests.shared.iwmo.berichten import BSN
from tests.toewijzing.bouw import a_toewijzing, an_event
from tests.wachten import eventually

Result = TypeVar("Result")
pytestmark = pytest.mark.usefixtures("feiten_binnen")
CLAIMS, ROOM = 50, 10
AT_ONCE = 14
"""More than there is room for, so that if nothing held them all of these would be granted; and fewer than there are
connections, with one for the gate: who waits for one gives up after ten seconds, on a busy machine too soon."""


@pytest.fixture
def declarant24(huis: Huis, gemeente: str) -> Declarant:
    return Declarant(huis, gemeente, "2.4")


async def claims(declarant: Declarant, nummer: int, omvang: Omvang, **line: Any) -> list[Inhoud]:
    """Lines on one toewijzing, that is known with room for so much."""
    one = a_toewijzing(
        gemeente=declarant.gemeente,
        aanbieder=declarant.aanbieder,
        nummer=nummer,
        client=declarant.huis.kluis.pseudoniem(BSN),
        omvang=omvang,
    )
    async with declarant.huis.engine.begin() as conn:
        await toewijzing_tabel.apply(conn, TOEWIJZING, [an_event(one, 5)])
    return [declarant.regel(100) | {"ToewijzingNummer": nummer, **line} for _ in range(CLAIMS)]


def sending(declarant: Declarant, lines: Iterable[Inhoud]) -> list[Coroutine[Any, Any, Uitkomst]]:
    """A declaration of each line."""
    return [declarant.send(declarant.inhoud(line), line) for line in lines]


async def together(huis: Huis, work: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """All of it, so many at once. The first of them can record nothing before as many as that stand in the way of each
    other, or of the gate: by then whoever does not wait for another has read what was granted, and judged by it."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(part: Coroutine[Any, Any, Result]) -> Result:
        async with free:
            return await part

    async with huis.engine.begin() as gate:
        await gate.execute(text("LOCK TABLE declaratie.declaratie IN SHARE MODE"))
        running = asyncio.gather(*map(one, work))

        async def all_wait() -> bool:
            waiting = await gate.scalar(text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"))
            return running.done() or waiting == AT_ONCE

        await eventually(all_wait, f"{AT_ONCE} that wait", seconds=60)
    return await running


async def settle(huis: Huis, sent: Iterable[Uitkomst]) -> None:
    """What was refused by facts that may still change, is judged for good: as the waiting room does."""
    for one in sorted(sent, key=lambda uitkomst: uitkomst.volgnummer):
        await reconsider(huis, one.id)


async def check_room_for_ten(loket: Loket, declarant: Declarant, sent: Iterable[Uitkomst]) -> None:
    """Of these claims ten were granted, and each of the others was refused for want of room (TR322)."""
    outcomes = []
    for one in sent:
        message, row = await loket.message(one.id), await loket.recorded(one.id)
        assert message.status == "verwerkt"
        outcomes.append((row.toegekend, [melding["retourcode"] for melding in message.meldingen]))
    assert sorted(outcomes) == [(0, ["9322"])] * (CLAIMS - ROOM) + [(100, [])] * ROOM
    assert await totals(declarant) == [(ROOM, 100 * ROOM)]


async def totals(declarant: Declarant) -> list[tuple[int, int]]:
    """Volume and cents that were granted, which must be what the lines come to."""
    async with declarant.huis.engine.connect() as conn:
        found = await kept(conn, declarant.aanbieder)
        assert found == await recomputed(conn, declarant.aanbieder)
    return list(found.values())


async def test_room_for_ten_grants_ten(loket: Loket, declarant24: Declarant) -> None:
    lines = await claims(declarant24, 990_001, Omvang(ROOM, "04", "6"))

    sent = await together(loket.huis, sending(declarant24, lines))
    await settle(loket.huis, sent)

    await check_room_for_ten(loket, declarant24, sent)


async def test_claims_and_decisions_at_once_grant_ten(loket: Loket, declarant24: Declarant) -> None:
    """Half of them wait for the gemeente, which approves them while the others come in."""
    lines = await claims(declarant24, 990_003, Omvang(ROOM, "04", "6"))
    await loket.set()
    asked = [await one for one in sending(declarant24, lines[::2])]
    assert {one.status for one in asked} == {"geparkeerd"}
    assert (await loket.ask("DELETE", "/handmatig")).status_code == 204
    decisions = [loket.decide(one, approve(line)) for one, line in zip(asked, lines[::2], strict=True)]
    mixed = [part for both in zip(decisions, sending(declarant24, lines[1::2]), strict=True) for part in both]

    sent = asked + (await together(loket.huis, mixed))[1::2]
    await settle(loket.huis, sent)

    await check_room_for_ten(loket, declarant24, sent)


async def test_decisions_at_once_find_the_room_that_the_part_before_left(loket: Loket, declarant24: Declarant) -> None:
    """A line of 200 cents fits while 200 of the 1000 are left, and takes 100: nine times."""
    await loket.set()
    bedrag = {"DeclaratieFactuurBedrag": {"Bedrag": 200, "DebetCredit": "D"}}
    euros = {"Eenheid": "83", "GeleverdVolume": 200, "IngediendeBedragPrestatie": bedrag}
    lines = await claims(declarant24, 990_002, Omvang(1000, "83", "6"), **euros)
    for line in lines:
        del line["ProductTarief"]
    sent = [await one for one in sending(declarant24, lines)]

    await together(loket.huis, [loket.decide(one, in_part(100, line)) for one, line in zip(sent, lines, strict=True)])

    assert await totals(declarant24) == [(900, 900)]
