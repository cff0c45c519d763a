"""Declarations that are too large to be read at once, on toewijzingen that are all right."""

from calendar import monthrange
from collections.abc import Sequence

from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring
from tests.ruig.grootboek import Grootboek
from tests.wachten import eventually

PRODUCTEN = 75
"""Of one toewijzing message."""
Nummers = Sequence[Sequence[int]]


def products(kring: Kring, berichten: int) -> list[list[int]]:
    """The numbers of the products of so many messages."""
    return [[kring.nummer() for _ in range(PRODUCTEN)] for _ in range(berichten)]


async def known_products(boek: Grootboek, kring: Kring, berichten: int) -> list[list[int]]:
    """Assigned, and known to declaratie."""
    made = products(kring, berichten)
    for nummers in made:
        await boek.stuur(kring, a_301(kring, *nummers))

    async def known() -> bool:
        sql = "select count(*) from declaratie.toewijzing where gemeente = $1"
        return bool((await boek.stapel.query(sql, kring.gemeente.code))[0][0] >= berichten * PRODUCTEN)

    await eventually(known, "declaratie knows them", seconds=90, every=0.1)
    return made


def a_large_declaratie(kring: Kring, nummers: Nummers, maand: int) -> Bericht:
    """Every product in this month of the toewijzingen, March to July, a line each."""
    dagen = (f"{maand:02}-01", f"{maand:02}-{monthrange(2025, maand)[1]}")
    lines = [
        prestatie(kring, nummer, periode=dagen, ProductCode=f"01A{place:02}")
        for some in nummers
        for place, nummer in enumerate(some, start=4)
    ]
    return a_declaratie(kring, *lines, periode=dagen, op=f"{maand + 1:02}-04")
