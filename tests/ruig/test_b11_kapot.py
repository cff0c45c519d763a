"""B11: bodies spoilt by chance are answered with 2xx or 4xx, soon, and take no memory for good (P9)."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from bench.meten import MB, forget_peak, resident
from shared.iwmo.catalogus import RELEASES
from shared.settings import SERVICES
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305, a_307
from tests.keten.berichten.toewijzing import a_301
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring, MakeKring
from tests.ruig.maat import Maat
from tests.ruig.mutaties import JSON, XML, packed

SECONDS = 5.0
MOST = 8 * 128 * MB
LEFT = 150 * MB
"""More than it had that a service may keep afterwards: caches and pools that were not full yet."""
AT_ONCE = 4
RIGHT = {200, 201, 202, 400, 403, 413, 415}


@dataclass(frozen=True)
class Kapot:
    """One request: by whom, where to, and with what."""

    sender: Deelnemer
    dienst: str
    body: bytes
    headers: dict[str, str]
    how: str


def _messages(kring: Kring) -> list[tuple[Deelnemer, Bericht]]:
    nummer = kring.nummer()
    of_aanbieder = a_305(kring, nummer), a_307(kring, nummer), a_declaratie(kring, prestatie(kring, nummer))
    return [(kring.gemeente, a_301(kring, nummer)), *((kring.aanbieder, one) for one in of_aanbieder)]


def _spoilt(kringen: list[Kring], chance: Random, many: int) -> Iterator[Kapot]:
    for _ in range(many):
        sender, bericht = chance.choice(_messages(chance.choice(kringen)))
        kind, body = "xml", bericht.xml
        if chance.random() < 0.2:
            kind, body = "json", json.dumps(bericht.json).encode()
        mutation = chance.choice(JSON if kind == "json" else XML)
        spoilt = mutation(chance, body)
        headers = {"Content-Type": f"application/{kind}"}
        if chance.random() < 0.1:
            spoilt, headers["Content-Encoding"] = packed(chance, spoilt)
        yield Kapot(sender, bericht.dienst, spoilt, headers, mutation.__name__)


async def test_b11_spoilt_bodies_are_2xx_or_4xx(make_kring: MakeKring, maat: Maat) -> None:
    kringen = [make_kring(release) for release in RELEASES]
    stapel = kringen[0].stapel
    pids = {service: int(stapel.state[service]) for service in SERVICES}
    work = _spoilt(kringen, maat.loting("B11"), maat.kies(300, 10_000))
    for _, body in zip(range(1), work, strict=False):
        await _send(body)  # the first of all opens schemas
    before = {service: resident("VmRSS", pid) for service, pid in pids.items()}
    for pid in pids.values():
        forget_peak(pid)
    told: dict[int, int] = {}
    slowest = 0.0

    async def send_all() -> None:
        nonlocal slowest
        for one in work:
            status, seconds = await _send(one)
            told[status] = told.get(status, 0) + 1
            slowest = max(slowest, seconds)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(send_all())

    peak = {service: resident("VmHWM", pid) - before[service] for service, pid in pids.items()}
    left = {service: resident("VmRSS", pid) - before[service] for service, pid in pids.items()}
    assert {service: int(stapel.state[service]) for service in SERVICES} == pids, "a service died"
    assert max(peak.values()) <= MOST, peak
    assert max(left.values()) <= LEFT, left
    assert told.get(400), "none was refused"
    maat.noteer(
        "B11", berichten=sum(told.values()), statussen=dict(sorted(told.items())), traagste=f"{slowest:.2f} s",
        piek=f"{max(peak.values()) / MB:.0f} MB", gebleven=f"{max(left.values()) / MB:.0f} MB",
    )  # fmt: skip


async def _send(kapot: Kapot) -> tuple[int, float]:
    start = time.monotonic()
    path = f"/{kapot.dienst}/v1/berichten"
    answer = await kapot.sender.request("POST", path, content=kapot.body, headers=kapot.headers)
    seconds = time.monotonic() - start
    assert answer.status_code in RIGHT, (kapot.how, kapot.headers, answer.status_code, answer.text[:500])
    assert seconds <= SECONDS, (kapot.how, seconds)
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, seconds
