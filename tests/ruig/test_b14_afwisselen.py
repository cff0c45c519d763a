"""B14: parties in turn, many at once, over the same few connections: each sees his own and nothing of another."""

import asyncio
from typing import Any

from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring, MakeKring
from tests.ruig.maat import Maat

LISTS = (
    "/toewijzing/v1/berichten", "/toewijzing/v1/postbus", "/toewijzing/v1/toewijzingen", "/startstop/v1/berichten",
    "/startstop/v1/zorgperioden", "/startstop/v1/termijnen", "/declaratie/v1/berichten", "/declaratie/v1/declaraties",
    "/declaratie/v1/prestaties",
)  # fmt: skip
CALLERS = 16


async def begin(kring: Kring) -> None:
    """Something of each kind."""
    number = kring.nummer()
    await kring.gemeente.send(a_301(kring, number))
    await kring.aanbieder.send(a_305(kring, number))
    await kring.aanbieder.send(a_declaratie(kring, prestatie(kring, number, volume=1)))


async def test_b14_parties_in_turn_over_one_pool_see_their_own(make_kring: MakeKring, maat: Maat) -> None:
    kringen = [make_kring("3.2") for _ in range(3)]
    for kring in kringen:
        await begin(kring)
    callers = [(one, kring) for kring in kringen for one in (kring.gemeente, kring.aanbieder)]
    requests = maat.kies(200, 2_000)
    lot = maat.loting("b14")
    turns = iter([(*lot.choice(callers), lot.choice(LISTS)) for _ in range(requests)])
    codes = {code: kring for kring in kringen for code in (f'"{kring.gemeente.code}"', f'"{kring.aanbieder.code}"')}
    strange: list[Any] = []
    empty = 0

    async def ask(who: Deelnemer, own: Kring, path: str) -> None:
        nonlocal empty
        answer = await who.request("GET", path)
        assert answer.status_code == 200, (path, answer.text)
        named = [kring for code, kring in codes.items() if code in answer.text]
        empty += not named
        strange.extend((who.partij, path) for kring in named if kring is not own)

    async def caller() -> None:
        for turn in turns:
            await ask(*turn)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))

    maat.noteer("B14 afwisselen", verzoeken=requests, leeg=empty, vreemd=len(strange))
    assert strange == []
    assert empty < requests / 2
