"""What the speed and memory of declarations are, against the limit pipeline and a bare endpoint in the same run."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from time import perf_counter

from bench.declaraties import Reeks
from bench.lijn import Antwoord, Lijn
from bench.limiet import Limiet
from bench.meten import MB, forget_peak, percentile, resident, spread
from bench.opstelling import Opstelling, opstelling
from bench.starts import starts, toewijzingen
from bench.uitkomst import Uitkomst
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.schemas import Schemas

BERICHTEN = "/declaratie/v1/berichten"
SMALL_PATH = "/startstop/v1/berichten"
FULL = (1_000, 10_000, 100_000)
ROUNDS = {1_000: 15, 10_000: 9, 100_000: 5}
"""Of each size; a warm one comes before."""
MAX_RATIO = {1_000: 3.0, 10_000: 3.0, 100_000: 3.5}
GROWTH = 1.3
MEMORY_MB = 256
SECOND_PARTY_MS = 1000
CONNECTIONS = 16
SMALL_EACH = 50
SMALL_ROUNDS = 3
SMALL_RATE, SMALL_PART = 700, 0.25
BARE = {"bar": "on Starlette and the driver alone", "huis": "on FastAPI and SQLAlchemy"}
"""``bench.kaal``."""


class FoutError(RuntimeError):
    """The service answered something else than the bench counts on: its figures would be of another thing."""


@dataclass
class Proef:
    """The measurements on one stack. Every series of messages has an aanbieder and numbers of its own."""

    hier: Opstelling
    schemas: Schemas = field(default_factory=Schemas)
    aanbieders: int = 11_000_000
    nummers: int = 1_000_000
    per_line: dict[int, float] = field(default_factory=dict)

    async def series(self, release: Release, lines: int, dubbel_elke: int = 0) -> Reeks:
        """A new aanbieder with so many toewijzingen."""
        self.aanbieders += 1
        made = Reeks(release, str(self.aanbieders), lines, self.nummers, dubbel_elke)
        self.nummers += lines
        await self.hier.load("declaratie", made.toewijzingen(self.hier.kluis))
        return made

    async def speed(self, release: Release, lines: int, dubbel_elke: int = 0) -> Uitkomst:
        """A declaration with everything on over HTTP, against the limit pipeline, in turn."""
        reeks = await self.series(release, lines, dubbel_elke)
        limit = Limiet(release, self.schemas, self.hier.conn)
        line = await self.hier.lijn("declaratie", reeks.aanbieder)
        found: list[float] = []
        least: list[float] = []
        size = 0
        for ronde in range(ROUNDS[lines] + 1):
            body = reeks.bericht(ronde, self.schemas)
            size = len(body)
            start = perf_counter()
            await limit.run(body)
            least.append(perf_counter() - start)
            answer = judged(await line.post(BERICHTEN, body), refused=bool(dubbel_elke))
            found.append(answer.seconden)
        await line.close()
        took, at_least = found[1:], least[1:]
        ratio = median(took) / median(at_least)
        if not dubbel_elke and release == "3.2":
            self.per_line[lines] = median(took) / lines
        with_refusals = f", {2 * 100 / dubbel_elke:g} % of them refused" if dubbel_elke else ""
        most = MAX_RATIO[lines]
        return Uitkomst(
            f"declaration of {lines:,} lines ({release}{with_refusals}) over HTTP / limit pipeline",
            f"{ratio:.1f} x",
            f"≤ {most:g} x",
            ratio <= most,
            f"{spread(took)} against {spread(at_least)}, {lines / median(took):,.0f} lines/s, {size / MB:.1f} MB",
        )

    def growth(self, small: int, large: int) -> Uitkomst:
        """What a line costs in a large message and in a smaller one."""
        ratio = self.per_line[large] / self.per_line[small]
        figures = f"{self.per_line[large] * 1e6:.0f} against {self.per_line[small] * 1e6:.0f} µs"
        return Uitkomst(
            f"cost per line at {large:,} / at {small:,} lines", f"{ratio:.2f} x", f"≤ {GROWTH} x", ratio <= GROWTH,
            figures,
        )  # fmt: skip

    async def beside(self, lines: int) -> AsyncIterator[Uitkomst]:
        """The memory of a fresh service while it takes a declaration, and what small messages of others meanwhile
        wait: a 305 at the service startstop, and a declaration of one line at this same service."""
        large = await self.series("3.2", lines)
        small = await self.series("3.2", 1)
        many = 400
        starter = str(self.aanbieders)
        first = self.nummers
        self.nummers += many * 7
        await self.hier.load("startstop", toewijzingen(starter, first, many, self.hier.kluis))
        await self.hier.restart("declaratie")
        lines_open = [
            await self.hier.lijn("declaratie", large.aanbieder),
            await self.hier.lijn("declaratie", small.aanbieder),
            await self.hier.lijn("startstop", starter),
        ]
        judged(await lines_open[1].post(BERICHTEN, small.bericht(0, self.schemas)))
        body = large.bericht(0, self.schemas)
        declarations = [small.bericht(ronde, self.schemas) for ronde in range(1, 46)]
        messages = list(starts(starter, first, many, self.schemas))
        pid = self.hier.pid("declaratie")
        forget_peak(pid)
        idle = resident("VmRSS", pid)
        done = asyncio.Event()
        busy = asyncio.create_task(lines_open[0].post(BERICHTEN, body))
        others = [
            asyncio.create_task(_keep_sending(lines_open[1], BERICHTEN, declarations, done)),
            asyncio.create_task(_keep_sending(lines_open[2], SMALL_PATH, messages, done)),
        ]
        judged(await busy)
        done.set()
        yield peak_memory(f"{lines:,} lines", resident("VmHWM", pid), idle, len(body))
        for what, task in zip(("1-line 323 at the same service", "305"), others, strict=True):
            waits = [one * 1000 for one in await task]
            p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
            yield Uitkomst(
                f"{what} of a second party meanwhile, p99", f"{p99:,.0f} ms", f"≤ {SECOND_PARTY_MS} ms",
                p99 <= SECOND_PARTY_MS, f"p50 {p50:,.0f} ms, {len(waits)} messages in {(await busy).seconden:.1f} s",
            )  # fmt: skip
        for line in lines_open:
            await line.close()

    async def refusals(self, release: Release, lines: int) -> Uitkomst:
        """The memory of a fresh service while it takes a declaration of which a fifth is refused."""
        large, small = await self.series(release, lines, dubbel_elke=10), await self.series("3.2", 1)
        await self.hier.restart("declaratie")
        first, line = [await self.hier.lijn("declaratie", one.aanbieder) for one in (small, large)]
        judged(await first.post(BERICHTEN, small.bericht(0, self.schemas)))
        body, pid = large.bericht(0, self.schemas), self.hier.pid("declaratie")
        forget_peak(pid)
        idle = resident("VmRSS", pid)
        judged(await line.post(BERICHTEN, body), refused=True)
        for one in (first, line):
            await one.close()
        return peak_memory(
            f"{lines:,} lines ({release}, 20 % of them refused)", resident("VmHWM", pid), idle, len(body)
        )

    async def small(self) -> AsyncIterator[Uitkomst]:
        """305s at 16 connections, each of a party of its own, against the bare endpoints."""
        rates: dict[str, list[float]] = {"eigen": [], "bar": [], "huis": []}
        size = 0
        async with self.hier.bare("bar") as bar, self.hier.bare("huis") as huis:
            for ronde in range(SMALL_ROUNDS + 1):
                parties, bodies = await self._small_work()
                size = len(bodies[0][0])
                ours = [await self.hier.lijn("startstop", one) for one in parties]
                lines = {"eigen": (ours, SMALL_PATH)}
                for soort, port in (("bar", bar), ("huis", huis)):
                    lines[soort] = [await Lijn.open(port, "") for _ in parties], "/berichten"
                for soort, (own, path) in lines.items():
                    rate = await _rate(own, path, bodies)
                    if ronde:  # the first warms up
                        rates[soort].append(rate)
                    for line in own:
                        await line.close()
        rate = median(rates["eigen"])
        yield Uitkomst(
            f"305s over HTTP, {CONNECTIONS} connections, one worker", f"{rate:,.0f}/s", f"≥ {SMALL_RATE}/s",
            rate >= SMALL_RATE, f"{_between(rates['eigen'])}; {size:,} bytes",
        )  # fmt: skip
        for soort, what in BARE.items():
            part = rate / median(rates[soort])
            yield Uitkomst(
                f"of the rate of a bare endpoint {what}", f"{part:.2f}", f"≥ {SMALL_PART}", part >= SMALL_PART,
                f"{rate:,.0f}/s against {median(rates[soort]):,.0f}/s, {_between(rates[soort])}",
            )  # fmt: skip

    async def _small_work(self) -> tuple[list[str], list[Sequence[bytes]]]:
        """New parties, with the messages of each."""
        parties: list[str] = []
        bodies: list[Sequence[bytes]] = []
        for _ in range(CONNECTIONS):
            self.aanbieders += 1
            aanbieder, first = str(self.aanbieders), self.nummers
            self.nummers += SMALL_EACH * 7
            await self.hier.load("startstop", toewijzingen(aanbieder, first, SMALL_EACH, self.hier.kluis))
            parties.append(aanbieder)
            bodies.append(list(starts(aanbieder, first, SMALL_EACH, self.schemas)))
        return parties, bodies


def _between(rates: Sequence[float]) -> str:
    return f"{min(rates):,.0f}-{max(rates):,.0f}"


def peak_memory(what: str, peak: int, idle: int, size: int) -> Uitkomst:
    """The most memory that a service had, against what it had before; in bytes."""
    above = peak - idle
    return Uitkomst(
        f"peak memory of the service above idle, {what}", f"{above / MB:.0f} MB", f"≤ {MEMORY_MB} MB",
        above <= MEMORY_MB * MB, f"body {size / MB:.1f} MB, idle {idle / MB:.0f} MB",
    )  # fmt: skip


def judged(answer: Antwoord, *, refused: bool = False) -> Antwoord:
    """An answer with the verdict that is measured; FoutError for another."""
    told = json.loads(answer.body)
    if answer.status != 201 or told["status"] != "verwerkt" or bool(told["meldingen"]) != refused:
        raise FoutError(f"{answer.status}: {answer.body[:600].decode()}")
    return answer


async def _keep_sending(line: Lijn, path: str, bodies: Sequence[bytes], done: asyncio.Event) -> list[float]:
    """One message after the other, the last of them under way when it is done; what each took."""
    took: list[float] = []
    for body in bodies:
        took.append(judged(await line.post(path, body)).seconden)
        if done.is_set():
            break
        await asyncio.sleep(0.02)  # a party that sends now and then, not one that fills the node
    return took


async def _rate(lines: Sequence[Lijn], path: str, bodies: Sequence[Sequence[bytes]]) -> float:
    """Messages a second, all connections together."""

    async def send(line: Lijn, own: Sequence[bytes]) -> None:
        for body in own:
            answer = await line.post(path, body)
            if answer.status != 201:
                raise FoutError(f"{answer.status}: {answer.body[:600].decode()}")

    start = perf_counter()
    async with asyncio.TaskGroup() as group:
        for line, own in zip(lines, bodies, strict=True):
            group.create_task(send(line, own))
    return sum(map(len, bodies)) / (perf_counter() - start)


async def declaratie(sizes: Sequence[int] = FULL) -> AsyncIterator[Uitkomst]:
    """Every measurement, on one stack."""
    async with opstelling() as hier:
        proef = Proef(hier)
        for lines in sizes:
            yield await proef.speed("3.2", lines)
        common = min(max(sizes), 10_000)
        yield await proef.speed("2.4", common)
        yield await proef.speed("3.2", common, dubbel_elke=200)
        for small, large in pairwise(sizes):
            if small >= 10_000:
                yield proef.growth(small, large)
        async for one in proef.beside(max(sizes)):
            yield one
        for release in RELEASES:
            yield await proef.refusals(release, max(sizes))
        async for one in proef.small():
            yield one
