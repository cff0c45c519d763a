"""Decisions as they come in: up to ten thousand in one body, so what is wrong with them is found in parts."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.declaratie.handmatig.modellen import MAX_BESLISSINGEN, Beslissing, Beslissingen
from shared.exchange.fouten import MOST_FAULTS, explain_fault, place_of
from shared.exchange.invoer import from_json, in_parts, too_wide
from shared.problems import Fout, VerzoekError

_LIST = TypeAdapter(list[Beslissing])


def read_beslissingen(body: bytes) -> Beslissingen:
    """The decisions in a body; VerzoekError, with the place of each fault, when they are not right."""
    document = from_json(body)
    fouten: list[Fout] = []
    if isinstance(document, dict):
        document, fouten = _with_rows(document)
    if not fouten:
        try:
            return Beslissingen.model_validate(document)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)[:MOST_FAULTS]
            fouten = [Fout(place_of({"loc": ("body", *fault["loc"])}), explain_fault(fault)) for fault in found]
    raise VerzoekError("Het verzoek klopt niet", fouten)


def _with_rows(document: dict[str, Any]) -> tuple[dict[str, Any], list[Fout]]:
    """The same with its list as decisions, and what is wrong with those; or with an object that is too wide."""
    wide = too_wide(document, "body") + too_wide(document.get("filter"), "body/filter")
    rows = document.get("beslissingen")
    if wide or not isinstance(rows, list):
        return document, wide
    if len(rows) > MAX_BESLISSINGEN:
        return document, [Fout("body/beslissingen", f"heeft er te veel: hoogstens {MAX_BESLISSINGEN}")]
    made, fouten = in_parts(_LIST, rows, "body/beslissingen")
    return document | {"beslissingen": made}, fouten
