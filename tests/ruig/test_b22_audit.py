"""B22: every read leaves one audit row; change, delete or swap one row: found, with its place (P10)."""

import asyncio
import base64
from collections.abc import AsyncIterator
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from knooppunt.embedded.geheimen import FILE, Geheimen
from knooppunt.embedded.postgres import ADMIN, DATABASE
from services.toewijzing.tables import EXCHANGE
from shared.db import make_engine
from shared.exchange import verzegeling
from shared.exchange.spoorcontrole import BreukError, check
from shared.security.audit import seal_key
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring, MakeKring
from tests.keten.stapel import Stapel
from tests.ruig.maat import Maat
from tests.wachten import eventually

DIENST = "toewijzing"
COLUMNS = ("wie", "partij", "handeling", "uitkomst", "bericht", "client", "gemeente", "aanbieder")
READS = ("berichten", "berichten/{}", "berichten/{}/retour", "berichten/{}/meldingen", "postbus", "toewijzingen")


@pytest.fixture
def sleutel(stapel: Stapel) -> bytes:
    geheimen = Geheimen.model_validate_json((stapel.data / FILE).read_bytes())
    return seal_key(base64.b64decode(geheimen.pseudoniem_sleutel), DIENST)


@pytest.fixture
async def eigenaar(stapel: Stapel) -> AsyncIterator[AsyncEngine]:
    """Who may do anything in the database, and has no key."""
    password = Geheimen.model_validate_json((stapel.data / FILE).read_bytes()).postgres
    engine = make_engine(f"postgresql://{ADMIN}:{password}@/{DATABASE}?host={stapel.data / 'pg'}", 1)
    yield engine
    await engine.dispose()


async def test_every_read_leaves_one_row_also_many_at_once(make_kring: MakeKring, maat: Maat) -> None:
    """Of two parties who read each other's messages too: a refused look is a row as well."""
    chance, kringen = maat.loting("B22"), [make_kring("3.2"), make_kring("3.2")]
    sent = [(await one.gemeente.send(a_301(one, one.nummer())))["id"] for one in kringen]
    asked: dict[UUID, int] = {}

    async def one_after_another(kring: Kring, number: int, chance: Random) -> None:
        for _ in range(number):
            verzoek, who = uuid4(), chance.choice((kring.gemeente, kring.aanbieder))
            path = chance.choice(READS).format(chance.choice(sent))
            answer = await who.request("GET", f"/{DIENST}/v1/{path}", headers={"X-Request-Id": str(verzoek)})
            assert answer.status_code in (200, 404), (path, answer.status_code, answer.text)
            asked[verzoek] = answer.status_code

    each = maat.kies(15, 1_000)
    tasks = (one_after_another(kring, each, Random(chance.random())) for kring in kringen for _ in range(4))
    await asyncio.gather(*tasks)

    sql = f"select verzoek, handeling, count(*) from {DIENST}.audit where verzoek = any($1) group by 1, 2"
    found = await kringen[0].stapel.query(sql, list(asked))
    assert {row[0]: row[2] for row in found} == dict.fromkeys(asked, 1)
    refused = {row[0] for row in found if row[1] == "geweigerd"}
    assert refused == {verzoek for verzoek, status in asked.items() if status == 404}
    maat.noteer("B22 lezen", verzoeken=len(asked), geweigerd=len(refused))


async def test_whatever_is_done_to_a_row_or_a_seal_is_found(
    kring32: Kring, eigenaar: AsyncEngine, sleutel: bytes, maat: Maat
) -> None:
    kring, chance = kring32, maat.loting("B22 knoeien")
    for _ in range(maat.kies(3, 50)):
        await kring.gemeente.send(a_301(kring, kring.nummer()))
        for path in READS:
            await kring.aanbieder.request("GET", f"/{DIENST}/v1/{path.format(uuid4())}")

    async def all_sealed() -> bool:
        """Without waiting for the next round of the service's own sealer."""
        async with eigenaar.begin() as conn:
            await verzegeling.seal(conn, EXCHANGE, sleutel)
        async with eigenaar.connect() as conn:
            return (await check(conn, EXCHANGE, sleutel)).los == 0

    await eventually(all_sealed, "every row has its seal")
    async with eigenaar.connect() as conn:
        whole = await check(conn, EXCHANGE, sleutel)
        numbers = [row[0] for row in await conn.execute(text(f"select id from {DIENST}.audit order by id"))]
        seals = [row[0] for row in await conn.execute(text(f"select nummer from {DIENST}.audit_zegel order by 1"))]
        await conn.rollback()
        changes = maat.kies(30, 300)
        for _ in range(changes):
            what, places = await _tamper(conn, chance, numbers, seals)
            with pytest.raises(BreukError) as found:
                await check(conn, EXCHANGE, sleutel)
            assert any(place in str(found.value) for place in places), (what, places, str(found.value))
            await conn.rollback()
        assert (await check(conn, EXCHANGE, sleutel)).rijen >= whole.rijen
    maat.noteer("B22 knoeien", rijen=whole.rijen, zegels=whole.zegels, wijzigingen=changes)


async def _tamper(conn: AsyncConnection, chance: Random, numbers: list[int], seals: list[int]) -> tuple[str, list[str]]:
    """One change, in a transaction that is undone; and what the checker may name as its place."""
    one, other = sorted(chance.sample(numbers, 2))
    column, zegel = chance.choice(COLUMNS), chance.choice(seals)
    swap = ", ".join(f"{name} = b.{name}" for name in (*COLUMNS, "tijd", "bericht_id", "verzoek", "betreft"))
    ways = {
        "change": f"update {{s}}.audit set {column} = coalesce({column}, '') || 'x' where id = {one}",
        "delete": f"delete from {{s}}.audit where id = {one}",
        "swap": f"update {{s}}.audit as a set {swap} from {{s}}.audit as b "
        f"where a.id in ({one}, {other}) and b.id in ({one}, {other}) and a.id <> b.id",
        "insert": f"insert into {{s}}.audit (id, tx, wie, partij, handeling, uitkomst) "
        f"select {numbers[-1] + 1_000_000}, tx, wie, partij, handeling, uitkomst from {{s}}.audit where id = {one}",
        "seal gone": f"delete from {{s}}.audit_zegel where nummer = {zegel}",
        "seal changed": f"update {{s}}.audit_zegel set tijd = tijd - interval '1 second' where nummer = {zegel}",
    }
    # Without the last seal its rows would be new: that is for an anchor to find.
    what = chance.choice([way for way in ways if way != "seal gone" or zegel != seals[-1]])
    touched = (await conn.execute(text(ways[what].format(s=DIENST)))).rowcount
    assert touched, what
    if what.startswith("seal"):
        return what, [f"zegel {zegel} "]
    named = {"swap": [one, other], "insert": [numbers[-1] + 1_000_000]}.get(what, [one])
    return what, [f"rij {number} " for number in named]
