"""Consumption over HTTP: one toewijzing, or those that fit a question; a Bsn only goes in."""

from datetime import date
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.iwmo.waarden import Omvang, Periode, Product
from tests.declaratie.zoeken.opslag import Opslag, regel
from tests.declaratie.zoeken.test_zoeken import APRIL
from tests.shared.iwmo.berichten import ANDER_BSN, BSN

NUMMER = 520301


async def search(client: httpx.AsyncClient, **body: Any) -> list[int]:
    """The numbers on all pages."""
    seen: list[int] = []
    while True:
        answer = await client.post("/verbruik/zoek", json=body)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        seen += [one["toewijzingNummer"] for one in page["verbruik"]]
        if page["volgende"] is None:
            return seen
        body["cursor"] = page["volgende"]


async def test_a_toewijzing_tells_all_about_its_consumption(client: httpx.AsyncClient, opslag: Opslag) -> None:
    await opslag.toewijzing(NUMMER, budget=1_000_000)
    await opslag.declare(regel(), regel(codes=["9321"], volume=2, bedrag=6200), regel(periode=APRIL, volume=60,
                         eenheid="01", bedrag=3100))  # fmt: skip

    answer = await client.get(f"/verbruik/{NUMMER}")

    per_month = {"volume": 1080, "eenheid": "01", "aantal": 6, "per": "week", "uitleg": "6 weken × 3"}
    weeks = "6 weken voor elke kalendermaand die geraakt wordt (huishoudelijke hulp)"
    told = answer.json()
    assert {name: told[name] for name in ("ingediend", "toegekend", "over", "maximum", "omvang")} == {
        "omvang": {"volume": 3, "eenheid": "04", "frequentie": "2"},
        "maximum": {
            "volume": 4860, "eenheid": "01", "aantal": 27, "per": "week", "uitleg": "27 weken × 3",
            "telwijze": "elke week (maandag tot en met zondag) die geraakt wordt, ook een gebroken",
        },
        "ingediend": {"regels": 3, "volumes": [{"eenheid": "01", "volume": 960}], "bedrag": 49_600},
        "toegekend": {"regels": 2, "volumes": [{"eenheid": "01", "volume": 840}], "bedrag": 43_400},
        "over": {"volume": 4020, "eenheid": "01", "bedrag": 956_600},
    }  # fmt: skip
    assert told["perioden"] == [
        {
            "begindatum": "2025-03-01", "einddatum": "2025-03-31", "maximum": per_month | {"telwijze": weeks},
            "ingediend": {"regels": 2, "volumes": [{"eenheid": "01", "volume": 900}], "bedrag": 46_500},
            "toegekend": {"regels": 1, "volumes": [{"eenheid": "01", "volume": 780}], "bedrag": 40_300},
            "over": {"volume": 300, "eenheid": "01", "bedrag": None},
        },
        {
            "begindatum": "2025-04-01", "einddatum": "2025-04-30", "maximum": per_month | {"telwijze": weeks},
            "ingediend": {"regels": 1, "volumes": [{"eenheid": "01", "volume": 60}], "bedrag": 3100},
            "toegekend": {"regels": 1, "volumes": [{"eenheid": "01", "volume": 60}], "bedrag": 3100},
            "over": {"volume": 1020, "eenheid": "01", "bedrag": None},
        },
    ]  # fmt: skip
    assert (told["gemeente"], told["aanbieder"], told["vervallen"]) == (opslag.gemeente, opslag.aanbieder, False)
    assert (told["categorie"], told["productCode"], told["budget"]) == ("01", "01A04", 1_000_000)
    assert "client" not in answer.text


async def test_a_toewijzing_without_omvang_or_end_has_no_maximum(client: httpx.AsyncClient, opslag: Opslag) -> None:
    await opslag.toewijzing(NUMMER, omvang=None, product=Product())
    await opslag.declare(regel())

    told = (await client.get(f"/verbruik/{NUMMER}")).json()

    assert (told["maximum"], told["omvang"], told["budget"]) == (None, None, None)
    assert told["over"] == told["perioden"][0]["over"] == {"volume": None, "eenheid": None, "bedrag": None}
    assert told["perioden"][0]["maximum"] is None
    assert told["toegekend"]["volumes"] == [{"eenheid": "01", "volume": 780}]


async def test_the_categorie_of_the_line_counts_where_the_toewijzing_has_none(
    client: httpx.AsyncClient, opslag: Opslag
) -> None:
    await opslag.toewijzing(NUMMER, product=Product())
    await opslag.declare(regel(), regel(categorie="02", code="02A03", periode=APRIL))

    march, april = (await client.get(f"/verbruik/{NUMMER}")).json()["perioden"]

    assert (march["maximum"]["aantal"], april["maximum"]["aantal"]) == (6, 5)


async def test_a_number_of_more_gemeenten_asks_which(client: httpx.AsyncClient, opslag: Opslag) -> None:
    for gemeente in (opslag.gemeente, "4996"):
        await opslag.toewijzing(NUMMER, gemeente=gemeente)
    client.headers["X-Partij"] = f"agb:{opslag.aanbieder}"

    unclear = await client.get(f"/verbruik/{NUMMER}")
    clear = await client.get(f"/verbruik/{NUMMER}", params={"gemeente": "4996"})

    assert (unclear.status_code, unclear.json()["type"]) == (400, "urn:knooppunt:verzoek-ongeldig")
    assert clear.json()["gemeente"] == "4996"


async def test_another_sees_nothing(client: httpx.AsyncClient, opslag: Opslag) -> None:
    await opslag.toewijzing(NUMMER)
    client.headers["X-Partij"] = "gemeente:0001,agb:70000009"

    hidden = await client.get(f"/verbruik/{NUMMER}", params={"gemeente": opslag.gemeente})
    unknown = await client.get("/verbruik/1")

    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert hidden.json()["detail"] == unknown.json()["detail"]
    assert await search(client, toewijzingNummers=[NUMMER]) == []
    client.headers["X-Partij"] = "beheer"
    assert await search(client) == []


@pytest.fixture
async def four(app: FastAPI, opslag: Opslag) -> None:
    """Toewijzingen 1 to 4: the second of another client, the third another product, the fourth later and open."""
    pseudoniem = app.state.huis.kluis.pseudoniem
    await opslag.toewijzing(1, client=pseudoniem(BSN))
    await opslag.toewijzing(2, client=pseudoniem(ANDER_BSN))
    await opslag.toewijzing(3, client=pseudoniem(BSN), product=Product("02", "02A03"), omvang=Omvang(1, "83", "6"))
    await opslag.toewijzing(4, client=pseudoniem(BSN), periode=Periode(date(2027, 3, 1)), aanbieder="71999999")


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize("limiet", [1, 2, 100])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"bsn": BSN}, [1, 3, 4]),
        ({"bsn": ANDER_BSN, "toewijzingNummers": [1, 2]}, [2]),
        ({"bsn": "111222333"}, []),
        ({"toewijzingNummers": [3, 1, 9]}, [1, 3]),
        ({"toewijzingNummers": []}, []),
        ({"productCode": "02A03"}, [3]),
        ({"categorie": "01"}, [1, 2, 4]),
        ({"aanbieder": "71999999"}, [4]),
        ({"gemeente": "0000"}, []),
        ({"periode": {"van": "2025-08-31"}}, [1, 2, 3, 4]),
        ({"periode": {"van": "2025-09-01"}}, [4]),
        ({"periode": {"van": "2025-01-01", "tot": "2025-03-01"}}, [1, 2, 3]),
        ({"periode": {"tot": "2025-02-28"}}, []),
    ],
)
async def test_toewijzingen_are_found_by_what_they_are(
    client: httpx.AsyncClient, body: dict[str, Any], expected: list[int], limiet: int
) -> None:
    assert await search(client, limiet=limiet, **body) == expected


@pytest.mark.usefixtures("four")
async def test_the_number_of_statements_does_not_grow(
    client: httpx.AsyncClient, opslag: Opslag, statements: list[str]
) -> None:
    async def asked(**body: Any) -> int:
        statements.clear()
        assert (await client.post("/verbruik/zoek", json=body)).status_code == 200
        return len(statements)

    few = await asked(toewijzingNummers=[1])
    for _ in range(3):
        await opslag.declare(*(regel(toewijzing_nummer=nummer) for nummer in (1, 2, 3)))

    assert await asked() == few <= 3


@pytest.mark.parametrize(
    "body",
    [
        {"bsn": "99999001"}, {"bsn": "99999001x"}, {"toewijzingNummers": [-1]}, {"toewijzingNummers": list(range(501))},
        {"periode": {"van": "2025-04-01", "tot": "2025-03-01"}}, {"periode": {"vanaf": "2025-04-01"}},
        {"cursor": "x"}, {"cursor": "0855-"}, {"cursor": "a-1"}, {"limiet": 101}, {"client": "client-a"}, [],
    ],
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_refused_without_its_values(
    client: httpx.AsyncClient, body: Any
) -> None:
    answer = await client.post("/verbruik/zoek", json=body)

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:knooppunt:verzoek-ongeldig")
    assert "99999001" not in answer.text


@pytest.mark.parametrize("path", ["/verbruik/zoek", "/verbruik/-1", f"/verbruik/{2**63}", "/verbruik/1?gemeente=855"])
async def test_an_address_that_makes_no_sense_is_refused(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 400
