"""The evaluatie over HTTP: who may, when, what is kept of it, and what others get to know."""

import asyncio
from copy import deepcopy
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from services.startstop.events import republish
from services.startstop.tables import EVALUATIE, EXCHANGE, KAFKA
from shared.feiten.evaluatie import INGEDIEND, EvaluatieIngediend
from shared.kafka import topics
from shared.namens import intern
from tests.startstop.loket import Loket

NUMMER = 41
EINDE, LATER = date(2025, 6, 13), date(2025, 6, 20)
GEHEIM = "De vertrouwelijke toelichting"
INHOUD: dict[str, Any] = {
    "resultaten": [{"gebied": "2A", "uitkomst": "deels", "toelichting": f"{GEHEIM} op het resultaat"}],
    "client": {"oordeel": "tevreden", "toelichting": f"{GEHEIM} van de client"},
    "vervolg": {"gevraagd": True, "reden": "verlenging", "toelichting": f"{GEHEIM} op de vraag"},
}
GEEN_VERVOLG = {"vervolg": {"gevraagd": False, "reden": None, "toelichting": None}}


def evaluatie(loket: Loket, **afwijking: Any) -> dict[str, Any]:
    return {"gemeente": loket.gemeente, "toewijzingNummer": NUMMER, **deepcopy(INHOUD), **afwijking}


async def ended(loket: Loket) -> None:
    """The support began in March and ended on 13 June; today it is a week later."""
    loket.on(EINDE)
    await loket.assign(NUMMER)
    await loket.start(NUMMER)
    await loket.stop(NUMMER, EINDE)
    loket.on(LATER)


async def given(loket: Loket, **afwijking: Any) -> Any:
    await ended(loket)
    answer = await loket.ask("POST", "/evaluaties", json=evaluatie(loket, **afwijking))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def rows(loket: Loket, table: Any, *which: Any) -> list[Any]:
    with intern():
        async with loket.huis.engine.connect() as conn:
            return list((await conn.execute(select(table).where(*which))).all())


async def events(loket: Loket) -> list[EvaluatieIngediend]:
    sleutel = f"{loket.gemeente}:{NUMMER}"
    found = await rows(loket, KAFKA.outbox, KAFKA.outbox.c.topic == topics.EVALUATIE, KAFKA.outbox.c.sleutel == sleutel)
    assert {row.soort for row in found} <= {INGEDIEND}
    told = [EvaluatieIngediend.from_data(row.data) for row in found]
    assert [row.versie for row in found] == [one.versie for one in told]
    return told


async def term(loket: Loket) -> tuple[date, date, date | None] | None:
    c = EXCHANGE.termijn.c
    found = await rows(loket, EXCHANGE.termijn, c.regel == "SEED-EVALUATIE", c.gemeente == loket.gemeente)
    return (found[0].vanaf, found[0].uiterlijk, found[0].afgerond) if found else None


async def test_the_aanbieder_gives_it_and_the_gemeente_reads_it(loket: Loket) -> None:
    made = await given(loket)

    read = await loket.get(f"/evaluaties/{made['id']}", "gemeente")

    assert read == made
    assert {name: read[name] for name in INHOUD} == INHOUD
    assert (read["versie"], read["einddatum"], read["ontvangen"]) == (1, EINDE.isoformat(), None)
    assert (read["vervolgGevraagd"], read["vervolgReden"]) == (True, "verlenging")


async def test_it_closes_the_term_and_leaves_the_list(loket: Loket) -> None:
    await ended(loket)
    assert await term(loket) == (EINDE, date(2025, 6, 27), None)
    [waits] = (await loket.get("/wachtlijst", "gemeente", soort="zonder_evaluatie"))["wachtlijst"]
    assert (waits["toewijzingNummer"], waits["dagen"], waits["gebied"]) == (NUMMER, 7, "2A")

    await loket.ask("POST", "/evaluaties", json=evaluatie(loket))

    assert await term(loket) == (EINDE, date(2025, 6, 27), LATER)
    assert (await loket.get("/wachtlijst", "gemeente"))["wachtlijst"] == []


async def test_it_is_always_given_also_without_a_question_to_follow(loket: Loket) -> None:
    made = await given(loket, **GEEN_VERVOLG)

    assert (made["vervolgGevraagd"], made["vervolgReden"]) == (False, None)
    [event] = await events(loket)
    assert (event.vervolg, event.reden) == (False, None)


async def test_after_a_planned_end_no_stop_is_needed(loket: Loket) -> None:
    loket.on(EINDE)
    await loket.assign(NUMMER, eind=EINDE)
    await loket.start(NUMMER)
    refused = await loket.ask("POST", "/evaluaties", json=evaluatie(loket))
    loket.on(LATER)

    answer = await loket.ask("POST", "/evaluaties", json=evaluatie(loket))

    assert (refused.status_code, answer.status_code) == (409, 201)
    assert answer.json()["einddatum"] == EINDE.isoformat()
    assert await term(loket) == (EINDE, date(2025, 6, 27), LATER), "though nobody had looked at the day yet"


async def test_others_get_to_know_that_it_came_and_nothing_of_the_client(loket: Loket) -> None:
    made = await given(loket)

    [event] = await events(loket)

    parties = (loket.gemeente, NUMMER, loket.aanbieder)
    assert event == EvaluatieIngediend(UUID(made["id"]), *parties, 1, LATER, EINDE, vervolg=True, reden="verlenging")
    assert set(event.as_data()) == {
        "evaluatieId", "gemeente", "nummer", "aanbieder", "versie", "ingediend", "einddatum", "vervolg", "reden",
    }  # fmt: skip


async def test_what_it_says_is_sealed_and_in_no_list_or_trail(loket: Loket) -> None:
    await given(loket)

    kept = [
        *await rows(loket, EVALUATIE.evaluatie),
        *await rows(loket, EVALUATIE.versie),
        *await rows(loket, EXCHANGE.audit),
        *await rows(loket, KAFKA.outbox),
        await loket.get("/evaluaties", "gemeente"),
    ]

    assert kept
    assert not any(word in str(one) for one in kept for word in ("vertrouwelijke", "deels", "tevreden"))


async def test_the_same_again_changes_nothing(loket: Loket) -> None:
    made = await given(loket)

    again = await loket.ask("POST", "/evaluaties", json=evaluatie(loket))

    assert (again.status_code, again.json()) == (200, made)
    assert len(await events(loket)) == 1


async def test_two_at_once_make_one(loket: Loket) -> None:
    await ended(loket)
    bodies = [evaluatie(loket, **({} if number % 2 else GEEN_VERVOLG)) for number in range(6)]

    answers = await asyncio.gather(*(loket.ask("POST", "/evaluaties", json=body) for body in bodies))

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200, 200, 201, 409, 409, 409]
    assert len(await rows(loket, EVALUATIE.versie)) == len(await events(loket)) == 1


async def test_another_for_the_same_end_is_refused(loket: Loket) -> None:
    await given(loket)

    answer = await loket.ask("POST", "/evaluaties", json=evaluatie(loket, **GEEN_VERVOLG))

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:knooppunt:botst")
    assert "al gegeven" in answer.json()["detail"]


@pytest.mark.parametrize("steps", [0, 1, 2], ids=["not begun", "goes on", "stands still"])
async def test_before_the_end_it_is_refused(loket: Loket, steps: int) -> None:
    loket.on(EINDE)
    await loket.assign(NUMMER)
    if steps > 0:
        await loket.start(NUMMER)
    if steps > 1:
        await loket.stop(NUMMER, EINDE, reden="20")

    answer = await loket.ask("POST", "/evaluaties", json=evaluatie(loket))

    assert answer.status_code == 409
    assert await rows(loket, EVALUATIE.evaluatie) == await events(loket) == []


async def test_a_stop_that_is_taken_back_is_no_end(loket: Loket) -> None:
    await ended(loket)
    await loket.stop(NUMMER, EINDE, StatusAanlevering="3")

    answer = await loket.ask("POST", "/evaluaties", json=evaluatie(loket))

    assert answer.status_code == 409


async def test_a_next_version_stands_beside_the_earlier_ones(loket: Loket) -> None:
    made = await given(loket)
    path = f"/evaluaties/{made['id']}"
    loket.on(date(2025, 7, 21))

    answer = await loket.ask("PUT", path, json={**deepcopy(INHOUD), **GEEN_VERVOLG, "verbetert": 1})

    second = answer.json()
    assert (answer.status_code, second["versie"], second["vervolgGevraagd"]) == (200, 2, False)
    assert await loket.get(path, "gemeente") == second
    assert await loket.get(path, "gemeente", versie=1) == made
    versies = (await loket.get(f"{path}/versies", "gemeente"))["versies"]
    assert [(one["versie"], one["vervolgGevraagd"]) for one in versies] == [(1, True), (2, False)]
    assert [(one.versie, one.vervolg) for one in await events(loket)] == [(1, True), (2, False)]
    assert await term(loket) == (EINDE, date(2025, 6, 27), LATER), "it came in time, whatever was corrected"
    await loket.assign(NUMMER, versie=2)
    await loket.look_round()
    assert await term(loket) == (EINDE, date(2025, 6, 27), LATER), "also when all is looked at anew"


async def test_only_the_latest_version_can_be_corrected(loket: Loket) -> None:
    made = await given(loket)
    path, body = f"/evaluaties/{made['id']}", {**INHOUD, **GEEN_VERVOLG, "verbetert": 1}

    answers = await asyncio.gather(*(loket.ask("PUT", path, json=body) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    missing = await loket.ask("GET", path, params={"versie": 3})
    assert missing.status_code == 404


async def test_support_that_went_on_and_ended_again_is_evaluated_again(loket: Loket) -> None:
    made = await given(loket)
    await loket.start(NUMMER, date(2025, 6, 20))
    assert await term(loket) is None
    again = await loket.ask("POST", "/evaluaties", json=evaluatie(loket, **GEEN_VERVOLG))
    assert again.status_code == 409, "it goes on"
    loket.on(date(2025, 9, 1))
    await loket.stop(NUMMER, date(2025, 8, 29), date(2025, 6, 20))
    assert await term(loket) == (date(2025, 8, 29), date(2025, 9, 12), None)

    answer = await loket.ask("POST", "/evaluaties", json=evaluatie(loket))

    assert answer.status_code == 201, "also with the same words"
    assert (answer.json()["id"], answer.json()["versie"], answer.json()["einddatum"]) == (made["id"], 2, "2025-08-29")
    assert await term(loket) == (date(2025, 8, 29), date(2025, 9, 12), date(2025, 9, 1))


async def test_the_gemeente_signs_for_what_it_has(loket: Loket) -> None:
    made = await given(loket)
    path = f"/evaluaties/{made['id']}"

    async def waiting() -> list[Any]:
        found: list[Any] = (await loket.get("/evaluaties", "gemeente", ontvangen="false"))["evaluaties"]
        return found

    assert [one["id"] for one in await waiting()] == [made["id"]]
    for _ in range(2):
        assert (await loket.ask("POST", f"{path}/ontvangst", "gemeente")).status_code == 204
    signed = await loket.get(path, "gemeente")
    assert signed["ontvangen"] is not None
    assert await waiting() == []

    await loket.ask("PUT", path, json={**INHOUD, **GEEN_VERVOLG, "verbetert": 1})

    assert [one["versie"] for one in await waiting()] == [2], "a next version is to be read again"
    assert (await loket.get(path, "gemeente", versie=1))["ontvangen"] is None
    old = await loket.ask("POST", f"{path}/ontvangst", "gemeente", params={"versie": 1})
    assert (old.status_code, len(await waiting())) == (409, 1)
    assert (await loket.ask("POST", f"{path}/ontvangst", "gemeente", params={"versie": 2})).status_code == 204


async def test_each_has_his_own_part(loket: Loket) -> None:
    made = await given(loket)
    path = f"/evaluaties/{made['id']}"

    by_gemeente = [
        await loket.ask("POST", "/evaluaties", "gemeente", json=evaluatie(loket)),
        await loket.ask("PUT", path, "gemeente", json={**INHOUD, "verbetert": 1}),
    ]
    by_aanbieder = await loket.ask("POST", f"{path}/ontvangst")

    assert [answer.status_code for answer in (*by_gemeente, by_aanbieder)] == [403, 403, 403]


@pytest.mark.parametrize("wie", ["gemeente:0999", "agb:01234567", "beheer"])
async def test_to_anyone_else_it_is_not_there(loket: Loket, wie: str) -> None:
    made = await given(loket)
    path = f"/evaluaties/{made['id']}"

    answers = [
        await loket.ask("GET", path, wie),
        await loket.ask("GET", f"{path}/versies", wie),
        await loket.ask("POST", f"{path}/ontvangst", wie),
        await loket.ask("PUT", path, wie, json={**INHOUD, "verbetert": 1}),
        await loket.ask("POST", "/evaluaties", wie, json=evaluatie(loket)),
        await loket.ask("GET", f"/evaluaties/{uuid4()}"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert (await loket.get("/evaluaties", wie))["evaluaties"] == []
    assert (await loket.get("/wachtlijst", wie))["wachtlijst"] == []


@pytest.mark.parametrize(
    ("afwijking", "place"),
    [
        ({"resultaten": []}, "resultaten"),
        ({"resultaten": [{"gebied": "3B", "uitkomst": "behaald"}]}, "/resultaten/0/gebied"),
        ({"resultaten": [{"gebied": "2A", "uitkomst": "half"}]}, "uitkomst"),
        ({"client": {"oordeel": "best"}}, "oordeel"),
        ({"vervolg": {"gevraagd": True}}, "vervolg"),
        ({"vervolg": {"gevraagd": True, "reden": "zomaar"}}, "reden"),
        ({"naam": "iemand"}, "naam"),
        ({"gemeente": "85"}, "gemeente"),
    ],
)
async def test_a_form_that_is_not_right_is_refused_with_the_place(
    loket: Loket, afwijking: dict[str, Any], place: str
) -> None:
    await ended(loket)

    answer = await loket.ask("POST", "/evaluaties", json=evaluatie(loket, **afwijking))

    assert answer.status_code == 400
    assert any(fout["locatie"].endswith(place) for fout in answer.json()["fouten"]), answer.json()
    assert await events(loket) == []


async def test_lists_have_filters_and_pages(loket: Loket) -> None:
    await ended(loket)
    for nummer in (NUMMER, 42, 43):
        if nummer != NUMMER:
            await loket.assign(nummer)
            await loket.start(nummer)
            await loket.stop(nummer, EINDE)
        more = GEEN_VERVOLG if nummer == 42 else {}
        body = evaluatie(loket, toewijzingNummer=nummer, **more)
        assert (await loket.ask("POST", "/evaluaties", json=body)).status_code == 201

    async def numbers(**vraag: Any) -> list[int]:
        found = await loket.get("/evaluaties", "gemeente", **vraag)
        return [one["toewijzingNummer"] for one in found["evaluaties"]]

    assert await numbers() == [NUMMER, 42, 43]
    assert await numbers(vervolg="false") == [42]
    assert await numbers(toewijzingNummer=43) == [43]
    assert await numbers(aanbieder=loket.aanbieder, gemeente=loket.gemeente) == [NUMMER, 42, 43]
    assert await numbers(aanbieder="00000000") == []
    first = await loket.get("/evaluaties", "gemeente", limiet=2)
    rest = await loket.get("/evaluaties", "gemeente", limiet=2, cursor=first["volgende"])
    assert [len(one["evaluaties"]) for one in (first, rest)] == [2, 1]
    assert rest["volgende"] is None


async def test_every_look_is_in_the_trail(loket: Loket) -> None:
    made = await given(loket)

    await loket.get(f"/evaluaties/{made['id']}", "gemeente")

    audit = EXCHANGE.audit
    about = await rows(loket, audit, audit.c.partij == f"gemeente:{loket.gemeente}")
    assert [(row.handeling, row.gemeente, row.aanbieder) for row in about] == [
        ("gelezen", loket.gemeente, loket.aanbieder)
    ]
    assert about[0].client is not None


async def test_all_are_told_again_when_asked(loket: Loket) -> None:
    made = await given(loket)
    await loket.ask("PUT", f"/evaluaties/{made['id']}", json={**INHOUD, **GEEN_VERVOLG, "verbetert": 1})

    with intern():
        async with loket.huis.engine.begin() as conn:
            await republish(conn)

    assert [(one.versie, one.vervolg) for one in await events(loket)] == [(1, True), (2, False), (2, False)]
