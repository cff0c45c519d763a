"""Declarations as a list: by period, party, number and outcome; and everything as CSV."""

import csv
import io
from typing import Any

import httpx
import pytest

from services.declaratie import zoeken_api
from tests.declaratie.zoeken.opslag import Opslag, regel
from tests.declaratie.zoeken.test_zoeken import APRIL, found

CSV = {"Accept": "text/csv"}


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    """A CSV file by its heads."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8"), answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline=""), delimiter=";"))


@pytest.fixture
async def declaraties(opslag: Opslag) -> None:
    """D1 granted, D2 in part, D3 refused and over April, D4 granted but for some cents of a line."""
    await opslag.declare(regel())
    await opslag.declare(regel(), regel(codes=["9321"]))
    await opslag.declare(regel(codes=["9321"], code="01A05"), periode=APRIL)
    await opslag.declare(regel(codes=["9418"], gekort=300), regel())


@pytest.mark.usefixtures("declaraties")
@pytest.mark.parametrize("limiet", [1, 100])
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["D4", "D3", "D2", "D1"]),
        ({"status": "toegekend"}, ["D1"]),
        ({"status": "deels"}, ["D4", "D2"]),
        ({"status": "afgekeurd"}, ["D3"]),
        ({"van": "2025-04-01"}, ["D3"]),
        ({"tot": "2025-03-31"}, ["D4", "D2", "D1"]),
        ({"van": "2025-03-31", "tot": "2025-04-01", "status": "deels"}, ["D4", "D2"]),
        ({"nummer": "D2"}, ["D2"]),
        ({"nummer": "D9"}, []),
        ({"aanbieder": "00000000"}, []),
        ({"retourcode": "9321"}, ["D3", "D2"]),
        ({"retourcode": "9418", "status": "deels"}, ["D4"]),
        ({"retourcode": "9321", "status": "toegekend"}, []),
        ({"productCode": "01A05"}, ["D3"]),
        ({"productCode": "01A05", "retourcode": "9418"}, []),
        ({"categorie": "01", "tot": "2025-03-31"}, ["D4", "D2", "D1"]),
        ({"categorie": "02"}, []),
    ],
)
async def test_declarations_are_found_by_what_they_are(
    client: httpx.AsyncClient, params: dict[str, Any], expected: list[str], limiet: int
) -> None:
    shown = await found(client, "/declaraties", limiet=limiet, **params)
    totaal = (await client.get("/declaraties", params={"limiet": limiet, **params})).json()["totaal"]

    assert [one["nummer"] for one in shown] == expected
    names = ("regels", "ingediend", "regelsToegekend", "toegekend")
    assert totaal == {"declaraties": len(expected)} | {name: sum(one[name] for one in shown) for name in names}


@pytest.mark.usefixtures("declaraties")
async def test_a_list_of_lines_begins_with_their_totals(client: httpx.AsyncClient) -> None:
    first = (await client.get("/prestaties", params={"limiet": 2, "retourcode": "9321"})).json()
    page = (await client.get("/prestaties", params={"limiet": 1})).json()
    later = (await client.get("/prestaties", params={"limiet": 1, "cursor": page["volgende"]})).json()

    figures = (await client.get("/cijfers", params={"retourcode": "9321"})).json()["totaal"]
    assert first["totaal"] == figures
    assert (first["totaal"]["regels"], page["totaal"]["regels"], later["totaal"]) == (2, 6, None)


async def test_a_line_that_was_changed_is_found_as_it_is_now(client: httpx.AsyncClient, opslag: Opslag) -> None:
    """What was counted and taken off again does not make its declaration one that has it."""
    bericht_id = await opslag.declare(regel(codes=["9321"]))
    await opslag.change(bericht_id, retourcodes=["9418"])

    assert await found(client, "/declaraties", retourcode="9321") == []
    assert len(await found(client, "/declaraties", retourcode="9418")) == 1


async def test_everyone_lists_only_his_own(client: httpx.AsyncClient, opslag: Opslag) -> None:
    await opslag.declare(regel())
    await opslag.declare(regel(), gemeente="4998")

    async def seen_by(partij: str, **params: Any) -> list[str]:
        client.headers["X-Partij"] = partij
        return [one["nummer"] for one in await found(client, "/declaraties", **params)]

    assert await seen_by(f"gemeente:{opslag.gemeente}") == ["D1"]
    assert await seen_by(f"agb:{opslag.aanbieder}") == ["D2", "D1"]
    assert await seen_by(f"agb:{opslag.aanbieder}", gemeente="4998") == ["D2"]
    assert await seen_by("agb:70000009") == await seen_by("beheer") == []


@pytest.mark.parametrize(
    "params",
    [{"status": "goed"}, {"nummer": "a\x00"}, {"nummer": ""}, {"cursor": "x"}, {"retourcode": "x"}, {"credit": True}],
)
async def test_a_filter_that_makes_no_sense_is_refused(client: httpx.AsyncClient, params: dict[str, Any]) -> None:
    answer = await client.get("/declaraties", params=params)

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:knooppunt:verzoek-ongeldig")


@pytest.mark.usefixtures("declaraties")
async def test_declarations_come_as_csv_all_at_once(client: httpx.AsyncClient, opslag: Opslag) -> None:
    answer = await client.get("/declaraties", params={"limiet": 1}, headers=CSV)

    told = rows(answer)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="declaraties.csv"'
    assert [(one["nummer"], one["regels"], one["regelsToegekend"], one["toegekend"]) for one in told] == [
        ("D4", "2", "2", "80300"),
        ("D3", "1", "0", "0"),
        ("D2", "2", "1", "40300"),
        ("D1", "1", "1", "40300"),
    ]
    assert {(one["bericht"], one["gemeente"], one["begindatum"]) for one in told if one["nummer"] != "D3"} == {
        ("WMO323", opslag.gemeente, "2025-03-01")
    }


async def test_lines_come_as_csv_over_all_pages(
    client: httpx.AsyncClient, opslag: Opslag, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await opslag.declare(*(regel() for _ in range(5)))
    await opslag.declare(regel(codes=["9321", "0611"], credit=True, tarief=None, code="=cmd|"))
    monkeypatch.setattr(zoeken_api, "CSV_PAGE", 4)

    told = rows(await client.get("/prestaties", headers=CSV))

    assert [one["referentie"] for one in told] == [one["referentie"] for one in await found(client)]
    odd = told[0]
    assert (odd["retourcodes"], odd["debetCredit"], odd["toegekend"]) == ("9321 0611", "C", "nee")
    assert (odd["tarief"], odd["code"], odd["vorigeReferentie"]) == ("", "'=cmd|", "")


async def test_a_csv_without_rows_has_its_heads(client: httpx.AsyncClient) -> None:
    answer = await client.get("/prestaties", params={"van": "2030-01-01"}, headers=CSV)

    [head] = answer.text.splitlines()
    assert head.split(";")[:3] == ["referentie", "vorigeReferentie", "toewijzingNummer"]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("text/csv, application/json", "application/json"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("text/csv, application/json;q=0.5", "text/csv; charset=utf-8"),
    ],
)
async def test_who_takes_both_gets_what_he_wants_most_and_else_json(
    client: httpx.AsyncClient, accept: str, form: str
) -> None:
    answer = await client.get("/declaraties", headers={"Accept": accept})

    assert answer.headers["Content-Type"] == form


async def test_the_lines_of_one_declaration_still_come_in_order(client: httpx.AsyncClient, opslag: Opslag) -> None:
    lines = [regel() for _ in range(7)]
    bericht_id = await opslag.declare(*lines)

    first = (await client.get(f"/declaraties/{bericht_id}/regels", params={"limiet": 4})).json()
    second = (await client.get(f"/declaraties/{bericht_id}/regels", params={"cursor": first["volgende"]})).json()

    told = [*first["regels"], *second["regels"]]
    assert [one["referentie"] for one in told] == [one["referentie"] for one in lines]
    assert (len(first["regels"]), second["volgende"]) == (4, None)
