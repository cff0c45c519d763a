"""B07: fifty claims at once on a toewijzing with room for ten grant exactly ten (P6)."""

import asyncio

from tests.keten.berichten.declaratie import MAART, a_declaratie, prestatie
from tests.keten.berichten.toewijzing import a_301, toegewezen_product
from tests.keten.kring import Kring
from tests.keten.projecties import check_projections
from tests.keten.stapel import Stapel
from tests.ruig.grootboek import Grootboek, Post
from tests.ruig.maat import Maat
from tests.ruig.verkeer import nieuw
from tests.ruig.verwachting import refused_lines

CLAIMS = 50
ROOM = {"2.4": 10, "3.2": 1}
"""In 3.2 a ProductPeriode is a whole month (TR387, TR388), claimed once (TR389): of fifty on it one is granted."""
TOO_MUCH = {"9322", "9389"}
DAYS = [(f"03-{first:02}", f"03-{last:02}") for first in range(1, 31) for last in (first, first + 1)]


async def round_of_claims(boek: Grootboek, kring: Kring) -> list[Post]:
    """One toewijzing of ten hours in all, and fifty declarations of an hour each on it, all at once."""
    nummer = kring.nummer()
    omvang = {"Volume": 10, "Eenheid": "04", "Frequentie": "6"}
    await boek.stuur(kring, a_301(kring, toegewezen_product(kring, nummer, Omvang=omvang)))
    days = DAYS[:CLAIMS] if kring.release == "2.4" else [MAART] * CLAIMS
    claims = [a_declaratie(kring, prestatie(kring, nummer, volume=1, periode=day)) for day in days]
    posten = [boek.post(kring, claim, codes=None) for claim in claims]
    await asyncio.gather(*(boek.lever(post) for post in posten))
    return posten


async def test_b07_claims_at_once_never_grant_more_than_there_is(
    kringen: list[Kring], gewonde_stapel: Stapel, grootboek: Grootboek, maat: Maat
) -> None:
    rounds: list[tuple[Kring, list[Post]]] = []
    for number in range(maat.kies(2, 20)):
        kring = nieuw(kringen[number % 2])
        rounds.append((kring, await round_of_claims(grootboek, kring)))
        await check_projections(gewonde_stapel)
    await grootboek.controleer()

    refused = {one["retourcode"] for _, posten in rounds for post in posten for one in post.oordeel["meldingen"]}
    assert refused <= TOO_MUCH, "refused for something else than the room"
    granted = [sum(not refused_lines(post.retour) for post in posten) for _, posten in rounds]
    assert granted == [ROOM[kring.release] for kring, _ in rounds]
    maat.noteer("B07", ronden=len(rounds), per_ronde=CLAIMS, toegekend=granted, antwoorden=grootboek.antwoorden())
