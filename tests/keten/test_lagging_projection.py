"""A projection that is behind never refuses what its owner had already accepted (P4)."""

import asyncio

from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305, a_307
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.keten.verdicts import verdicts


async def test_a_start_right_after_its_toewijzing_is_never_refused(kring: Kring) -> None:
    answers = []
    for _ in range(50):
        nummer = kring.nummer()
        await kring.gemeente.send(a_301(kring, nummer))
        answers.append(await kring.aanbieder.post(a_305(kring, nummer)))

    outcomes = await verdicts(kring.aanbieder, answers)

    assert {answer.status_code for answer in answers} <= {201, 202}
    assert [(one["status"], one["meldingen"]) for one in outcomes] == [("verwerkt", [])] * 50


async def test_a_stop_right_after_its_parked_start_is_never_refused(kring: Kring) -> None:
    answers = []
    for _ in range(15):
        nummer = kring.nummer()
        await kring.gemeente.send(a_301(kring, nummer))
        answers.append(await kring.aanbieder.post(a_305(kring, nummer)))
        answers.append(await kring.aanbieder.post(a_307(kring, nummer)))

    outcomes = await verdicts(kring.aanbieder, answers)

    assert [(one["status"], one["meldingen"]) for one in outcomes] == [("verwerkt", [])] * 30


async def test_all_that_waits_for_a_broker_that_stands_still_is_accepted_in_the_end(
    kring: Kring, gewonde_stapel: Stapel
) -> None:
    """Start, stop and declaration come in while nothing can travel: parked, in this order, for certain."""
    nummer = kring.nummer()
    with gewonde_stapel.frozen("broker"):
        await kring.gemeente.send(a_301(kring, nummer))
        chain = [a_305(kring, nummer), a_307(kring, nummer), a_declaratie(kring, prestatie(kring, nummer))]
        answers = [await kring.aanbieder.post(bericht) for bericht in chain]
        repeat = await kring.aanbieder.post(chain[0])

    outcomes = await verdicts(kring.aanbieder, answers)

    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert (repeat.status_code, repeat.json()) == (200, answers[0].json())
    assert [(one["status"], one["meldingen"]) for one in outcomes] == [("verwerkt", [])] * 3


async def test_parked_at_once_by_many_all_are_accepted(kring: Kring, gewonde_stapel: Stapel) -> None:
    nummers = [kring.nummer() for _ in range(20)]
    with gewonde_stapel.frozen("broker"):
        await asyncio.gather(*(kring.gemeente.deliver(a_301(kring, nummer)) for nummer in nummers))
        answers = list(await asyncio.gather(*(kring.aanbieder.deliver(a_305(kring, nummer)) for nummer in nummers)))

    outcomes = await verdicts(kring.aanbieder, answers)

    assert {answer.status_code for answer in answers} == {202}
    assert {one["status"] for one in outcomes} == {"verwerkt"}
