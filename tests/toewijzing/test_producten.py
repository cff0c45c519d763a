"""Products and tariffs: what is taken, and what is refused as a whole."""

import asyncio
from datetime import date
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.toewijzing.invoer import csv_rows
from services.toewijzing.processing import ToewijzingDienst
from services.toewijzing.producten import ProductModel, add_products, list_products, parse_products
from services.toewijzing.tables import EXCHANGE, KAFKA, PRODUCT
from shared.problems import BotsingError, KnooppuntError, OnleesbaarError, VerzoekError
from tests.shared.exchange.verwerken import process
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, a_301
from tests.toewijzing.bouw import a_contract

HEADER = "gemeente,aanbieder,productCode,categorie,eenheid,tarief,variant,geldigVan,geldigTot"
ROW = "0855,98765432,01A04,01,04,3100,inspanningsgericht,2025-01-01,2025-12-31"
_gemeenten = count(1000)


def parse_csv(body: bytes) -> list[ProductModel]:
    return parse_products(csv_rows(body))


def fouten_of(error: type[KnooppuntError], parse: Any, body: Any) -> list[str]:
    with pytest.raises(error) as caught:
        parse(body)
    return [fout.locatie for fout in caught.value.fouten]


def contracts(*deviations: dict[str, Any]) -> list[ProductModel]:
    return parse_products([a_contract(**one) for one in deviations])


@pytest.mark.parametrize(
    "body",
    [
        f"{HEADER}\n{ROW}\n",
        f"{HEADER}\r\n{ROW}\r\n",
        f"{HEADER}\n{ROW}",
        f"\ufeff{HEADER}\n{ROW}\n",
        f"{HEADER}\n{ROW}\n".replace(",", ";"),
        f"{HEADER}\n" + ",".join(f'"{field}"' for field in ROW.split(",")),
        ",".join(reversed(HEADER.split(","))) + "\n" + ",".join(reversed(ROW.split(","))),
    ],
    ids=["plain", "crlf", "no last line end", "bom", "semicolon", "quoted", "other order"],
)
def test_csv_is_read_like_json(body: str) -> None:
    assert parse_csv(body.encode()) == parse_products(a_contract())


def test_an_empty_field_is_absent() -> None:
    [product] = parse_csv(f"{HEADER}\n0855,,01A04,01,83,,outputgericht,2025-01-01,\n".encode())

    assert (product.aanbieder, product.tarief, product.geldig_tot) == (None, None, None)


def test_every_fault_of_a_csv_is_named_at_its_row_and_column() -> None:
    body = f"{HEADER}\n{ROW}\n855,98765432,01A04,01,04,veel,inspanningsgericht,morgen,\n"

    assert fouten_of(VerzoekError, parse_csv, body.encode()) == ["/1/gemeente", "/1/tarief", "/1/geldigVan"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        HEADER.encode(),
        f"{HEADER},kleur\n{ROW},rood\n".encode(),
        b"a,b\n1,2\n",
        f"{HEADER.replace('tarief', 'prijs')}\n{ROW}\n".encode(),
        f"{HEADER}\n0855\n".encode(),
    ],
    ids=["empty", "header alone", "unknown column", "other columns", "renamed column", "short row"],
)
def test_a_csv_that_is_no_list_of_products_is_refused(body: bytes) -> None:
    with pytest.raises(VerzoekError):
        parse_csv(body)


def test_a_csv_in_another_encoding_is_refused() -> None:
    with pytest.raises(OnleesbaarError):
        parse_csv(f"{HEADER}\n{ROW.replace('01A04', 'é')}\n".encode("latin-1"))


@pytest.mark.parametrize("field", ["x" * 200_000, '"' + "x" * 200_000, "a\rb"], ids=["long", "open quote", "bare cr"])
def test_a_csv_that_the_reader_cannot_handle_is_refused(field: str) -> None:
    with pytest.raises(KnooppuntError):
        parse_csv(f"{HEADER}\n{field},{ROW}\n".encode())


@pytest.mark.parametrize(
    "deviation",
    [
        {"gemeente": "855"},
        {"gemeente": "0855\n"},
        {"aanbieder": "1234567"},
        {"productCode": ""},
        {"productCode": "123456"},
        {"productCode": "\x00"},
        {"productCode": "\ud800"},
        {"categorie": "1"},
        {"eenheid": "02"},
        {"tarief": -1},
        {"tarief": 100_000_000},
        {"tarief": 31.5},
        {"tarief": None},
        {"eenheid": "83"},
        {"variant": "anders"},
        {"geldigVan": "2025-02-30"},
        {"geldigTot": "2024-12-31"},
        {"onbekend": 1},
    ],
    ids=ascii,
)
def test_a_product_that_cannot_be_is_refused(deviation: dict[str, Any]) -> None:
    [place] = fouten_of(VerzoekError, parse_products, a_contract(**deviation))

    assert place.startswith("/0")


@pytest.mark.parametrize("document", [[], "x", None, 1, [1], [[]]], ids=str)
def test_json_that_is_no_list_of_products_is_refused(document: Any) -> None:
    with pytest.raises(VerzoekError):
        parse_products(document)


def test_no_more_than_ten_thousand_products_at_once() -> None:
    with pytest.raises(VerzoekError):
        parse_products([{}] * 10_001)


def test_the_reason_of_a_fault_is_dutch_and_holds_no_value() -> None:
    with pytest.raises(VerzoekError) as caught:
        parse_products(a_contract(tarief="Kanarie", gemeente="Kanarie"))

    told = str([fout.reden for fout in caught.value.fouten])
    assert "Kanarie" not in told
    assert "should" not in told


OVERLAPS = [
    ("2025-12-31", None, True),
    ("2024-01-01", "2025-01-01", True),
    ("2025-06-01", "2025-06-01", True),
    ("2024-01-01", None, True),
    ("2026-01-01", None, False),
    ("2024-01-01", "2024-12-31", False),
]


@pytest.mark.parametrize(("van", "tot", "overlaps"), OVERLAPS, ids=str)
async def test_contracts_of_one_product_never_share_a_day(
    van: str, tot: str | None, overlaps: bool, conn: AsyncConnection
) -> None:
    await add_products(conn, contracts({}))
    new = contracts({"geldigVan": van, "geldigTot": tot})

    if overlaps:
        with pytest.raises(BotsingError):
            await add_products(conn, new)
    else:
        await add_products(conn, new)


@pytest.mark.parametrize(("van", "tot", "overlaps"), OVERLAPS, ids=str)
async def test_contracts_in_one_list_never_share_a_day(
    van: str, tot: str | None, overlaps: bool, conn: AsyncConnection
) -> None:
    new = contracts({}, {"geldigVan": van, "geldigTot": tot})

    if overlaps:
        with pytest.raises(BotsingError) as caught:
            await add_products(conn, new)
        assert [fout.locatie for fout in caught.value.fouten] == ["/1"]
    else:
        await add_products(conn, new)


@pytest.mark.parametrize(
    "deviation", [{"aanbieder": None}, {"aanbieder": "12345678"}, {"productCode": "01A05"}], ids=str
)
async def test_other_products_and_aanbieders_go_side_by_side(deviation: dict[str, Any], conn: AsyncConnection) -> None:
    await add_products(conn, contracts({}))

    await add_products(conn, contracts(deviation))

    assert len(await shown(conn, [GEMEENTE], [])) == 2


async def test_what_was_added_is_told_with_a_version_that_rises(conn: AsyncConnection) -> None:
    await add_products(conn, contracts({}, {"productCode": "01A05"}))
    await add_products(conn, contracts({"geldigVan": "2026-01-01", "geldigTot": None}))

    table = KAFKA.outbox
    told = (await conn.execute(select(table).order_by(table.c.id))).all()
    assert [(one.sleutel, one.versie, len(one.data["tarieven"])) for one in told] == [
        (f"{GEMEENTE}:01A04", 1, 1),
        (f"{GEMEENTE}:01A05", 1, 1),
        (f"{GEMEENTE}:01A04", 2, 2),
    ]


async def shown(conn: AsyncConnection, gemeenten: list[str], aanbieders: list[str]) -> list[ProductModel]:
    """All products that a caller is shown, fetched one at a time."""
    found: list[tuple[int, ProductModel]] = []
    while page := await list_products(conn, gemeenten, aanbieders, found[-1][0] if found else None, 1):
        found += page
    return [product for _, product in found]


async def test_an_aanbieder_sees_what_holds_for_him(conn: AsyncConnection) -> None:
    await add_products(conn, contracts({}, {"aanbieder": None}, {"aanbieder": "12345678"}))

    found = await shown(conn, [], ["98765432"])

    assert [product.aanbieder for product in found] == ["98765432", None]
    assert all(product.geldig_van == date(2025, 1, 1) for product in found)


async def test_what_a_gemeente_pays_is_no_affair_of_who_has_nothing_to_do_with_it(conn: AsyncConnection) -> None:
    elsewhere = {"gemeente": "1999", "aanbieder": None}
    await add_products(conn, contracts({"aanbieder": None}, elsewhere, {"gemeente": "1999", "aanbieder": "12345678"}))

    assert await shown(conn, [], ["98765432"]) == []
    assert {one.gemeente for one in await shown(conn, [], ["12345678"])} == {"1999"}
    assert {one.gemeente for one in await shown(conn, [GEMEENTE], [])} == {GEMEENTE}


async def test_a_toewijzing_shows_what_the_gemeente_pays_to_everyone(conn: AsyncConnection) -> None:
    await add_products(conn, contracts({"aanbieder": None}, {"aanbieder": "12345678"}))
    before = await shown(conn, [], [AANBIEDER])
    inhoud = a_301("3.2")
    _, oordeel, _ = await process(conn, ToewijzingDienst(), EXCHANGE, inhoud, "WMO301", "3.2")

    assert not oordeel.afgekeurd
    assert before == []
    assert [one.aanbieder for one in await shown(conn, [], [AANBIEDER])] == [None]


async def test_of_twins_that_add_the_same_product_one_is_refused(engine: AsyncEngine) -> None:
    gemeente = str(next(_gemeenten))
    new = contracts({"gemeente": gemeente})

    async def add() -> bool:
        try:
            async with engine.begin() as conn:
                await add_products(conn, new)
        except BotsingError:
            return False
        return True

    outcomes = await asyncio.gather(*(add() for _ in range(6)))

    assert sorted(outcomes) == [False] * 5 + [True]
    async with engine.connect() as conn:
        kept = select(func.count()).select_from(PRODUCT).where(PRODUCT.c.gemeente == gemeente)
        assert await conn.scalar(kept) == 1
