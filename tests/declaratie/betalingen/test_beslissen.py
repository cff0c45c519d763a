"""Deciding on payment proposals: by two people, once, and for good."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from knooppunt.roles import owner_of
from services.declaratie.betalingen.maken import lock_betalingen
from services.declaratie.tables import BETALING, DECLARATIE, EXCHANGE, PRESTATIE
from shared.db import make_engine
from shared.exchange.huis import Huis
from shared.settings import Settings
from shared.werkdagen import plus_werkdagen
from tests.declaratie.betalingen.boek import ANDER, EIGEN, MAKER, VAN_AANBIEDER, Declarant, Mens
from tests.shared.exchange.verwerken import until_blocked

Json = dict[str, Any]
DENIED, FOUR_EYES = "permission denied", "betaalvoorstel_vier_ogen"
DECIDED, OF_DECIDED = "beslist is verandert niet", "beslist is veranderen niet"
REFUSALS = (DENIED, FOUR_EYES, DECIDED, OF_DECIDED)


@pytest.fixture
async def concept(maker: Mens, declarant32: Declarant) -> Json:
    """A proposal of two lines, with the accounts known."""
    await maker.enter(declarant32.aanbieder)
    await declarant32.declare(declarant32.regel(100), declarant32.regel(23))
    [voorstel] = (await maker.make())["betalingen"]
    return dict(voorstel)


@pytest.fixture
async def released(concept: Json, ander: Mens) -> Json:
    answer = await ander.decide(concept, "vrijgave")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_it_takes_two_people_to_pay(maker: Mens, ander: Mens, concept: Json, huis: Huis) -> None:
    himself = await maker.decide(concept, "vrijgave")
    other = await ander.decide(concept, "vrijgave")
    shown = await maker.get(f"/{concept['id']}")

    assert (himself.status_code, himself.json()["type"]) == (403, "urn:knooppunt:niet-toegestaan")
    assert other.status_code == 200
    assert other.json() == shown
    assert shown == concept | {
        "status": "vrijgegeven",
        "beslist": shown["beslist"],
        "beslistDoor": ANDER,
        "uitvoerdatum": plus_werkdagen(huis.klok.today(), 1).isoformat(),
    }
    assert (shown["gemaaktDoor"], shown["van"]["iban"], shown["naar"]["iban"]) == (
        MAKER, "NL91ABNA0417164300", "DE89370400440532013000",
    )  # fmt: skip


async def test_the_day_of_payment_is_asked_for(ander: Mens, concept: Json, huis: Huis) -> None:
    today = huis.klok.today()
    past = await ander.decide(concept, "vrijgave", uitvoerdatum=str(today - timedelta(days=1)))
    later = await ander.decide(concept, "vrijgave", uitvoerdatum=str(today + timedelta(days=9)))

    assert (past.status_code, later.status_code) == (400, 200)
    assert later.json()["uitvoerdatum"] == str(today + timedelta(days=9))


async def test_what_was_decided_is_not_decided_again(maker: Mens, ander: Mens, released: Json) -> None:
    for someone in (maker, ander):
        for what in ("vrijgave", "intrekking"):
            answer = await someone.decide(released, what)
            assert (answer.status_code, answer.json()["type"]) == (409, "urn:knooppunt:botst")

    assert await maker.get(f"/{released['id']}") == released


async def test_the_lines_of_a_withdrawn_proposal_are_free_again(maker: Mens, ander: Mens, concept: Json) -> None:
    withdrawn = await maker.decide(concept, "intrekking")
    [again] = (await maker.make())["betalingen"]

    assert (withdrawn.json()["status"], withdrawn.json()["beslistDoor"]) == ("ingetrokken", MAKER)
    assert (await maker.get(f"/{concept['id']}/regels"))["regels"] == []
    assert (again["bedrag"], again["regels"]) == (concept["bedrag"], concept["regels"])
    assert (await ander.decide(concept, "vrijgave")).status_code == 409


async def test_without_accounts_it_is_made_but_not_released(maker: Mens, ander: Mens, declarant32: Declarant) -> None:
    await declarant32.declare(declarant32.regel(100))
    [first] = (await maker.make())["betalingen"]
    early = await ander.decide(first, "vrijgave")
    await maker.enter(declarant32.aanbieder)
    still = await ander.decide(first, "vrijgave")
    await maker.decide(first, "intrekking")
    [second] = (await maker.make())["betalingen"]

    assert (early.status_code, still.status_code) == (409, 409)
    assert "de gemeente en de aanbieder" in early.json()["detail"]
    assert (await ander.decide(second, "vrijgave")).status_code == 200


async def test_an_account_that_changes_does_not_change_a_proposal(maker: Mens, ander: Mens, concept: Json) -> None:
    """Else who releases could have it paid to another account than the maker saw."""
    elsewhere = VAN_AANBIEDER | {"iban": "BE68 5390 0754 7034"}
    changed = await ander.ask("PUT", f"/rekeningen/{concept['aanbieder']}", json=elsewhere)
    answer = await ander.decide(concept, "vrijgave")

    assert changed.json()["iban"] == "BE68539007547034"
    assert answer.json()["naar"] == concept["naar"]


@pytest.mark.parametrize("cents", [-1, 1])
async def test_what_does_not_agree_with_the_answers_is_not_released(
    ander: Mens, concept: Json, huis: Huis, cents: int
) -> None:
    changed = update(DECLARATIE).where(DECLARATIE.c.aanbieder == concept["aanbieder"])
    async with huis.engine.begin() as conn:
        await conn.execute(changed.values(toegekend=DECLARATIE.c.toegekend + cents))

    answer = await ander.decide(concept, "vrijgave")

    assert (answer.status_code, "sluit niet aan" in answer.json()["detail"]) == (409, True)


async def test_of_two_who_decide_at_once_one_does(maker: Mens, ander: Mens, concept: Json, huis: Huis) -> None:
    async with huis.engine.begin() as conn:
        await lock_betalingen(conn, concept["gemeente"])
        at_once = [
            asyncio.create_task(someone.decide(concept, what))
            for someone, what in ((ander, "vrijgave"), (maker, "intrekking"), (ander, "vrijgave"))
        ]
        await until_blocked(huis.engine, 3)
    answers = [answer.status_code for answer in await asyncio.gather(*at_once)]

    assert sorted(answers) == [200, 409, 409]


async def tampering(conn: AsyncConnection, released: Json, concept: Json) -> dict[str, Any]:
    """Everything that would change a released proposal, or take a short cut to one."""
    table, placed, rekening = BETALING.voorstel, BETALING.declaratie, BETALING.rekening
    own = (await conn.execute(select(placed).where(placed.c.voorstel_id == released["id"]).limit(1))).one()
    free = (await conn.execute(select(placed).where(placed.c.voorstel_id == concept["id"]).limit(1))).one()
    await conn.commit()
    one, of_one = update(table).where(table.c.id == released["id"]), placed.c.bericht_id == own.bericht_id
    other, of_other = update(table).where(table.c.id == concept["id"]), placed.c.bericht_id == free.bericht_id
    line = PRESTATIE.c.bericht_id == own.bericht_id
    decided = {"beslist": func.now(), "uitvoerdatum": func.current_date()}
    return {
        "amount": one.values(bedrag=1),
        "account": one.values(naar_rekening=None),
        "status": one.values(status="concept", beslist=None, beslist_door=None),
        "withdrawal": one.values(status="ingetrokken"),
        "day": one.values(uitvoerdatum=func.current_date()),
        "proposal gone": delete(table).where(table.c.id == released["id"]),
        "declaration gone": delete(placed).where(of_one),
        "declaration changed": update(placed).where(of_one).values(bedrag=1),
        "declaration moved in": update(placed).where(of_other).values(voorstel_id=released["id"]),
        "line gone": delete(PRESTATIE).where(line),
        "line changed": update(PRESTATIE).where(line).values(bedrag=1),
        "account changed": update(rekening).where(rekening.c.gemeente == released["gemeente"]).values(iban="X"),
        "accounts gone": delete(rekening).where(rekening.c.gemeente == released["gemeente"]),
        "amount of a concept": other.values(bedrag=1),
        "maker of a concept": other.values(gemaakt_door="iemand"),
        "one pair of eyes": other.values(status="vrijgegeven", beslist_door=concept["gemaaktDoor"], **decided),
    }


async def test_a_released_proposal_is_immutable_in_the_database(
    maker: Mens, huis: Huis, released: Json, declarant32: Declarant
) -> None:
    await declarant32.declare(declarant32.regel(77))
    [concept] = (await maker.make())["betalingen"]

    async with huis.engine.connect() as conn:
        refusals = {}
        for name, statement in (await tampering(conn, released, concept)).items():
            try:
                await conn.execute(statement)
            except DBAPIError as error:
                refusals[name] = next(why for why in REFUSALS if why in str(error.orig))
            await conn.rollback()
        assert refusals == {
            "amount": DENIED, "account": DENIED, "status": DECIDED, "withdrawal": DECIDED, "day": DECIDED,
            "proposal gone": DENIED, "declaration gone": OF_DECIDED, "declaration changed": DENIED,
            "declaration moved in": DENIED, "line gone": OF_DECIDED, "line changed": OF_DECIDED,
            "account changed": DENIED, "accounts gone": DENIED, "amount of a concept": DENIED,
            "maker of a concept": DENIED, "one pair of eyes": FOUR_EYES,
        }  # fmt: skip
        placed = BETALING.declaratie
        free = (await conn.execute(select(placed).where(placed.c.voorstel_id == concept["id"]))).one()
        await conn.execute(delete(placed).where(placed.c.bericht_id == free.bericht_id))
        with pytest.raises(IntegrityError, match=OF_DECIDED):
            await conn.execute(insert(placed).values(free._asdict() | {"voorstel_id": released["id"]}))

    assert await maker.get(f"/{released['id']}") == released


async def test_nor_does_the_owner_of_the_tables_change_it(migrated: Settings, released: Json) -> None:
    """Triggers hold for everyone; only a migration could take them away."""
    table, placed = BETALING.voorstel, BETALING.declaratie
    assert migrated.database_url_beheer
    engine = make_engine(migrated.database_url_beheer, 1)
    statements = (
        update(table).where(table.c.id == released["id"]).values(bedrag=1),
        delete(table).where(table.c.id == released["id"]),
        delete(placed).where(placed.c.voorstel_id == released["id"]),
    )
    async with engine.connect() as conn:
        for statement in statements:
            await conn.exec_driver_sql(f'set role "{owner_of("declaratie")}"')
            with pytest.raises(DBAPIError, match="verander"):
                await conn.execute(statement)
            await conn.rollback()
    await engine.dispose()


async def test_every_deed_is_in_the_audit_trail(maker: Mens, ander: Mens, released: Json, huis: Huis) -> None:
    await ander.place(released)
    await ander.ask("GET", f"/{released['id']}/export", params={"vorm": "sepa"})
    audit = EXCHANGE.audit
    statement = select(audit.c.wie, audit.c.handeling, audit.c.uitkomst).where(
        audit.c.partij == maker.partij, audit.c.handeling != "opgevraagd"
    )
    async with huis.engine.connect() as conn:
        deeds = [tuple(row) for row in await conn.execute(statement.order_by(audit.c.id))]

    assert deeds == [
        (MAKER, "gewijzigd", f"rekening van {maker.partij}"),
        (MAKER, "gewijzigd", f"rekening van agb:{released['aanbieder']}"),
        (MAKER, "gemaakt", "1 betaalvoorstellen"),
        (ANDER, "vrijgegeven", f"betaalvoorstel {released['id']}"),
        (ANDER, "gemaakt", f"betaalbestand {released['id']}"),
        (ANDER, "uitgevoerd", f"betaalvoorstel {released['id']} als sepa"),
    ]
    assert not any(account["iban"].replace(" ", "") in str(deeds) for account in (EIGEN, VAN_AANBIEDER))
