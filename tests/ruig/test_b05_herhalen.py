"""B05: everything is sent twice, some ten times at once at two replicas, across a restart: one effect (P2)."""

import asyncio
from random import Random

from shared.settings import SERVICES
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.keten.test_repeats import named_as
from tests.ruig.grootboek import Antwoord, Grootboek, Post
from tests.ruig.maat import Maat, alleen_vol
from tests.ruig.replica import Replica
from tests.ruig.verkeer import nieuw, verkeer

TEN = 10


class Herhaler(Grootboek):
    """A party that repeats itself: every message twice, and so many of them ten times at once."""

    def __init__(self, stapel: Stapel, replicas: dict[str, Replica], loting: Random, tienmaal: int) -> None:
        super().__init__(stapel)
        self.replicas, self.loting, self.tienmaal = replicas, loting, tienmaal

    async def lever(self, post: Post, *, wait: int = 0, **rest: object) -> Antwoord:
        if self.tienmaal > 0 and self.loting.random() < 0.5:
            self.tienmaal -= 1
            ways = (None, self.replicas[post.bericht.dienst])
            at_once = (super(Herhaler, self).lever(post, wait=wait, via=ways[n % 2]) for n in range(TEN))
            return (await asyncio.gather(*at_once))[0]
        await super().lever(post, wait=wait)
        return await super().lever(post)


@alleen_vol
async def test_b05_whatever_is_sent_again_happens_once(
    kringen: list[Kring], gewonde_stapel: Stapel, replicas: dict[str, Replica], maat: Maat
) -> None:
    aantal, tienmaal, anders = maat.kies((40, 8, 6), (1000, 100, 50))
    loting = maat.loting("b05")
    boek = Herhaler(gewonde_stapel, replicas, loting, tienmaal)

    sending = asyncio.create_task(verkeer(boek, kringen, aantal, loting))
    while boek.genomen < aantal // 2 and not sending.done():
        await asyncio.sleep(0.01)
    for dienst in SERVICES:
        gewonde_stapel.beeindig(dienst)
    await sending
    boek.tienmaal = 0
    for number in range(anders):
        await other_content(boek, nieuw(kringen[number % 2]), number)
    await boek.controleer()

    answers = boek.antwoorden()
    maat.noteer("B05", berichten=len(boek.posten), verzonden=sum(answers.values()), antwoorden=answers)


async def other_content(boek: Grootboek, kring: Kring, number: int) -> None:
    """A message, and another one under its name: refused with 9056."""
    first, second = kring.nummer(), kring.nummer()
    if number % 3:
        await boek.stuur(kring, a_301(kring, first, second))
    one, other = (
        a_301(kring, nummer) if number % 3 == 0
        else a_305(kring, nummer) if number % 3 == 1
        else a_declaratie(kring, prestatie(kring, nummer))
        for nummer in (first, second)
    )  # fmt: skip
    await boek.stuur(kring, one)
    await boek.stuur(kring, named_as(one, other), "afgekeurd", ("9056",))
