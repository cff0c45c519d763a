"""Settings, what waits, and who may ask and decide what."""

from typing import Any

import pytest

from tests.declaratie.betalingen.boek import Declarant
from tests.declaratie.handmatig.loket import CODE, Loket, approve, referentie, refuse
from tests.shared.iwmo.berichten import BSN


def as_party(loket: Loket, partij: str) -> Loket:
    return Loket(loket.client, loket.huis, partij)


async def test_settings_are_put_shown_and_taken_away(loket: Loket, gemeente: str) -> None:
    before = await loket.get("/handmatig")
    asked: list[dict[str, Any]] = [
        {"code": "01A04", "bedragVanaf": 50000},
        {"aanbieder": "98765432"},
        {"categorie": "01"},
    ]
    put = await loket.set(*asked, asked[0])
    shown = await loket.get("/handmatig", gemeente=gemeente)
    gone = await loket.ask("DELETE", "/handmatig")

    assert (before["instellingen"], before["gewijzigd"], before["gewijzigdDoor"]) == ([], None, None)
    assert put == shown
    known = [{name: value for name, value in one.items() if value is not None} for one in shown["instellingen"]]
    assert (known, shown["gemeente"], shown["gewijzigdDoor"]) == (asked, gemeente, "b.beslisser")
    assert gone.status_code == 204
    assert (await loket.get("/handmatig"))["instellingen"] == []


@pytest.mark.parametrize(
    "instelling",
    [{}, {"code": "A"}, {"categorie": "1"}, {"aanbieder": "1"}, {"bedragVanaf": -1}, {"bedragVanaf": 2**63}, {"x": 1}],
)
async def test_a_setting_that_makes_no_sense_is_refused(loket: Loket, instelling: dict[str, Any]) -> None:
    answer = await loket.ask("PUT", "/handmatig", json={"instellingen": [instelling]})

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:knooppunt:verzoek-ongeldig")


@pytest.mark.parametrize("partij", ["agb:98765432", "beheer"])
async def test_only_a_gemeente_sets_and_decides(loket: Loket, declarant32: Declarant, partij: str) -> None:
    await loket.set()
    line = declarant32.regel(100)
    uitkomst = await declarant32.send(declarant32.inhoud(line), line)
    path = f"/declaraties/{uitkomst.id}/beslissingen"
    someone = as_party(loket, f"agb:{declarant32.aanbieder}" if partij != "beheer" else partij)

    answers = [
        await someone.ask("GET", "/handmatig"),
        await someone.ask("PUT", "/handmatig", json={"instellingen": []}),
        await someone.ask("DELETE", "/handmatig"),
        await someone.ask("GET", "/handmatig/openstaand"),
        await someone.ask("GET", path),
        await someone.ask("POST", path, json={"beslissingen": approve(line)}),
    ]

    # What is of one declaration is hidden from who cannot see the declaration either.
    of_one = 404 if partij == "beheer" else 403
    assert [answer.status_code for answer in answers] == [403] * 4 + [of_one] * 2
    assert (await someone.ask("GET", f"/declaraties/{uitkomst.id}/regels")).status_code == 404


async def test_another_gemeente_finds_nothing(loket: Loket, declarant32: Declarant) -> None:
    await loket.set()
    line = declarant32.regel(100)
    uitkomst = await declarant32.send(declarant32.inhoud(line), line)
    other = as_party(loket, "gemeente:0855")

    assert await other.open() == []
    for path in ("regels", "beslissingen"):
        assert (await other.ask("GET", f"/declaraties/{uitkomst.id}/{path}")).status_code == 404
    posted = await other.ask("POST", f"/declaraties/{uitkomst.id}/beslissingen", json={"beslissingen": approve(line)})
    assert posted.status_code == 404
    assert (await other.ask("GET", "/handmatig", params={"gemeente": loket.partij[-4:]})).status_code == 403


async def test_what_waits_is_listed_oldest_first_in_pages(loket: Loket, declarant: Declarant, gemeente: str) -> None:
    await loket.set()
    sent = []
    for cents in (100, 200, 300):
        line = declarant.regel(cents)
        sent.append(await declarant.send(declarant.inhoud(line), line))
    await loket.decided(sent[1], filter={}, besluit="goedkeuren")

    first = await loket.get("/handmatig/openstaand", limiet=1)
    second = await loket.get("/handmatig/openstaand", limiet=1, cursor=first["volgende"])

    [one], [two] = first["declaraties"], second["declaraties"]
    assert ([one["berichtId"], two["berichtId"]], second["volgende"]) == ([str(sent[0].id), str(sent[2].id)], None)
    assert (one["teBeslissen"], one["bedragTeBeslissen"], one["regels"], one["ingediend"]) == (1, 100, 1, 100)
    assert (one["gemeente"], one["aanbieder"], one["release"]) == (gemeente, declarant.aanbieder, declarant.release)
    assert BSN not in str([first, second])


async def test_what_waits_is_found_by_aanbieder_product_and_term(loket: Loket, declarant32: Declarant) -> None:
    await loket.set()
    line = declarant32.regel(100)
    await declarant32.send(declarant32.inhoud(line), line)

    found = [
        len(await loket.open(**params))
        for params in (
            {"aanbieder": declarant32.aanbieder}, {"aanbieder": "00000000"}, {"product": "01A04"},
            {"product": "99Z99"}, {"binnen": 100}, {"binnen": 0},
        )
    ]  # fmt: skip

    assert found == [1, 0, 1, 0, 1, 0]


async def test_lines_come_in_pages_in_the_order_of_the_message(loket: Loket, declarant32: Declarant) -> None:
    await loket.set()
    lines = [declarant32.regel(100) for _ in range(5)]
    uitkomst = await declarant32.send(declarant32.inhoud(*lines), *lines)
    path = f"/declaraties/{uitkomst.id}/regels"

    first = await loket.get(path, limiet=3)
    second = await loket.get(path, limiet=3, cursor=first["volgende"])

    told = [*first["regels"], *second["regels"]]
    assert [one["referentie"] for one in told] == [referentie(line) for line in lines]
    assert (second["volgende"], BSN in str(told)) == (None, False)


GOED = {"referentie": "R1", "besluit": "goedkeuren"}
FOUT = {"referentie": "R1", "besluit": "afkeuren", "retourcode": CODE}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"beslissingen": []},
        {"beslissingen": [GOED], "filter": {}, "besluit": "goedkeuren"},
        {"filter": {}},
        {"filter": {}, "besluit": "afkeuren"},
        {"filter": {"bedrag": 1}, "besluit": "goedkeuren"},
        {"beslissingen": [GOED], "besluit": "goedkeuren"},
        {"beslissingen": [{"referentie": "R1"}]},
        {"beslissingen": [{**GOED, "besluit": "deels", "bedrag": 1}]},
        {"beslissingen": [{**FOUT, "toegekendBedrag": 1}]},
        {"beslissingen": [{**GOED, "toegekendBedrag": 1}]},
        {"beslissingen": [{**FOUT, "besluit": "deels"}]},
        {"beslissingen": [{**GOED, "besluit": "deels", "toegekendBedrag": 1}]},
        {"beslissingen": [{**FOUT, "besluit": "deels", "toegekendBedrag": 0}]},
        {"beslissingen": [{**FOUT, "besluit": "deels", "toegekendBedrag": 1}]},
        {"filter": {}, "besluit": "deels", "retourcode": CODE, "toegekendBedrag": 1},
        {"beslissingen": [GOED], "toegekendBedrag": 1},
        {"beslissingen": [{**GOED, "retourcode": CODE}]},
        {"beslissingen": [{**GOED, "reden": "goed"}]},
        {"beslissingen": [{"referentie": "R1", "besluit": "afkeuren"}]},
        {"beslissingen": [{**FOUT, "retourcode": "0200"}]},
        {"beslissingen": [{**FOUT, "retourcode": "8001"}]},
        {"beslissingen": [{**FOUT, "retourcode": "ZZZZ"}]},
        {"filter": {}, "besluit": "afkeuren", "retourcode": "0233"},
        {"beslissingen": [{**FOUT, "reden": f"van {BSN}"}]},
        {"beslissingen": [{**FOUT, "reden": "123 456 782"}]},
        {"beslissingen": [{**FOUT, "reden": "a\nb"}]},
        {"beslissingen": [{**FOUT, "reden": ""}]},
        {"beslissingen": [GOED, FOUT]},
    ],
)
async def test_a_decision_that_makes_no_sense_changes_nothing(
    loket: Loket, declarant32: Declarant, body: dict[str, Any]
) -> None:
    await loket.set()
    line = declarant32.regel(100)
    line["ProductReferentie"]["ReferentieNummer"] = "R1"
    uitkomst = await declarant32.send(declarant32.inhoud(line), line)

    answer = await loket.ask("POST", f"/declaraties/{uitkomst.id}/beslissingen", json=body)

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:knooppunt:verzoek-ongeldig"), answer.text
    assert BSN not in answer.text
    assert [one["status"] for one in await loket.lines(uitkomst)] == ["te_beslissen"]


async def test_with_one_unknown_line_nothing_is_decided(loket: Loket, declarant32: Declarant) -> None:
    await loket.set()
    line, other = declarant32.regel(100), declarant32.regel(100)
    uitkomst = await declarant32.send(declarant32.inhoud(line), line)

    body = {"beslissingen": approve(line) + refuse(other)}
    answer = await loket.ask("POST", f"/declaraties/{uitkomst.id}/beslissingen", json=body)

    assert answer.status_code == 400
    assert answer.json()["fouten"] == [
        {"locatie": "body/beslissingen/1/referentie", "reden": "is geen regel waarop te beslissen is"}
    ]
    assert [one["status"] for one in await loket.lines(uitkomst)] == ["te_beslissen"]


async def test_without_settings_nothing_of_a_declaration_is_put_to_anyone(loket: Loket, declarant: Declarant) -> None:
    uitkomst = await declarant.declare(declarant.regel(100))

    assert await loket.open() == []
    assert (await loket.ask("GET", f"/declaraties/{uitkomst.id}/beslissingen")).status_code == 404
