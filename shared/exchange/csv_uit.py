"""Lists as CSV: ``;`` between fields, UTF-8, written while it is read."""

import csv
import io
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from datetime import date
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse

from shared.exchange.aanvaarden import CSV, wants

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
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
    """A file with this name, without ending: a line of heads, then the rows of every page as it comes."""

    async def parts() -> AsyncIterator[bytes]:
        yield as_csv([koppen])
        async for page in pages:
            yield as_csv(page)

    headers = {"Content-Disposition": f'attachment; filename="{naam}.csv"'}
    return StreamingResponse(parts(), media_type=f"{CSV}; charset=utf-8", headers=headers)
