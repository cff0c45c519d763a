"""B26: services are told to stop, one after the other, under load: what runs is finished and answered (P1, P8)."""

import asyncio
from random import Random

from shared.settings import SERVICES
from tests.keten.berichten.startstop import a_305
from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.ruig.grootboek import Antwoord, Grootboek, Post
from tests.ruig.maat import Maat, alleen_vol
from tests.ruig.replica import Replica
from tests.ruig.storing import relay_stil
from tests.ruig.verkeer import ONBEKEND, verkeer
from tests.wachten import eventually


class MetReplica(Grootboek):
    """Half of the messages go to the gateway, half straight to a second process; some ask to wait."""

    def __init__(self, stapel: Stapel, replicas: dict[str, Replica], loting: Random) -> None:
        super().__init__(stapel)
        self.replicas, self.loting = replicas, loting

    async def lever(self, post: Post, *, wait: int = 0, **rest: object) -> Antwoord:
        via = self.replicas[post.bericht.dienst] if self.loting.random() < 0.5 else None
        return await super().lever(post, wait=self.loting.choice((0, 0, 3)), via=via)


@alleen_vol
async def test_b26_a_rolling_restart_cuts_no_answer(
    kringen: list[Kring], gewonde_stapel: Stapel, replicas: dict[str, Replica], maat: Maat
) -> None:
    """A message that was recorded got its answer: no sender had to find out by sending it again."""
    aantal, ronden = maat.kies((60, 1), (1500, 5))
    boek = MetReplica(gewonde_stapel, replicas, maat.loting("b26"))

    load = asyncio.create_task(verkeer(boek, kringen, aantal, maat.loting("b26 verkeer")))
    codes = []
    for _ in range(ronden):
        for dienst in SERVICES:
            codes.append(await rolled(gewonde_stapel, dienst))
            codes.append(replicas[dienst].stop())
            await replicas[dienst].start().gereed()
    during = boek.genomen
    await load
    await boek.controleer()

    assert during > 0
    found_out = [post.naam for post in boek.posten if post.aangenomen[0].status == 200]
    assert not found_out, f"{len(found_out)} were recorded and their answers cut"
    assert {answer.fout for post in boek.posten for answer in post.antwoorden if answer.status == 0} <= NEVER_SENT
    maat.noteer("B26", herstarts=len(codes), berichten=boek.genomen, antwoorden=boek.antwoorden())


@alleen_vol
async def test_b26_who_waits_for_a_verdict_is_answered_first(
    kringen: list[Kring], gewonde_stapel: Stapel, replicas: dict[str, Replica], grootboek: Grootboek
) -> None:
    """Recorded, and its sender waits while nobody can judge it: however few messages are under way at that moment."""
    for kring, replica in zip(kringen, (None, replicas["startstop"]), strict=True):
        async with relay_stil(gewonde_stapel, "toewijzing"):
            post = grootboek.post(kring, a_305(kring, kring.nummer()), "afgekeurd", ONBEKEND)
            sending = asyncio.create_task(grootboek.eenmaal(post, wait=WAIT_SECONDS, via=replica))
            await eventually(lambda post=post: recorded(gewonde_stapel, post), "it is recorded")
            if replica is None:
                await rolled(gewonde_stapel, "startstop")
            else:
                await asyncio.to_thread(replica.stop)
                await replica.start().gereed()
            answer = await sending
        assert answer.status == 202, answer
    await grootboek.controleer()


async def recorded(stapel: Stapel, post: Post) -> bool:
    """Whether it is stored: from then on its sender is to get its own answer."""
    sql = f"select 1 from {post.bericht.dienst}.bericht where identificatie = $1 and partij_van = $2"
    return bool(await stapel.query(sql, post.bericht.identificatie, str(post.sender.partij)))


WAIT_SECONDS = 5
NEVER_SENT = {"ConnectError", "RemoteProtocolError"}
"""Nobody listened; or the connection was closed while it was idle, and the request was never read."""


async def rolled(stapel: Stapel, dienst: str) -> int:
    """Tells one service to stop, and waits until another process of it is ready; the process that went."""
    before = stapel.state[dienst]
    stapel.beeindig(dienst)

    async def another() -> bool:
        return stapel.state[dienst] not in (None, before) and await stapel.ready()

    await eventually(another, f"{dienst} runs again", seconds=60, every=0.1)
    return int(before)
