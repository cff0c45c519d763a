"""B20: receivers of webhooks that are gone, fail, are slow, send elsewhere, or are not where a webhook may go: whoever
takes it is told of each message, under one id; nobody else waits, and no forbidden connection is made (P8, P9)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from time import perf_counter

import pytest_asyncio

from knooppunt.embedded.ports import LOOPBACK
from tests.keten.berichten.toewijzing import a_301
from tests.keten.deelnemer import Antwoord
from tests.keten.kring import Kring, MakeKring
from tests.keten.stapel import Stapel
from tests.keten.test_bad_input import check_problem
from tests.ontvanger import Gedrag, Melding, Ontvanger, answer, take
from tests.ruig.maat import Maat
from tests.shared.webhooks.conftest import Huisgenoot, app, genoot, ontvanger
from tests.wachten import eventually

__all__ = ["app", "genoot", "ontvanger"]

PATH = "/toewijzing/v1/abonnementen"
VERBODEN = (
    "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/", "https://0.0.0.0:{val}/", "https://224.0.0.1/", "https://[::ffff:127.0.0.1]:{val}/",
    "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://2130706433:{val}/", "https://0x7f.1:{val}/",
    "https://[fd00::1]/", "https://[fe80::1]/", "http://zorg.example/", "https://zorg.example:5432/",
)  # fmt: skip
"""Where ``val`` is a port of this machine, on which nobody may knock."""
PROMPT = 2.0
"""Seconds in which a receiver that is well is told, whatever the others do (the promise for p99 of P9)."""


@dataclass
class Klas:
    """A circle whose aanbieder has a receiver of some kind."""

    kring: Kring
    ontvanger: Ontvanger
    made: Antwoord = field(default_factory=dict)
    verwacht: list[str] = field(default_factory=list)
    """What its receiver must be told of."""

    async def stuur(self, aantal: int) -> None:
        """Messages for the aanbieder, one after the other."""
        for _ in range(aantal):
            self.verwacht.append((await self.kring.gemeente.send(a_301(self.kring)))["id"])

    async def verteld(self) -> bool:
        """Whether it was told of all of them."""
        return set(self.verwacht) == set(self.ontvanger.ids)

    async def stand(self) -> Antwoord:
        """How the subscription is doing."""
        found: Antwoord = await self.kring.aanbieder.get(f"{PATH}/{self.made['id']}")
        return found


def failing_first() -> Gedrag:
    """Answers 500 to what it had not seen yet."""
    seen: set[str] = set()

    async def gedrag(melding: Melding) -> bytes:
        new = melding.id not in seen
        seen.add(melding.id)
        return answer(500) if new else await take(melding)

    return gedrag


def slow_first(seconds: float) -> Gedrag:
    """Answers too late to every third that it had not seen yet."""
    seen: list[str] = []

    async def gedrag(melding: Melding) -> bytes:
        new = melding.id not in seen
        seen.append(melding.id)
        if new and len(seen) % 3 == 1:
            await asyncio.sleep(seconds)
        return await take(melding)

    return gedrag


def elsewhere(url: str) -> Gedrag:
    """Sends everybody to another address."""

    async def gedrag(_: Melding) -> bytes:
        return answer(307, f"Location: {url}")

    return gedrag


@pytest_asyncio.fixture
async def val() -> AsyncIterator[Ontvanger]:
    """Where nobody may come."""
    made = await Ontvanger().open()
    yield made
    await made.close()


@pytest_asyncio.fixture
async def klassen(make_kring: MakeKring, val: Ontvanger) -> AsyncIterator[dict[str, Klas]]:
    """One of each kind, with a subscription."""
    kinds = {
        "goed": take,
        "weg": take,
        "fout": failing_first(),
        "traag": slow_first(2.5),
        "verwijst": elsewhere(f"http://{LOOPBACK}:{val.port}/"),
    }
    made = {kind: Klas(make_kring("3.2"), await Ontvanger(gedrag).open()) for kind, gedrag in kinds.items()}
    for one in made.values():
        answered = await one.kring.aanbieder.request("POST", PATH, json={"url": one.ontvanger.url})
        assert answered.status_code == 201, answered.text
        one.made = answered.json()
    yield made
    for one in made.values():
        await one.kring.aanbieder.request("DELETE", f"{PATH}/{one.made['id']}")
        await one.ontvanger.close()


async def test_b20_each_receiver_is_told_once_and_no_other_waits(
    gewonde_stapel: Stapel, klassen: dict[str, Klas], val: Ontvanger, maat: Maat
) -> None:
    aantal = maat.kies(4, 60)
    weg, goed, verwijst = klassen["weg"], klassen["goed"], klassen["verwijst"]
    await weg.ontvanger.close()
    for url in VERBODEN:
        refused = await goed.kring.aanbieder.request("POST", PATH, json={"url": url.format(val=val.port)})
        check_problem(refused, 400, "verzoek-ongeldig")

    sending = asyncio.gather(*(one.stuur(aantal) for kind, one in klassen.items() if kind != "goed"))
    await goed.stuur(1)
    await eventually(goed.verteld, "the first is told")
    waits = []
    for _ in range(aantal):
        await goed.stuur(1)
        began = perf_counter()
        await eventually(goed.verteld, "a receiver that is well is told")
        waits.append(perf_counter() - began)
    await sending
    if maat.vol:
        gewonde_stapel.kill("toewijzing")
        await eventually(gewonde_stapel.whole, "the service is back", seconds=60, every=0.1)
    await weg.ontvanger.open()
    for kind in ("weg", "fout", "traag"):
        # A process that was killed has its lease for a minute yet.
        await eventually(klassen[kind].verteld, f"{kind} is told of all", seconds=maat.kies(30, 180), every=0.05)

    gone = (await verwijst.stand())["laatstePoging"]["uitkomst"]
    maat.noteer(
        "B20", berichten=5 * aantal + 1, langst=f"{max(waits):.2f}", verboden=len(VERBODEN), val=val.verbindingen,
        tweemaal=sum(len(one.ontvanger.aangenomen) - len(one.ontvanger.ids) for one in klassen.values()),
    )  # fmt: skip
    assert max(waits) <= PROMPT, waits
    assert (gone, verwijst.ontvanger.aangenomen, val.verbindingen) == ("omleiding", [], 0)
    for one in klassen.values():
        assert {melding.id for melding in one.ontvanger.meldingen} <= set(one.verwacht), "only one's own"
    # Who answered in time is told once.
    assert len(goed.ontvanger.meldingen) == len(goed.ontvanger.ids) or maat.vol


async def test_b20_a_receiver_that_was_gone_for_five_minutes(
    genoot: Huisgenoot, ontvanger: Ontvanger, maat: Maat
) -> None:
    """By the clock of the service, with a message every so many seconds meanwhile."""
    chance = maat.loting("b20")
    await genoot.abonneer(ontvanger.url)
    bezorger = genoot.bezorger()
    await ontvanger.close()
    messages, tries, step = [], 0, maat.kies(10, 1)
    for _ in range(300 // step):
        messages += [str(await genoot.ontvangt()) for _ in range(chance.randrange(maat.kies(3, 6)))]
        before = genoot.huis.meters.webhook_pogingen.labels("startstop", "verbinding")._value.get()
        await genoot.ronde(bezorger)
        tries += int(genoot.huis.meters.webhook_pogingen.labels("startstop", "verbinding")._value.get() - before)
        genoot.later(seconds=step)
    await ontvanger.open()
    waited = 0
    while not ontvanger.aangenomen:
        genoot.later(seconds=5)
        waited += 5
        await genoot.ronde(bezorger)

    maat.noteer("B20 weg", berichten=len(messages), pogingen=tries, daarna_seconden=waited)
    assert sorted(one.id for one in ontvanger.meldingen) == sorted(messages)
    assert tries < 20, "it is not asked time and again"
    assert waited < 400, "the wait is about as long as it was gone"
