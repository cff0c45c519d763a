"""Terms in the table: begun, done, late."""

from datetime import date
from typing import Any, get_args
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop.tables import EXCHANGE
from shared.exchange.termijnen import (
    OMSCHRIJVINGEN,
    Status,
    Termijn,
    close_termijnen,
    has_status,
    open_termijnen,
    overdue,
    retour_termijn,
    status_of,
)
from shared.iwmo.catalogus import Release
from shared.settings import Settings
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, a_301, a_305, a_declaratie_bericht, a_heen, soort

TABLE = EXCHANGE.termijn
MONDAY, THURSDAY = date(2026, 11, 16), date(2026, 11, 19)
SUNDAY, FRIDAY = date(2026, 11, 15), date(2026, 11, 20)
BERICHT = UUID("7d9f0b7e-5d5c-4f0a-9a53-0d3f3b5b8c11")


def a_termijn(sleutel: str = "1", **deviations: Any) -> Termijn:
    right: dict[str, Any] = {
        "regel": "OP271",
        "sleutel": sleutel,
        "gemeente": GEMEENTE,
        "aanbieder": AANBIEDER,
        "wie": "aanbieder",
        "vanaf": MONDAY,
        "uiterlijk": THURSDAY,
    }
    return Termijn(**(right | deviations))


async def rows(conn: AsyncConnection) -> dict[str, Any]:
    return {row.sleutel: row for row in await conn.execute(select(TABLE))}


async def test_a_term_begins_and_ends(conn: AsyncConnection) -> None:
    termijn = a_termijn(bericht_id=BERICHT)

    await open_termijnen(conn, TABLE, [termijn, a_termijn("2")])
    await close_termijnen(conn, TABLE, [termijn.key, a_termijn("3").key], FRIDAY)

    found = await rows(conn)
    assert (found["1"].afgerond, found["1"].bericht_id, found["1"].uiterlijk) == (FRIDAY, BERICHT, THURSDAY)
    assert (found["2"].afgerond, found.keys()) == (None, {"1", "2"})


async def test_what_ended_does_not_end_again(conn: AsyncConnection) -> None:
    await open_termijnen(conn, TABLE, [a_termijn()])
    await close_termijnen(conn, TABLE, [a_termijn().key], THURSDAY)

    await close_termijnen(conn, TABLE, [a_termijn().key], FRIDAY)

    assert (await rows(conn))["1"].afgerond == THURSDAY


async def test_a_term_that_begins_again_gets_its_new_days(conn: AsyncConnection) -> None:
    await open_termijnen(conn, TABLE, [a_termijn(afgerond=THURSDAY)])

    await open_termijnen(conn, TABLE, [a_termijn(uiterlijk=FRIDAY)])

    row = (await rows(conn))["1"]
    assert (row.uiterlijk, row.afgerond) == (FRIDAY, None)


async def test_what_is_done_before_it_was_due_is_done_on_the_first_day(conn: AsyncConnection) -> None:
    await open_termijnen(conn, TABLE, [a_termijn(vanaf=THURSDAY)])

    await close_termijnen(conn, TABLE, [a_termijn().key], MONDAY)

    assert (await rows(conn))["1"].afgerond == THURSDAY


async def test_very_many_terms_begin_and_end_at_once(conn: AsyncConnection) -> None:
    """A message may be about more than a statement has parameters (32,767)."""
    termijnen = [a_termijn(str(number)) for number in range(8_500)]

    await open_termijnen(conn, TABLE, termijnen)
    await close_termijnen(conn, TABLE, (one.key for one in termijnen), FRIDAY)

    assert {row.afgerond for row in (await rows(conn)).values()} == {FRIDAY}


async def test_nothing_to_begin_or_end_is_no_query(conn: AsyncConnection) -> None:
    await open_termijnen(conn, TABLE, [])
    await close_termijnen(conn, TABLE, [], MONDAY)

    assert await rows(conn) == {}


@pytest.mark.parametrize(
    ("afgerond", "vandaag", "status"),
    [
        (None, SUNDAY, "komend"),
        (None, MONDAY, "open"),
        (None, THURSDAY, "open"),
        (None, FRIDAY, "verlopen"),
        (THURSDAY, FRIDAY, "gehaald"),
        (FRIDAY, FRIDAY, "te_laat"),
    ],
)
async def test_a_term_has_one_status_in_the_table_and_in_the_answer(
    conn: AsyncConnection, afgerond: date | None, vandaag: date, status: Status
) -> None:
    await open_termijnen(conn, TABLE, [a_termijn(afgerond=afgerond)])

    asked = {one: await conn.scalar(select(has_status(TABLE, one, vandaag))) for one in get_args(Status)}

    assert status_of(MONDAY, THURSDAY, afgerond, vandaag) == status
    assert {one for one, is_so in asked.items() if is_so} == {status}


async def test_what_is_past_and_not_done_is_counted_by_rule(conn: AsyncConnection) -> None:
    await open_termijnen(
        conn,
        TABLE,
        [a_termijn("1"), a_termijn("2"), a_termijn("3", regel="OP272"), a_termijn("4", afgerond=FRIDAY)],
    )

    assert await overdue(conn, TABLE, THURSDAY) == {}
    assert await overdue(conn, TABLE, FRIDAY) == {"OP271": 2, "OP272": 1}


@pytest.mark.parametrize(
    ("bericht", "release", "inhoud", "expected"),
    [
        # Received on Thursday 10 April 2025, so over the weekend; further on over Easter, Koningsdag and 5 May.
        ("WMO305", "2.4", a_305("2.4"), ("OP090", "gemeente", date(2025, 4, 15))),
        ("WMO305", "3.2", a_305("3.2"), ("OP090", "gemeente", date(2025, 4, 15))),
        ("WMO301", "3.2", a_301("3.2"), ("OP090", "aanbieder", date(2025, 4, 15))),
        ("WMO323", "3.2", a_declaratie_bericht("3.2"), ("OP090x4", "gemeente", date(2025, 4, 28))),
        ("WMO303D", "2.4", a_declaratie_bericht("2.4"), ("OP090x4", "gemeente", date(2025, 5, 13))),
    ],
)
def test_the_answer_to_a_message_is_due_by(
    bericht: str, release: Release, inhoud: Any, expected: tuple[str, str, date]
) -> None:
    heen = a_heen(inhoud, soort(bericht, release))

    termijn = retour_termijn(heen, Settings())

    assert (termijn.regel, termijn.wie, termijn.uiterlijk) == expected
    assert (termijn.gemeente, termijn.aanbieder) == (GEMEENTE, AANBIEDER)
    assert (termijn.sleutel, termijn.bericht_id, termijn.vanaf) == (str(heen.id), heen.id, heen.vandaag)


def test_every_limit_of_an_answer_is_a_setting() -> None:
    settings = Settings(termijn_retour=1, termijn_325=2, termijn_304=3)
    berichten = [
        a_heen(a_305("3.2"), soort("WMO305", "3.2")),
        a_heen(a_declaratie_bericht("3.2"), soort("WMO323", "3.2")),
        a_heen(a_declaratie_bericht("2.4"), soort("WMO303D", "2.4")),
    ]

    days = [retour_termijn(heen, settings).uiterlijk for heen in berichten]

    assert days == [date(2025, 4, 11), date(2025, 4, 14), date(2025, 4, 15)]


def test_every_term_that_is_watched_says_what_is_to_happen() -> None:
    standard = {"OP090", "OP090x4", "OP271", "OP272", "OP274", "OP288", "OP295", "OP346"}
    process = {"MELDING", "ONDERSTEUNINGSPLAN", "NORMENKADER", "BESCHIKKEN", "START", "PAUZE", "EVALUATIE"}
    assert standard | {f"SEED-{one}" for one in process} == OMSCHRIJVINGEN.keys()
