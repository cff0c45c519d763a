"""Projections: the newest state, whatever the order in which it comes."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop.tables import PRODUCT, TOEWIJZING
from shared.feiten import product_tabel, toewijzing_tabel
from shared.feiten.product import Tarief
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.waarden import Omvang, Periode, Product
from shared.kafka import topics
from shared.kafka.envelope import Event
from tests.declaratie.bouw import a_tarief
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, NUMMER, ONTVANGEN
from tests.toewijzing.bouw import a_toewijzing, an_event


def version(nummer: int, epoch: int = 1, toewijzing: int = NUMMER) -> Event:
    """A version of which the volume tells the number."""
    return an_event(a_toewijzing(nummer=toewijzing, omvang=Omvang(nummer, "04", "2")), nummer, epoch)


async def rows(conn: AsyncConnection) -> list[tuple[int, int, int, int]]:
    table = TOEWIJZING
    statement = select(table.c.nummer, table.c.epoch, table.c.versie, table.c.volume).order_by(table.c.nummer)
    return [tuple(row) for row in await conn.execute(statement)]


async def apply(conn: AsyncConnection, *batches: Sequence[Event]) -> None:
    for batch in batches:
        await toewijzing_tabel.apply(conn, TOEWIJZING, batch)


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])), ids=str)
async def test_the_newest_version_wins_in_any_order(order: tuple[int, ...], conn: AsyncConnection) -> None:
    await apply(conn, *[[version(nummer)] for nummer in order])

    assert await rows(conn) == [(NUMMER, 1, 3, 3)]


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])), ids=str)
async def test_the_newest_version_wins_within_one_batch(order: tuple[int, ...], conn: AsyncConnection) -> None:
    await apply(conn, [version(nummer) for nummer in (*order, *order)])

    assert await rows(conn) == [(NUMMER, 1, 3, 3)]


async def test_a_duplicate_and_a_stale_version_change_nothing(conn: AsyncConnection) -> None:
    await apply(conn, [version(2)])
    other = an_event(a_toewijzing(omvang=Omvang(99, "04", "2")), 2)  # the same version with other content

    await apply(conn, [version(2)], [other], [version(1)], [])

    assert await rows(conn) == [(NUMMER, 1, 2, 2)]


async def test_a_new_epoch_goes_before_any_version_of_the_old_one(conn: AsyncConnection) -> None:
    await apply(conn, [version(9)], [version(1, epoch=2)], [version(10)])

    assert await rows(conn) == [(NUMMER, 2, 1, 1)]


async def test_keys_do_not_disturb_each_other(conn: AsyncConnection) -> None:
    await apply(
        conn, [version(5, toewijzing=2), version(1, toewijzing=1)], [version(4, toewijzing=2), version(2, toewijzing=1)]
    )

    assert await rows(conn) == [(1, 1, 2, 2), (2, 1, 5, 5)]


@pytest.mark.parametrize(
    "deviation",
    [
        {},
        {"product": Product()},
        {"product": Product("01")},
        {"periode": Periode(date(2025, 3, 1), None), "omvang": None, "budget": 12345, "reden_wijziging": "13"},
        {"moment": datetime(2025, 2, 17, 9, 30, 0, 123456)},  # noqa: DTZ001 - Dutch wall-clock time
        {"nummer": 999_999_999, "omvang": Omvang(0, "82", "6")},
    ],
    ids=str,
)
async def test_a_toewijzing_survives_event_and_table(deviation: dict[str, Any], conn: AsyncConnection) -> None:
    toewijzing = a_toewijzing(**deviation)

    assert Toewijzing.from_data(toewijzing.as_data()) == toewijzing
    await apply(conn, [an_event(toewijzing, 1)])

    assert await toewijzing_tabel.read(conn, TOEWIJZING, GEMEENTE, [toewijzing.nummer]) == {
        toewijzing.nummer: toewijzing
    }


async def test_only_the_wanted_toewijzingen_of_this_gemeente_are_read(conn: AsyncConnection) -> None:
    await apply(conn, [version(1, toewijzing=nummer) for nummer in (1, 2, 3)])
    await apply(conn, [an_event(a_toewijzing(gemeente="0344", nummer=1), 1)])

    for lock in (False, True):
        assert set(await toewijzing_tabel.read(conn, TOEWIJZING, GEMEENTE, [1, 3, 3, 4], lock=lock)) == {1, 3}
    assert await toewijzing_tabel.read(conn, TOEWIJZING, GEMEENTE, []) == {}


async def test_a_client_is_known_at_his_own_aanbieder_and_gemeente_only(conn: AsyncConnection) -> None:
    await apply(conn, [an_event(a_toewijzing(nummer=n, client=client), 1) for n, client in enumerate("aab", start=1)])

    async def known(gemeente: str, aanbieder: str, *clients: str) -> set[str]:
        return await toewijzing_tabel.clients_known(conn, TOEWIJZING, gemeente, aanbieder, clients)

    assert await known(GEMEENTE, AANBIEDER, "a", "b", "c") == {"a", "b"}
    assert await known("0344", AANBIEDER, "a") == set()
    assert await known(GEMEENTE, "12345678", "a") == set()
    assert await known(GEMEENTE, AANBIEDER) == set()


def product_event(code: str, versie: int, *tarieven: Tarief) -> Event:
    data = {"gemeente": GEMEENTE, "productCode": code, "tarieven": [tarief.as_data() for tarief in tarieven]}
    return Event(
        topics.PRODUCT, f"{GEMEENTE}:{code}", "product-gewijzigd", versie, data, 1, uuid4(), 1, "toewijzing", ONTVANGEN
    )


async def test_contracts_are_projected_per_product(conn: AsyncConnection) -> None:
    old, new = a_tarief(cents=1), a_tarief()
    for event in (product_event("01A04", 2, new), product_event("01A04", 1, old), product_event("01A05", 1)):
        await product_tabel.apply(conn, PRODUCT, [event])

    contracten = await product_tabel.read(conn, PRODUCT, GEMEENTE, ["01A04"])

    assert contracten.bekend
    assert list(contracten.tarieven["01A04"]) == [new]


async def test_a_gemeente_with_contracts_for_other_products_is_known(conn: AsyncConnection) -> None:
    await product_tabel.apply(conn, PRODUCT, [product_event("01A04", 1, a_tarief())])

    assert (await product_tabel.read(conn, PRODUCT, GEMEENTE, ["02A03"])).bekend
    assert (await product_tabel.read(conn, PRODUCT, GEMEENTE, [])).bekend
    assert not (await product_tabel.read(conn, PRODUCT, "0344", ["01A04"])).bekend
