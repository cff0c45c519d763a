"""What the declarations granted, as this service projects it."""

from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.behandeling.feiten_lezen import read_gedeclareerd
from services.toewijzing.events import apply_declaratie
from services.toewijzing.tables import GEDECLAREERD
from shared.feiten.verbruik import Declaratieverbruik, Verbruik
from shared.kafka import topics
from shared.kafka.envelope import Event
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, ONTVANGEN


def part(*regels: tuple[int, int, int], declaratie: str = "D1", gemeente: str = GEMEENTE) -> Declaratieverbruik:
    """Of each toewijzing its number, and how many granted lines were debit and credit."""
    verbruik = tuple(Verbruik(nummer, 13, 40300, debet, credit) for nummer, debet, credit in regels)
    return Declaratieverbruik(gemeente, AANBIEDER, declaratie, 1, verbruik)


def an_event(told: Declaratieverbruik, versie: int = 1, epoch: int = 1, soort: str = "declaratie-verbruik") -> Event:
    data: dict[str, Any] = told.as_data() if soort == "declaratie-verbruik" else {"nummer": "D1"}
    return Event(topics.DECLARATIE, told.sleutel, soort, versie, data, epoch, uuid4(), 1, "declaratie", ONTVANGEN)


async def standing(conn: AsyncConnection, *nummers: int) -> dict[int, int]:
    return await read_gedeclareerd(conn, GEMEENTE, nummers)


async def test_what_stands_is_debit_less_credit_over_all_declarations(conn: AsyncConnection) -> None:
    credit = part((1, 0, 1), declaratie="D2")
    elsewhere = part((2, 5, 0), gemeente="0344")

    await apply_declaratie(conn, [an_event(part((1, 1, 0), (2, 2, 0))), an_event(credit), an_event(elsewhere)])

    assert await standing(conn, 1, 2, 3) == {1: 0, 2: 2}
    assert await standing(conn) == {}


async def test_the_same_told_again_changes_nothing(conn: AsyncConnection) -> None:
    first, again = an_event(part((1, 1, 0))), an_event(part((1, 1, 0)))

    await apply_declaratie(conn, [first, again])
    await apply_declaratie(conn, [again])

    assert await standing(conn, 1) == {1: 1}


async def test_after_a_restored_backup_the_later_epoch_counts(conn: AsyncConnection) -> None:
    await apply_declaratie(conn, [an_event(part((1, 2, 0)), epoch=2)])
    await apply_declaratie(conn, [an_event(part((1, 3, 0)), epoch=1)])

    assert await standing(conn, 1) == {1: 2}


async def test_other_news_of_a_declaration_is_let_past(conn: AsyncConnection) -> None:
    """Also under the key of a part: what it says there is not what was claimed."""
    judged = an_event(part((1, 1, 0)), soort="declaratie-beoordeeld", versie=2)

    await apply_declaratie(conn, [judged, an_event(part((1, 1, 0)))])

    assert len((await conn.execute(select(GEDECLAREERD))).all()) == 1
    assert await standing(conn, 1) == {1: 1}
