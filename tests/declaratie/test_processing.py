"""Declarations in the database: what counts as used, what is granted, and at what cost."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.processing import DeclaratieDienst
from services.declaratie.tables import EXCHANGE, PRESTATIE
from shared.iwmo.catalogus import RELEASES, Release
from tests.declaratie.verwerken import TWEEDE, VAN_ANDER, know, recorded, refused_line, send
from tests.shared.exchange.verwerken import KLUIS, claim, codes, process
from tests.shared.iwmo.berichten import AANBIEDER, BSN, NUMMER, a_declaratie_bericht, a_heen, a_regel, soort
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("bekend")


def a_verbruik(volume: int, bedrag: int, *, debet: int = 0, credit: int = 0) -> dict[str, int]:
    return {"toewijzingNummer": NUMMER, "volume": volume, "bedrag": bedrag, "debet": debet, "credit": credit}


@pytest.mark.parametrize("release", RELEASES)
async def test_a_declaration_is_recorded_with_its_lines(release: Release, conn: AsyncConnection) -> None:
    refused = refused_line(release, referentie="R2", ToewijzingNummer=TWEEDE)
    heen, oordeel, [told, verbruik] = await send(conn, a_regel(release), refused, release=release)

    row = await recorded(conn, heen)
    assert codes(oordeel) == ["0611"]
    assert (row.ingediend, row.toegekend, row.regels, row.regels_toegekend) == (81900, 40300, 2, 1)
    assert verbruik.data["verbruik"] == [a_verbruik(13, 40300, debet=1)]
    assert (told.data["ingediend"], told.data["toegekend"]) == (81900, 40300)
    assert BSN not in str([told, verbruik])


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

    heen, oordeel, _ = await send(conn, a_regel("3.2", ToewijzingNummer=TWEEDE), nummer="D2")

    assert codes(oordeel) == ["8021"]
    assert (await recorded(conn, heen)).toegekend == 0


async def test_a_number_used_twice_in_a_message_refuses_both_and_is_used(conn: AsyncConnection) -> None:
    lines = [[a_regel("3.2")], [a_regel("3.2", ToewijzingNummer=VAN_ANDER)]]
    inhoud = a_declaratie_bericht("3.2", *lines, nummer="D1", identificatie="D1")
    _, first, _ = await process(conn, DeclaratieDienst(), EXCHANGE, inhoud, "WMO323", "3.2")
    _, second, _ = await send(conn, a_regel("3.2"), nummer="D2")

    assert (codes(first), codes(second)) == (["8021", "8021"], ["8021"])
    doubles = select(func.count()).select_from(PRESTATIE).where(PRESTATIE.c.dubbel, PRESTATIE.c.aanbieder == AANBIEDER)
    assert await conn.scalar(doubles) == 2


async def test_a_declaration_that_is_rejected_leaves_its_numbers_free(conn: AsyncConnection) -> None:
    await send(conn, nummer="D1")
    line = a_regel("3.2", referentie="R2", ToewijzingNummer=TWEEDE)
    _, refused, _ = await send(conn, line, nummer="D1")

    _, oordeel, _ = await send(conn, line, nummer="D2")

    assert refused.afgekeurd

    assert codes(oordeel) == []


@pytest.mark.parametrize("release", RELEASES)
async def test_a_credit_takes_back_a_granted_line_once(release: Release, conn: AsyncConnection) -> None:
    await send(conn, a_regel(release), nummer="D1", release=release)

    heen, first, [_, told] = await send(
        conn, a_regel(release, -40300, referentie="C1", vorige="R1"), nummer="D2", release=release
    )
    _, second, _ = await send(
        conn, a_regel(release, -40300, referentie="C2", vorige="R1"), nummer="D3", release=release
    )

    assert (codes(first), codes(second)) == ([], ["9390"])
    assert (await recorded(conn, heen)).toegekend == -40300
    assert told.data["verbruik"] == [a_verbruik(-13, -40300, credit=1)]


async def test_a_refused_line_or_another_amount_cannot_be_credited(conn: AsyncConnection) -> None:
    second: dict[str, Any] = {"ToewijzingNummer": TWEEDE}
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


async def test_ten_lines_take_as_many_statements_as_a_thousand(conn: AsyncConnection) -> None:
    """Facts and record; the lines themselves go by COPY, in one go."""
    dienst, found = DeclaratieDienst(), []
    for size in (10, 1000):
        first = 1000 * size
        await know(conn, *(range(first, first + size)))
        lines = [a_regel("3.2", referentie=f"N{size}-{n}", ToewijzingNummer=first + n) for n in range(size - 1)]
        lines.append(a_regel("3.2", -40300, referentie=f"C{size}", vorige="onbekend"))
        inhoud = a_declaratie_bericht("3.2", lines, nummer=f"N{size}", identificatie=f"N{size}")
        heen = a_heen(inhoud, soort("WMO323", "3.2"))
        await claim(conn, EXCHANGE, heen.kop, b"%d" % size, heen.id)
        lezing = dienst.read(heen, KLUIS)

        with counted(conn) as statements:
            facts = await dienst.facts(conn, lezing, heen)
            oordeel = dienst.judge(lezing, facts, heen)
            await dienst.record(conn, lezing, facts, oordeel, heen, KLUIS)

        found.append(len(statements))
        assert codes(oordeel) == ["8017"]
        assert (await recorded(conn, heen)).regels_toegekend == size - 1

    assert found[0] == found[1] <= 13
