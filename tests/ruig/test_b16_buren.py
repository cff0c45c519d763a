"""B16: while one party does its worst, another is served as always: within two seconds at p99; and of what is thrown no
more stands in the audit trail than a caller may fill of it (P9)."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import pytest

from bench.meten import percentile
from shared.exchange.drempel import FORM
from shared.settings import Settings
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring, MakeKring
from tests.ruig.aanval import Verzoek, Wapen, under_attack
from tests.ruig.bommen import BOMMEN, JSON, MB, XML, Lokaas
from tests.ruig.maat import Maat
from tests.ruig.test_b12_bommen import PATH, SERVICE, bait
from tests.wachten import eventually

RATE = 10
"""Messages a second of the honest party."""
MOST = 2.0
REDENEN = ("bericht-onleesbaar", "schema-ongeldig", "te-groot", "mediatype-onbekend", "verzoek-ongeldig")
"""Why a bomb may be refused: what is counted of each in a minute shares a row."""
FORMS = (("POST", "/startstop/v1/audit/zoek"), ("POST", "/startstop/v1/machtigingen"))
"""A search and a deed that take a body."""
Arsenaal = Callable[[Kring, Lokaas, int], list[Wapen]]


def zwaar(kring: Kring, lokaas: Lokaas, size: int) -> list[Wapen]:
    """Bombs of so many MB; a large message, right but for what it is about; and forms of which every field is
    wrong, with as many as a form may have, a list may, and a body can."""
    small = a_305(kring, kring.nummer()).xml
    large = _with_products(small, min(6 * size, 60))
    wide = [dict.fromkeys(map(str, range(fields)), 1) for fields in (FORM, Settings().max_waarden, 300_000)]
    forms = [Verzoek(method, path, json.dumps(body).encode(), JSON) for body in wide for method, path in FORMS]
    return [
        Wapen("bommen", 4, [Verzoek("POST", PATH, bom.make(small, lokaas, size), bom.headers) for bom in BOMMEN]),
        Wapen("groot", 4, [Verzoek("POST", PATH, large, XML)]),
        Wapen("formulieren", 12, forms),
    ]


def _with_products(xml: bytes, size: int) -> bytes:
    """The same with its one product again and again, until it is so many MB."""
    start, end = b"<wmo305:StartProduct>", b"</wmo305:StartProduct>"
    head, _, rest = xml.partition(start)
    product, _, tail = rest.partition(end)
    whole = start + product + end
    return head + whole * (size * MB // len(whole)) + tail


def zwerm(kring: Kring, _: Lokaas, __: int) -> list[Wapen]:
    """More small messages at once than the node has places for. Apart: they would keep his own large ones out."""
    places = Settings().gelijktijdig + Settings().wachtrij
    return [Wapen("zwerm", places + 20, [Verzoek("POST", PATH, a_305(kring, kring.nummer()).xml, XML)])]


@pytest.mark.parametrize("arsenaal", [zwerm, zwaar])
async def test_b16_what_one_party_throws_is_not_felt_by_another(
    arsenaal: Arsenaal, make_kring: MakeKring, maat: Maat, tmp_path: Path
) -> None:
    eerlijk, aanvaller = make_kring("3.2"), make_kring("3.2")
    nummers = [eerlijk.nummer() for _ in range(maat.kies(40, 300))]
    for nummer in nummers:
        await eerlijk.gemeente.send(a_301(eerlijk, nummer))
    await _known(eerlijk, nummers[-1])
    began = perf_counter()
    async with bait(tmp_path) as (lokaas, _):
        wapens = arsenaal(aanvaller, lokaas, maat.kies(2, 20))
        # Straight to the service, as behind the proxy of a deployment: the embedded gateway is one more process here.
        url = f"http://127.0.0.1:{eerlijk.stapel.state['poorten'][SERVICE]}"
        async with under_attack(url, aanvaller.aanbieder.token, wapens) as aanval:
            waits = await _served(eerlijk, url, nummers)
    rows, seconds = await _refusals(aanvaller), perf_counter() - began
    _tell(maat, waits, aanval.answers, rows)

    assert percentile(waits, 0.99) <= MOST, sorted(waits)[-5:]
    for naam, answers in aanval.answers.items():
        assert set(answers) <= {200, 201, 202, 400, 413, 429, 503}, naam
        assert {200, 201, 202, 400, 413} & set(answers), f"{naam} went off"
    assert rows <= (seconds // 60 + 2) * (Settings().weigeringen_per_minuut + len(REDENEN))


def _tell(maat: Maat, waits: Sequence[float], answers: dict[str, Counter[int]], rows: int) -> None:
    thrown = {naam: dict(sorted(counted.items())) for naam, counted in answers.items()}
    p50, p99 = (f"{percentile(waits, part):.2f}" for part in (0.5, 0.99))
    maat.noteer("B16", berichten=len(waits), p50=p50, p99=p99, auditregels=rows, **thrown)


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


async def _served(kring: Kring, url: str, nummers: list[int]) -> list[float]:
    """What each message took, from the moment that it was to be sent."""
    start = perf_counter()
    own = {**XML, "Authorization": f"Bearer {kring.aanbieder.token}"}

    async def send(turn: int, nummer: int) -> float:
        due = start + turn / RATE
        await asyncio.sleep(max(0.0, due - perf_counter()))  # the pace of the sender, not a wait for a fact
        answer = await kring.aanbieder.http.post(f"{url}{PATH}", content=a_305(kring, nummer).xml, headers=own)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        return perf_counter() - due

    return list(await asyncio.gather(*(send(turn, nummer) for turn, nummer in enumerate(nummers))))
