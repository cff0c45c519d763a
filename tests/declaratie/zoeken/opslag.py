"""Judged declarations straight into the tables: for what only reads them, how they came there is no matter."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.declaratie.tables import DECLARATIE, EXCHANGE, PRESTATIE, TELLING, TOEWIJZING
from shared.db import copy_rows
from shared.feiten.toewijzing_tabel import as_row
from tests.toewijzing.bouw import a_toewijzing

MAART = (date(2025, 3, 1), date(2025, 3, 31))
_references = count(1)
Regel = dict[str, Any]


def regel(**deviations: Any) -> Regel:
    """A granted debit of 13 hours, EUR 403; ``codes`` refuse it, or where it has ``gekort`` grant it in part."""
    codes: list[str] = deviations.pop("codes", [])
    begin, eind = deviations.pop("periode", MAART)
    right = {
        "client": "client-a", "referentie": f"R{next(_references)}", "vorige_referentie": None,
        "toewijzing_nummer": 520301, "categorie": "01", "code": "01A04", "begindatum": begin, "einddatum": eind,
        "volume": 13, "eenheid": "04", "tarief": 3100, "bedrag": 40300, "credit": False,
        "toegekend": not codes or "gekort" in deviations, "dubbel": False, "retourcodes": codes, "gekort": 0,
        "btw": None,
    }  # fmt: skip
    return right | deviations


def saldo(line: Regel) -> int:
    """Cents with their sign."""
    return -line["bedrag"] if line["credit"] else int(line["bedrag"])


def granted(line: Regel) -> int:
    """Cents that were granted, with their sign."""
    if not line["toegekend"]:
        return 0
    gekort = int(line["gekort"])
    return saldo(line) + (gekort if line["credit"] else -gekort)


@dataclass
class Opslag:
    """Stores what one aanbieder declared at one gemeente, unless told otherwise."""

    engine: AsyncEngine
    gemeente: str
    aanbieder: str
    _numbers: Any = field(default_factory=lambda: count(1))
    _stored: list[UUID] = field(default_factory=list)
    _toewijzingen: list[tuple[str, int]] = field(default_factory=list)

    async def declare(self, *lines: Regel, periode: tuple[date, date] = MAART, **deviations: Any) -> UUID:
        """A judged declaration; the id of its message."""
        parties = {"gemeente": self.gemeente, "aanbieder": self.aanbieder} | deviations
        bericht_id, nummer = uuid4(), f"D{next(self._numbers)}"
        some = [line for line in lines if line["toegekend"]]
        row = {
            "bericht_id": bericht_id, "soort": "WMO323", "release": "3.2", "nummer": nummer, "begindatum": periode[0],
            "einddatum": periode[1], "dagtekening": periode[1], "ingediend": sum(map(saldo, lines)),
            "toegekend": sum(map(granted, lines)), "regels": len(lines), "regels_toegekend": len(some),
            "regels_deels": sum(1 for line in some if line["gekort"]), **parties,
        }  # fmt: skip
        async with self.engine.begin() as conn:
            await conn.execute(insert(EXCHANGE.bericht).values(_bericht(bericht_id, nummer, **parties)))
            await conn.execute(insert(DECLARATIE).values(row))
            records: Sequence[Regel] = [{"bericht_id": bericht_id, **parties, **line} for line in lines]
            await copy_rows(conn, PRESTATIE, list(records[0]), [tuple(one.values()) for one in records])
        self._stored.append(bericht_id)
        return bericht_id

    async def change(self, bericht_id: UUID, **values: Any) -> None:
        """Makes the lines of a declaration otherwise."""
        async with self.engine.begin() as conn:
            await conn.execute(update(PRESTATIE).where(PRESTATIE.c.bericht_id == bericht_id).values(values))

    async def toewijzing(self, nummer: int, **deviations: Any) -> None:
        """A toewijzing that is known here."""
        right = {"nummer": nummer, "gemeente": self.gemeente, "aanbieder": self.aanbieder}
        made = a_toewijzing(**(right | deviations))
        async with self.engine.begin() as conn:
            await conn.execute(insert(TOEWIJZING).values(as_row(made) | {"versie": 1}))
        self._toewijzingen.append((made.gemeente, made.nummer))

    async def forget(self) -> None:
        """Takes everything away again."""
        ids = select(DECLARATIE.c.id).where(DECLARATIE.c.bericht_id.in_(self._stored))
        async with self.engine.begin() as conn:
            await conn.execute(delete(PRESTATIE).where(PRESTATIE.c.bericht_id.in_(self._stored)))
            await conn.execute(delete(TELLING).where(TELLING.c.declaratie_id.in_(ids)))
            await conn.execute(delete(DECLARATIE).where(DECLARATIE.c.bericht_id.in_(self._stored)))
            await conn.execute(delete(EXCHANGE.bericht).where(EXCHANGE.bericht.c.id.in_(self._stored)))
            await conn.execute(
                delete(TOEWIJZING).where(tuple_(TOEWIJZING.c.gemeente, TOEWIJZING.c.nummer).in_(self._toewijzingen))
            )


def _bericht(bericht_id: UUID, nummer: str, gemeente: str, aanbieder: str) -> dict[str, Any]:
    return {
        "id": bericht_id, "bericht": "WMO323", "release": "3.2", "berichtcode": "485", "afzender": aanbieder,
        "ontvanger": gemeente, "partij_van": f"agb:{aanbieder}", "partij_naar": f"gemeente:{gemeente}",
        "identificatie": f"{gemeente}{nummer}", "dagtekening": date(2025, 4, 4), "status": "verwerkt", "grootte": 0,
        "ontvangen": datetime(2025, 4, 4, tzinfo=UTC),
    }  # fmt: skip
