"""Messages of several aanbieders that are there at the same moment share both statements, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.startstop.domain import Zorgbericht
from services.startstop.rules import ZorgFeiten
from services.startstop.vlot import StartstopVlot
from shared.exchange.dienst import GEPARKEERD, VERWERKT, Heen, Uitkomst
from shared.exchange.huis import Huis
from shared.exchange.spoor import VERZOEK
from shared.exchange.verwerking import accept, read_message
from shared.exchange.vlot import Gevolg
from shared.iwmo.kop import read_kop
from shared.iwmo.waarden import Periode
from shared.payload import Payload
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from shared.statement import Statement
from tests.shared.exchange.verwerken import until_blocked
from tests.shared.iwmo.berichten import GEMEENTE, a_305
from tests.startstop.test_vlot import Meanwhile, a_known, app, body_of, know, sent, starting

__all__ = ["app", "sent"]
AANBIEDERS = tuple(str(98_765_011 + number) for number in range(4))
"""Of these tests alone: what they commit is removed by it. Each has two toewijzingen."""
NUMMERS = {aanbieder: (900_101 + 2 * number, 900_102 + 2 * number) for number, aanbieder in enumerate(AANBIEDERS)}
OWN = "(select id from startstop.bericht where afzender like '9876501_')"
REMOVE = (
    f"delete from startstop.outbox where sleutel like '{GEMEENTE}:90010_'",
    f"delete from startstop.versie where sleutel like '{GEMEENTE}:90010_'",
    "delete from startstop.termijn where aanbieder like '9876501_'",
    "delete from startstop.aanlevering where aanbieder like '9876501_'",
    f"delete from startstop.postbus where bericht_id in {OWN}",
    "delete from startstop.bericht where afzender like '9876501_' and heen_id is not null",
    "delete from startstop.bericht where afzender like '9876501_'",
    "delete from startstop.toewijzing where aanbieder like '9876501_'",
)
KEPT = {
    "heen": "partij_van, partij_naar, identificatie, status, hash, signalen from startstop.bericht "
    "where heen_id is null and afzender = $1",
    "antwoord": "partij_van, partij_naar, bericht, status from startstop.bericht where heen_id is not null "
    "and partij_naar = 'agb:' || $1",
    "postbus": "partij from startstop.postbus join startstop.bericht b on b.id = bericht_id "
    "where 'agb:' || $1 in (partij_van, partij_naar) order by partij",
    "audit": "wie, partij, handeling, uitkomst, a.bericht, client, gemeente, aanbieder from startstop.audit a "
    "join startstop.bericht b on b.id = bericht_id where afzender = $1",
    "aanlevering": "soort, gemeente, client, toewijzing_nummer, begindatum, bericht_id in "
    "(select id from startstop.bericht where afzender = $1) as eigen from startstop.aanlevering where aanbieder = $1 "
    "order by toewijzing_nummer",
    "termijn": "regel, sleutel, gemeente, wie, vanaf, uiterlijk, afgerond from startstop.termijn where aanbieder = $1 "
    "order by regel, sleutel",
}


@pytest.fixture
async def admin(migrated: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Sees and removes whatever was committed."""
    conn = await asyncpg.connect(migrated.database_url_beheer)
    yield conn
    await remove(conn)
    await conn.close()


@pytest.fixture
async def huis(app: Any, admin: asyncpg.Connection) -> Huis:
    """The toewijzingen of all of them are known to it."""
    found: Huis = app.state.huis
    await know_all(found)
    return found


async def know_all(huis: Huis) -> None:
    known = [a_known(huis, nummer, aanbieder=who) for who, own in NUMMERS.items() for nummer in own]
    await know(huis, *known)


async def remove(conn: asyncpg.Connection) -> None:
    for statement in REMOVE:
        await conn.execute(statement)


async def kept(conn: asyncpg.Connection, aanbieder: str) -> dict[str, list[dict[str, Any]]]:
    """What was recorded of one of them, but for ids and moments."""
    return {one: [dict(row) for row in await conn.fetch(f"select {query}", aanbieder)] for one, query in KEPT.items()}


async def send(huis: Huis, aanbieder: str, *nummers: int, name: str = "S1", verzoek: UUID | None = None) -> Uitkomst:
    inhoud = a_305("3.2", *map(starting, nummers or NUMMERS[aanbieder]), identificatie=name)
    inhoud["Header"]["Afzender"] = aanbieder
    came = Payload.of(body_of(huis, inhoud, "WMO305", "3.2"))
    gelezen = read_message(huis, came)
    VERZOEK.set(verzoek)
    beller = Beller(f"proef-{aanbieder}", frozenset({Partij.aanbieder(aanbieder)}))
    return await accept(huis, gelezen, read_kop(gelezen.soort, gelezen.inhoud), came, beller)


async def send_all(huis: Huis) -> list[Uitkomst]:
    return await asyncio.gather(*(send(huis, one) for one in AANBIEDERS))


def with_vlot(huis: Huis, vlot: StartstopVlot) -> Huis:
    huis.vlot = vlot
    return huis


async def test_together_they_take_two_statements_and_leave_what_each_leaves_alone(
    huis: Huis, admin: asyncpg.Connection, sent: list[str]
) -> None:
    together = await send_all(huis)
    statements = len(sent)
    recorded = [await kept(admin, one) for one in AANBIEDERS]
    await remove(admin)
    await know_all(huis)
    alone = [await send(huis, one) for one in AANBIEDERS]

    assert [one.status for one in together] == [VERWERKT] * len(AANBIEDERS)
    assert statements == 2
    assert len({one.volgnummer for one in together}) == len(AANBIEDERS)
    assert [one.afzender for one in together] == list(AANBIEDERS)
    assert [one.status for one in alone] == [VERWERKT] * len(AANBIEDERS)
    assert recorded == [await kept(admin, one) for one in AANBIEDERS]
    assert all(len(one["aanlevering"]) == 2 for one in recorded)


async def test_each_finds_its_own_message_and_answer(huis: Huis, admin: asyncpg.Connection) -> None:
    verzoeken = [uuid4() for _ in AANBIEDERS]

    outcomes = await asyncio.gather(
        *(send(huis, one, verzoek=verzoek) for one, verzoek in zip(AANBIEDERS, verzoeken, strict=True))
    )

    for one, uitkomst, verzoek in zip(AANBIEDERS, outcomes, verzoeken, strict=True):
        body = await admin.fetchval("select inhoud from startstop.bericht where id = $1", uitkomst.id)
        answer = await admin.fetchrow("select * from startstop.bericht where heen_id = $1", uitkomst.id)
        assert one.encode() in huis.kluis.open(body, str(uitkomst.id))
        assert answer["id"] == uitkomst.retour_id
        assert f"S{uitkomst.volgnummer:011d}".encode() in huis.kluis.open(answer["inhoud"], str(answer["id"]))
        noted = await admin.fetchval("select verzoek from startstop.audit where bericht_id = $1", uitkomst.id)
        assert noted == verzoek


async def test_the_look_speaks_for_the_gemeente_alone_and_the_writing_for_the_senders_in_it(
    huis: Huis, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[set[str]] = []
    arguments = Statement._arguments

    def noting(self: Statement, values: Any) -> list[Any]:
        if "startstop." in self.sql:
            said.append({name for name in values["namens"].split(",") if ":" in name})
        return arguments(self, values)

    monkeypatch.setattr(Statement, "_arguments", noting)

    await asyncio.gather(*(send(huis, one) for one in AANBIEDERS[:3]))

    gemeente = f"gemeente:{GEMEENTE}"
    assert said == [{gemeente}, {gemeente, *(f"agb:{one}" for one in AANBIEDERS[:3])}]


async def test_one_that_is_not_plainly_right_leaves_the_others_together(huis: Huis, sent: list[str]) -> None:
    unknown, *others = AANBIEDERS

    outcomes = await asyncio.gather(send(huis, unknown, 999_999), *(send(huis, one) for one in others))

    assert [one.status for one in outcomes] == [GEPARKEERD, VERWERKT, VERWERKT, VERWERKT]
    assert sum("aangenomen" in sql for sql in sent) == 1


async def test_when_one_changed_since_the_look_each_is_judged_on_its_own(huis: Huis, admin: asyncpg.Connection) -> None:
    one, *others = AANBIEDERS
    gone = a_known(
        huis,
        NUMMERS[one][0],
        aanbieder=one,
        periode=Periode(a_known(huis, 1).periode.begin, a_known(huis, 1).periode.begin),
        reden_wijziging="01",
    )

    outcomes = await send_all(with_vlot(huis, Meanwhile(lambda: know(huis, gone, versie=2))))

    assert [one.status for one in outcomes] == [GEPARKEERD, VERWERKT, VERWERKT, VERWERKT]
    assert [len((await kept(admin, each))["aanlevering"]) for each in AANBIEDERS] == [0, 2, 2, 2]
    assert [len((await kept(admin, each))["postbus"]) for each in others] == [2, 2, 2]


async def test_who_waits_for_a_lock_holds_up_nobody(huis: Huis, engine: AsyncEngine, admin: asyncpg.Connection) -> None:
    waits, *others = AANBIEDERS
    held = admin.transaction()
    await held.start()
    await admin.execute("select from startstop.toewijzing where nummer = $1 for update", NUMMERS[waits][0])
    waiting = asyncio.create_task(send(huis, waits))
    async with asyncio.timeout(10):
        outcomes = await asyncio.gather(*(send(huis, one) for one in others))
    await until_blocked(engine)

    await held.rollback()

    assert [one.status for one in (*outcomes, await waiting)] == [VERWERKT] * len(AANBIEDERS)


class _FailsFor(StartstopVlot):
    def __init__(self, aanbieder: str) -> None:
        self.aanbieder = aanbieder

    def follow(self, lezing: Zorgbericht, feiten: ZorgFeiten, heen: Heen) -> Gevolg | None:
        if lezing.aanbieder == self.aanbieder:
            raise OSError("of this one")
        return super().follow(lezing, feiten, heen)


async def test_a_fault_with_one_is_told_to_that_one_alone(huis: Huis, sent: list[str]) -> None:
    wrong, *others = AANBIEDERS
    sending: Sequence[str] = (*others, wrong)

    failing = with_vlot(huis, _FailsFor(wrong))
    *outcomes, fault = await asyncio.gather(*(send(failing, one) for one in sending), return_exceptions=True)

    assert isinstance(fault, OSError)
    assert [one.status for one in outcomes if isinstance(one, Uitkomst)] == [VERWERKT] * len(others)
    assert len(sent) == 2


async def test_twins_at_once_are_one_message(huis: Huis, admin: asyncpg.Connection) -> None:
    one, other = AANBIEDERS[:2]

    *twins, beside = await asyncio.gather(*(send(huis, one) for _ in range(5)), send(huis, other))

    assert len({each.id for each in twins}) == 1
    assert sorted(each.herhaald for each in twins) == [False] + [True] * 4
    assert not beside.herhaald
    assert [len((await kept(admin, each))["heen"]) for each in (one, other)] == [1, 1]
