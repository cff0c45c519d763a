"""Lists that a gemeente enters, as JSON or CSV: every fault is named with its place."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from shared.exchange.aanvaarden import CSV
from shared.exchange.fouten import explain_fault, place_of
from shared.exchange.huis import Huis
from shared.exchange.ontvangst import JSON_TYPE, media_of, read_body
from shared.exchange.verwerking import off_loop
from shared.problems import Fout, MediaTypeError, OnleesbaarError, VerzoekError, no_json

MAX_ROWS = 10_000
MAX_FAULTS = 100
MAX_FIELDS = 100
"""Of one object: more is not ours, and each would be a fault."""
PART = 100
"""Rows that are validated in one go."""
T = TypeVar("T")


async def read_list(huis: Huis, request: Request, parse: Callable[[Any], list[T]]) -> list[T]:
    """What ``parse`` makes of the body of a request: of what its JSON says, or of the rows of its CSV."""
    media = media_of(request)
    if media not in (JSON_TYPE, CSV):
        raise MediaTypeError("Stuur application/json of text/csv")
    body = await read_body(huis, request)
    rows_of = csv_rows if media == CSV else _json
    return await off_loop(huis, len(body), lambda: parse(rows_of(body)))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise no_json(error) from None


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
    wide = [number for number, row in enumerate(rows) if isinstance(row, dict) and len(row) > MAX_FIELDS]
    if wide:
        fouten = [Fout(f"/{number}", f"heeft meer dan {MAX_FIELDS} velden") for number in wide[:MAX_FAULTS]]
        raise VerzoekError(f"De {naam} kloppen niet", fouten)
    made: list[T] = []
    fouten = []
    # In parts: others have their turn in between, and not many more faults are looked up than are told.
    for start in range(0, len(rows), PART):
        try:
            made += adapter.validate_python(rows[start : start + PART])
        except ValidationError as error:
            fouten += [_fout(fault, start) for fault in error.errors(include_url=False, include_input=False)]
        if len(fouten) >= MAX_FAULTS:
            break
    if fouten:
        raise VerzoekError(f"De {naam} kloppen niet", fouten[:MAX_FAULTS])
    return made


def _fout(fault: Mapping[str, Any], start: int) -> Fout:
    """Of a list of which this is the part from ``start`` on."""
    number, *field = fault["loc"]
    return Fout("/" + place_of({"loc": (start + number, *field)}), explain_fault(fault))


def one_or_many(schema: dict[str, Any]) -> dict[str, Any]:
    """How OpenAPI describes such a body."""
    either = {"oneOf": [schema, {"type": "array", "items": schema}]}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": either}, "text/csv": {"schema": {"type": "string"}}},
        }
    }
