"""B10: the same as B08 with replicas whose clocks disagree, jump, and pass the hour that comes twice (P3, P4).

The clocks are those of the services (``shared/klok.py``), of second replicas beside those of the stack; the database
has the machine's own, which the barrier does not compare with anything.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest_asyncio

from tests.keten.kring import Kring
from tests.keten.stapel import ROOT, Stapel
from tests.ruig.grootboek import Grootboek
from tests.ruig.klokdienst import BESTAND
from tests.ruig.maat import Maat
from tests.ruig.replica import Replica
from tests.ruig.vroeg import Vroeg, speel

PROGRAM = ("-P", str(ROOT / "tests" / "ruig" / "klokdienst.py"))
AHEAD, BEHIND, HOUR = 300.0, -300.0, 3600.0
WINTERTIJD = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
"""03:00 becomes 02:00 in the Netherlands."""


@dataclass
class Klokken:
    """Replicas of toewijzing and startstop, each with a clock of its own."""

    folder: Path
    replicas: dict[str, Replica]

    def zet(self, dienst: str, seconds: float) -> None:
        """Sets a clock so far from that of the machine, in one step."""
        fresh = self.folder / f"{dienst}.nieuw"
        fresh.write_text(str(seconds), encoding="ascii")
        fresh.replace(self.folder / dienst)

    def om_en_om(self) -> "OmEnOm":
        """A way in for each message: the stack's own process and the replica in turn."""
        return OmEnOm(self.replicas)


@dataclass
class OmEnOm:
    """Alternates."""

    replicas: dict[str, Replica]
    beurt: int = 0

    def __call__(self, dienst: str) -> Replica | None:
        self.beurt += 1
        return self.replicas[dienst] if self.beurt % 2 else None


@pytest_asyncio.fixture
async def klokken(gewonde_stapel: Stapel, tmp_path: Path) -> AsyncIterator[Klokken]:
    """Toewijzing is ahead, startstop behind."""
    made = Klokken(tmp_path, {})
    for dienst, seconds in (("toewijzing", AHEAD), ("startstop", BEHIND)):
        made.zet(dienst, seconds)
        made.replicas[dienst] = Replica(gewonde_stapel, dienst, PROGRAM, **{BESTAND: str(tmp_path / dienst)})
    try:
        await asyncio.gather(*(one.gereed() for one in made.replicas.values()))
        yield made
    finally:
        for one in made.replicas.values():
            one.stop()


async def test_b10_no_clock_decides_what_is_refused(
    kringen: list[Kring], gewonde_stapel: Stapel, klokken: Klokken, grootboek: Grootboek, maat: Maat
) -> None:
    paren, onbekend, longest = maat.kies((8, 2, 0.5), (333, 33, 10.0))
    vroeg = Vroeg(grootboek, kringen, maat.loting("b10"), klokken.om_en_om())

    await speel(vroeg, gewonde_stapel, paren, onbekend, longest)
    jumping = asyncio.create_task(speel(vroeg, gewonde_stapel, paren, onbekend, longest))
    await halfway(grootboek, grootboek.genomen + paren, jumping)
    klokken.zet("startstop", BEHIND - HOUR)
    await jumping
    to_winter = (WINTERTIJD - datetime.now(UTC)).total_seconds()
    klokken.zet("toewijzing", to_winter - 1)
    klokken.zet("startstop", to_winter - maat.kies(1, 20))
    await speel(vroeg, gewonde_stapel, paren, onbekend, longest)
    await grootboek.controleer()

    maat.noteer("B10", paren=3 * paren, onbekend=3 * onbekend, antwoorden=grootboek.antwoorden())


async def halfway(boek: Grootboek, genomen: int, playing: asyncio.Task[None]) -> None:
    """Until so many messages were taken, or no more will be."""
    while boek.genomen < genomen and not playing.done():
        await asyncio.sleep(0.01)
