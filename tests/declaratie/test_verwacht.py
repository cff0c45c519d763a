"""What a correct verzamelfactuur has, in pages that walk along the toewijzingen."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.verzamelfactuur import verwacht
from services.declaratie.verzamelfactuur.verwacht import BEGIN, Gevraagd, Plaats, read_expected, sum_expected, year_as
from shared.problems import VerzoekError
from shared.security.partij import Beller, Partij
from tests.declaratie.verwerken import know, refused_line, send
from tests.shared.iwmo.berichten import AANBIEDER, NUMMER, a_regel

pytestmark = pytest.mark.usefixtures("bekend")
YEAR = Gevraagd(year_as("kalenderjaar", 2025))
CALLER = Beller("iemand", frozenset({Partij.aanbieder(AANBIEDER)}))
DELEN = (("2025-03-01", "2025-03-10"), ("2025-03-11", "2025-03-20"), ("2025-03-21", "2025-03-31"))


async def a_year(conn: AsyncConnection) -> None:
    """Six toewijzingen: three lines on the first, one that was taken back on the second, one refused on the third."""
    nummers = range(NUMMER + 100, NUMMER + 106)
    await know(conn, *nummers)
    first, back, refused, *rest = nummers
    lines = [
        a_regel("2.4", 3 * 3100, referentie=f"{first}-{begin}", ToewijzingNummer=first, GeleverdVolume=3,
                ProductPeriode={"Begindatum": begin, "Einddatum": eind})
        for begin, eind in DELEN
    ]  # fmt: skip
    lines += [a_regel("2.4", referentie=f"{nummer}", ToewijzingNummer=nummer) for nummer in (back, *rest)]
    lines.append(refused_line("2.4", referentie=f"{refused}", ToewijzingNummer=refused))
    await send(conn, *lines, nummer="D1", release="2.4")
    credit = a_regel("2.4", -40300, referentie="terug", vorige=f"{back}", ToewijzingNummer=back)
    await send(conn, credit, nummer="D2", release="2.4")


async def pages(conn: AsyncConnection, limiet: int) -> list[list[Any]]:
    """All pages, each begun where the one before said, by its cursor."""
    found: list[list[Any]] = []
    begin: Plaats | None = BEGIN
    while begin is not None:
        assert len(found) < 20, "it goes round"
        rows, after = await read_expected(conn, CALLER, YEAR, begin, limiet)
        found.append([tuple(row) for row in rows])
        begin = None if after is None else Plaats.parse(str(after))
    return found


@pytest.mark.parametrize("limiet", [1, 2, 3])
@pytest.mark.parametrize("most", [1, 5000])
async def test_pages_of_any_size_are_the_whole_once(
    conn: AsyncConnection, monkeypatch: pytest.MonkeyPatch, limiet: int, most: int
) -> None:
    await a_year(conn)
    [whole] = await pages(conn, 100)
    monkeypatch.setattr(verwacht, "MAX_TOEWIJZINGEN", most)
    monkeypatch.setattr(verwacht, "TEGELIJK", 2)

    found = await pages(conn, limiet)

    assert [row for page in found for row in page] == whole
    assert all(len(page) <= limiet for page in found)
    assert [row[2] - NUMMER - 100 for row in whole] == [0, 0, 0, 3, 4, 5]
    assert sum(row[-1] for row in whole) == await conn.scalar(sum_expected(CALLER, YEAR))


@pytest.mark.parametrize("cursor", ["", "7", "1-2-3", "a-b-c-d", "1-2-3-4-5", f"1-2-{10**18}-0", "1-2--3-0"])
def test_a_cursor_of_another_is_refused(cursor: str) -> None:
    with pytest.raises(VerzoekError):
        Plaats.parse(cursor)
