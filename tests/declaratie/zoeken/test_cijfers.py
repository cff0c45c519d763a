"""Figures: totals over the same lines as the list, divided as asked, equal to what the lines themselves say."""

from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.declaratie import zoeken_api
from services.declaratie.tables import DECLARATIE, PRESTATIE, TELLING
from tests.declaratie.totalen import kept, recomputed
from tests.declaratie.zoeken.opslag import Opslag, Regel, granted, regel, saldo
from tests.declaratie.zoeken.test_declaraties import CSV, rows
from tests.declaratie.zoeken.test_zoeken import APRIL, HALF_MAART

KEY = ("gemeente", "aanbieder", "categorie", "code", "begindatum", "einddatum", "credit", "toegekend", "retourcodes")
JANUARI_CAK = (date(2024, 12, 30), date(2025, 1, 26))
NIETS = {"regels": 0, "ingediend": 0, "regelsToegekend": 0, "toegekend": 0, "regelsAfgekeurd": 0, "afgekeurd": 0,
         "regelsDeels": 0, "ingediendBtw": 0, "toegekendBtw": 0}  # fmt: skip


def lines() -> list[Regel]:
    """Every odd kind of line, with volumes and amounts of their own."""
    made = [
        regel(),
        regel(code="02A03", categorie="02", bedrag=5, btw=1),
        regel(credit=True, bedrag=300, btw=-52),
        regel(codes=["9321"], bedrag=11, btw=2),
        regel(codes=["9321", "0611"], bedrag=70_000),
        regel(codes=["0611"], credit=True, bedrag=1000),
        regel(periode=HALF_MAART, bedrag=2),
        regel(periode=APRIL, bedrag=17, toewijzing_nummer=520399),
        regel(periode=JANUARI_CAK, bedrag=13),
        regel(codes=["9418"], bedrag=1000, gekort=300),
        regel(codes=["9418"], bedrag=90, gekort=50, credit=True),
    ]
    return [*made, *(one | {"referentie": f"X{one['referentie']}"} for one in made[:4])]


def totals(found: list[Regel]) -> dict[str, int]:
    """Added up here."""
    some = [one for one in found if one["toegekend"]]
    return {
        "regels": len(found), "ingediend": sum(map(saldo, found)),
        "regelsToegekend": len(some), "toegekend": sum(map(granted, found)),
        "regelsAfgekeurd": len(found) - len(some), "afgekeurd": sum(saldo(one) - granted(one) for one in found),
        "regelsDeels": sum(1 for one in some if one["gekort"]),
        "ingediendBtw": sum(one["btw"] or 0 for one in found), "toegekendBtw": sum(one["btw"] or 0 for one in some),
    }  # fmt: skip


async def figures(client: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    answer = await client.get("/cijfers", params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture
async def stored(opslag: Opslag) -> list[Regel]:
    made = lines()
    await opslag.declare(*made[:6])
    await opslag.declare(*made[6:])
    return made


async def test_without_groups_there_is_the_total(client: httpx.AsyncClient, stored: list[Regel]) -> None:
    assert await figures(client) == {"cijfers": [], "totaal": totals(stored)}
    assert await figures(client, van="2031-01-01") == {"cijfers": [], "totaal": NIETS}


@pytest.mark.parametrize(
    ("params", "fits"),
    [
        ({"productCode": "02A03"}, lambda one: one["code"] == "02A03"),
        ({"categorie": "01"}, lambda one: one["categorie"] == "01"),
        ({"van": "2025-03-16"}, lambda one: one["einddatum"] >= date(2025, 3, 16)),
        ({"tot": "2025-03-15"}, lambda one: one["begindatum"] <= date(2025, 3, 15)),
        ({"retourcode": "0611"}, lambda one: "0611" in one["retourcodes"]),
        ({"toegekend": "false", "credit": "true"}, lambda one: one["credit"] and not one["toegekend"]),
        ({"deels": "true"}, lambda one: one["gekort"]),
        ({"deels": "false", "toegekend": "true"}, lambda one: one["toegekend"] and not one["gekort"]),
        ({"retourcode": "9418"}, lambda one: one["gekort"]),
        ({"toewijzingNummer": 520399}, lambda one: one["toewijzing_nummer"] == 520399),
        ({"toewijzingNummer": 520301, "credit": "false"}, lambda one: one["toewijzing_nummer"] != 520399
            and not one["credit"]),
    ],
)  # fmt: skip
async def test_the_filters_are_those_of_the_lines(
    client: httpx.AsyncClient, stored: list[Regel], params: dict[str, Any], fits: Any
) -> None:
    expected = totals([one for one in stored if fits(one)])

    assert (await figures(client, **params))["totaal"] == expected
    found = (await client.get("/prestaties", params=params)).json()["prestaties"]
    assert len(found) == expected["regels"] > 0


GROUPS: dict[str, Any] = {
    "maand": lambda one: [
        {JANUARI_CAK: "2025-01", APRIL: "2025-04"}.get((one["begindatum"], one["einddatum"]), "2025-03")
    ],
    "product": lambda one: [one["code"]],
    "retourcode": lambda one: one["retourcodes"] or [None],
}


@pytest.mark.parametrize("groepen", [["maand"], ["product"], ["retourcode"], ["retourcode", "maand", "product"]])
@pytest.mark.parametrize("extra", [{}, {"toewijzingNummer": 520301}])
async def test_groups_have_the_lines_that_belong_to_them(
    client: httpx.AsyncClient, stored: list[Regel], groepen: list[str], extra: dict[str, Any]
) -> None:
    counted = [one for one in stored if not extra or one["toewijzing_nummer"] == 520301]
    expected: dict[tuple[str | None, ...], list[Regel]] = {}
    for one in counted:
        keys: list[tuple[str | None, ...]] = [()]
        for groep in groepen:
            keys = [(*key, value) for key in keys for value in GROUPS[groep](one)]
        for key in keys:
            expected.setdefault(key, []).append(one)

    told = await figures(client, groep=groepen, **extra)

    found = {tuple(one.pop(groep) for groep in groepen): one for one in told["cijfers"]}
    shown = {key: {name: one[name] for name in NIETS} for key, one in found.items()}
    assert shown == {key: totals(some) for key, some in expected.items()}
    assert list(found) == sorted(found, key=lambda key: [part or "" for part in key])
    assert told["totaal"] == totals(counted)


async def test_groups_of_parties(client: httpx.AsyncClient, opslag: Opslag) -> None:
    await opslag.declare(regel())
    await opslag.declare(regel(), regel(), gemeente="4997")
    client.headers["X-Partij"] = f"agb:{opslag.aanbieder}"

    told = await figures(client, groep=["gemeente", "aanbieder", "gemeente"])

    assert [(one["gemeente"], one["aanbieder"], one["regels"], one["maand"]) for one in told["cijfers"]] == [
        ("4997", opslag.aanbieder, 2, None),
        (opslag.gemeente, opslag.aanbieder, 1, None),
    ]


async def test_figures_as_csv(client: httpx.AsyncClient, stored: list[Regel]) -> None:
    told = rows(await client.get("/cijfers", params={"groep": ["retourcode"]}, headers=CSV))
    whole = rows(await client.get("/cijfers", headers=CSV))

    assert [(one["retourcode"], one["regelsAfgekeurd"], one["afgekeurd"]) for one in told] == [
        ("", "0", "0"),
        ("0611", "2", "69000"),
        ("9321", "3", "70022"),
        ("9418", "0", "250"),
    ]
    assert whole == [{name: str(value) for name, value in totals(stored).items()}]


async def test_too_many_groups_are_refused(
    client: httpx.AsyncClient, stored: list[Regel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zoeken_api, "MAX_GROEPEN", 2)

    answer = await client.get("/cijfers", params={"groep": "retourcode"})

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:knooppunt:verzoek-ongeldig")
    assert (await client.get("/cijfers", params={"groep": "product"})).status_code == 200


async def test_a_group_that_there_is_not_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/cijfers", params={"groep": "bsn"})).status_code == 400


async def check_counts(engine: AsyncEngine, opslag: Opslag) -> None:
    """What was counted is what the lines of the test add up to, and so are the running totals."""
    keys = [TELLING.c.declaratie_id, *(TELLING.c[name] for name in KEY)]
    sums = [func.sum(TELLING.c[name]) for name in ("regels", "bedrag", "gekort", "btw")]
    counted = select(*keys, *sums).where(TELLING.c.aanbieder == opslag.aanbieder).group_by(*keys).having(sums[0] != 0)
    keys = [DECLARATIE.c.id, *(PRESTATIE.c[name] for name in KEY)]
    by_line = (
        select(*keys, func.count(), *(func.sum(PRESTATIE.c[name]) for name in ("bedrag", "gekort", "btw")))
        .join(DECLARATIE, DECLARATIE.c.bericht_id == PRESTATIE.c.bericht_id)
        .where(PRESTATIE.c.aanbieder == opslag.aanbieder)
        .group_by(*keys)
    )
    async with engine.connect() as conn:
        found, expected = [
            sorted((str(row[:-4]), *(int(one or 0) for one in row[-4:])) for row in await conn.execute(statement))
            for statement in (counted, by_line)
        ]
        totals_kept = await kept(conn, opslag.aanbieder)
        assert totals_kept == await recomputed(conn, opslag.aanbieder) != {}
    assert found == expected != []


@pytest.mark.usefixtures("stored")
async def test_what_is_counted_is_what_is_stored(engine: AsyncEngine, opslag: Opslag) -> None:
    await opslag.declare(*lines())

    await check_counts(engine, opslag)


@pytest.mark.usefixtures("stored")
async def test_a_line_that_gets_another_verdict_is_counted_anew(
    client: httpx.AsyncClient, engine: AsyncEngine, opslag: Opslag
) -> None:
    own = PRESTATIE.c.aanbieder == opslag.aanbieder
    async with engine.begin() as conn:
        await conn.execute(
            update(PRESTATIE).where(own, PRESTATIE.c.code == "02A03").values(toegekend=False, retourcodes=["9999"])
        )
        await conn.execute(delete(PRESTATIE).where(own, PRESTATIE.c.begindatum == APRIL[0]))

    await check_counts(engine, opslag)
    totaal = (await figures(client, productCode="02A03"))["totaal"]
    assert (totaal["regelsToegekend"], totaal["ingediendBtw"], totaal["toegekendBtw"]) == (0, 2, 0)
    assert [one["retourcodes"] for one in (await client.get("/prestaties?productCode=02A03")).json()["prestaties"]] == [
        ["9999"], ["9999"],
    ]  # fmt: skip
    assert (await client.get("/prestaties?van=2025-04-01")).json()["prestaties"] == []


async def test_declarations_that_no_longer_fit_do_not_hide_one_that_does(
    client: httpx.AsyncClient, engine: AsyncEngine, opslag: Opslag
) -> None:
    line = regel()
    await opslag.declare(line)
    later = [await opslag.declare(regel()) for _ in range(3)]
    async with engine.begin() as conn:
        statement = update(PRESTATIE).where(PRESTATIE.c.bericht_id.in_(later))
        await conn.execute(statement.values(toegekend=False, retourcodes=["9999"]))

    page = (await client.get("/prestaties", params={"toegekend": "true", "limiet": 1})).json()

    assert [one["referentie"] for one in page["prestaties"]] == [line["referentie"]]
