"""The database dies: 503 with Retry-After until it is back, within ten seconds and without a restart (P8)."""

import time

import httpx

from shared.settings import SERVICES
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring
from tests.keten.projecties import check_projections
from tests.keten.stapel import Stapel, elapsed
from tests.wachten import eventually

RECOVERY_SECONDS = 10.0


async def until_taken(sender: Deelnemer, bericht: Bericht) -> list[httpx.Response]:
    """Every answer to a message that is sent on and on, up to the one that takes it."""
    answers = [await sender.post(bericht)]
    while answers[-1].status_code == 503:
        answers.append(await sender.post(bericht))
    return answers


async def test_a_killed_database_gives_503_and_recovers_by_itself(kring32: Kring, gewonde_stapel: Stapel) -> None:
    kring = kring32
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    before = gewonde_stapel.state
    chain = [
        (kring.gemeente, a_301(kring)),
        (kring.aanbieder, a_305(kring, nummer)),
        (kring.aanbieder, a_declaratie(kring, prestatie(kring, nummer))),
    ]

    gewonde_stapel.kill("postgres")
    since = time.monotonic()
    answers = [await until_taken(*one) for one in chain]
    reading = await kring.gemeente.request("GET", "/toewijzing/v1/postbus")

    assert elapsed(since) < RECOVERY_SECONDS
    refused = [answer for found in answers for answer in found[:-1]]
    assert refused, "the database was back before anybody noticed"
    assert all(answer.headers["Content-Type"] == "application/problem+json" for answer in refused)
    assert all(answer.headers["Retry-After"].isdigit() for answer in refused)
    assert all(answer.json()["type"] == "urn:knooppunt:niet-beschikbaar" for answer in refused)
    assert {found[-1].status_code for found in answers} <= {200, 201, 202}
    assert reading.status_code == 200
    await eventually(gewonde_stapel.ready, "every service is ready", seconds=RECOVERY_SECONDS, every=0.1)
    after = gewonde_stapel.state
    assert after["postgres"] != before["postgres"]
    assert {name: after[name] for name in SERVICES} == {name: before[name] for name in SERVICES}


async def test_what_was_accepted_before_is_still_there(kring: Kring, gewonde_stapel: Stapel) -> None:
    """Committed is kept, and travels on: the projections are complete afterwards."""
    nummers = [kring.nummer() for _ in range(10)]
    outcomes = [await kring.gemeente.send(a_301(kring, nummer)) for nummer in nummers]

    gewonde_stapel.kill("postgres")
    taken = (await until_taken(kring.gemeente, a_301(kring)))[-1]

    assert taken.status_code in (200, 201)
    for outcome in outcomes:
        assert await kring.gemeente.outcome("toewijzing", outcome["id"]) == outcome
    await check_projections(gewonde_stapel)
    await kring.aanbieder.send(a_305(kring, *nummers))
