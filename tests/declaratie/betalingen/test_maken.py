"""Making payment proposals: what is in one, what is left out, and that nothing is in two."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.exc import IntegrityError

from services.declaratie.betalingen.maken import lock_betalingen
from services.declaratie.processing import DeclaratieDienst
from services.declaratie.tables import BETALING, EXCHANGE
from shared.exchange.huis import Huis
from tests.declaratie.betalingen.boek import APRIL, MAART, Declarant, Mens, assign, saldo
from tests.declaratie.verwerken import NAAM
from tests.shared.exchange.verwerken import KLUIS, process, until_blocked

# The tables are shared with tests that come after: what a test leaves behind is of a gemeente of its own.


async def test_a_proposal_is_the_granted_lines_of_an_aanbieder(maker: Mens, declarant: Declarant) -> None:
    debit, other = declarant.regel(123_45), declarant.regel(40_00, volume=3)
    first = await declarant.declare(debit, other)
    await declarant.declare(declarant.credit(other), declarant.regel(1), declarant.refused(debit))

    made = await maker.make()

    [voorstel] = made["betalingen"]
    assert made["doorgeschoven"] == []
    assert voorstel == await maker.get(f"/{voorstel['id']}")
    assert {name: voorstel[name] for name in ("aanbieder", "bedrag", "regels", "declaraties", "status")} == {
        "aanbieder": declarant.aanbieder, "bedrag": 123_45 + 1, "regels": 4, "declaraties": 2, "status": "concept",
    }  # fmt: skip
    assert (voorstel["begindatum"], voorstel["einddatum"], voorstel["totEnMet"]) == (*MAART, None)
    regels = (await maker.get(f"/{voorstel['id']}/regels"))["regels"]
    assert [regel["bedrag"] for regel in regels] == [123_45, 120_00, -120_00, 1]
    assert regels[0]["berichtId"] == str(first.id)
    assert regels[2]["vorigeReferentie"] == regels[1]["referentie"]


async def test_every_aanbieder_gets_his_own(maker: Mens, huis: Huis, gemeente: str) -> None:
    declarants = [Declarant(huis, gemeente, release) for release in ("2.4", "3.2", "3.2")]
    for number, one in enumerate(declarants, start=1):
        await one.declare(one.regel(100 * number))

    only = await maker.make(aanbieder=declarants[1].aanbieder)
    rest = await maker.make()

    assert {one["aanbieder"]: one["bedrag"] for one in only["betalingen"]} == {declarants[1].aanbieder: 200}
    assert {one["aanbieder"]: one["bedrag"] for one in rest["betalingen"]} == {
        declarants[0].aanbieder: 100,
        declarants[2].aanbieder: 300,
    }


async def test_a_line_is_in_one_proposal_and_a_correction_in_the_next(maker: Mens, declarant32: Declarant) -> None:
    wrong = declarant32.regel(500)
    await declarant32.declare(wrong, declarant32.regel(100))
    [first] = (await maker.make())["betalingen"]
    assert await maker.make() == {"betalingen": [], "doorgeschoven": []}

    await declarant32.declare(declarant32.credit(wrong), declarant32.regel(700))
    [second] = (await maker.make())["betalingen"]

    assert (first["bedrag"], second["bedrag"]) == (600, 200)


async def test_only_periods_that_have_ended_when_asked(maker: Mens, declarant32: Declarant) -> None:
    await declarant32.declare(declarant32.regel(100))
    await declarant32.declare(declarant32.regel(900, periode=APRIL), periode=APRIL)

    before = await maker.make(totEnMet="2025-03-30")
    [maart] = (await maker.make(totEnMet="2025-03-31"))["betalingen"]
    [rest] = (await maker.make())["betalingen"]

    assert before == {"betalingen": [], "doorgeschoven": []}
    assert (maart["bedrag"], maart["totEnMet"], maart["einddatum"]) == (100, "2025-03-31", "2025-03-31")
    assert (rest["bedrag"], rest["totEnMet"], rest["einddatum"]) == (900, None, "2025-04-30")


async def test_each_period_by_itself_when_asked(maker: Mens, declarant: Declarant) -> None:
    """A credit is of the period of the declaration that it is in, and counts there until there is enough to take it
    from."""
    wrong = declarant.regel(100)
    await declarant.declare(wrong)
    await maker.make()
    await declarant.declare(declarant.regel(900), declarant.regel(60))
    await declarant.declare(declarant.credit(wrong), periode=APRIL)

    made = await maker.make(perPeriode=True)
    await declarant.declare(declarant.regel(250, periode=APRIL), periode=APRIL)
    [later] = (await maker.make(perPeriode=True))["betalingen"]

    [maart] = made["betalingen"]
    [carried] = made["doorgeschoven"]
    assert (maart["begindatum"], maart["einddatum"], maart["bedrag"], maart["regels"]) == (*MAART, 960, 2)
    assert (carried["begindatum"], carried["einddatum"], carried["saldo"]) == (*APRIL, -100)
    assert (later["begindatum"], later["einddatum"], later["bedrag"], later["regels"]) == (*APRIL, 150, 2)


@pytest.mark.parametrize("more", [500, 700])
async def test_who_has_nothing_to_get_is_carried_over(maker: Mens, declarant32: Declarant, more: int) -> None:
    """A credit comes after its line was put in a proposal; what follows is paid less that credit."""
    wrong = declarant32.regel(500)
    await declarant32.declare(wrong)
    await maker.make()
    await declarant32.declare(declarant32.credit(wrong))

    negative = await maker.make()
    await declarant32.declare(declarant32.regel(more))
    after = await maker.make()

    carried = {"aanbieder": declarant32.aanbieder, "regels": 1, "saldo": -500}
    carried |= {"begindatum": MAART[0], "einddatum": MAART[1]}
    assert negative == {"betalingen": [], "doorgeschoven": [carried]}
    if more == 500:
        assert after == {"betalingen": [], "doorgeschoven": [carried | {"regels": 2, "saldo": 0}]}
    else:
        assert [one["bedrag"] for one in after["betalingen"]] == [200]


async def test_a_declaration_counts_once_it_is_answered(maker: Mens, huis: Huis, declarant32: Declarant) -> None:
    line = declarant32.regel(100)
    async with huis.engine.begin() as conn:
        await assign(conn, KLUIS, declarant32.gemeente, declarant32.aanbieder, {line["ToewijzingNummer"]})
        inhoud = declarant32.inhoud(line, dagtekening="2025-04-04")
        _, oordeel, _ = await process(conn, DeclaratieDienst(), EXCHANGE, inhoud, NAAM["3.2"], "3.2")

    assert oordeel.meldingen == []
    assert await maker.make() == {"betalingen": [], "doorgeschoven": []}


async def test_two_who_make_proposals_at_once_make_one(
    maker: Mens, ander: Mens, huis: Huis, declarant32: Declarant
) -> None:
    await declarant32.declare(*(declarant32.regel(100) for _ in range(5)))

    async with huis.engine.begin() as conn:
        await lock_betalingen(conn, declarant32.gemeente)
        at_once = [asyncio.create_task(one.make()) for one in (maker, ander, maker)]
        await until_blocked(huis.engine, 3)
    made = [one["betalingen"] for one in await asyncio.gather(*at_once)]

    assert sorted(len(one) for one in made) == [0, 0, 1]
    assert [one["bedrag"] for one in (await maker.get())["betalingen"]] == [500]


async def test_a_claim_that_comes_meanwhile_is_whole_or_not_in_it(maker: Mens, declarant32: Declarant) -> None:
    lines = [[declarant32.regel(100), declarant32.regel(11)] for _ in range(6)]

    async def declare() -> None:
        for pair in lines:
            await declarant32.declare(*pair)

    async def make() -> list[Any]:
        return [one for _ in range(6) for one in (await maker.make())["betalingen"]]

    _, during = await asyncio.gather(declare(), make())
    after = (await maker.make())["betalingen"]

    assert all(one["bedrag"] % 111 == 0 for one in during)
    assert sum(one["bedrag"] for one in (*during, *after)) == 6 * 111


async def test_the_database_refuses_a_declaration_in_two_proposals(
    maker: Mens, huis: Huis, declarant32: Declarant
) -> None:
    await declarant32.declare(declarant32.regel(100))
    [first] = (await maker.make())["betalingen"]
    await declarant32.declare(declarant32.regel(100))
    [second] = (await maker.make())["betalingen"]
    placed = BETALING.declaratie

    async with huis.engine.connect() as conn:
        row = (await conn.execute(select(placed).where(placed.c.voorstel_id == first["id"]))).one()
        with pytest.raises(IntegrityError):
            await conn.execute(insert(placed).values(row._asdict() | {"voorstel_id": second["id"]}))


async def test_no_more_statements_for_more_lines(maker: Mens, huis: Huis, gemeente: str) -> None:
    counted: dict[int, int] = {}
    for lines in (2, 200):
        declarant = Declarant(huis, gemeente)
        await declarant.declare(*(declarant.regel(100) for _ in range(lines)))
        seen: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_: Any, seen: list[str] = seen) -> None:
            seen.append(statement)

        event.listen(huis.engine.sync_engine, "before_cursor_execute", note)
        [voorstel] = (await maker.make())["betalingen"]
        await maker.get(f"/{voorstel['id']}/aansluiting")
        await maker.decide(voorstel, "intrekking")
        event.remove(huis.engine.sync_engine, "before_cursor_execute", note)
        await maker.make()
        counted[lines] = len(seen)

    assert counted[2] == counted[200]


@pytest.mark.parametrize(
    "asked", [{"gemeente": "0001"}, {"gemeente": "0855"}, {"gemeente": "0855", "aanbieder": "12345678"}]
)
async def test_another_gemeente_is_not_paid_for(maker: Mens, asked: dict[str, str]) -> None:
    assert (await maker.ask("POST", json=asked)).status_code == 403


@pytest.mark.parametrize("partij", ["agb:98765432", "beheer"])
async def test_only_a_gemeente_makes_proposals(maker: Mens, partij: str) -> None:
    answer = await Mens(maker.client, partij).ask("POST", json={})

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:knooppunt:niet-toegestaan")


async def test_who_speaks_for_more_says_for_whom(maker: Mens, declarant32: Declarant) -> None:
    await declarant32.declare(declarant32.regel(100))
    both = Mens(maker.client, f"{maker.partij},gemeente:0855")

    unsaid = await both.ask("POST", json={})
    made = await both.make(gemeente=declarant32.gemeente)

    assert unsaid.status_code == 400
    assert len(made["betalingen"]) == 1


@pytest.mark.parametrize("asked", [{"aanbieder": "1"}, {"totEnMet": "gisteren"}, {"bedrag": 1}, {"gemeente": 855}, []])
async def test_a_question_that_makes_no_sense_is_refused(maker: Mens, asked: Any) -> None:
    answer = await maker.ask("POST", json=asked)

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:knooppunt:verzoek-ongeldig")


def test_the_balance_of_lines_is_signed(declarant32: Declarant) -> None:
    line = declarant32.regel(100, volume=2)

    assert (saldo(line), saldo(line, declarant32.credit(line)), saldo(declarant32.credit(line))) == (200, 0, -200)
