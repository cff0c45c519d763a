"""Lines over declarations: which are found, in what order, in how many pages and statements."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.declaratie import zoeken
from services.declaratie.zoeken import Plaats, choose
from tests.declaratie.zoeken.opslag import Opslag, Regel, regel

APRIL = (date(2025, 4, 1), date(2025, 4, 30))
HALF_MAART = (date(2025, 3, 16), date(2025, 3, 31))


async def found(client: httpx.AsyncClient, path: str = "/prestaties", **params: Any) -> list[dict[str, Any]]:
    """All pages."""
    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get(path, params={**params, **cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        seen += page[path.strip("/")]
        if page["volgende"] is None:
            return seen
        cursor = {"cursor": page["volgende"]}


def names(lines: list[Regel] | list[dict[str, Any]]) -> list[str]:
    return [line["referentie"] for line in lines]


@pytest.fixture
async def lines(opslag: Opslag) -> dict[str, Regel]:
    """Three declarations, each line odd in one way; by that, in the order in which they are found."""
    made = {
        "april": regel(periode=APRIL),
        "product": regel(code="02A03", categorie="02"),
        "credit": regel(credit=True),
        "afgekeurd": regel(codes=["9321", "0611"]),
        "half": regel(periode=HALF_MAART, codes=["9307"]),
        "toewijzing": regel(toewijzing_nummer=520399),
        "gewoon": regel(),
    }
    await opslag.declare(*(made[one] for one in ("half", "toewijzing", "gewoon")))
    await opslag.declare(*(made[one] for one in ("product", "credit", "afgekeurd")))
    await opslag.declare(made["april"], periode=APRIL)
    return made


ALL = ["april", "product", "credit", "afgekeurd", "half", "toewijzing", "gewoon"]


@pytest.mark.parametrize("limiet", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ALL),
        ({"van": "2025-04-01"}, ["april"]),
        ({"tot": "2025-03-15"}, [one for one in ALL if one not in ("april", "half")]),
        ({"van": "2025-03-31", "tot": "2025-04-01"}, ALL),
        ({"van": "2026-01-01"}, []),
        ({"productCode": "02A03"}, ["product"]),
        ({"categorie": "02"}, ["product"]),
        ({"retourcode": "0611"}, ["afgekeurd"]),
        ({"retourcode": "9307"}, ["half"]),
        ({"toegekend": "false"}, ["afgekeurd", "half"]),
        ({"toegekend": "true"}, [one for one in ALL if one not in ("afgekeurd", "half")]),
        ({"credit": "true"}, ["credit"]),
        ({"credit": "false", "toegekend": "true", "categorie": "01", "tot": "2025-03-01"}, ["toewijzing", "gewoon"]),
        ({"toewijzingNummer": 520399}, ["toewijzing"]),
        ({"toewijzingNummer": 520301}, [one for one in ALL if one != "toewijzing"]),
        ({"toewijzingNummer": 520301, "credit": "true"}, ["credit"]),
        ({"aanbieder": "00000000"}, []),
        ({"gemeente": "0000"}, []),
    ],
)
async def test_lines_are_found_by_what_they_are(
    client: httpx.AsyncClient, lines: dict[str, Regel], params: dict[str, Any], expected: list[str], limiet: int
) -> None:
    assert names(await found(client, limiet=limiet, **params)) == names([lines[one] for one in expected])


async def test_a_line_tells_what_it_is_and_where_it_stands(client: httpx.AsyncClient, opslag: Opslag) -> None:
    line = regel(codes=["9321"], credit=True, vorige_referentie="R0", btw=-6994)
    bericht_id = await opslag.declare(line)

    [told] = await found(client)

    assert told == {
        "berichtId": str(bericht_id), "declaratieNummer": "D1", "gemeente": opslag.gemeente,
        "aanbieder": opslag.aanbieder, "referentie": line["referentie"], "vorigeReferentie": "R0",
        "toewijzingNummer": 520301, "categorie": "01", "code": "01A04", "begindatum": "2025-03-01",
        "einddatum": "2025-03-31", "volume": 13, "eenheid": "04", "tarief": 3100, "bedrag": 40300, "debetCredit": "C",
        "toegekend": False, "toegekendBedrag": 0, "retourcodes": ["9321"], "btw": -6994,
    }  # fmt: skip


async def test_everyone_finds_only_his_own(client: httpx.AsyncClient, opslag: Opslag) -> None:
    here, there = regel(), regel()
    await opslag.declare(here)
    await opslag.declare(there, gemeente="4999")

    async def seen_by(*partijen: str, **params: Any) -> list[str]:
        client.headers["X-Partij"] = ",".join(partijen)
        return names(await found(client, **params))

    gemeente, aanbieder = f"gemeente:{opslag.gemeente}", f"agb:{opslag.aanbieder}"
    assert await seen_by(gemeente) == names([here])
    assert await seen_by(aanbieder) == await seen_by(gemeente, aanbieder) == names([there, here])
    assert await seen_by(aanbieder, gemeente=opslag.gemeente) == names([here])
    assert await seen_by(aanbieder, toewijzingNummer=520301) == names([there, here])
    assert await seen_by("gemeente:0001") == await seen_by("agb:70000009") == await seen_by("beheer") == []
    assert await seen_by("gemeente:0001", gemeente=opslag.gemeente) == []
    assert await seen_by("agb:70000009", toewijzingNummer=520301) == []


async def test_a_page_looks_through_so_many_lines_and_no_more(
    client: httpx.AsyncClient, opslag: Opslag, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare = [regel(credit=True) for _ in range(6)]
    for line in rare:
        await opslag.declare(*(regel() for _ in range(9)), line)
    monkeypatch.setattr(zoeken, "MAX_GELEZEN", 20)

    page = (await client.get("/prestaties", params={"credit": True})).json()

    assert names(page["prestaties"]) == names([rare[5], rare[4]])
    assert names(await found(client, credit=True)) == names(rare[::-1])


@pytest.mark.parametrize("path", ["/prestaties", "/cijfers", "/declaraties"])
async def test_the_number_of_statements_does_not_grow(
    client: httpx.AsyncClient, opslag: Opslag, statements: list[str], path: str
) -> None:
    async def asked() -> int:
        statements.clear()
        assert (await client.get(path, params={"groep": "product"} if path == "/cijfers" else {})).status_code == 200
        return len(statements)

    await opslag.declare(regel())
    few = await asked()
    for _ in range(10):
        await opslag.declare(*(regel() for _ in range(20)))

    assert await asked() == few <= 3


Found = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 40)), max_size=30)


def _declarations(found: list[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Newest first: how many lines fit, and how many there are."""
    for place, (fitting, others) in enumerate(found):
        yield len(found) - place, fitting, fitting + others


@given(found=Found, limiet=st.integers(1, 20), begins=st.booleans())
def test_a_page_has_enough_or_says_where_to_go_on(found: list[tuple[int, int]], limiet: int, begins: bool) -> None:
    declarations = list(_declarations(found))
    begin = Plaats(len(found), 7) if begins else None

    ids, rest = choose(iter(declarations), begin, limiet)

    assert ids == [number for number, _, _ in declarations][: len(ids)]
    assert rest in (None, len(found) - len(ids))
    assert bool(ids) == bool(found)
    whole = len(ids) == len(found)
    fitting = sum(1 if begin and place == 0 else fits for place, (_, fits, _) in enumerate(declarations[: len(ids)]))
    assert rest or whole or fitting > limiet


@pytest.mark.parametrize("cursor", ["x", "1", "1-", "-1", "1-2-3", "1-9999999999999999999", "１-1", "1.5-1", "1" * 65])
async def test_a_cursor_of_another_is_refused(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get("/prestaties", params={"cursor": cursor})

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:knooppunt:verzoek-ongeldig")


@pytest.mark.parametrize(
    "params",
    [
        {"van": "2025-03-32"}, {"van": "2025-04-01", "tot": "2025-03-31"}, {"gemeente": "855"}, {"aanbieder": "x" * 8},
        {"productCode": "0;A"}, {"categorie": "1"}, {"retourcode": "'"}, {"toewijzingNummer": -1},
        {"toewijzingNummer": 2**63}, {"toegekend": "misschien"}, {"limiet": 501}, {"limiet": 0}, {"maand": "3"},
    ],
)  # fmt: skip
async def test_a_filter_that_makes_no_sense_is_refused_with_its_place(
    client: httpx.AsyncClient, params: dict[str, Any]
) -> None:
    answer = await client.get("/prestaties", params=params)

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    [fout] = answer.json()["fouten"]
    assert fout["locatie"].startswith("query")
    assert not any(str(value) in answer.text for value in params.values() if len(str(value)) > 3)
