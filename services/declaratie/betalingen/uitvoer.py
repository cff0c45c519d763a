"""Lines of payment proposals as CSV and as an Excel workbook, however many there are."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any, Literal

from fastapi.responses import StreamingResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from services.declaratie.betalingen.domain import Voorstel
from services.declaratie.betalingen.regels import select_declaraties, select_regels
from shared.exchange.aanvaarden import CSV, XML
from shared.exchange.csv_uit import csv_response
from shared.problems import BotsingError

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_EXCEL = 1_048_575
"""Rows of a sheet, without the one of the names."""
ROWS = 1000
"""How many lines are held at once."""
AT_ONCE = 20_000
"""Lines of declarations that are read in one statement."""
Values = tuple[Any, ...]

KOLOMMEN = (
    "declaratieNummer", "referentie", "vorigeReferentie", "toewijzingNummer", "categorie", "code", "begindatum",
    "einddatum", "volume", "eenheid", "btw", "bedrag",
)  # fmt: skip
"""``bedrag`` and the ``btw`` in it in cents, credit negative, as everywhere in the API."""


VOOR_ALLE = ("aanbieder", "betaling")
"""Before those of a line, where a file has those of more proposals."""
Vorm = Literal["sepa", "csv", "excel"]
FILES: dict[str, Any] = {
    XML: {"schema": {"type": "string", "description": "sepa: pain.001.001.09"}},
    CSV: {"schema": {"type": "string"}},
    EXCEL: {"schema": {"type": "string", "format": "binary"}},
}
"""What a route that gives these answers with."""
VORMEN: dict[Vorm, str] = {"sepa": XML, "csv": CSV, "excel": EXCEL}


def file_name(voorstel: Voorstel) -> str:
    """How a file of this proposal is called, without ending."""
    return f"betaling-{voorstel.gemeente}-{voorstel.aanbieder}-{voorstel.kenmerk[:8]}"


def named(naam: str, ending: str) -> dict[str, str]:
    """The header that gives a file its name."""
    return {"Content-Disposition": f'attachment; filename="{naam}.{ending}"'}


def check_rows(regels: int) -> None:
    """BotsingError for more lines than a sheet can have."""
    if regels > MAX_EXCEL:
        raise BotsingError("Er zijn meer regels dan een werkblad kan hebben; neem vorm=csv")


async def _pages(engine: AsyncEngine, voorstel: Voorstel) -> AsyncIterator[Sequence[Values]]:
    async with engine.connect() as conn:
        for ids in _together((await conn.execute(select_declaraties(voorstel.id))).all()):
            async with conn.stream(select_regels(ids)) as found:
                async for rows in found.partitions(ROWS):
                    yield [_values(row) for row in rows]


def _together(declaraties: Iterable[Row[Any]]) -> Iterator[list[int]]:
    """Declarations of which the lines are asked for in one statement: many small ones, and a large one alone, whose
    lines would else be sorted with the others."""
    ids: list[int] = []
    lines = 0
    for one in declaraties:
        if ids and lines + one.regels > AT_ONCE:
            yield ids
            ids, lines = [], 0
        ids.append(one.id)
        lines += one.regels
    if ids:
        yield ids


async def _all_pages(engine: AsyncEngine, voorstellen: Sequence[Voorstel]) -> AsyncIterator[Sequence[Values]]:
    for voorstel in voorstellen:
        async for page in _pages(engine, voorstel):
            yield [(voorstel.aanbieder, voorstel.kenmerk, *values) for values in page]


def _values(row: Row[Any]) -> Values:
    """In the order of ``KOLOMMEN``."""
    return (
        row.declaratie_nummer, row.referentie, row.vorige_referentie, row.toewijzing_nummer, row.categorie, row.code,
        row.begindatum, row.einddatum, row.volume, row.eenheid, row.btw, row.bedrag,
    )  # fmt: skip


def csv_file(engine: AsyncEngine, voorstel: Voorstel) -> StreamingResponse:
    """The lines of a proposal as CSV."""
    return csv_response(file_name(voorstel), KOLOMMEN, _pages(engine, voorstel))


def csv_of_all(engine: AsyncEngine, naam: str, voorstellen: Sequence[Voorstel]) -> StreamingResponse:
    """The lines of more proposals as CSV."""
    return csv_response(naam, VOOR_ALLE + KOLOMMEN, _all_pages(engine, voorstellen))


async def excel_file(engine: AsyncEngine, voorstel: Voorstel) -> IO[bytes]:
    """A workbook with the proposal and its lines, in a file that is gone when it is closed."""
    book = Workbook(write_only=True)
    summary = book.create_sheet("Voorstel")
    for name, value in _summary(voorstel):
        summary.append([name, value])
    return await _with_lines(book, KOLOMMEN, _pages(engine, voorstel))


async def excel_of_all(engine: AsyncEngine, voorstellen: Sequence[Voorstel]) -> IO[bytes]:
    """The same of more proposals, a row each."""
    book = Workbook(write_only=True)
    summary = book.create_sheet("Voorstellen")
    summary.append([_bold(summary, name) for name, _ in _summary(voorstellen[0])])
    for voorstel in voorstellen:
        summary.append([value for _, value in _summary(voorstel)])
    return await _with_lines(book, VOOR_ALLE + KOLOMMEN, _all_pages(engine, voorstellen))


async def _with_lines(book: Workbook, kolommen: Sequence[str], pages: AsyncIterator[Sequence[Values]]) -> IO[bytes]:
    """The book as a file. It is written as the lines come, beside the loop."""
    lines = book.create_sheet("Regels")
    lines.freeze_panes = "A2"
    lines.append([_bold(lines, name) for name in (*kolommen, "bedragEuro")])

    def append(page: Sequence[Values]) -> None:
        for values in page:
            lines.append([*(_cell(lines, value) for value in values), _euro(values[-1])])

    async for page in pages:
        await asyncio.to_thread(append, page)
    file = TemporaryFile()  # noqa: SIM115 - the caller reads it, and closes it
    await asyncio.to_thread(book.save, file)
    file.seek(0)
    return file


def _summary(voorstel: Voorstel) -> Sequence[tuple[str, Any]]:
    return (
        ("kenmerk", voorstel.kenmerk),
        ("gemeente", voorstel.gemeente),
        ("aanbieder", voorstel.aanbieder),
        ("tot en met", voorstel.einddatum),
        ("regels", voorstel.regels),
        ("bedrag", voorstel.bedrag),
        ("bedragEuro", _euro(voorstel.bedrag)),
        ("btwEuro", _euro(voorstel.btw)),
    )


def _euro(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, value: Any) -> Any:
    """A text stays a text, also one that openpyxl takes for a formula or an error. Cells for all would double the
    time."""
    if not (isinstance(value, str) and value.startswith(("=", "#"))):
        return value
    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"
    return cell
