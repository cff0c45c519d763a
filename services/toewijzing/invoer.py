"""Lists that a gemeente enters, as JSON or CSV: every fault is named with its place."""

import csv
import io
from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import TypeAdapter

from shared.exchange.aanvaarden import CSV
from shared.exchange.huis import Huis
from shared.exchange.invoer import from_json, in_parts, read_beside
from shared.exchange.ontvangst import JSON_TYPE
from shared.problems import OnleesbaarError, VerzoekError

MAX_ROWS = 10_000
T = TypeVar("T")


async def read_list(huis: Huis, request: Request, parse: Callable[[Any], list[T]]) -> list[T]:
    """What ``parse`` makes of the body of a request: of what its JSON says, or of the rows of its CSV."""
    forms = {JSON_TYPE: lambda body: parse(from_json(body)), CSV: lambda body: parse(csv_rows(body))}
    return await read_beside(huis, request, forms)


def csv_rows(body: bytes) -> list[dict[str, str]]:
    """CSV with a line of names, separated by a comma or a semicolon; an empty field is absent."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise OnleesbaarError("De CSV is geen UTF-8") from None
    separator = ";" if ";" in text.partition("\n")[0] else ","
    try:
        return [
            {name: value for name, value in row.items() if name is not None and value}
            for row in csv.DictReader(io.StringIO(text), delimiter=separator)
        ]
    except csv.Error:
        raise OnleesbaarError("De CSV is niet leesbaar") from None


def validated(adapter: TypeAdapter[list[T]], document: Any, naam: str) -> list[T]:
    """One object or a list of them; ``naam`` is what they are called, in the plural."""
    rows = document if isinstance(document, list) else [document]
    if not rows or len(rows) > MAX_ROWS:
        raise VerzoekError(f"Geef 1 tot {MAX_ROWS} {naam}")
    made, fouten = in_parts(adapter, rows, "")
    if fouten:
        raise VerzoekError(f"De {naam} kloppen niet", fouten)
    return made


def one_or_many(schema: dict[str, Any]) -> dict[str, Any]:
    """How OpenAPI describes such a body."""
    either = {"oneOf": [schema, {"type": "array", "items": schema}]}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": either}, "text/csv": {"schema": {"type": "string"}}},
        }
    }
