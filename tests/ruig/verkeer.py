"""Traffic: stories of messages of all kinds in both releases, each right in its order."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from random import Random

from shared.security.partij import Partij
from tests.keten.berichten.declaratie import APRIL, a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305, a_307
from tests.keten.berichten.toewijzing import a_301, lopend_product, toegewezen_product
from tests.keten.berichten.verzoek import a_315, a_317, a_319
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring
from tests.ruig.grootboek import Grootboek

Verhaal = Callable[[Grootboek, Kring], Awaitable[None]]
ONBEKEND = ("9019",)
REGEL_ONBEKEND = ("9338",)


def nieuw(kring: Kring) -> Kring:
    """The same gemeente, and an aanbieder and a client of whom nobody has heard.

    The aanbieder too: in 2.4 he declares once over a period (TR318).
    """
    partij = Partij.aanbieder(str(next(kring.tellers.aanbieders)))
    aanbieder = Deelnemer(partij, kring.stapel, kring.gemeente.http)
    return replace(kring, aanbieder=aanbieder, bsn=next(kring.tellers.bsns))


async def zorg(boek: Grootboek, kring: Kring) -> None:
    """Assigned, changed, started, claimed with a line that is refused, stopped."""
    first, second = kring.nummer(), kring.nummer()
    await boek.stuur(kring, a_301(kring, first, second))
    later = toegewezen_product(kring, first, Toewijzingstijd="11:00:00", Omvang={**_OMVANG, "Volume": 4})
    await boek.stuur(kring, a_301(kring, later))
    await boek.stuur(kring, a_305(kring, first))
    good, bad = prestatie(kring, first), prestatie(kring, kring.nummer())
    await boek.stuur(kring, a_declaratie(kring, good, bad), codes=REGEL_ONBEKEND)
    await boek.stuur(kring, a_declaratie(kring, prestatie(kring, first, periode=APRIL), periode=APRIL, op="05-02"))
    await boek.stuur(kring, a_307(kring, first))


_OMVANG = {"Volume": 3, "Eenheid": "04", "Frequentie": "2"}


async def onbekend(boek: Grootboek, kring: Kring) -> None:
    """A start on what was never assigned: refused in the end."""
    await boek.stuur(kring, a_305(kring, kring.nummer()), "afgekeurd", ONBEKEND)


async def factuur(boek: Grootboek, kring: Kring) -> None:
    """An invoice, which only 2.4 has."""
    nummer = kring.nummer()
    await boek.stuur(kring, a_301(kring, nummer))
    await boek.stuur(kring, a_declaratie(kring, prestatie(kring, nummer), factuur=True))


async def aanvraag(boek: Grootboek, kring: Kring) -> None:
    """Asked for, investigated, assigned."""
    referentie = kring.identificatie()
    await boek.stuur(kring, a_315(kring, referentie))
    await boek.stuur(kring, a_319(kring, referentie, "2"))
    await boek.stuur(kring, a_301(kring, lopend_product(kring, kring.nummer(), ReferentieAanbieder=referentie)))


async def wijziging(boek: Grootboek, kring: Kring) -> None:
    """Assigned, asked to change, refused."""
    nummer, referentie = kring.nummer(), kring.identificatie()
    await boek.stuur(kring, a_301(kring, lopend_product(kring, nummer)))
    await boek.stuur(kring, a_317(kring, [nummer], referentie=referentie))
    await boek.stuur(kring, a_319(kring, referentie, "1"))


VERHALEN: dict[str, Sequence[Verhaal]] = {
    "2.4": (zorg, factuur, onbekend),
    "3.2": (zorg, aanvraag, wijziging, onbekend),
}


async def verkeer(boek: Grootboek, kringen: Sequence[Kring], aantal: int, loting: Random, *, tegelijk: int = 8) -> None:
    """Sends stories, so many at once, until so many messages were taken."""

    async def sender() -> None:
        while boek.genomen < aantal:
            kring = nieuw(loting.choice(kringen))
            await loting.choice(VERHALEN[kring.release])(boek, kring)

    async with asyncio.TaskGroup() as group:
        for _ in range(tegelijk):
            group.create_task(sender())
