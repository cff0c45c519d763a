"""B16: while one party throws bombs, another is served as always: within two seconds at p99; and of what is thrown no
more stands in the audit trail than a caller may fill of it (P9)."""

import asyncio
from pathlib import Path
from time import perf_counter

from bench.meten import percentile
from shared.settings import Settings
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring, MakeKring
from tests.ruig.bommen import BOMMEN
from tests.ruig.maat import Maat
from tests.ruig.test_b12_bommen import PATH, bait
from tests.wachten import eventually

RATE = 10
"""Messages a second of the honest party."""
MOST = 2.0
REDENEN = ("bericht-onleesbaar", "schema-ongeldig", "te-groot", "mediatype-onbekend", "verzoek-ongeldig")
"""Why a bomb may be refused: what is counted of each in a minute shares a row."""
AT_ONCE = 4
"""Bombs under way together."""


async def test_b16_bombs_of_one_party_are_not_felt_by_another(
    make_kring: MakeKring, maat: Maat, tmp_path: Path
) -> None:
    eerlijk, aanvaller = make_kring("3.2"), make_kring("3.2")
    messages = maat.kies(40, 600)
    nummers = [eerlijk.nummer() for _ in range(messages)]
    for nummer in nummers:
        await eerlijk.gemeente.send(a_301(eerlijk, nummer))
    await _known(eerlijk, nummers[-1])
    done, began = asyncio.Event(), perf_counter()
    answers: list[int] = []
    async with bait(tmp_path) as (lokaas, _):
        xml = a_305(aanvaller, aanvaller.nummer()).xml
        bombs = [(bom.make(xml, lokaas, maat.kies(2, 20)), bom.headers) for bom in BOMMEN]

        async def attack(first: int) -> None:
            turn = first
            while not done.is_set():
                body, headers = bombs[turn % len(bombs)]
                answer = await aanvaller.aanbieder.request("POST", PATH, content=body, headers=headers)
                answers.append(answer.status_code)
                turn += AT_ONCE

        attackers = [asyncio.create_task(attack(first)) for first in range(AT_ONCE)]
        try:
            waits = await _served(eerlijk, nummers)
        finally:
            done.set()
            await asyncio.gather(*attackers)

    rows = await _refusals(aanvaller)
    seconds = perf_counter() - began
    p99 = percentile(waits, 0.99)
    maat.noteer(
        "B16", berichten=messages, bommen=len(answers), p50=f"{percentile(waits, 0.5):.2f}", p99=f"{p99:.2f}",
        auditregels=rows,
    )  # fmt: skip
    assert p99 <= MOST, sorted(waits)[-5:]
    assert set(answers) <= {200, 201, 202, 400, 413, 429, 503}
    assert {400, 413} & set(answers), "bombs went off"
    assert rows <= (seconds // 60 + 2) * (Settings().weigeringen_per_minuut + len(REDENEN))


async def _refusals(kring: Kring) -> int:
    """How many rows of the audit trail say that something of the aanbieder was refused."""
    found = "select count(*) from startstop.audit where handeling = 'geweigerd' and partij = $1"
    [row] = await kring.stapel.query(found, str(kring.aanbieder.partij))
    return int(row[0])


async def _known(kring: Kring, nummer: int) -> None:
    """Waits until startstop knows a toewijzing."""
    found = "select from startstop.toewijzing where gemeente = $1 and nummer = $2"

    async def there() -> bool:
        return bool(await kring.stapel.query(found, kring.gemeente.code, nummer))

    await eventually(there, "startstop knows the toewijzingen")


async def _served(kring: Kring, nummers: list[int]) -> list[float]:
    """What each message took, from the moment that it was to be sent."""
    start = perf_counter()

    async def send(turn: int, nummer: int) -> float:
        due = start + turn / RATE
        await asyncio.sleep(max(0.0, due - perf_counter()))  # the pace of the sender, not a wait for a fact
        answer = await kring.aanbieder.post(a_305(kring, nummer))
        assert answer.status_code == 201, (answer.status_code, answer.text)
        return perf_counter() - due

    return list(await asyncio.gather(*(send(turn, nummer) for turn, nummer in enumerate(nummers))))
