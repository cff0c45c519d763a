"""The rules on the header of a toewijzing, a request and an answer, each from both sides."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.klok import Klok
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.toewijzing import a_301, lopend_product
from tests.keten.berichten.verzoek import a_315, a_317, a_319, nieuw_product
from tests.keten.kring import Kring, MakeKring
from tests.keten.regels.paar import accepts, refuses

NUMMER = 4_000_001
"""The toewijzing of the client; numbers are each gemeente's own."""
SOON = (Klok().today() + timedelta(days=9)).isoformat()
BERICHTEN: dict[str, Callable[[Kring, str], Bericht]] = {
    "WMO301": lambda kring, naam: a_301(kring, kring.nummer(), identificatie=naam),
    "WMO315": lambda kring, naam: a_315(kring, identificatie=naam),
    "WMO317": lambda kring, naam: a_317(
        kring, [NUMMER], [], [nieuw_product(kring, GewensteIngangsdatum=SOON)], identificatie=naam
    ),
    "WMO319": lambda kring, naam: a_319(kring, "VOT", "2", identificatie=naam),
}


@pytest.fixture(params=[("WMO301", "2.4"), *((naam, "3.2") for naam in BERICHTEN)], ids=" ".join)
async def geval(request: pytest.FixtureRequest, make_kring: MakeKring) -> tuple[Kring, str]:
    """A kind of message that may be sent, between parties of its own."""
    naam, release = request.param
    kring = make_kring(release)
    if naam == "WMO317":
        await accepts(kring, a_301(kring, lopend_product(kring, NUMMER)))
    if naam == "WMO319":
        await accepts(kring, a_315(kring, "VOT"))
    return kring, naam


def dated(bericht: Bericht, days: int) -> Bericht:
    """The same message, of so many days from today."""
    day = Klok().today() + timedelta(days=days)
    naam = {"Identificatie": bericht.identificatie, "Dagtekening": day.isoformat()}
    return bericht.with_header(BerichtIdentificatie=naam)


async def test_tr056_accepts_one_name_for_each_kind_of_message(kring32: Kring) -> None:
    kring = kring32
    messages = (
        a_301(kring, lopend_product(kring, NUMMER), identificatie="EEN"),
        a_315(kring, "VOT", identificatie="EEN"),
        a_319(kring, "VOT", identificatie="EEN"),
        a_317(kring, [NUMMER], identificatie="EEN"),
    )

    for bericht in messages:
        await accepts(kring, bericht)


async def test_tr056_refuses_the_name_of_an_earlier_message_of_that_kind(geval: tuple[Kring, str]) -> None:
    kring, naam = geval
    first = await accepts(kring, BERICHTEN[naam](kring, "EEN"))

    second = await refuses(kring, dated(BERICHTEN[naam](kring, "EEN"), -1), "Header", tr056="9056")

    assert second["meldingen"][0]["botstMet"] == first["id"]


async def test_tr135_accepts_a_message_of_today(geval: tuple[Kring, str]) -> None:
    kring, naam = geval

    await accepts(kring, dated(BERICHTEN[naam](kring, "EEN"), 0))


async def test_tr135_refuses_a_message_of_tomorrow(geval: tuple[Kring, str]) -> None:
    kring, naam = geval

    await refuses(kring, dated(BERICHTEN[naam](kring, "EEN"), 1), "Header", tr135="8848")
