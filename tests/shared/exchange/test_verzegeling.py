"""The chain over the audit trail: what is sealed, when, and that every change of it is found (B22)."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert

from shared.exchange import verzegeling
from shared.exchange.spoorcontrole import BreukError, check
from shared.exchange.verzegeling import ZegelError
from shared.settings import Settings
from tests.shared.exchange.spoor_schema import KEY, Spoor, a_trail, add_row

SEED = 20261122
CONTENT = ("wie", "partij", "handeling", "uitkomst", "bericht", "client", "gemeente", "aanbieder")


@pytest.fixture
async def spoor(migrated: Settings) -> AsyncIterator[Spoor]:
    async with a_trail(migrated) as made:
        yield made


@pytest.fixture
async def sealed(spoor: Spoor) -> Spoor:
    """Ten rows under four seals."""
    await spoor.add(10)
    assert [len(one.ids) for one in await spoor.seal()] == [3, 3, 3, 1]
    return spoor


async def test_all_rows_are_sealed_in_the_order_of_their_transactions(spoor: Spoor) -> None:
    ids = await spoor.add(7)

    made = await spoor.seal()

    assert [number for one in made for number in one.ids] == ids
    assert await spoor.seal() == []
    found = await spoor.check()
    assert (found.rijen, found.zegels, found.los, found.laatste.naam) == (7, 3, 0, made[-1].naam)


async def test_an_empty_trail_is_whole(spoor: Spoor) -> None:
    assert await spoor.seal() == []
    assert (await spoor.check()).zegels == 0


async def test_a_row_waits_for_transactions_that_began_before_it(spoor: Spoor) -> None:
    """A row whose transaction ends last is not left out: nothing is sealed beyond it until then."""
    [first] = await spoor.add()
    async with spoor.engine.begin() as conn:
        slow = await add_row(conn, spoor.tables)
        later = await spoor.add(2)
        assert [one.ids for one in await spoor.seal()] == [[first]]
        assert (await spoor.check()).los == 2

    [zegel] = await spoor.seal()
    assert zegel.ids == [slow, *later]


async def test_a_row_is_sealed_though_its_number_is_below_others(spoor: Spoor) -> None:
    """Numbers are given out before transactions: the order is that of the transactions."""
    async with spoor.engine.begin() as early:
        number = await early.exec_driver_sql(f"select nextval('{spoor.tables.audit.schema}.audit_id_seq')")
        lowest = number.scalar_one()
    await spoor.add(2)
    await spoor.seal()
    [late] = await spoor.add(id=lowest)

    [zegel] = await spoor.seal()

    assert zegel.ids == [late]
    assert (await spoor.check()).rijen == 3


async def test_two_sealers_do_not_seal_twice(sealed: Spoor) -> None:
    await sealed.add(3)
    async with sealed.engine.begin() as conn:
        assert await verzegeling.seal(conn, sealed.tables, KEY) is not None
        assert await sealed.seal() == [], "another is at it"
    assert (await sealed.check()).rijen == 13


@pytest.mark.parametrize("column", CONTENT)
async def test_a_changed_row_is_named(column: str, sealed: Spoor) -> None:
    number = (await sealed.ids())[4]

    await sealed.run(f"update {{s}}.audit set {column} = coalesce({column}, '') || 'x' where id = :id", id=number)

    with pytest.raises(BreukError, match=rf"rij {number} is gewijzigd \(zegel 2 "):
        await sealed.check()


@pytest.mark.parametrize(
    "change",
    [
        "tijd = tijd - interval '1 microsecond'",
        "bericht_id = gen_random_uuid()",
        "verzoek = gen_random_uuid()",
        "betreft = array['gemeente:0001']",
        "client = null, uitkomst = 'inhoud' || ''",
    ],
)
async def test_a_row_of_which_anything_changed_is_named(change: str, spoor: Spoor) -> None:
    numbers = await spoor.add(4, client="abc")
    await spoor.seal()

    await spoor.run(f"update {{s}}.audit set {change} where id = :id", id=numbers[1])

    with pytest.raises(BreukError, match=f"rij {numbers[1]} is gewijzigd"):
        await spoor.check()


@pytest.mark.parametrize("place", range(10))
async def test_a_deleted_row_is_named(place: int, sealed: Spoor) -> None:
    """Also the last one."""
    number = (await sealed.ids())[place]

    await sealed.run("delete from {s}.audit where id = :id", id=number)

    with pytest.raises(BreukError, match=f"rij {number} is weg"):
        await sealed.check()


async def test_swapped_rows_are_named(sealed: Spoor) -> None:
    """What two rows say changes places, or their numbers do."""
    one, other = (await sealed.ids())[2:4]
    swap = "update {s}.audit set id = case id when :one then :other else :one end + :off where id in (:one, :other)"
    await sealed.run(swap, one=one, other=other, off=1_000_000)
    await sealed.run("update {s}.audit set id = id - 1000000 where id > 1000000")

    with pytest.raises(BreukError, match=f"rij ({one}|{other}) (is gewijzigd|is weg|staat elders)"):
        await sealed.check()


@pytest.mark.parametrize("end", ["asc", "desc"])
async def test_a_row_put_between_is_named(end: str, sealed: Spoor) -> None:
    """After the first row, or after the last."""
    await sealed.run(
        "insert into {s}.audit (wie, partij, handeling, uitkomst, tx, id) "
        f"select wie, partij, handeling, uitkomst, tx, 999 from {{s}}.audit order by tx {end} limit 1"
    )

    with pytest.raises(BreukError, match="rij 999 staat er later tussen"):
        await sealed.check()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("delete from {s}.audit_zegel where nummer = 2", "zegel 2 is weg"),
        ("delete from {s}.audit_zegel where nummer = 1", "zegel 1 is weg"),
        ("update {s}.audit_zegel set nummer = nummer + 10 where nummer > 2", "zegel 3 is weg"),
        ("update {s}.audit_zegel set zegel = sha256(zegel) where nummer = 3", "zegel 3 is niet van deze dienst"),
        ("update {s}.audit_zegel set tijd = tijd + interval '1 s' where nummer = 3", "zegel 3 is niet van deze dienst"),
        ("update {s}.audit_zegel set schakels = '' where nummer = 3", "zegel 3 is niet van deze dienst"),
        ("update {s}.audit_zegel set opgeruimd_tot = 3 where nummer = 4", "zegel 4 is niet van deze dienst"),
        (
            "insert into {s}.audit_zegel select 5, tijd, soort, na_id, tx_tot, id_tot, '{{}}', '', null, zegel, zegel "
            "from {s}.audit_zegel where nummer = 4",
            "zegel 5 is niet van deze dienst",
        ),
    ],
)
async def test_what_was_done_to_the_seals_is_found(change: str, told: str, sealed: Spoor) -> None:
    assert await sealed.run(change)

    with pytest.raises(BreukError, match=told):
        await sealed.check()


async def test_rows_and_seals_made_anew_without_the_key_are_found(sealed: Spoor) -> None:
    """Who owns the database changes a row and makes the whole chain again: that takes the key."""
    await sealed.run("update {s}.audit set uitkomst = 'niets' where id = 5")
    await sealed.run("delete from {s}.audit_zegel")
    await sealed.seal(key=b"a key of his own".ljust(32))

    with pytest.raises(BreukError, match="zegel 1 is niet van deze dienst"):
        await sealed.check()


async def test_a_tail_that_was_cut_off_is_found_by_an_anchor(sealed: Spoor) -> None:
    """Rows and seals up to the end are gone together: within the database nothing shows it."""
    anchor = (await sealed.check()).laatste.naam
    await sealed.run("delete from {s}.audit where id > 9")
    await sealed.run("delete from {s}.audit_zegel where nummer = 4")

    assert (await sealed.check()).zegels == 3
    with pytest.raises(BreukError, match="zegel 4 is niet"):
        await sealed.check(anchor)


async def test_seals_that_are_gone_show_by_rows_that_should_have_one(sealed: Spoor) -> None:
    await sealed.run("update {s}.audit set tijd = tijd - interval '6 minutes' where id <= 7")
    await sealed.run("delete from {s}.audit_zegel")

    with pytest.raises(BreukError, match="na zegel 0 zijn 10 rijen niet verzegeld"):
        await sealed.check()


async def test_a_message_without_its_row_is_found(spoor: Spoor) -> None:
    """Also when the row was not sealed yet."""
    message = {
        "bericht": "WMO305", "release": "3.2", "berichtcode": "1", "afzender": "a", "ontvanger": "b",
        "partij_van": "a", "partij_naar": "b", "dagtekening": datetime.now(UTC).date(), "status": "verwerkt",
        "grootte": 1, "ontvangen": datetime.now(UTC),
    }  # fmt: skip
    messages = [message | {"id": uuid4(), "identificatie": str(number)} for number in range(3)]
    async with spoor.engine.begin() as conn:
        await conn.execute(insert(spoor.tables.bericht), messages)
        for one in messages:
            await add_row(conn, spoor.tables, handeling="verzonden", bericht_id=one["id"])
    assert (await spoor.check()).los == 3

    await spoor.run("delete from {s}.audit where bericht_id = :id", id=messages[1]["id"])

    with pytest.raises(BreukError, match=f"bericht {messages[1]['id']} heeft geen rij"):
        await spoor.check()


async def test_a_sealer_adds_nothing_to_seals_that_are_not_its_own(sealed: Spoor) -> None:
    await sealed.run("update {s}.audit_zegel set zegel = sha256(zegel) where nummer = 4")
    await sealed.add()

    with pytest.raises(ZegelError):
        await sealed.seal()


async def test_the_oldest_part_goes_and_the_chain_goes_on(sealed: Spoor) -> None:
    """What was cleared is gone, what is left is proven as before, and no more can go unnoticed."""
    async with sealed.engine.begin() as conn:
        limit = (await verzegeling.last_seal(conn, sealed.tables)).tijd
        assert await verzegeling.clear(conn, sealed.tables, KEY, limit) == 9

    await sealed.add(2)
    await sealed.seal()
    found = await sealed.check()
    assert (found.rijen, len(await sealed.ids())) == (3, 3)
    async with sealed.engine.begin() as conn:
        assert await verzegeling.clear(conn, sealed.tables, KEY, limit) == 0, "there is nothing older"
        assert await verzegeling.clear(conn, sealed.tables, KEY, datetime.now(UTC) + timedelta(days=1)) == 3
    await sealed.add()
    await sealed.seal()
    assert (await sealed.check()).rijen == 1
    await sealed.run("delete from {s}.audit")
    with pytest.raises(BreukError, match="is weg"):
        await sealed.check()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("delete from {s}.audit_zegel where soort = 'opgeruimd'", "zegel 1 is weg"),
        ("delete from {s}.audit_zegel where nummer = 3", "zegel 3 is weg"),
        ("insert into {s}.audit (wie, partij, handeling, uitkomst, tx) values ('a', 'b', 'c', 'd', 1)", "voor zegel 3"),
    ],
)
async def test_clearing_cannot_be_undone_or_feigned(change: str, told: str, sealed: Spoor) -> None:
    async with sealed.engine.begin() as conn:
        limit = (await verzegeling.last_seal(conn, sealed.tables)).tijd
        await verzegeling.clear(conn, sealed.tables, KEY, limit)
    assert await sealed.run(change)

    with pytest.raises(BreukError, match=told):
        await sealed.check()


async def test_on_another_server_that_counts_anew_the_chain_goes_on(spoor: Spoor) -> None:
    """A copy was put back on a server whose transactions have lower numbers than those of the rows."""
    await spoor.add(4)
    await spoor.run("update {s}.audit set tx = tx + 1000000000")
    # As the old server left it: three sealed, and one that was not yet.
    old = await _seal_as_before(spoor)

    new = await spoor.add(4)
    made = await spoor.seal()

    assert [(one.soort, len(one.ids)) for one in made] == [("rijen", 1), ("hervat", 0), ("rijen", 3), ("rijen", 1)]
    assert [number for one in made[2:] for number in one.ids] == new
    assert (await spoor.check()).rijen == old + 5
    await spoor.run("delete from {s}.audit where id = :id", id=new[1])
    with pytest.raises(BreukError, match=f"rij {new[1]} is weg"):
        await spoor.check()


async def _seal_as_before(spoor: Spoor) -> int:
    async with spoor.engine.begin() as conn:
        values = verzegeling.reached(verzegeling.NOTHING) | {"horizon": 2**62, "newest": 2**62, "most": 3}
        rows = await verzegeling._unsealed(spoor.tables.audit).rows(conn, values)
        following = verzegeling._following(verzegeling.NOTHING, rows, (rows[-1]["tx"], rows[-1]["id"]))
        await verzegeling.add_seal(conn, spoor.tables, KEY, datetime.now(UTC), following)
    return len(rows)


async def test_any_change_at_random_is_found(spoor: Spoor) -> None:
    numbers = await spoor.add(40, client="abc", uitkomst="1")
    await spoor.seal(most=7)
    chance = random.Random(SEED)
    for _ in range(20):
        number, other = chance.sample(numbers, 2)
        async with spoor.engine.connect() as conn:
            change = chance.choice(
                (
                    f"update {{s}}.audit set uitkomst = uitkomst || '1' where id = {number}",
                    f"delete from {{s}}.audit where id = {number}",
                    f"update {{s}}.audit set tx = (select tx from {{s}}.audit where id = {other}) where id = {number}",
                )
            ).format(s=spoor.tables.audit.schema)
            await conn.exec_driver_sql(change)
            with pytest.raises(BreukError, match="rij"):
                await check(conn, spoor.tables, KEY)
            await conn.rollback()
    assert (await spoor.check()).rijen == 40
