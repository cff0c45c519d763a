"""Declarations in the database: what counts as used, what is granted, and at what cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.declaratie.processing import DeclaratieDienst
from services.declaratie.tables import DECLARATIE, EXCHANGE, PRESTATIE, PRODUCT, TOEWIJZING
from shared.exchange.dienst import Heen, Oordeel
from shared.feiten import product_tabel, toewijzing_tabel
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.kafka.outbox import NewEvent
from tests.declaratie.bouw import a_tarief
from tests.shared.exchange.verwerken import KLUIS, claim, codes, process
from tests.shared.feiten.test_projectie import product_event
from tests.shared.iwmo.berichten import ANDER_BSN, BSN, NUMMER, a_declaratie_bericht, a_heen, a_regel, soort
from tests.toewijzing.bouw import a_toewijzing, an_event

TWEEDE, VAN_ANDER = NUMMER + 1, NUMMER + 2
NAAM = {"2.4": "WMO303D", "3.2": "WMO323"}


@pytest.fixture(autouse=True)
async def _facts(conn: AsyncConnection) -> None:
    """Two toewijzingen of the client, one of another, and the contract are known here."""
    toewijzingen = [
        a_toewijzing(nummer=nummer, client=KLUIS.pseudoniem(bsn))
        for nummer, bsn in ((NUMMER, BSN), (TWEEDE, BSN), (VAN_ANDER, ANDER_BSN))
    ]
    await toewijzing_tabel.apply(conn, TOEWIJZING, [an_event(one, 1) for one in toewijzingen])
    await product_tabel.apply(conn, PRODUCT, [product_event("01A04", 1, a_tarief())])


async def send(
    conn: AsyncConnection, *lines: Inhoud, nummer: str = "D1", release: Release = "3.2"
) -> tuple[Heen, Oordeel, list[NewEvent]]:
    inhoud = a_declaratie_bericht(release, list(lines) or [a_regel(release)], nummer=nummer, **_name(release, nummer))
    return await process(conn, DeclaratieDienst(), EXCHANGE, inhoud, NAAM[release], release)


def _name(release: Release, nummer: str) -> dict[str, Any]:
    return {"identificatie": nummer} if release == "3.2" else {}


async def recorded(conn: AsyncConnection, heen: Heen) -> Any:
    return (await conn.execute(select(DECLARATIE).where(DECLARATIE.c.bericht_id == heen.id))).one()


def refused_line(release: Release, **deviations: Any) -> Inhoud:
    return a_regel(release, 13 * 3200, ProductTarief=3200, **deviations)


@pytest.mark.parametrize("release", RELEASES)
async def test_a_declaration_is_recorded_with_its_lines(release: Release, conn: AsyncConnection) -> None:
    refused = refused_line(release, referentie="R2", ToewijzingNummer=TWEEDE)
    heen, oordeel, [told] = await send(conn, a_regel(release), refused, release=release)

    row = await recorded(conn, heen)
    assert codes(oordeel) == ["0611"]
    assert (row.ingediend, row.toegekend, row.regels, row.regels_toegekend) == (81900, 40300, 2, 1)
    assert told.data["verbruik"] == [{"toewijzingNummer": NUMMER, "volume": 13, "bedrag": 40300}]
    assert (told.data["ingediend"], told.data["toegekend"]) == (81900, 40300)
    assert BSN not in str(told)


@pytest.mark.parametrize(("first", "second"), [("3.2", "3.2"), ("2.4", "3.2"), ("3.2", "2.4")])
async def test_a_number_of_a_declaration_is_used_once_over_both_releases(
    first: Release, second: Release, conn: AsyncConnection
) -> None:
    heen, _, _ = await send(conn, release=first)

    _, oordeel, _ = await send(conn, a_regel(second, referentie="R2"), release=second)

    assert (oordeel.afgekeurd, codes(oordeel)) == (True, ["9333"])
    assert oordeel.meldingen[0].afwijking.botst_met == str(heen.id)


@pytest.mark.parametrize("line", [a_regel, refused_line], ids=["granted", "refused"])
async def test_a_number_of_a_line_is_used_once(line: Any, conn: AsyncConnection) -> None:
    await send(conn, line("3.2"), nummer="D1")

    heen, oordeel, _ = await send(conn, a_regel("3.2"), nummer="D2")

    assert codes(oordeel) == ["8021"]
    assert (await recorded(conn, heen)).toegekend == 0


async def test_a_number_used_twice_in_a_message_refuses_both_and_is_used(conn: AsyncConnection) -> None:
    lines = [[a_regel("3.2")], [a_regel("3.2", ToewijzingNummer=VAN_ANDER)]]
    inhoud = a_declaratie_bericht("3.2", *lines, nummer="D1", identificatie="D1")
    _, first, _ = await process(conn, DeclaratieDienst(), EXCHANGE, inhoud, "WMO323", "3.2")
    _, second, _ = await send(conn, a_regel("3.2"), nummer="D2")

    assert (codes(first), codes(second)) == (["8021", "8021"], ["8021"])
    doubles = select(func.count()).select_from(PRESTATIE).where(PRESTATIE.c.dubbel)
    assert await conn.scalar(doubles) == 2


async def test_a_declaration_that_is_rejected_leaves_its_numbers_free(conn: AsyncConnection) -> None:
    await send(conn, nummer="D1")
    await send(conn, a_regel("3.2", referentie="R2"), nummer="D1")

    _, oordeel, _ = await send(conn, a_regel("3.2", referentie="R2"), nummer="D2")

    assert codes(oordeel) == []


@pytest.mark.parametrize("release", RELEASES)
async def test_a_credit_takes_back_a_granted_line_once(release: Release, conn: AsyncConnection) -> None:
    await send(conn, a_regel(release), nummer="D1", release=release)

    heen, first, [told] = await send(
        conn, a_regel(release, -40300, referentie="C1", vorige="R1"), nummer="D2", release=release
    )
    _, second, _ = await send(
        conn, a_regel(release, -40300, referentie="C2", vorige="R1"), nummer="D3", release=release
    )

    assert (codes(first), codes(second)) == ([], ["9390"])
    assert (await recorded(conn, heen)).toegekend == -40300
    assert told.data["verbruik"] == [{"toewijzingNummer": NUMMER, "volume": -13, "bedrag": -40300}]


async def test_a_refused_line_or_another_amount_cannot_be_credited(conn: AsyncConnection) -> None:
    second = {"ToewijzingNummer": TWEEDE}
    await send(conn, refused_line("3.2"), a_regel("3.2", referentie="R2", **second), nummer="D1")

    _, oordeel, _ = await send(
        conn,
        refused_line("3.2", referentie="C1", vorige="R1") | {"IngediendBedrag": {"Bedrag": 41600, "DebetCredit": "C"}},
        a_regel("3.2", -40299, referentie="C2", vorige="R2", **second),
        nummer="D2",
    )

    assert codes(oordeel) == ["8017", "8017"]


async def test_a_refused_credit_leaves_the_line_to_be_credited(conn: AsyncConnection) -> None:
    await send(conn, a_regel("3.2"), nummer="D1")
    await send(conn, a_regel("3.2", -1, referentie="C1", vorige="R1"), nummer="D2")

    _, oordeel, _ = await send(conn, a_regel("3.2", -40300, referentie="C2", vorige="R1"), nummer="D3")

    assert codes(oordeel) == []


async def test_an_unknown_client_is_refused_with_his_lines_and_waits_for_his_toewijzing(conn: AsyncConnection) -> None:
    unknown = [a_regel("3.2", referentie="R3", ToewijzingNummer=1)]
    known = [[a_regel("3.2")], [a_regel("3.2", referentie="R2", ToewijzingNummer=VAN_ANDER)]]
    inhoud = a_declaratie_bericht("3.2", *known, unknown, identificatie="D1")

    heen, oordeel, _ = await process(conn, DeclaratieDienst(), EXCHANGE, inhoud, "WMO323", "3.2")

    assert codes(oordeel) == ["8187"]
    assert oordeel.wacht
    assert (await recorded(conn, heen)).toegekend == 80600


@contextmanager
def counted(engine: AsyncEngine) -> Iterator[list[str]]:
    """Every statement that goes to the database."""
    statements: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        statements.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def test_ten_lines_take_as_many_statements_as_five_hundred(conn: AsyncConnection, engine: AsyncEngine) -> None:
    """Facts and record; the lines themselves go by COPY, in one go."""
    dienst, found = DeclaratieDienst(), []
    for size in (10, 500):
        lines = [a_regel("3.2", referentie=f"N{size}-{n}", vorige=None) for n in range(size - 1)]
        lines.append(a_regel("3.2", -40300, referentie=f"C{size}", vorige="onbekend"))
        inhoud = a_declaratie_bericht("3.2", lines, nummer=f"N{size}", identificatie=f"N{size}")
        heen = a_heen(inhoud, soort("WMO323", "3.2"))
        await claim(conn, EXCHANGE, heen.kop, b"%d" % size, heen.id)
        lezing = dienst.read(heen, KLUIS)

        with counted(engine) as statements:
            facts = await dienst.facts(conn, lezing, heen)
            oordeel = dienst.judge(lezing, facts, heen)
            await dienst.record(conn, lezing, facts, oordeel, heen, KLUIS)

        found.append(len(statements))
        assert codes(oordeel) == ["8017"]
        assert (await recorded(conn, heen)).regels_toegekend == size - 1

    assert found[0] == found[1] <= 10
