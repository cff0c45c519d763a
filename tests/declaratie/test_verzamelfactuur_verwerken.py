"""Verzamelfacturen in the database: compared with what was granted, and counted for nothing else."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.processing import DeclaratieDienst
from services.declaratie.tables import DECLARATIE, EXCHANGE, PRESTATIE, TELLING, VERZAMEL
from shared.exchange.dienst import Heen, Oordeel
from shared.iwmo.codec import Inhoud
from shared.kafka.outbox import NewEvent
from tests.declaratie.verwerken import TWEEDE, know, refused_line, send
from tests.shared.exchange.verwerken import KLUIS, claim, codes, process
from tests.shared.iwmo.berichten import BSN, NUMMER, a_declaratie_bericht, a_heen, a_regel, soort
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("bekend")
JAAR = {"Begindatum": "2025-01-01", "Einddatum": "2025-12-31"}
CAK = {"Begindatum": "2024-12-30", "Einddatum": "2025-12-28"}


def a_factuurregel(cents: int = 40300, referentie: str = "R1", **deviations: Any) -> Inhoud:
    """A line of the invoice; it may have the number that it has in the declaration."""
    return a_regel("2.4", cents, referentie=referentie, **({"BtwVrijstelling": "1"} | deviations))


def an_invoice(*lines: Inhoud, nummer: str = "F1", periode: Inhoud = JAAR) -> Inhoud:
    inhoud = a_declaratie_bericht("2.4", list(lines), nummer=nummer)
    header = inhoud["Header"]
    header |= {"BerichtCode": "448", "DeclaratieFactuurPeriode": periode}
    header["DeclaratieFactuurIdentificatie"]["FactuurDagtekening"] = "2026-01-05"
    return inhoud


async def close(
    conn: AsyncConnection, *lines: Inhoud, nummer: str = "F1", periode: Inhoud = JAAR
) -> tuple[Heen, Oordeel, list[NewEvent]]:
    inhoud = an_invoice(*lines, nummer=nummer, periode=periode)
    return await process(conn, DeclaratieDienst(), EXCHANGE, inhoud, "WMO303F", "2.4")


async def counts(conn: AsyncConnection) -> list[int]:
    return [(await conn.scalar(select(func.count()).select_from(one)) or 0) for one in (DECLARATIE, PRESTATIE, TELLING)]


async def kept(conn: AsyncConnection, heen: Heen) -> tuple[Any, list[Any]]:
    factuur, regel = VERZAMEL.factuur, VERZAMEL.regel
    row = (await conn.execute(select(factuur).where(factuur.c.bericht_id == heen.id))).one()
    lines = (await conn.execute(select(regel).where(regel.c.bericht_id == heen.id).order_by(regel.c.id))).all()
    return row, list(lines)


@pytest.mark.parametrize("periode", [JAAR, CAK], ids=["kalenderjaar", "cak"])
async def test_an_invoice_that_equals_the_year_is_granted_and_claims_nothing(
    periode: Inhoud, conn: AsyncConnection
) -> None:
    await send(conn, a_regel("2.4"), nummer="D1", release="2.4")
    refused = refused_line("2.4", referentie="R2", ToewijzingNummer=TWEEDE)
    await send(conn, refused, a_regel("2.4", referentie="R3", ToewijzingNummer=TWEEDE), nummer="D2", release="2.4")
    back = a_regel("2.4", -40300, referentie="R4", vorige="R3", ToewijzingNummer=TWEEDE)
    await send(conn, back, nummer="D3", release="2.4")
    before = await counts(conn)

    heen, oordeel, events = await close(conn, a_factuurregel(), periode=periode)

    assert (oordeel.afgekeurd, oordeel.meldingen, oordeel.signalen, oordeel.wacht) == (False, [], [], False)
    assert events == []
    assert await counts(conn) == before
    row, [line] = await kept(conn, heen)
    assert (row.ingediend, row.verwacht, row.toegekend, row.regels_toegekend, row.ontbreekt) == (
        40300,
        40300,
        40300,
        1,
        0,
    )
    assert (line.gefactureerd, line.toegekend, line.akkoord, line.retourcodes) == (40300, 40300, True, [])
    assert BSN not in str(line)


async def test_what_differs_is_kept_with_both_amounts(conn: AsyncConnection) -> None:
    await know(conn, NUMMER + 9)
    other = a_regel("2.4", referentie="R2", ToewijzingNummer=NUMMER + 9)
    await send(conn, a_regel("2.4"), other, nummer="D1", release="2.4")

    heen, oordeel, _ = await close(conn, a_factuurregel(40301))

    row, [line, missing] = await kept(conn, heen)
    assert codes(oordeel) == ["8033"]
    assert [one.regel.code for one in oordeel.signalen] == ["VF001"]
    assert (row.ingediend, row.verwacht, row.toegekend, row.ontbreekt) == (40301, 80600, 0, 1)
    assert (line.gefactureerd, line.toegekend, line.akkoord, line.retourcodes) == (40301, 40300, False, ["8033"])
    assert (missing.referentie, missing.toewijzing_nummer, missing.toegekend) == (None, NUMMER + 9, 40300)


async def test_what_was_claimed_by_invoice_is_not_invoiced_again(conn: AsyncConnection) -> None:
    inhoud = an_invoice(a_factuurregel(), nummer="F0", periode={"Begindatum": "2025-03-01", "Einddatum": "2025-03-31"})
    _, claimed, [_, verbruik] = await process(conn, DeclaratieDienst(), EXCHANGE, inhoud, "WMO303F", "2.4")

    _, oordeel, _ = await close(conn, a_factuurregel())

    assert (codes(claimed), verbruik.data["verbruik"][0]["bedrag"]) == ([], 40300)
    assert codes(oordeel) == ["8033"]


async def test_the_next_period_may_be_claimed_after_it(conn: AsyncConnection) -> None:
    """It is no declared period (TR318), and its lines no used numbers (TR314)."""
    await close(conn, a_factuurregel(referentie="R7"), nummer="F1")

    _, oordeel, _ = await send(conn, a_regel("2.4", referentie="R7"), nummer="D9", release="2.4")

    assert (codes(oordeel), oordeel.signalen) == ([], [])


@pytest.mark.parametrize("first_invoice", [True, False])
async def test_its_number_is_used_once(first_invoice: bool, conn: AsyncConnection) -> None:
    async def invoice() -> Oordeel:
        return (await close(conn, a_factuurregel(), nummer="D1"))[1]

    async def declaration() -> Oordeel:
        return (await send(conn, a_regel("3.2"), nummer="D1"))[1]

    first, second = (invoice, declaration) if first_invoice else (declaration, invoice)
    await first()

    oordeel = await second()

    assert (oordeel.afgekeurd, codes(oordeel)) == (True, ["9333"])


async def test_an_invoice_line_tells_of_vat(conn: AsyncConnection) -> None:
    await send(conn, a_regel("2.4"), nummer="D1", release="2.4")

    _, oordeel, _ = await close(conn, a_regel("2.4"))

    assert codes(oordeel) == ["8851"]


async def test_a_declaration_line_tells_nothing_of_vat(conn: AsyncConnection) -> None:
    _, oordeel, _ = await send(conn, a_factuurregel(), nummer="D1", release="2.4")

    assert codes(oordeel) == ["8850"]


async def test_statements_do_not_grow_with_lines(conn: AsyncConnection) -> None:
    numbers = []
    for many in (1, 200):
        lines = [a_factuurregel(1, f"{many}-{at}", ToewijzingNummer=at + 1, GeleverdVolume=1) for at in range(many)]
        inhoud = an_invoice(*lines, nummer=f"F{many}")
        dienst, heen = DeclaratieDienst(), a_heen(inhoud, soort("WMO303F", "2.4"))
        await claim(conn, EXCHANGE, heen.kop, f"F{many}".encode(), heen.id)
        with counted(conn) as seen:
            lezing = dienst.read(heen, KLUIS)
            feiten = await dienst.facts(conn, lezing, heen)
            await dienst.record(conn, lezing, feiten, dienst.judge(lezing, feiten, heen), heen, KLUIS)
        numbers.append(len(seen))

    assert numbers[0] == numbers[1] > 0
