"""The rules on the header and within a start or stop, each from both sides, in both releases."""

from datetime import date, timedelta
from typing import Any

import pytest

from shared.klok import Klok
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.kop import JAAR, dag
from tests.keten.berichten.startstop import a_305, a_307, stopproduct
from tests.keten.kring import Kring
from tests.keten.regels.paar import accepts, refuses, refuses_within
from tests.keten.regels.zorg import TIJDELIJK, VERWIJDEREN, gestart, start, stop, toegewezen

SIGNED = "07-02"
"""The Dagtekening of every start and stop here."""
AFTER = "07-03"


def geboren(kring: Kring, maand_dag: str, years: int) -> Any:
    return {"Geboortedatum": {"Datum": f"{JAAR[kring.release] - years}-{maand_dag}"}}


async def both(kring: Kring, **client: Any) -> tuple[Bericht, Bericht]:
    """A start, and a stop on another start, with this client."""
    return a_305(kring, await toegewezen(kring), **client), a_307(kring, await gestart(kring), **client)


async def test_cs002_accepts_a_bsn_that_passes_the_elfproef(kring: Kring) -> None:
    for bericht in await both(kring):
        await accepts(kring, bericht)


async def test_cs002_refuses_a_bsn_that_fails_it(kring: Kring) -> None:
    last = (int(kring.bsn[-1]) + 1) % 10
    for bericht in await both(kring, Bsn=f"{kring.bsn[:-1]}{last}"):
        await refuses_within(kring, bericht, "CS002")


async def test_tr002_accepts_a_client_of_120(kring: Kring) -> None:
    for bericht in await both(kring, **geboren(kring, SIGNED, 120)):
        await accepts(kring, bericht)


async def test_tr002_refuses_a_client_who_was_born_a_day_earlier(kring: Kring) -> None:
    for bericht in await both(kring, **geboren(kring, "07-01", 120)):
        await refuses_within(kring, bericht, "TR002")


async def test_tr018_accepts_a_stop_on_the_first_day(kring: Kring) -> None:
    await accepts(kring, stop(kring, await gestart(kring), Einddatum="03-03"))


async def test_tr018_refuses_a_stop_on_the_day_before(kring: Kring) -> None:
    await refuses_within(kring, stop(kring, await gestart(kring), Einddatum="03-02"), "TR018")


async def test_cs058_accepts_a_delivery_and_a_deletion(kring: Kring) -> None:
    nummer = await gestart(kring)

    for status in ("1", "3"):
        await accepts(kring, stop(kring, nummer, StatusAanlevering=status))
    await accepts(kring, start(kring, nummer, **VERWIJDEREN))


@pytest.mark.parametrize("status", ["2", "9"])
async def test_cs058_refuses_any_other_status(kring: Kring, status: str) -> None:
    nummer = await gestart(kring)

    await refuses_within(kring, start(kring, nummer, Begindatum="03-04", StatusAanlevering=status), "CS058")
    await refuses_within(kring, stop(kring, nummer, StatusAanlevering=status), "CS058")


async def test_tr101_accepts_stops_that_differ_in_their_reason(kring: Kring) -> None:
    nummer = await gestart(kring)

    await accepts(kring, a_307(kring, stopproduct(kring, nummer, **TIJDELIJK), nummer))


async def test_tr101_refuses_two_products_with_one_key(kring: Kring) -> None:
    nummer = await gestart(kring)

    for bericht in (a_305(kring, nummer, nummer), a_307(kring, nummer, nummer)):
        await refuses_within(kring, bericht, "TR101")


async def test_tr134_accepts_what_happened_on_the_day_of_the_dagtekening(kring: Kring) -> None:
    nummer = await toegewezen(kring)

    await accepts(kring, start(kring, nummer, Begindatum=SIGNED))
    await accepts(kring, stop(kring, nummer, Begindatum=SIGNED, Einddatum=SIGNED))


async def test_tr134_refuses_what_began_the_day_after(kring: Kring) -> None:
    nummer = await toegewezen(kring)

    await refuses_within(kring, start(kring, nummer, Begindatum=AFTER), "TR134")
    await refuses_within(kring, stop(kring, nummer, Begindatum=AFTER, Einddatum=AFTER), "TR134")


async def test_tr134_refuses_a_client_who_is_born_the_day_after(kring: Kring) -> None:
    for bericht in await both(kring, **geboren(kring, AFTER, 0)):
        await refuses_within(kring, bericht, "TR134")


async def test_tr056_accepts_one_identificatie_for_a_start_and_a_stop(kring: Kring) -> None:
    nummer, naam = await toegewezen(kring), kring.identificatie()

    await accepts(kring, a_305(kring, nummer, identificatie=naam))
    await accepts(kring, a_307(kring, nummer, identificatie=naam))


async def test_tr056_refuses_it_for_a_second_start_or_stop(kring: Kring) -> None:
    one, other, naam = await toegewezen(kring), await toegewezen(kring), kring.identificatie()

    for build in (a_305, a_307):
        first = await accepts(kring, build(kring, one, identificatie=naam))
        again = build(kring, other, identificatie=naam)
        refusal = await refuses(kring, again, "Header", tr056="9056")
        assert refusal["meldingen"][0]["botstMet"] == first["id"]


def signed(bericht: Bericht, day: date) -> Bericht:
    return bericht.with_header(
        BerichtIdentificatie={"Identificatie": bericht.identificatie, "Dagtekening": day.isoformat()}
    )


async def test_tr135_accepts_the_day_of_reception(kring: Kring) -> None:
    for bericht in await both(kring):
        await accepts(kring, signed(bericht, Klok().today()))


async def test_tr135_refuses_a_dagtekening_that_is_still_to_come(kring: Kring) -> None:
    for bericht in await both(kring):
        # Two days: the day may change while the test runs.
        to_come = signed(bericht, Klok().today() + timedelta(days=2))
        await refuses(kring, to_come, "Header", tr135="8848")


async def test_a_beschikkingnummer_is_taken_and_is_no_part_of_the_key(kring24: Kring) -> None:
    """Only 2.4 has it, and there too a start is known by its toewijzing."""
    nummer = await toegewezen(kring24)
    await accepts(kring24, start(kring24, nummer, BeschikkingNummer=kring24.nummer()))

    await refuses(kring24, start(kring24, nummer), "StartProduct", TR074="9074", TR326="9326")
    await accepts(kring24, stop(kring24, nummer, BeschikkingNummer=kring24.nummer()))


def test_the_dagtekening_is_that_of_the_builders(kring: Kring) -> None:
    found = start(kring, 1)["Header"]["BerichtIdentificatie"]["Dagtekening"]

    assert found == dag(kring, SIGNED)
