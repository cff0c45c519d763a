"""Lists as CSV: ``;`` between fields, UTF-8, written while it is read."""

import asyncio
import csv
import io
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from datetime import date
from tempfile import TemporaryFile
from typing import IO, Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic.alias_generators import to_camel
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.exchange.aanvaarden import CSV, wants

ROWS = 5_000
"""How many are held at once."""
CHUNK = 64 * 1024
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula: the last four are the first in full width (OWASP, CSV
Injection)."""
CSV_DOCS: dict[int | str, dict[str, Any]] = {
    200: {"content": {CSV: {"schema": {"type": "string", "description": "met Accept: text/csv: alles, met kopregel"}}}}
}
"""For ``responses`` of a route that also answers with CSV."""


def wants_csv(request: Request) -> bool:
    """Whether the caller asks for CSV, and not for JSON as much."""
    return wants(request, CSV)


def cell(value: Any) -> str | int:
    """A value as one field. A text that a spreadsheet would run as a formula gets an apostrophe before it; a number is
    ours and stays a number, also below zero."""
    match value:
        case None:
            return ""
        case bool():
            return "ja" if value else "nee"
        case int():
            return value
        case date():
            return value.isoformat()
        case list() | tuple():
            return cell(" ".join(map(str, value)))
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_csv(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as lines of a file."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def csv_response(naam: str, koppen: Sequence[str], pages: AsyncIterable[Iterable[Sequence[Any]]]) -> StreamingResponse:
    """A file with this name, without ending: a line of heads, then the rows of every page as it comes, beside the
    loop."""

    async def parts() -> AsyncIterator[bytes]:
        yield as_csv([koppen])
        async for page in pages:
            yield await asyncio.to_thread(as_csv, page)

    return _attachment(naam, parts())


async def csv_file(
    engine: AsyncEngine, naam: str, kolommen: Sequence[str], statement: Select[Any]
) -> StreamingResponse:
    """The same of these columns of what a statement finds, asked once and kept in a file while it is sent: for what is
    dear to find, so that no page finds it again, and who reads slowly holds no connection."""
    file = TemporaryFile()  # noqa: SIM115 - closed when it is sent
    try:
        file.write(as_csv([[to_camel(one) for one in kolommen]]))
        async with engine.connect() as conn, conn.stream(statement) as found:
            async for rows in found.partitions(ROWS):
                part = [[getattr(row, name) for name in kolommen] for row in rows]
                await asyncio.to_thread(_append, file, part)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return _attachment(naam, chunks(file))


def _append(file: IO[bytes], rows: Iterable[Sequence[Any]]) -> None:
    file.write(as_csv(rows))


def _attachment(naam: str, parts: AsyncIterable[bytes] | Iterable[bytes]) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{naam}.csv"'}
    return StreamingResponse(parts, media_type=f"{CSV}; charset=utf-8", headers=headers)


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """What is in a file, which is closed afterwards."""
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
