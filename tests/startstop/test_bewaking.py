"""The terms in the database, as messages are recorded and versions of toewijzingen come in."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.startstop.events import HANDLERS
from services.startstop.processing import StartstopDienst
from services.startstop.tables import AANLEVERING, EXCHANGE, PRODUCT, TOEWIJZING, VERSIE
from shared.feiten import product_tabel
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.waarden import Periode
from shared.kafka import topics
from shared.kafka.envelope import Event
from tests.shared.exchange.verwerken import KLUIS, process, until_blocked
from tests.shared.iwmo.berichten import (
    AANBIEDER,
    BSN,
    GEMEENTE,
    NUMMER,
    VANDAAG,
    a_305,
    a_307,
    a_startproduct,
    a_stopproduct,
)
from tests.startstop.bouw import TAAKGERICHT
from tests.statements import counted
from tests.toewijzing.bouw import a_toewijzing, an_event

PRODUCT_KEY = f"{NUMMER}/01/01A04"
START, STOP = f"{PRODUCT_KEY}/2025-03-03", f"{PRODUCT_KEY}/2025-03-03/31/2025-03-31"
EIND = date(2025, 8, 31)
LAST = date(2025, 9, 5)
Dagen = tuple[date, date, date | None]


def assigned(**deviations: Any) -> Toewijzing:
    """Received the day after it begins: so it is retroactive."""
    return a_toewijzing(client=KLUIS.pseudoniem(BSN), **({"ontvangen": date(2025, 3, 4)} | deviations))


async def follow(conn: AsyncConnection, versie: int, *toewijzingen: Toewijzing) -> None:
    """Versions come in as the consumer applies them: together."""
    await HANDLERS[topics.TOEWIJZING](conn, [an_event(one, versie) for one in toewijzingen or [assigned()]])


async def send(conn: AsyncConnection, name: str, *producten: Any) -> None:
    naam, build = ("WMO307", a_307) if "Einddatum" in producten[0] else ("WMO305", a_305)
    inhoud = build("3.2", *producten, identificatie=name)
    _, oordeel, _ = await process(conn, StartstopDienst(), EXCHANGE, inhoud, naam, "3.2")
    assert not oordeel.afgekeurd, oordeel.meldingen


async def terms(conn: AsyncConnection) -> dict[tuple[str, str], Dagen]:
    """Of the business rules, by rule and key: from which day, to which day, and when it was done."""
    table = EXCHANGE.termijn
    # Other tests leave terms of other gemeenten in this database.
    mine = (table.c.gemeente == GEMEENTE, table.c.regel.startswith("OP"))
    rows = (await conn.execute(select(table).where(*mine))).all()
    assert {(row.gemeente, row.aanbieder, row.wie) for row in rows} <= {(GEMEENTE, AANBIEDER, "aanbieder")}
    return {(row.regel, row.sleutel): (row.vanaf, row.uiterlijk, row.afgerond) for row in rows}


async def test_a_toewijzing_waits_for_its_first_start(conn: AsyncConnection) -> None:
    await follow(conn, 1)
    expected = {("OP295", str(NUMMER)): (date(2025, 3, 4), date(2025, 3, 11), None)}
    assert await terms(conn) == expected

    await follow(conn, 1)
    await follow(conn, 2, assigned(ontvangen=date(2025, 4, 1), periode=Periode(date(2025, 3, 1), EIND)))

    assert await terms(conn) == expected, "a later version gives no more time to start"


async def test_starting_and_stopping_end_the_terms(conn: AsyncConnection) -> None:
    await follow(conn, 1)
    await send(conn, "1", a_startproduct())
    await send(conn, "2", a_stopproduct())

    assert await terms(conn) == {
        ("OP271", START): (date(2025, 3, 4), date(2025, 3, 11), VANDAAG),
        ("OP272", STOP): (date(2025, 3, 31), date(2025, 4, 7), VANDAAG),
        ("OP288", PRODUCT_KEY): (EIND, LAST, VANDAAG),
        ("OP295", str(NUMMER)): (date(2025, 3, 4), date(2025, 3, 11), VANDAAG),
    }


async def test_a_start_that_is_taken_back_counts_as_never_sent(conn: AsyncConnection) -> None:
    await follow(conn, 1)
    before = await terms(conn)
    await send(conn, "1", a_startproduct())
    await send(conn, "2", a_startproduct(StatusAanlevering="3"))

    assert await terms(conn) == before


async def test_a_stop_that_is_taken_back_leaves_the_start_open(conn: AsyncConnection) -> None:
    await follow(conn, 1)
    await send(conn, "1", a_startproduct())
    before = await terms(conn)
    await send(conn, "2", a_stopproduct())
    await send(conn, "3", a_stopproduct(StatusAanlevering="3"))

    assert await terms(conn) == before
    assert before["OP288", PRODUCT_KEY] == (EIND, LAST, None)


async def test_a_correction_in_one_message_moves_the_term(conn: AsyncConnection) -> None:
    await follow(conn, 1)
    await send(conn, "1", a_startproduct())
    await send(conn, "2", a_startproduct(Begindatum="2025-03-10"), a_startproduct(StatusAanlevering="3"))

    assert {key for regel, key in await terms(conn) if regel == "OP271"} == {f"{PRODUCT_KEY}/2025-03-10"}


@pytest.mark.parametrize(
    ("eind", "expected"),
    [(date(2025, 6, 30), (date(2025, 6, 30), date(2025, 7, 7), None)), (None, None)],
    ids=["shortened", "without end"],
)
async def test_a_newer_version_moves_the_end(conn: AsyncConnection, eind: date | None, expected: Dagen | None) -> None:
    await follow(conn, 1)
    await send(conn, "1", a_startproduct())
    await follow(conn, 3, assigned(periode=Periode(date(2025, 3, 1), eind)))
    await follow(conn, 2)

    assert (await terms(conn)).get(("OP288", PRODUCT_KEY)) == expected, "and an older one that comes later does not"


async def test_a_toewijzing_that_is_withdrawn_has_no_terms(conn: AsyncConnection) -> None:
    one_day = Periode(date(2025, 3, 1), date(2025, 3, 1))
    await follow(conn, 1)
    await send(conn, "1", a_startproduct())
    await follow(conn, 2, assigned(periode=one_day, reden_wijziging="13"))

    assert {regel for regel, _ in await terms(conn)} == {"OP271"}, "the start was reported all the same"


async def test_many_toewijzingen_at_once_are_each_followed(conn: AsyncConnection) -> None:
    await follow(conn, 1)
    await send(conn, "1", a_startproduct())

    await follow(
        conn, 2, assigned(), *(assigned(nummer=nummer) for nummer in range(1, 40)), assigned(nummer=40, omvang=None)
    )

    found = await terms(conn)
    assert {int(key) for regel, key in found if regel == "OP295"} == {NUMMER, *range(1, 40)}
    assert {key for (regel, key), (*_, done) in found.items() if regel == "OP295" and done} == {str(NUMMER)}


async def test_taakgericht_care_is_not_waited_for(conn: AsyncConnection) -> None:
    data = {"gemeente": GEMEENTE, "productCode": "01A04", "tarieven": [TAAKGERICHT.as_data()]}
    base = an_event(assigned(), 1)
    tariff = Event(
        topics.PRODUCT, f"{GEMEENTE}:01A04", "product-gewijzigd", 1, data, 1, base.event_id, 1, base.bron, base.tijd
    )
    await product_tabel.apply(conn, PRODUCT, [tariff])

    await follow(conn, 1)
    await send(conn, "1", {**a_startproduct()})
    numberless = a_startproduct(Begindatum="2025-03-04")
    del numberless["ToewijzingNummer"]
    await send(conn, "2", numberless)

    assert {regel for regel, _ in await terms(conn)} == {"OP271", "OP288"}
    assert len(await terms(conn)) == 2, "without number there is no term"


async def test_many_starts_cost_as_many_statements_as_one(conn: AsyncConnection) -> None:
    await follow(conn, 1, *(assigned(nummer=nummer) for nummer in range(1, 51)))

    async def cost(name: str, *nummers: int) -> int:
        with counted(conn) as sent:
            await send(conn, name, *(a_startproduct(ToewijzingNummer=nummer) for nummer in nummers))
        return len(sent)

    assert await cost("1", 1) == await cost("2", *range(2, 51))


@pytest.fixture
async def committed(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """A toewijzing that others can see; afterwards nothing is left."""
    async with engine.begin() as conn:
        await follow(conn, 1)
    yield engine
    async with engine.begin() as conn:
        for table in (EXCHANGE.termijn, AANLEVERING, TOEWIJZING, VERSIE, EXCHANGE.bericht):
            await conn.execute(delete(table))


@pytest.mark.parametrize("first", ["start", "version"])
async def test_a_start_and_a_version_at_the_same_time_see_each_other(first: str, committed: AsyncEngine) -> None:
    shorter = assigned(periode=Periode(date(2025, 3, 1), date(2025, 6, 30)))
    steps = {
        "start": lambda conn: send(conn, "1", a_startproduct()),
        "version": lambda conn: follow(conn, 2, shorter),
    }
    second = steps["version" if first == "start" else "start"]

    async def meanwhile() -> None:
        async with committed.begin() as conn:
            await second(conn)

    async with committed.begin() as conn:
        await steps[first](conn)
        waiting = asyncio.create_task(meanwhile())
        await until_blocked(committed)
    await waiting

    async with committed.connect() as conn:
        assert (await terms(conn))["OP288", PRODUCT_KEY] == (date(2025, 6, 30), date(2025, 7, 7), None)
