"""A ledger outside the system: every request and answer, afterwards held against all that the system says.

It knows what was sent, what was answered, and what should follow; it knows nothing of how the system works.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import Bericht
from tests.keten.deelnemer import BUSY, Deelnemer
from tests.keten.kring import Kring
from tests.keten.stapel import Stapel

PARKED = "geparkeerd"
TAKEN = (200, 201, 202)


@dataclass(frozen=True)
class Antwoord:
    """One answer to one request; status 0 when the connection was lost before it came."""

    status: int
    uitkomst: dict[str, Any] | None = None
    wacht: str | None = None
    fout: str = ""


@dataclass
class Post:
    """One message with all that was answered to it, and what should become of it."""

    kring: Kring
    sender: Deelnemer
    receiver: Deelnemer
    bericht: Bericht
    verwacht: str | None
    codes: frozenset[str] | None
    antwoorden: list[Antwoord] = field(default_factory=list)
    oordeel: dict[str, Any] | None = None
    retour: Inhoud | None = None

    @property
    def naam(self) -> str:
        """The message, for who reads a failure: no content."""
        return f"{self.bericht.naam} {self.bericht.release} {self.bericht.identificatie}"

    @property
    def aangenomen(self) -> list[Antwoord]:
        """The answers that took it."""
        return [one for one in self.antwoorden if one.status in TAKEN]

    @property
    def id(self) -> str | None:
        """What the system calls it, once it was taken."""
        return str(self.aangenomen[0].uitkomst["id"]) if self.aangenomen and self.aangenomen[0].uitkomst else None

    @property
    def verwerkt(self) -> bool:
        """Whether it was judged good."""
        return self.oordeel is not None and self.oordeel["status"] == "verwerkt"


class Grootboek:
    """The ledger of one test, on one stack."""

    def __init__(self, stapel: Stapel) -> None:
        self.stapel = stapel
        self.tempo: float | None = None
        """Messages a second; None is as fast as they go."""
        self._beurt = 0.0
        self.posten: list[Post] = []
        self.genomen = 0
        self.gecontroleerd = False

    def post(
        self, kring: Kring, bericht: Bericht, verwacht: str | None = "verwerkt", codes: Sequence[str] | None = ()
    ) -> Post:
        """Enters a message that is about to be sent. ``codes``: the retourcodes that it should get, in any order, as
        often as they come; None when chance decides."""
        from_gemeente = bericht.soort.afzender == "gemeente"
        parties = (kring.gemeente, kring.aanbieder) if from_gemeente else (kring.aanbieder, kring.gemeente)
        made = Post(kring, *parties, bericht, verwacht, None if codes is None else frozenset(codes))
        self.posten.append(made)
        return made

    async def eenmaal(self, post: Post, *, wait: int = 0, via: Stapel | None = None) -> Antwoord:
        """Sends once, and notes what comes back; ``via`` is another way in."""
        sender = replace(post.sender, stapel=via) if via else post.sender
        try:
            answer = noted(await sender.post(post.bericht, wait=wait))
        except httpx.TransportError as error:
            answer = Antwoord(0, fout=type(error).__name__)
        self.genomen += answer.status in TAKEN and not post.aangenomen
        post.antwoorden.append(answer)
        return answer

    async def lever(
        self, post: Post, *, wait: int = 0, seconds: float = 120, pause: float = 0.1, via: Stapel | None = None
    ) -> Antwoord:
        """Sends until it is taken, as a party does: what is refused for now, or cut, goes again."""
        deadline = time.monotonic() + seconds
        while True:
            answer = await self.eenmaal(post, wait=wait, via=via)
            if answer.status not in (0, *BUSY):
                return answer
            assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {post.naam} is taken; {answer}"
            await asyncio.sleep(pause)  # sooner than told: the tests are in a hurry

    async def stuur(
        self,
        kring: Kring,
        bericht: Bericht,
        verwacht: str | None = "verwerkt",
        codes: Sequence[str] | None = (),
        *,
        wait: int = 0,
    ) -> Post:
        """Enters a message and sends it until it is taken."""
        if self.tempo:
            self._beurt = max(self._beurt + 1 / self.tempo, time.monotonic())
            await asyncio.sleep(self._beurt - time.monotonic())
        post = self.post(kring, bericht, verwacht, codes)
        await self.lever(post, wait=wait)
        return post

    def antwoorden(self) -> dict[int, int]:
        """How often each status was answered; 0 is a lost connection."""
        return dict(sorted(Counter(one.status for post in self.posten for one in post.antwoorden).items()))

    async def controleer(self, seconds: float = 120) -> None:
        """Holds the ledger against the system: nothing lost, nothing doubled, no 5xx but 503, everything equal."""
        from tests.ruig.vergelijken import vergelijk  # it needs the ledger's types

        self.gecontroleerd = True
        await vergelijk(self, seconds)


def noted(answer: httpx.Response) -> Antwoord:
    """An answer as the ledger keeps it."""
    document = answer.json() if answer.status_code in TAKEN else None
    return Antwoord(
        answer.status_code,
        document,
        answer.headers.get("Retry-After"),
        "" if document else answer.headers.get("Content-Type", ""),
    )
