"""TR378 over HTTP: a gemeente of today, one that ended before or after the toewijzing began, and one that never was."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from shared.iwmo.codec import Inhoud
from shared.iwmo.gemeenten import Gemeenten
from shared.security.partij import Partij
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305, a_307, startproduct, stopproduct
from tests.keten.berichten.toewijzing import a_301, lopend_product, toegewezen_product
from tests.keten.berichten.verzoek import a_315, a_317, a_319, aangevraagd_product
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring
from tests.keten.regels.paar import accepts, refuses
from tests.keten.stapel import Stapel
from tests.keten.verdicts import verdicts

ENDED = {"2.4": ("0017", date(2018, 12, 31)), "3.2": ("0457", date(2022, 3, 23))}
"""Haren and Weesp: gone before the year in which the messages of the release play, with their last day."""
NIEMAND = "9999"
Build = Callable[[Kring, int, date], Bericht]


def around(kring: Kring, code: str) -> Kring:
    """The circle with another gemeente in it."""
    kring.gemeente = Deelnemer(Partij.gemeente(code), kring.stapel, kring.gemeente.http)
    return kring


@pytest.fixture
def old(kring: Kring) -> Kring:
    """A circle around a gemeente that is no more."""
    code, _ = ENDED[kring.release]
    return around(kring, code)


@pytest.fixture
def old32(kring32: Kring) -> Kring:
    """The same for what only 3.2 has."""
    code, _ = ENDED["3.2"]
    return around(kring32, code)


def last(kring: Kring) -> date:
    """The last day on which the gemeente was there."""
    _, day = ENDED[kring.release]
    return day


def after(kring: Kring) -> date:
    """The first day on which it was not."""
    return last(kring) + timedelta(days=1)


def assigned(kring: Kring, nummer: int, begin: date) -> Bericht:
    bericht = a_301(kring, toegewezen_product(kring, nummer, Ingangsdatum=begin.isoformat()))
    if kring.release == "2.4":
        bericht["Client"]["Beschikking"]["Ingangsdatum"] = begin.isoformat()
    return bericht


def started(kring: Kring, nummer: int, begin: date) -> Bericht:
    return a_305(kring, startproduct(kring, nummer, ToewijzingIngangsdatum=begin.isoformat()))


def stopped(kring: Kring, nummer: int, begin: date) -> Bericht:
    return a_307(kring, stopproduct(kring, nummer, ToewijzingIngangsdatum=begin.isoformat()))


def claimed(kring: Kring, nummer: int, begin: date) -> Bericht:
    """Says no Ingangsdatum: only the toewijzing does."""
    return a_declaratie(kring, prestatie(kring, nummer))


def asked(kring: Kring, begin: date, referentie: str) -> Inhoud:
    return aangevraagd_product(kring, referentie, ToewijzingIngangsdatum=begin.isoformat())


OF_AANBIEDER = pytest.mark.parametrize("build", [started, stopped, claimed])


async def test_tr378_accepts_a_toewijzing_that_began_while_the_gemeente_was_there(old: Kring) -> None:
    await accepts(old, assigned(old, old.nummer(), last(old)))


async def test_tr378_refuses_a_toewijzing_that_began_when_the_gemeente_was_gone(old: Kring) -> None:
    await refuses(old, assigned(old, old.nummer(), after(old)), "Header", tr378="S300")


async def test_tr378_refuses_a_toewijzing_of_a_code_that_nobody_ever_had(kring: Kring) -> None:
    nobody = around(kring, NIEMAND)

    await refuses(nobody, assigned(nobody, nobody.nummer(), last(nobody)), "Header", tr378="S300")


async def test_tr378_accepts_start_stop_and_declaratie_of_a_toewijzing_of_its_time(old: Kring) -> None:
    nummer = old.nummer()
    await old.gemeente.send(assigned(old, nummer, last(old)))

    for build in (started, stopped, claimed):
        await old.aanbieder.send(build(old, nummer, last(old)))


@OF_AANBIEDER
async def test_tr378_refuses_what_names_no_toewijzing_of_its_time(old: Kring, build: Build) -> None:
    """There is no such toewijzing, which is certain only once all that its owner had is projected."""
    await refuses(old, build(old, old.nummer(), after(old)), "Header", tr378="S300")


@OF_AANBIEDER
async def test_tr378_refuses_messages_to_a_code_that_nobody_ever_had(kring: Kring, build: Build) -> None:
    nobody = around(kring, NIEMAND)

    answer = await nobody.aanbieder.post(build(nobody, nobody.nummer(), last(nobody)))

    # At once: no toewijzing could change it.
    assert (answer.status_code, answer.json()["status"]) == (201, "afgekeurd")
    assert [one["regel"] for one in answer.json()["meldingen"]] == ["TR378"]


async def test_tr378_accepts_a_declaratie_whose_toewijzing_comes_while_it_waits(
    old: Kring, gewonde_stapel: Stapel
) -> None:
    nummer = old.nummer()
    with gewonde_stapel.frozen("broker"):
        await old.gemeente.send(assigned(old, nummer, last(old)))
        answer = await old.aanbieder.post(claimed(old, nummer, last(old)))
        assert (answer.status_code, answer.json()["wachtOp"]) == (202, [f"{old.gemeente.code}:{nummer}"])

    outcomes = await verdicts(old.aanbieder, [answer])

    assert [(one["status"], one["meldingen"]) for one in outcomes] == [("verwerkt", [])]


async def test_tr378_accepts_requests_about_its_time_and_the_answer_to_them(old32: Kring) -> None:
    nummer, referentie = old32.nummer(), old32.identificatie()
    begin = last(old32).isoformat()
    await accepts(old32, a_301(old32, lopend_product(old32, nummer, Ingangsdatum=begin)))

    await accepts(old32, a_315(old32, asked(old32, last(old32), referentie)))
    await accepts(old32, a_319(old32, referentie))
    await accepts(old32, a_317(old32, [nummer]))


async def test_tr378_refuses_requests_about_later_and_the_answer_to_none(old32: Kring) -> None:
    """A WMO317 and a WMO319 have no day of their own: without the toewijzing or request there is none."""
    for bericht in (
        a_315(old32, asked(old32, after(old32), old32.identificatie())),
        a_317(old32, [old32.nummer()]),
        a_319(old32, old32.identificatie()),
    ):
        await refuses(old32, bericht, "Header", tr378="S300")


async def test_tr378_refuses_requests_and_answers_of_a_code_that_nobody_ever_had(kring32: Kring) -> None:
    nobody = around(kring32, NIEMAND)

    for bericht in (a_315(nobody), a_317(nobody, [nobody.nummer()]), a_319(nobody, nobody.identificatie())):
        await refuses(nobody, bericht, "Header", tr378="S300")


@pytest.mark.parametrize(("code", "day"), ENDED.values())
def test_the_gemeenten_of_these_tests_ended_on_those_days(code: str, day: date) -> None:
    gemeente = Gemeenten.load().get(code)

    assert gemeente is not None
    assert gemeente.tot == day
