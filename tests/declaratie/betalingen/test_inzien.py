"""Who sees which payment proposals, lines and accounts, in pages."""

from datetime import date, timedelta
from typing import Any

import pytest

from shared.exchange.huis import Huis
from tests.declaratie.betalingen.boek import ANDER, APRIL, EIGEN, MAART, VAN_AANBIEDER, Declarant, Mens

Json = dict[str, Any]
NOT_FOUND = (404, "urn:knooppunt:niet-gevonden")


@pytest.fixture
async def concept(maker: Mens, declarant32: Declarant) -> Json:
    await maker.enter(declarant32.aanbieder)
    await declarant32.declare(*(declarant32.regel(100 + number) for number in range(5)))
    return dict((await maker.make())["betalingen"][0])


async def all_pages(someone: Mens, path: str, field: str, **params: Any) -> list[Any]:
    seen: list[Any] = []
    while True:
        page = await someone.get(path, limiet=2, **params)
        assert len(page[field]) <= 2
        seen += page[field]
        if page["volgende"] is None:
            return seen
        params["cursor"] = page["volgende"]


async def test_an_aanbieder_sees_his_own_once_it_is_released(
    maker: Mens, ander: Mens, zelf: Mens, concept: Json, declarant32: Declarant
) -> None:
    own = f"/{concept['id']}"
    paths = (own, f"{own}/regels", f"{own}/aansluiting", f"{own}/export?vorm=csv", f"{own}/export?vorm=sepa")
    before = [(answer.status_code, answer.json()["type"]) for answer in [await zelf.ask("GET", path) for path in paths]]
    none = await zelf.get()
    await ander.decide(concept, "vrijgave")
    shown = await zelf.get(own)

    assert before == [NOT_FOUND] * len(paths)
    assert none["betalingen"] == []
    assert (await zelf.get())["betalingen"] == [shown]
    assert shown == await maker.get(own) | {"gemaaktDoor": None, "beslistDoor": None, "van": None, "naar": None}
    assert await zelf.get(f"{own}/regels") == await maker.get(f"{own}/regels")
    assert await zelf.get(f"{own}/aansluiting") == await maker.get(f"{own}/aansluiting")


async def test_an_aanbieder_decides_nothing_and_gets_no_payment_order(ander: Mens, zelf: Mens, concept: Json) -> None:
    hidden = [await zelf.decide(concept, what) for what in ("vrijgave", "intrekking")]
    await ander.decide(concept, "vrijgave")
    shown = [await zelf.decide(concept, what) for what in ("vrijgave", "intrekking")]
    order = await zelf.ask("GET", f"/{concept['id']}/export", params={"vorm": "sepa"})

    assert [one.status_code for one in hidden] == [404, 404]
    assert [one.status_code for one in (*shown, order)] == [403, 403, 403]


@pytest.mark.parametrize("partij", ["agb:39999999", "gemeente:0855", "beheer"])
async def test_others_see_nothing(ander: Mens, concept: Json, partij: str) -> None:
    await ander.decide(concept, "vrijgave")
    stranger = Mens(ander.client, partij, ANDER)
    own = f"/{concept['id']}"

    answers = [
        await stranger.ask(method, f"{own}{path}")
        for method, path in (
            ("GET", ""), ("GET", "/regels"), ("GET", "/aansluiting"), ("GET", "/export?vorm=csv"),
            ("GET", "/export?vorm=sepa"), ("POST", "/vrijgave"), ("POST", "/intrekking"),
        )
    ]  # fmt: skip

    assert [(one.status_code, one.json()["type"]) for one in answers] == [NOT_FOUND] * len(answers)
    assert concept["id"] not in (await stranger.ask("GET", params={"limiet": 500})).text


async def test_what_is_not_there_is_not_found(maker: Mens) -> None:
    assert (await maker.ask("GET", "/00000000-0000-4000-8000-000000000000")).status_code == 404
    assert (await maker.ask("GET", "/geen-id")).status_code == 400


async def test_proposals_come_in_pages_newest_first_and_by_status_and_aanbieder(
    maker: Mens, ander: Mens, huis: Huis, gemeente: str
) -> None:
    made = []
    for number in range(5):
        declarant = Declarant(huis, gemeente)
        await maker.enter(declarant.aanbieder)
        await declarant.declare(declarant.regel(100 + number))
        made += (await maker.make())["betalingen"]
    await ander.decide(made[1], "vrijgave")
    await ander.decide(made[2], "intrekking")

    async def found(**params: str) -> list[str]:
        return [one["id"] for one in await all_pages(maker, "", "betalingen", **params)]

    ids = [one["id"] for one in made]
    assert await found() == ids[::-1]
    assert await found(status="concept") == [ids[4], ids[3], ids[0]]
    assert await found(status="vrijgegeven") == [ids[1]]
    assert await found(status="ingetrokken", aanbieder=made[2]["aanbieder"]) == [ids[2]]
    assert await found(status="concept", aanbieder=made[2]["aanbieder"]) == []
    assert await found(van=MAART[1], tot=MAART[0]) == ids[::-1]
    assert await found(van=APRIL[0]) == await found(tot=str(date.fromisoformat(MAART[0]) - timedelta(days=1))) == []


async def test_lines_come_in_pages_and_as_csv(maker: Mens, concept: Json) -> None:
    path = f"/{concept['id']}/regels"
    regels = await all_pages(maker, path, "regels")
    answer = await maker.ask("GET", path, headers={"Accept": "text/csv"})
    head, *rows = answer.content.decode().split("\r\n")

    assert [one["bedrag"] for one in regels] == [100, 101, 102, 103, 104]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert (rows.pop(), len(rows)) == ("", 5)
    for row, regel in zip(rows, regels, strict=True):
        shown = dict(zip(head.split(";"), row.split(";"), strict=True))
        assert shown == {name: str(value or "") for name, value in regel.items() if name != "berichtId"}


async def test_accounts_are_the_gemeentes_own(maker: Mens, ander: Mens, zelf: Mens, declarant32: Declarant) -> None:
    before = await maker.get("/rekeningen")
    await maker.enter(declarant32.aanbieder)
    await ander.enter(declarant32.aanbieder)
    for aanbieder in ("49999997", "49999998", "49999999"):
        assert (await ander.ask("PUT", f"/rekeningen/{aanbieder}", json=VAN_AANBIEDER)).status_code == 200
    await ander.ask("PUT", "/rekeningen/49999998", json=VAN_AANBIEDER | {"naam": "Nieuw"})
    after = await maker.get("/rekeningen")

    assert before == {"eigen": None, "aanbieders": [], "volgende": None}
    assert {name: after["eigen"][name] for name in ("naam", "iban", "bic", "gewijzigdDoor")} == EIGEN | {
        "iban": "NL91ABNA0417164300",
        "gewijzigdDoor": maker.wie,
    }
    assert [(one["aanbieder"], one["naam"]) for one in after["aanbieders"]] == [
        (declarant32.aanbieder, VAN_AANBIEDER["naam"]), ("49999997", VAN_AANBIEDER["naam"]), ("49999998", "Nieuw"),
        ("49999999", VAN_AANBIEDER["naam"]),
    ]  # fmt: skip
    assert await all_pages(maker, "/rekeningen", "aanbieders") == after["aanbieders"]
    assert (await zelf.ask("GET", "/rekeningen")).status_code == 403
    assert (await zelf.ask("PUT", f"/rekeningen/{declarant32.aanbieder}", json=VAN_AANBIEDER)).status_code == 403


@pytest.mark.parametrize(
    ("whose", "deviation", "place"),
    [
        ("31999999", {"iban": "NL91ABNA0417164301"}, "body/iban"),
        ("31999999", {"iban": "NL91" * 20}, "body/iban"),
        ("31999999", {"bic": "ABN"}, "body/bic"),
        ("31999999", {"naam": ""}, "body/naam"),
        ("31999999", {"naam": "x" * 71}, "body/naam"),
        ("31999999", {"naam": "<b>"}, "body/naam"),
        ("31999999", {"saldo": 1}, "body/saldo"),
        ("319999", {}, "path/aanbieder"),
        ("eigen", {}, "body/bic"),
    ],
)
async def test_an_account_that_cannot_be_is_refused(
    maker: Mens, whose: str, deviation: dict[str, Any], place: str
) -> None:
    answer = await maker.ask("PUT", f"/rekeningen/{whose}", json=VAN_AANBIEDER | deviation)

    assert answer.status_code == 400
    assert [fout["locatie"] for fout in answer.json()["fouten"]] == [place]
    assert "NL91" not in answer.text


@pytest.mark.parametrize(
    "params", [{"status": "betaald"}, {"aanbieder": "1"}, {"limiet": 0}, {"limiet": 501}, {"cursor": "x"}, {"van": "x"}]
)
async def test_a_question_that_makes_no_sense_is_refused(maker: Mens, params: dict[str, Any]) -> None:
    assert (await maker.ask("GET", params=params)).status_code == 400
