"""The limit pipeline: the least that any program would have to do with a declaration, written as tight as it goes.

Parse and validate with lxml, eleven fields of each line by position, one fetch of the toewijzingen, one look in a
dictionary per line, COPY of the rows, the answer written as a stream. No rules, encryption, audit, outbox or repeats.
It reads the service's own projection and writes a table of its own in the same database.
"""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

import asyncpg
from lxml import etree

from bench.declaraties import NAMEN
from bench.gegevens import kind
from shared.iwmo.catalogus import Release
from shared.iwmo.schemas import Schemas

TABLE = """
create schema if not exists bench;
create table if not exists bench.prestatie (
    gemeente text not null, aanbieder text not null, client text not null, referentie text not null,
    toewijzing_nummer bigint not null, categorie text not null, code text not null, begindatum date not null,
    einddatum date not null, volume bigint not null, eenheid text not null, tarief bigint, bedrag bigint not null,
    credit boolean not null, toegekend boolean not null);
create index if not exists prestatie_referentie on bench.prestatie (aanbieder, referentie);
create index if not exists prestatie_toewijzing on bench.prestatie (gemeente, toewijzing_nummer);
"""
COLUMNS = (
    "gemeente", "aanbieder", "client", "referentie", "toewijzing_nummer", "categorie", "code", "begindatum",
    "einddatum", "volume", "eenheid", "tarief", "bedrag", "credit", "toegekend",
)  # fmt: skip
FETCH = "select nummer, client from declaratie.toewijzing where gemeente = $1 and nummer = any($2::bigint[])"
Row = tuple[Any, ...]


class Limiet:
    """The pipeline for one release on one connection."""

    def __init__(self, release: Release, schemas: Schemas, conn: asyncpg.Connection) -> None:
        self.release = release
        self.validator = schemas.of(kind(NAMEN[release], release)).validator
        self.conn = conn

    async def run(self, body: bytes) -> bytes:
        """One declaration; the answer."""
        root = etree.fromstring(body)
        self.validator.assertValid(root)
        lines = list(self._lines(root))
        gemeente, aanbieder = root[0][4].text, root[0][3].text
        async with self.conn.transaction():
            found = dict(await self.conn.fetch(FETCH, gemeente, [line[1] for line in lines]))
            rows = [(gemeente, aanbieder, found.get(line[1], ""), *line, line[1] in found) for line in lines]
            await self.conn.copy_records_to_table("prestatie", schema_name="bench", columns=COLUMNS, records=rows)
            return _answer(rows)

    def _lines(self, root: etree._Element) -> Iterator[Row]:
        """Eleven fields by position, which the schema fixes."""
        new = self.release == "3.2"
        day = date.fromisoformat
        for client in root[1][-1] if new else root[1]:
            for line in client[-1]:
                days, amount = line[4], line[-1] if new else line[-1][-1]
                yield (
                    line[0][0].text, int(line[1].text), line[2].text, line[3].text, day(days[0].text),
                    day(days[1].text), int(line[5].text), line[6].text, int(line[7].text), int(amount[0].text),
                    amount[1].text == "C",
                )  # fmt: skip


def _answer(rows: list[Row]) -> bytes:
    """Each refused line, as escaped text."""
    out = BytesIO()
    out.write(b"<Antwoord>")
    seen: set[str] = set()
    for row in rows:
        if row[3] in seen or not row[-1]:
            fields = "".join(f"<v>{escape(str(value))}</v>" for value in row[3:-1])
            out.write(f"<Prestatie>{fields}<RetourCode>8021</RetourCode></Prestatie>".encode())
        seen.add(row[3])
    out.write(b"</Antwoord>")
    return out.getvalue()
