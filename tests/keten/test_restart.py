"""The whole stack stops and starts again on the same folder: everything is still there."""

import time
from typing import Any

from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305, a_307
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring
from tests.keten.projecties import check_projections
from tests.keten.stapel import Stapel, elapsed
from tests.wachten import eventually

START_SECONDS = 15.0
ADDRESSES = (
    "/toewijzing/v1/toewijzingen", "/startstop/v1/zorgperioden", "/declaratie/v1/declaraties",
    *(f"/{dienst}/v1/{what}" for dienst in ("toewijzing", "startstop", "declaratie")
      for what in ("berichten", "postbus")),
)  # fmt: skip


async def seen(kring: Kring) -> dict[str, Any]:
    """All that both parties can see, from their lists down to the bytes of each message."""
    found: dict[str, Any] = {}
    for deelnemer in (kring.gemeente, kring.aanbieder):
        for address in ADDRESSES:
            found[f"{deelnemer.partij} {address}"] = await deelnemer.get(address)
        for dienst in ("toewijzing", "startstop", "declaratie"):
            for post in await deelnemer.waiting(dienst):
                found[f"{deelnemer.partij} {post['href']}"] = await deelnemer.xml(post["href"])
    return found


async def test_after_a_restart_mailboxes_and_states_are_the_same(kring: Kring, gewonde_stapel: Stapel) -> None:
    nummer, later = kring.nummer(), kring.nummer()
    toewijzing = a_301(kring, nummer, later)
    first = await kring.gemeente.send(toewijzing)
    await kring.aanbieder.send(a_305(kring, nummer))
    await kring.aanbieder.send(a_declaratie(kring, prestatie(kring, nummer)))
    await kring.aanbieder.send(a_307(kring, nummer))
    before = await seen(kring)

    code = gewonde_stapel.stop()
    since = time.monotonic()
    gewonde_stapel.start()
    took = elapsed(since)

    assert code == 0
    assert took < START_SECONDS
    await eventually(gewonde_stapel.ready, "every service is ready", seconds=START_SECONDS)
    assert await seen(kring) == before
    assert (await kring.gemeente.post(toewijzing)).json() == first
    await check_projections(gewonde_stapel)
    await kring.aanbieder.send(a_305(kring, later))
