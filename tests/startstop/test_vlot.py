"""The short way: what is right takes two statements, and is recorded as by the ordinary way; what is not goes that."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from knooppunt.embedded.ports import free_port
from services.startstop.app import create_app
from services.startstop.domain import Zorgbericht
from services.startstop.tables import TOEWIJZING
from services.startstop.vlot import StartstopVlot
from shared.exchange.api import beller_of
from shared.exchange.dienst import AFGEKEURD, GEPARKEERD, VERWERKT, Heen, Uitkomst
from shared.exchange.huis import Huis
from shared.exchange.verwerking import accept, read_message
from shared.exchange.vlot import Gezien
from shared.feiten import toewijzing_tabel
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import read_kop
from shared.iwmo.waarden import Periode
from shared.namens import intern
from shared.payload import Payload
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from shared.statement import Statement
from tests.shared.exchange.verwerken import until_blocked
from tests.shared.iwmo.berichten import BSN, GEMEENTE, a_305, a_307, a_startproduct, a_stopproduct, as_xml, soort
from tests.toewijzing.bouw import a_toewijzing, an_event
from tests.wachten import eventually

KEY = base64.b64encode(b"k" * 32).decode()
AANBIEDER = "98765001"
"""Of these tests alone: what they commit is removed by it."""
NUMMERS = (900_001, 900_002)
BELLER = Beller("proef", frozenset({Partij.aanbieder(AANBIEDER)}))
AT_ONCE = 16
OWN = f"(select id from startstop.bericht where afzender = '{AANBIEDER}')"
KEPT = {
    "bericht": "partij_van, partij_naar, bericht, release, berichtcode, identificatie, dagtekening, status, eerste, "
    "hash, heen_id is null as heen, meldingen, signalen, wacht_nummer, verwerkt is not null as verwerkt "
    f"from startstop.bericht where id in {OWN} order by berichtcode, volgnummer",
    "postbus": f"partij, ontvangen from startstop.postbus where bericht_id in {OWN} order by partij",
    "audit": "wie, partij, handeling, bericht, uitkomst, client, gemeente, aanbieder from startstop.audit "
    f"where bericht_id in {OWN} order by id",
    "aanlevering": "soort, gemeente, client, toewijzing_nummer, categorie, code, toewijzing_ingangsdatum, begindatum, "
    "reden_beeindiging, einddatum, verwijderd_door from startstop.aanlevering "
    f"where aanbieder = '{AANBIEDER}' order by toewijzing_nummer, id",
    "termijn": "regel, sleutel, gemeente, wie, bericht_id is null as los, vanaf, uiterlijk, afgerond "
    f"from startstop.termijn where aanbieder = '{AANBIEDER}' order by regel, sleutel",
    "versie": f"topic, sleutel, nummer from startstop.versie where sleutel like '{GEMEENTE}:90000_' order by sleutel",
    "outbox": "topic, sleutel, soort, epoch, versie, data from startstop.outbox "
    f"where sleutel like '{GEMEENTE}:90000_' order by sleutel, versie",
}
REMOVE = (
    f"delete from startstop.outbox where sleutel like '{GEMEENTE}:90000_'",
    f"delete from startstop.versie where sleutel like '{GEMEENTE}:90000_'",
    f"delete from startstop.termijn where aanbieder = '{AANBIEDER}'",
    f"delete from startstop.aanlevering where aanbieder = '{AANBIEDER}'",
    f"delete from startstop.postbus where bericht_id in {OWN}",
    f"delete from startstop.bericht where afzender = '{AANBIEDER}' and heen_id is not null",
    f"delete from startstop.bericht where afzender = '{AANBIEDER}'",
    f"delete from startstop.toewijzing where aanbieder = '{AANBIEDER}'",
)


@pytest.fixture
async def admin(migrated: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Sees and removes whatever was committed."""
    conn = await asyncpg.connect(migrated.database_url_beheer)
    yield conn
    await remove(conn)
    await conn.close()


@pytest.fixture
async def app(migrated: Settings) -> AsyncIterator[FastAPI]:
    """The service, without its relay and consumer."""
    own = {"sleutels": f"a:{KEY}", "pseudoniem_sleutel": KEY, "gelijktijdig_per_partij": AT_ONCE}
    app = create_app(Settings(database_url_startstop=migrated.dsn("startstop"), **own))  # type: ignore[arg-type]
    yield app
    await app.state.huis.engine.dispose()


@pytest.fixture
async def huis(app: FastAPI, admin: asyncpg.Connection) -> Huis:
    """Two toewijzingen of the client are known to it."""
    found: Huis = app.state.huis
    await know(found, *(a_known(found, nummer) for nummer in NUMMERS))
    return found


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement on this service's tables that goes straight to the driver: others may be at work as well."""
    found: list[str] = []
    run = Statement._run

    async def noting(self: Statement, *args: Any) -> Any:
        if "startstop." in self.sql:
            found.append(self.sql)
        return await run(self, *args)

    monkeypatch.setattr(Statement, "_run", noting)
    return found


def a_known(huis: Huis, nummer: int, **deviations: Any) -> Toewijzing:
    right = {"nummer": nummer, "client": huis.kluis.pseudoniem(BSN), "aanbieder": AANBIEDER}
    return a_toewijzing(**(right | deviations))


async def know(huis: Huis, *toewijzingen: Toewijzing, versie: int = 1) -> None:
    async with huis.engine.begin() as conn:
        await toewijzing_tabel.apply(conn, TOEWIJZING, [an_event(one, versie) for one in toewijzingen])


async def remove(conn: asyncpg.Connection) -> None:
    for statement in REMOVE:
        await conn.execute(statement)


async def kept(conn: asyncpg.Connection, *tables: str) -> dict[str, list[dict[str, Any]]]:
    """What was recorded, but for ids and moments."""
    return {one: [dict(row) for row in await conn.fetch(f"select {KEPT[one]}")] for one in tables or KEPT}


def body_of(huis: Huis, inhoud: Inhoud, naam: str, release: Release) -> bytes:
    return as_xml(inhoud, soort(naam, release), huis.schemas)


def a_start(huis: Huis, *producten: Inhoud, release: Release = "3.2", name: str = "S1") -> bytes:
    inhoud = a_305(release, *producten, identificatie=name)
    inhoud["Header"]["Afzender"] = AANBIEDER
    return body_of(huis, inhoud, "WMO305", release)


def a_stop(huis: Huis, *producten: Inhoud, release: Release = "3.2", name: str = "S2") -> bytes:
    inhoud = a_307(release, *producten, identificatie=name)
    inhoud["Header"]["Afzender"] = AANBIEDER
    return body_of(huis, inhoud, "WMO307", release)


async def send(huis: Huis, body: bytes) -> Uitkomst:
    came = Payload.of(body)
    gelezen = read_message(huis, came)
    return await accept(huis, gelezen, read_kop(gelezen.soort, gelezen.inhoud), came, BELLER)


def starting(nummer: int, **deviations: Any) -> Inhoud:
    return a_startproduct(ToewijzingNummer=nummer, **deviations)


def stopping(nummer: int, **deviations: Any) -> Inhoud:
    return a_stopproduct(ToewijzingNummer=nummer, **deviations)


def days_apart(aantal: int) -> Iterator[Inhoud]:
    """Starts on one toewijzing: only one of them can stand."""
    for number in range(aantal):
        yield starting(NUMMERS[0], Begindatum=(date(2025, 3, 3) + timedelta(number)).isoformat())


async def test_what_is_right_takes_two_statements(huis: Huis, sent: list[str]) -> None:
    uitkomst = await send(huis, a_start(huis, *map(starting, NUMMERS)))

    assert uitkomst.status == VERWERKT
    assert len(sent) == 2


async def test_both_are_read_and_planned_once_per_connection(huis: Huis, sent: list[str]) -> None:
    await send(huis, a_start(huis, *map(starting, NUMMERS)))

    async with huis.engine.connect() as conn:  # the one that was used last
        kept = await conn.scalars(text("select statement from pg_prepared_statements"))
    assert set(sent) <= set(kept)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    "deviations",
    [{}, {"omvang": None}, {"periode": Periode(date(2025, 3, 1))}, {"ontvangen": date(2025, 4, 1)}],
    ids=["plain", "without volume", "without end", "came later"],
)
async def test_the_same_is_recorded_as_by_the_ordinary_way(
    release: Release, deviations: Mapping[str, Any], huis: Huis, admin: asyncpg.Connection, sent: list[str]
) -> None:
    bodies = [
        a_start(huis, *map(starting, NUMMERS), release=release),
        a_stop(huis, stopping(NUMMERS[0], RedenBeeindiging="20"), release=release),
        a_start(huis, starting(NUMMERS[0], Begindatum="2025-04-02"), release=release, name="S3"),
        a_stop(huis, stopping(NUMMERS[1]), release=release, name="S4"),
    ]
    found = []
    for way in (huis, replace(huis, vlot=None)):
        await remove(admin)
        await know(way, *(a_known(way, nummer, **deviations) for nummer in NUMMERS))
        sent.clear()
        outcomes = [await send(way, body) for body in bodies]
        found.append(
            ([(one.status, one.retour_bericht, one.signalen) for one in outcomes], await kept(admin), len(sent))
        )

    assert [status for status, _, _ in found[0][0]] == [VERWERKT] * len(bodies)
    assert found[0][:2] == found[1][:2]
    assert found[0][2] == 2 * len(bodies) < found[1][2]


async def test_the_answer_and_the_message_can_be_read_back(huis: Huis, admin: asyncpg.Connection) -> None:
    body = a_start(huis, starting(NUMMERS[0]))

    uitkomst = await send(huis, body)

    sealed = await admin.fetchval("select inhoud from startstop.bericht where id = $1", uitkomst.id)
    answer = await admin.fetchrow("select id, inhoud from startstop.bericht where heen_id = $1", uitkomst.id)
    assert huis.kluis.open(sealed, str(uitkomst.id)) == body
    assert answer["id"] == uitkomst.retour_id
    assert f"S{uitkomst.volgnummer:011d}".encode() in huis.kluis.open(answer["inhoud"], str(answer["id"]))


async def test_of_starts_on_one_toewijzing_at_once_one_stands(huis: Huis, admin: asyncpg.Connection) -> None:
    bodies = [a_start(huis, one, name=f"S{number}") for number, one in enumerate(days_apart(10))]

    outcomes = await asyncio.gather(*(send(huis, body) for body in bodies))

    assert sorted(one.status for one in outcomes) == [AFGEKEURD] * 9 + [VERWERKT]
    assert {melding["regel"] for one in outcomes for melding in one.meldingen} == {"TR326"}
    recorded = await kept(admin, "aanlevering", "versie", "outbox")
    assert [len(rows) for rows in recorded.values()] == [1, 1, 1]


async def test_on_two_toewijzingen_named_in_any_order_nobody_waits_for_ever(huis: Huis) -> None:
    starts = [list(map(starting, NUMMERS)), list(map(starting, reversed(NUMMERS)))]
    bodies = [a_start(huis, *starts[number % 2], name=f"S{number}") for number in range(10)]

    async with asyncio.timeout(20):
        outcomes = await asyncio.gather(*(send(huis, body) for body in bodies))

    assert sorted(one.status for one in outcomes) == [AFGEKEURD] * 9 + [VERWERKT]


async def test_of_twins_at_once_one_is_recorded(huis: Huis, admin: asyncpg.Connection) -> None:
    body = a_start(huis, starting(NUMMERS[0]))

    outcomes = await asyncio.gather(*(send(huis, body) for _ in range(10)))

    assert {(one.id, one.status, one.retour_id) for one in outcomes} == {
        (outcomes[0].id, VERWERKT, outcomes[0].retour_id)
    }
    assert sum(one.herhaald for one in outcomes) == 9
    assert len((await kept(admin, "aanlevering"))["aanlevering"]) == 1


class Meanwhile(StartstopVlot):
    """After it has looked, something happens."""

    def __init__(self, happens: Any) -> None:
        self.happens = happens

    async def look(
        self, conn: AsyncConnection, gemeente: str, berichten: Sequence[tuple[Zorgbericht, Heen]]
    ) -> list[Gezien | None]:
        gezien = await super().look(conn, gemeente, berichten)
        with intern():  # a look for several speaks for none of them
            await self.happens()
        return gezien


async def test_a_toewijzing_that_changed_since_the_look_is_judged_anew(huis: Huis, admin: asyncpg.Connection) -> None:
    withdrawn = a_known(huis, NUMMERS[1], periode=Periode(date(2025, 3, 1), date(2025, 3, 1)), reden_wijziging="01")
    late = replace(huis, vlot=Meanwhile(lambda: know(huis, withdrawn, versie=2)))

    uitkomst = await send(late, a_start(huis, *map(starting, NUMMERS)))

    assert uitkomst.status == GEPARKEERD
    recorded = await kept(admin, "aanlevering", "versie", "postbus", "outbox")
    assert [len(rows) for rows in recorded.values()] == [0, 0, 0, 0]


async def test_a_report_since_the_look_is_seen(huis: Huis, admin: asyncpg.Connection) -> None:
    first = a_start(huis, starting(NUMMERS[0]), name="S0")
    late = replace(huis, vlot=Meanwhile(lambda: send(huis, first)))

    uitkomst = await send(late, a_start(huis, starting(NUMMERS[0], Begindatum="2025-03-04")))

    assert [melding["regel"] for melding in uitkomst.meldingen] == ["TR326"]
    assert len((await kept(admin, "aanlevering"))["aanlevering"]) == 1


async def test_a_twin_since_the_look_makes_it_a_repeat(huis: Huis) -> None:
    body = a_start(huis, starting(NUMMERS[0]))
    first: list[UUID] = []

    async def twin() -> None:
        first.append((await send(huis, body)).id)

    uitkomst = await send(replace(huis, vlot=Meanwhile(twin)), body)

    assert uitkomst.herhaald
    assert [uitkomst.id] == first


@pytest.mark.parametrize(
    ("meanwhile", "status", "stands"),
    [
        ("update startstop.toewijzing set versie = 2, client = 'een-ander'", GEPARKEERD, False),
        ("delete from startstop.toewijzing", GEPARKEERD, False),
        ("update startstop.toewijzing set moment = moment", VERWERKT, True),
    ],
    ids=["changed", "gone", "written again"],
)
async def test_what_another_holds_is_looked_at_again_once_he_lets_go(
    meanwhile: str,
    status: str,
    stands: bool,
    huis: Huis,
    engine: AsyncEngine,
    admin: asyncpg.Connection,
    sent: list[str],
) -> None:
    """The statement that writes began before, and so sees the row as it was; it must go by the row as it is."""
    held = admin.transaction()
    await held.start()
    await admin.execute(f"{meanwhile} where nummer = $1", NUMMERS[1])
    waiting = asyncio.create_task(send(huis, a_start(huis, *map(starting, NUMMERS))))
    await until_blocked(engine)

    await held.commit()

    assert (await waiting).status == status
    assert (len(sent) == 2) == stands


async def test_the_relays_leave_messages_a_connection_in_the_smallest_pool(
    migrated: Settings, admin: asyncpg.Connection
) -> None:
    own = {"sleutels": f"a:{KEY}", "pseudoniem_sleutel": KEY, "kafka_bootstrap": f"127.0.0.1:{free_port()}"}
    few = {"database_pool": 1, "relay_delen": 8, "database_url_startstop": migrated.dsn("startstop")}
    huis: Huis = create_app(Settings(**own, **few)).state.huis  # type: ignore[arg-type]
    relaying = asyncio.create_task(huis.relay.run())
    held = "select count(distinct objid) from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock'"

    async def all_at_work() -> bool:
        return bool(await admin.fetchval(held) == 8)

    try:
        await eventually(all_at_work, "a relay for every slice")
        async with asyncio.timeout(5):
            uitkomst = await send(huis, a_start(huis, starting(999_999)))
    finally:
        await huis.relay.stop()
        await relaying
        await huis.engine.dispose()

    assert uitkomst.status == GEPARKEERD


async def test_reading_goes_on_while_all_messages_wait_for_one_toewijzing(
    app: FastAPI, huis: Huis, engine: AsyncEngine, admin: asyncpg.Connection
) -> None:
    async def caller(request: Request) -> Beller:
        request.state.beller = BELLER
        return BELLER

    async def sending(client: httpx.AsyncClient, body: bytes) -> int:
        headers = {"Content-Type": "application/xml"}
        return (await client.post("/berichten", content=body, headers=headers)).status_code

    app.dependency_overrides[beller_of] = caller
    bodies = [a_start(huis, one, name=f"S{number}") for number, one in enumerate(days_apart(AT_ONCE))]
    base = "http://knooppunt/startstop/v1"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base, timeout=30) as client:
        held = admin.transaction()
        await held.start()
        await admin.execute("select 1 from startstop.toewijzing where nummer = $1 for update", NUMMERS[0])
        waiting = [asyncio.create_task(sending(client, body)) for body in bodies]
        await until_blocked(engine, AT_ONCE)
        async with asyncio.timeout(5):
            answer = await client.get("/berichten")
        await held.rollback()
        statuses = await asyncio.gather(*waiting)

    assert answer.status_code == 200
    assert statuses == [201] * AT_ONCE
