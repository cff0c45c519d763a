"""B03: the database is killed, its connection is cut in COMMIT, a reception fails just before it (P1, P2)."""

import asyncio
from functools import partial
from random import Random

from shared.settings import SERVICES, Service
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring, MakeKring
from tests.keten.stapel import runs
from tests.ruig.grootboek import Grootboek, Post
from tests.ruig.losse_stapel import LosseStapel
from tests.ruig.maat import Maat
from tests.ruig.sluis import Waar
from tests.wachten import eventually

SENDERS = 4
AFTER_RETRY: dict[Waar, set[int]] = {"ervoor": {201, 202}, "erna": {200}, "tijdens": {200, 201, 202}}


def a_bericht(kring: Kring, dienst: Service, nummer: int) -> Bericht:
    """One for this service, about this toewijzing; of the owner itself a new one."""
    if dienst == "toewijzing":
        return a_301(kring)
    return a_305(kring, nummer) if dienst == "startstop" else a_declaratie(kring, prestatie(kring, nummer))


async def judged(post: Post, dienst: Service) -> bool:
    """Whether it no longer waits."""
    return bool((await post.sender.get(f"/{dienst}/v1/berichten/{post.id}"))["status"] != "geparkeerd")


async def known(boek: Grootboek, kring: Kring, count: int) -> list[int]:
    """Toewijzingen that were accepted."""
    nummers = [kring.nummer() for _ in range(count)]
    for nummer in nummers:
        await boek.stuur(kring, a_301(kring, nummer))
    return nummers


async def test_b03_a_connection_cut_in_commit(
    maat: Maat, los: LosseStapel, los_boek: Grootboek, los_kring: MakeKring
) -> None:
    many = maat.kies(6, 200)
    loting = maat.loting("b03-commit")
    kringen = [los_kring(release) for release in ("2.4", "3.2")]
    nummers = {kring.release: await known(los_boek, kring, many) for kring in kringen}
    before = los.sluis.gesneden
    answered: list[tuple[Waar, int]] = []
    ways: tuple[Waar, ...] = ("ervoor", "erna", "tijdens")

    for turn in range(many):
        kring, dienst, waar = loting.choice(kringen), loting.choice(SERVICES), ways[turn % 3]
        post = los_boek.post(kring, a_bericht(kring, dienst, nummers[kring.release].pop()))
        los.sluis.snijd(dienst, waar)
        first = await los_boek.eenmaal(post)
        again = await los_boek.eenmaal(post)
        assert first.status == 503, (waar, first)
        assert again.status in AFTER_RETRY[waar], (waar, again)
        answered.append((waar, again.status))
        # What was parked gets its verdict in a transaction that looks the same to the sluice.
        await eventually(partial(judged, post, dienst), "it has its verdict", 60)

    assert los.sluis.gesneden - before == many
    await los_boek.controleer()
    done = sum(status == 200 for waar, status in answered if waar == "tijdens")
    maat.noteer("B03 cut in COMMIT", aantal=many, tijdens_toch_gedaan=done, antwoorden=los_boek.antwoorden())


async def test_b03_a_reception_that_fails_before_commit(
    maat: Maat, los: LosseStapel, los_boek: Grootboek, los_kring: MakeKring
) -> None:
    many = maat.kies(6, 200)
    loting = maat.loting("b03-voor")
    kringen = [los_kring(release) for release in ("2.4", "3.2")]
    nummers = {kring.release: await known(los_boek, kring, many) for kring in kringen}

    for _ in range(many):
        kring, dienst = loting.choice(kringen), loting.choice(SERVICES)
        post = los_boek.post(kring, a_bericht(kring, dienst, nummers[kring.release].pop()))
        mark = los.faalpunt(dienst, "voor_vastleggen", "fout")
        first = await los_boek.eenmaal(post)
        again = await los_boek.eenmaal(post)
        assert not mark.exists()
        assert first.status == 503, first
        assert again.status in (201, 202), again

    await los_boek.controleer()
    maat.noteer("B03 fails before COMMIT", aantal=many, antwoorden=los_boek.antwoorden())


async def test_b03_the_database_is_killed(
    maat: Maat, los: LosseStapel, los_boek: Grootboek, los_kring: MakeKring
) -> None:
    kills, each = maat.kies(1, 5), maat.kies(15, 40)
    loting = maat.loting("b03-kill")
    kringen = [los_kring(release) for release in ("2.4", "3.2")]
    services = [los.state[service] for service in SERVICES]

    for _ in range(kills):
        work = [one for kring in kringen for one in await the_work(los_boek, kring, loting, each)]
        loting.shuffle(work)
        taken: list[int] = []

        async def send(mine: list[tuple[Kring, Bericht]], taken: list[int] = taken) -> None:
            for kring, bericht in mine:
                post = los_boek.post(kring, bericht)
                taken.append((await los_boek.lever(post)).status)

        async def a_third(taken: list[int] = taken, many: int = len(work) // 3) -> bool:
            return len(taken) >= many

        sending = [asyncio.create_task(send(work[start::SENDERS])) for start in range(SENDERS)]
        await eventually(a_third, "a third has been sent")
        killed = los.state["postgres"]
        los.kill("postgres")
        await asyncio.gather(*sending)
        assert not runs(killed)

    await los_boek.controleer()
    assert [los.state[service] for service in SERVICES] == services, "a service was started again"
    assert los_boek.antwoorden().get(503), "nobody noticed"
    maat.noteer("B03 Postgres killed", keer=kills, antwoorden=los_boek.antwoorden())


async def the_work(boek: Grootboek, kring: Kring, loting: Random, many: int) -> list[tuple[Kring, Bericht]]:
    """Messages for every service, none of which depends on another."""
    nummers = await known(boek, kring, many)
    return [(kring, a_bericht(kring, loting.choice(SERVICES), nummer)) for nummer in nummers]
