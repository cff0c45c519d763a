"""The terms of the seeds in the database: as messages are recorded, versions of toewijzingen come in, and days pass."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop import stilstand_ronde
from services.startstop.tables import BEZIEN_TOT, EVALUATIE, EXCHANGE, TE_BEZIEN
from shared.iwmo.waarden import Periode
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, NUMMER
from tests.startstop.verloop import TERUG, Verloop

INGANG, EIND = date(2025, 3, 1), date(2025, 8, 31)
ENDLESS = Periode(INGANG)
ONTVANGEN, BEGIN = date(2025, 2, 17), date(2025, 3, 3)
APRIL, MEI, SEPTEMBER = date(2025, 4, 2), date(2025, 5, 12), date(2025, 9, 1)
START_DAYS = (INGANG, date(2025, 3, 24))
STOP_DAYS = (date(2025, 3, 31), date(2025, 4, 14))
EIND_DAYS = (EIND, date(2025, 9, 12))


@pytest.fixture
async def verloop(conn: AsyncConnection) -> Verloop:
    """Nothing has been looked at yet."""
    for table in (TE_BEZIEN, BEZIEN_TOT):
        await conn.execute(delete(table))
    return Verloop(conn)


async def evaluated(conn: AsyncConnection, gegeven: date) -> None:
    """An evaluatie came on this day."""
    row = {
        "id": func.gen_random_uuid(),
        "gemeente": GEMEENTE,
        "aanbieder": AANBIEDER,
        "toewijzing_nummer": NUMMER,
        "versie": 1,
        "einddatum": gegeven,
        "gegeven": gegeven,
        "vervolg": False,
        "ingediend": func.now(),
    }
    await conn.execute(insert(EVALUATIE.evaluatie).values(**row))


async def test_a_toewijzing_waits_three_weeks_for_its_start(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN)
    assert await verloop.terms() == {"SEED-START": (*START_DAYS, None)}

    await verloop.start(BEGIN)
    await verloop.look_round(BEGIN)

    assert await verloop.terms() == {"SEED-START": (*START_DAYS, BEGIN)}


async def test_a_later_version_gives_no_more_time_to_begin(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN)
    await verloop.assign(ontvangen=date(2025, 3, 20))

    assert await verloop.terms() == {"SEED-START": (*START_DAYS, None)}


async def test_a_start_that_is_taken_back_is_waited_for_again(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN)
    await verloop.start(BEGIN)
    await verloop.look_round(BEGIN)

    await verloop.start(APRIL, **TERUG)
    await verloop.look_round(APRIL)

    assert await verloop.terms() == {"SEED-START": (*START_DAYS, None)}


async def test_a_start_that_is_corrected_counts_from_its_new_day(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN)
    await verloop.start(BEGIN)
    await verloop.start(APRIL, **TERUG)
    await verloop.start(APRIL, Begindatum="2025-03-28")

    await verloop.look_round(APRIL)

    assert await verloop.terms() == {"SEED-START": (*START_DAYS, date(2025, 3, 28))}, "and it was late"


async def test_a_toewijzing_that_is_withdrawn_has_no_such_terms(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN)
    await verloop.start(BEGIN)
    await verloop.stop(APRIL)
    assert (await verloop.terms())["SEED-EVALUATIE"] == (*STOP_DAYS, None)

    await verloop.assign(ontvangen=ONTVANGEN, periode=Periode(INGANG, INGANG), reden_wijziging="13")
    await verloop.look_round(APRIL)

    assert await verloop.terms() == {}


async def test_an_evaluatie_is_waited_for_at_once_after_a_stop(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN)
    await verloop.start(BEGIN)
    await verloop.stop(APRIL)

    assert (await verloop.terms())["SEED-EVALUATIE"] == (*STOP_DAYS, None)

    await verloop.stop(APRIL, **TERUG)
    assert "SEED-EVALUATIE" not in await verloop.terms(), "it was never stopped"


async def test_a_planned_end_without_a_stop_is_found_when_its_day_has_passed(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN)
    await verloop.start(BEGIN)
    await verloop.look_round(EIND)
    assert "SEED-EVALUATIE" not in await verloop.terms()

    await verloop.look_round(SEPTEMBER)

    assert (await verloop.terms())["SEED-EVALUATIE"] == (*EIND_DAYS, None)


async def test_a_planned_end_over_the_turn_of_the_year(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN, periode=Periode(INGANG, date(2025, 12, 31)))
    await verloop.start(BEGIN)

    await verloop.look_round(date(2026, 1, 1))

    assert (await verloop.terms())["SEED-EVALUATIE"] == (date(2025, 12, 31), date(2026, 1, 15), None)


async def test_each_day_is_looked_at_once_and_none_is_passed_over(verloop: Verloop) -> None:
    for number in range(1, 6):
        eind = EIND + timedelta(days=number)
        await verloop.assign(number, ontvangen=ONTVANGEN, periode=Periode(INGANG, eind))
        await verloop.start(BEGIN, number)
    waited = []

    for number in (0, 2, 2, 5, 6):
        await verloop.look_round(EIND + timedelta(days=number))
        waited.append(sorted(name for name in await verloop.terms() if name.startswith("SEED-EVALUATIE")))

    expected = [f"SEED-EVALUATIE/{number}" for number in range(1, 6)]
    assert waited == [[], expected[:1], expected[:1], expected[:4], expected]


async def test_what_ended_more_than_a_year_before_is_not_asked_for(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN)
    await verloop.start(BEGIN)

    await verloop.look_round(EIND + stilstand_ronde.LONGEST_AGO + timedelta(days=1))

    assert "SEED-EVALUATIE" not in await verloop.terms()


async def test_what_never_began_is_not_evaluated(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN)

    await verloop.look_round(SEPTEMBER)

    assert await verloop.terms() == {"SEED-START": (*START_DAYS, None)}


async def test_messages_years_after_the_care_ask_for_the_evaluatie_at_once(verloop: Verloop) -> None:
    later = date(2027, 1, 4)
    await verloop.look_round(later)
    await verloop.assign(ontvangen=ONTVANGEN)
    await verloop.start(later)
    assert (await verloop.terms())["SEED-EVALUATIE"] == (*EIND_DAYS, None)

    await verloop.stop(later)
    assert (await verloop.terms())["SEED-EVALUATIE"] == (*EIND_DAYS, None)


async def test_a_pause_asks_to_resume_or_to_end(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN)
    await verloop.start(BEGIN)
    await verloop.pause(APRIL, APRIL)
    assert (await verloop.terms())["SEED-PAUZE"] == (APRIL, date(2025, 4, 30), None)

    await verloop.start(MEI, Begindatum=MEI.isoformat())

    assert (await verloop.terms())["SEED-PAUZE"] == (APRIL, date(2025, 4, 30), MEI)


async def test_a_toewijzing_that_is_shortened_ends_the_care(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN)
    await verloop.start(BEGIN)
    await verloop.look_round(MEI)
    await verloop.assign(ontvangen=ONTVANGEN, periode=Periode(INGANG, APRIL))

    await verloop.look_round(MEI)

    assert (await verloop.terms())["SEED-EVALUATIE"] == (APRIL, date(2025, 4, 16), None)


async def test_a_toewijzing_that_is_lengthened_after_its_end_goes_on(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN)
    await verloop.start(BEGIN)
    await verloop.look_round(SEPTEMBER)
    await verloop.assign(ontvangen=ONTVANGEN, periode=ENDLESS)

    await verloop.look_round(SEPTEMBER)

    assert "SEED-EVALUATIE" not in await verloop.terms()


async def test_an_evaluatie_that_is_there_is_not_waited_for(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN, periode=ENDLESS)
    await verloop.start(BEGIN)
    await verloop.stop(APRIL)
    await evaluated(verloop.conn, MEI)

    await verloop.look_round(MEI)
    assert (await verloop.terms())["SEED-EVALUATIE"] == (*STOP_DAYS, MEI)

    await verloop.stop(MEI, **TERUG)
    await verloop.stop(MEI, Einddatum="2025-04-01")
    await verloop.look_round(MEI)
    assert (await verloop.terms())["SEED-EVALUATIE"] == (date(2025, 4, 1), date(2025, 4, 15), MEI), "a correction"


async def test_an_end_after_the_evaluatie_asks_for_the_next(verloop: Verloop) -> None:
    await verloop.assign(ontvangen=ONTVANGEN, periode=ENDLESS)
    await verloop.start(BEGIN)
    await verloop.stop(APRIL)
    await evaluated(verloop.conn, APRIL)
    await verloop.start(MEI, Begindatum=MEI.isoformat())
    assert "SEED-EVALUATIE" not in await verloop.terms()

    await verloop.stop(SEPTEMBER, Begindatum=MEI.isoformat(), Einddatum="2025-08-29")
    await verloop.look_round(SEPTEMBER)

    assert (await verloop.terms())["SEED-EVALUATIE"] == (date(2025, 8, 29), date(2025, 9, 12), None)


async def test_more_than_fits_in_one_go_is_all_looked_at(verloop: Verloop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stilstand_ronde, "BATCH", 2)
    for number in range(1, 8):
        await verloop.assign(number, ontvangen=ONTVANGEN)
        await verloop.start(BEGIN, number)

    await verloop.look_round(SEPTEMBER)

    terms = await verloop.terms()
    assert {name for name, (*_, done) in terms.items() if done == BEGIN} == {f"SEED-START/{n}" for n in range(1, 8)}
    assert {name for name, (*_, done) in terms.items() if done is None} == {f"SEED-EVALUATIE/{n}" for n in range(1, 8)}
    assert await verloop.conn.scalar(select(func.count()).select_from(TE_BEZIEN)) == 0


async def test_a_term_that_cannot_be_closed_holds_up_nothing(verloop: Verloop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever made the two terms differ: the next round comes all the same."""
    monkeypatch.setattr(stilstand_ronde, "BATCH", 1)
    await verloop.assign(ontvangen=ONTVANGEN)
    term = EXCHANGE.termijn
    await verloop.conn.execute(
        update(term).where(term.c.regel == "OP295", term.c.gemeente == GEMEENTE).values(afgerond=BEGIN)
    )

    await verloop.look_round(BEGIN)

    assert await verloop.terms() == {"SEED-START": (*START_DAYS, None)}
