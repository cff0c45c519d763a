"""Lists that a gemeente enters, as JSON or CSV: every fault is named with its place."""

import csv
import io
import json
from typing import Any, TypeVar

from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from shared.exchange.fouten import explain_fault, place_of
from shared.exchange.huis import Huis
from shared.exchange.ontvangst import read_body
from shared.problems import Fout, MediaTypeError, OnleesbaarError, VerzoekError

MAX_ROWS = 10_000
MAX_FAULTS = 100
T = TypeVar("T")


async def read_rows(huis: Huis, request: Request) -> Any:
    """The body of a request: what its JSON says, or the rows of its CSV."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in ("application/json", "text/csv"):
        raise MediaTypeError("Stuur application/json of text/csv")
    body = await read_body(huis, request)
    if media == "text/csv":
        return csv_rows(body)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise OnleesbaarError("De inhoud is geen geldige JSON") from None


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
    try:
        return adapter.validate_python(rows)
    except ValidationError as error:
        fouten = [Fout("/" + place_of(fault), explain_fault(fault)) for fault in error.errors()[:MAX_FAULTS]]
        raise VerzoekError(f"De {naam} kloppen niet", fouten) from None


def one_or_many(schema: dict[str, Any]) -> dict[str, Any]:
    """How OpenAPI describes such a body."""
    either = {"oneOf": [schema, {"type": "array", "items": schema}]}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": either}, "text/csv": {"schema": {"type": "string"}}},
        }
    }
