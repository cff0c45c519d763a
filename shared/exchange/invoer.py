"""Bodies of many values that are no messages: read beside the event loop, and what is wrong with them found in parts
(P9)."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.exchange.fouten import MOST_FAULTS, explain_fault, place_of
from shared.exchange.huis import Huis
from shared.exchange.ontvangst import media_of, read_body
from shared.exchange.verwerking import off_loop
from shared.problems import Fout, MediaTypeError, no_json

MAX_FIELDS = 100
"""Of one object: more is not ours, and each would be a fault."""
PART = 100
"""Rows that are validated in one go."""
T = TypeVar("T")
Parse = Callable[[bytes], T]


async def read_beside(huis: Huis, request: Request, forms: Mapping[str, Parse[T]]) -> T:
    """What is made of the body of a request by the one of ``forms`` for its media type; MediaTypeError for another."""
    parse = forms.get(media_of(request))
    if parse is None:
        raise MediaTypeError(f"Stuur {' of '.join(forms)}")
    body = await read_body(huis, request)
    return await off_loop(huis, len(body), lambda: parse(body))


def from_json(body: bytes) -> Any:
    """What its JSON says; OnleesbaarError when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise no_json(error) from None


def in_parts(adapter: TypeAdapter[list[T]], rows: Sequence[Any], place: str) -> tuple[list[T], list[Fout]]:
    """The rows as they are meant, and at most ``MOST_FAULTS`` of what is wrong with them; ``place``: of the list."""
    wide = [fout for number, row in enumerate(rows) for fout in too_wide(row, f"{place}/{number}")]
    if wide:
        return [], wide[:MOST_FAULTS]
    made: list[T] = []
    fouten: list[Fout] = []
    # In parts: others have their turn in between, and not many more faults are looked up than are told.
    for start in range(0, len(rows), PART):
        try:
            made += adapter.validate_python(rows[start : start + PART])
        except ValidationError as error:
            fouten += [_fout(fault, place, start) for fault in error.errors(include_url=False, include_input=False)]
        if len(fouten) >= MOST_FAULTS:
            break
    return made, fouten[:MOST_FAULTS]


def too_wide(value: Any, place: str) -> list[Fout]:
    """An object with more fields than any of ours, as a fault; each of them would be one."""
    wide = isinstance(value, dict) and len(value) > MAX_FIELDS
    return [Fout(place, f"heeft meer dan {MAX_FIELDS} velden")] if wide else []


def _fout(fault: Mapping[str, Any], place: str, start: int) -> Fout:
    """Of a list of which this is the part from ``start`` on."""
    number, *field = fault["loc"]
    return Fout(f"{place}/" + place_of({"loc": (start + number, *field)}), explain_fault(fault))


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """How OpenAPI describes such a body, whole: what it refers to stands within it."""
    schema = model.model_json_schema(by_alias=True)
    parts = schema.pop("$defs", {})

    def inlined(value: Any) -> Any:
        if isinstance(value, list):
            return [inlined(one) for one in value]
        if not isinstance(value, dict):
            return value
        name = str(value.get("$ref", "")).removeprefix("#/$defs/")
        rest = {key: inlined(one) for key, one in value.items() if key != "$ref"}
        return {**inlined(parts[name]), **rest} if name in parts else rest

    made: dict[str, Any] = inlined(schema)
    return made
