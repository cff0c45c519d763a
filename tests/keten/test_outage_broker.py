"""The broker dies and comes back empty: reception goes on, and afterwards everybody knows everything (P7)."""

import pytest

from tests.kafka_echt import apache
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.kop import dag
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301, toegewezen_product
from tests.keten.kring import Kring
from tests.keten.projecties import check_projections
from tests.keten.stapel import Stapel
from tests.keten.verdicts import verdicts
from tests.wachten import eventually


async def test_a_broker_that_comes_back_empty_costs_nothing(kring: Kring, gewonde_stapel: Stapel) -> None:
    """It stands still first, so that what comes in meanwhile is certain to be nowhere but in the outbox."""
    before = [kring.nummer() for _ in range(10)]
    await kring.gemeente.send(a_301(kring, *before))
    during = [kring.nummer() for _ in range(10)]
    pids = gewonde_stapel.state

    with gewonde_stapel.frozen("broker"):
        answers = []
        for nummer in during:
            await kring.gemeente.send(a_301(kring, nummer))
            answers.append(await kring.aanbieder.post(a_305(kring, nummer)))
        later = toegewezen_product(kring, before[0], Toewijzingstijd="11:00:00", Einddatum=dag(kring, "07-31"))
        await kring.gemeente.send(a_301(kring, later))
        gewonde_stapel.kill("broker")
        after = kring.nummer()
        await kring.gemeente.send(a_301(kring, after))
        answers.append(await kring.aanbieder.post(a_305(kring, after)))
    outcomes = await verdicts(kring.aanbieder, answers)

    assert [answer.status_code for answer in answers[:10]] == [202] * 10
    assert [(one["status"], one["meldingen"]) for one in outcomes] == [("verwerkt", [])] * 11
    assert await check_projections(gewonde_stapel) >= 21
    state = gewonde_stapel.state
    assert state["broker"] != pids["broker"]
    assert {name: state[name] for name in ("startstop", "toewijzing")} == {
        name: pids[name] for name in ("startstop", "toewijzing")
    }
    line = prestatie(kring, before[0])
    assert (await kring.aanbieder.send(a_declaratie(kring, line)))["meldingen"] == []


async def test_a_refusal_too_comes_through_after_the_broker_is_back(kring32: Kring, gewonde_stapel: Stapel) -> None:
    """An unknown toewijzing is not refused while the facts may be missing, nor forgotten afterwards."""
    kring = kring32
    with gewonde_stapel.frozen("broker"):
        answer = await kring.aanbieder.post(a_305(kring, kring.nummer()))
        gewonde_stapel.kill("broker")

    [outcome] = await verdicts(kring.aanbieder, [answer])

    assert answer.status_code == 202
    assert [melding["retourcode"] for melding in outcome["meldingen"]] == ["9019"]


async def test_a_projection_that_lost_rows_is_rebuilt_from_an_empty_broker(
    kring32: Kring, gewonde_stapel: Stapel
) -> None:
    """The owner publishes its whole state again when the broker lost it: also what was delivered long ago."""
    kring = kring32
    nummers = [kring.nummer() for _ in range(5)]
    await kring.gemeente.send(a_301(kring, *nummers))
    await check_projections(gewonde_stapel)
    await gewonde_stapel.query("delete from startstop.toewijzing where nummer = any($1)", nummers)

    gewonde_stapel.kill("broker")

    await check_projections(gewonde_stapel)


async def test_the_broker_away_leaves_the_services_ready(kring32: Kring, gewonde_stapel: Stapel) -> None:
    """Reception does not need it."""
    with gewonde_stapel.frozen("broker"):
        await kring32.gemeente.send(a_301(kring32))
        ready = await gewonde_stapel.ready()

    assert ready


@pytest.mark.skipif(apache.chosen(), reason="the stack starts only a broker of its own")
async def test_the_stack_starts_the_broker_again(gewonde_stapel: Stapel) -> None:
    before = gewonde_stapel.state

    gewonde_stapel.kill("broker")

    async def again() -> bool:
        return gewonde_stapel.state["broker"] not in (None, before["broker"])

    await eventually(again, "the broker runs again")
    assert gewonde_stapel.state["broker_poort"] == before["broker_poort"]
