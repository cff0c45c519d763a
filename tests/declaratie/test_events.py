"""The events of a judged declaration: as it is judged, and again from the tables."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie import events
from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.events import declaratie_events, republish
from services.declaratie.tables import DECLARATIE, EXCHANGE, KAFKA, PRESTATIE
from shared.db import copy_rows
from shared.feiten.verbruik import PER_EVENT, Declaratieverbruik
from shared.iwmo.waarden import Periode
from tests.shared.exchange.verwerken import claim
from tests.shared.iwmo.berichten import a_declaratie_bericht, a_heen, soort

MAART = Periode(date(2025, 3, 1), date(2025, 3, 31))


def a_line(nummer: int, referentie: str, *, volume: int = 13, bedrag: int = 40300, credit: bool = False) -> Prestatie:
    vorige = f"O{referentie}" if credit else None
    return Prestatie(
        (), "c" * 32, referentie, vorige, nummer, "01", "01A04", MAART, volume, "04", 3100, bedrag, credit
    )  # fmt: skip


def a_row(nummer: str = "D1", **deviations: Any) -> dict[str, Any]:
    return {
        "bericht_id": None, "soort": "WMO323", "release": "3.2", "gemeente": "0855", "aanbieder": "98765432",
        "nummer": nummer, "begindatum": MAART.begin, "einddatum": MAART.eind, "dagtekening": date(2025, 4, 4),
        "ingediend": 40300, "toegekend": 40300, "regels": 1, "regels_toegekend": 1,
        "regels_deels": 0, **deviations,
    }  # fmt: skip


def parts_of(row: Mapping[str, Any], *lines: Prestatie) -> list[Declaratieverbruik]:
    _, *parts = declaratie_events(row, lines)
    return [Declaratieverbruik.from_data(part.data) for part in parts]


def test_a_declaration_tells_its_totals_first() -> None:
    first, *parts = declaratie_events(a_row(), [a_line(7, "R1")])

    assert (first.sleutel, first.soort, first.versie) == ("0855:98765432:D1", "declaratie-beoordeeld", 1)
    assert (first.data["ingediend"], first.data["toegekend"], first.data["regelsToegekend"]) == (40300, 40300, 1)
    assert "verbruik" not in first.data
    assert [(part.sleutel, part.soort, part.versie) for part in parts] == [
        ("0855:98765432:D1:1", "declaratie-verbruik", 1)
    ]


def test_consumption_adds_up_per_toewijzing_with_credits_negative() -> None:
    lines = [
        a_line(9, "R1"),
        a_line(7, "R2", volume=3, bedrag=9300),
        a_line(9, "R3", volume=5, bedrag=15500, credit=True),
        a_line(9, "R4", volume=1, bedrag=3100),
    ]

    [part] = parts_of(a_row(), *lines)

    assert [one.as_data() for one in part.regels] == [
        {"toewijzingNummer": 7, "volume": 3, "bedrag": 9300, "debet": 1, "credit": 0},
        {"toewijzingNummer": 9, "volume": 9, "bedrag": 27900, "debet": 2, "credit": 1},
    ]


def test_nothing_granted_is_told_without_consumption() -> None:
    assert parts_of(a_row(toegekend=0, regels_toegekend=0)) == []


def test_a_large_declaration_is_told_in_parts() -> None:
    lines = [a_line(nummer, f"R{nummer}") for nummer in range(PER_EVENT * 2 + 1, 0, -1)]

    parts = parts_of(a_row(), *lines)

    assert [part.deel for part in parts] == [1, 2, 3]
    assert [one.nummer for part in parts for one in part.regels] == list(range(1, PER_EVENT * 2 + 2))


ALLEEN_HIER = "71717171"
"""An aanbieder of this test: the declarations of others are published again too."""


async def store(
    conn: AsyncConnection, nummer: str, *lines: Prestatie, refused: tuple[Prestatie, ...] = (), gekort: int = 0
) -> Any:
    """A judged declaration in the tables, and its events as they were told at the time. Of each granted line so much
    more was claimed than it counts for."""
    heen = a_heen(a_declaratie_bericht("3.2", identificatie=nummer), soort("WMO323", "3.2"))
    await claim(conn, EXCHANGE, heen.kop, nummer.encode(), heen.id)
    row = a_row(
        nummer, aanbieder=ALLEEN_HIER, bericht_id=heen.id, regels=len(lines) + len(refused), regels_toegekend=len(lines)
    )
    await conn.execute(insert(DECLARATIE).values(row))
    records = [_record(heen.id, line, granted=line in lines, gekort=gekort) for line in (*refused, *lines)]
    await copy_rows(conn, PRESTATIE, tuple(records[0]), [tuple(record.values()) for record in records])
    return [(event.sleutel, event.soort, event.versie, _plain(event.data)) for event in declaratie_events(row, lines)]


def _record(bericht_id: UUID, line: Prestatie, *, granted: bool, gekort: int) -> dict[str, Any]:
    volume = line.volume + (gekort if line.eenheid == "83" else 0)
    return {
        "bericht_id": bericht_id, "gemeente": "0855", "aanbieder": ALLEEN_HIER, "client": line.client,
        "referentie": line.referentie, "vorige_referentie": line.vorige_referentie, "toewijzing_nummer": line.nummer,
        "categorie": line.categorie, "code": line.code, "begindatum": line.periode.begin,
        "einddatum": line.periode.eind, "volume": volume, "eenheid": line.eenheid, "tarief": line.tarief,
        "bedrag": line.bedrag + gekort, "gekort": gekort, "credit": line.credit, "toegekend": granted, "dubbel": False,
        "retourcodes": [],
    }  # fmt: skip


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """As the outbox has it."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in data.items()}


async def told(conn: AsyncConnection) -> list[Any]:
    table = KAFKA.outbox
    columns = (table.c.sleutel, table.c.soort, table.c.versie, table.c.data)
    own = table.c.sleutel.like(f"0855:{ALLEEN_HIER}:%")
    return [tuple(row) for row in await conn.execute(select(*columns).where(own).order_by(table.c.id))]


@pytest.mark.parametrize("batch", [1, 2, 500])
async def test_published_again_the_events_are_the_same(
    batch: int, conn: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of declarations without a granted line, first, between others, and last."""
    monkeypatch.setattr(events, "BATCH", batch)
    wanted = [
        *await store(conn, "EV1", refused=(a_line(7, "A1"),)),
        *await store(conn, "EV2", a_line(7, "B1"), a_line(9, "B2"), refused=(a_line(9, "B3"),)),
        *await store(conn, "EV3", refused=(a_line(7, "C1"),)),
        *await store(conn, "EV4", *(a_line(number, f"E{number}") for number in range(1, PER_EVENT + 2))),
        *await store(conn, "EV5", a_line(7, "F1", credit=True), a_line(7, "F2", volume=1, bedrag=3100)),
        *await store(conn, "EV6", refused=(a_line(7, "G1"),)),
        *await store(
            conn,
            "EV7",
            a_line(7, "H1"),
            a_line(7, "H2", credit=True),
            replace(a_line(9, "H3", volume=900, bedrag=900), eenheid="83"),
            gekort=100,
        ),
    ]

    await republish(conn)

    assert await told(conn) == wanted
