"""A message as JSON, ``{"bericht": "WMO305", "release": "3.2", "inhoud": {...}}``, turned into XML: from there it goes
the way of all XML, so both are judged alike."""

import json
from typing import Any

from shared.iwmo.catalogus import BerichtSoort, soort_named
from shared.iwmo.codec import encode
from shared.iwmo.lezer import BerichtOngeldigError
from shared.iwmo.schemas import Schemas
from shared.problems import BerichtSoortError, Fout, OnleesbaarError, SchemaError, TeGrootError, no_json

MAX_BYTES = 16 * 1024 * 1024
MAX_OBJECTS = 400_000
"""JSON is for people and small programs: parsed it takes far more room than XML, which has no such limits."""


def from_json(body: bytes, schemas: Schemas, most: int) -> bytes:
    """The message as XML. Raises OnleesbaarError, BerichtSoortError, or BerichtOngeldigError (with at most ``most``
    faults) for what has no place in the schema."""
    if len(body) > MAX_BYTES or body.count(b"{") > MAX_OBJECTS:
        most_mb = MAX_BYTES // 1024**2
        raise TeGrootError(
            f"Een bericht als JSON mag hoogstens {most_mb} MB zijn en {MAX_OBJECTS} objecten hebben; stuur het als XML"
        )
    try:
        document: Any = json.loads(body, parse_constant=_no_constant, object_pairs_hook=_unique)
    except _RepeatedKeyError:
        raise OnleesbaarError("Een naam staat twee keer in hetzelfde JSON-object") from None
    except (ValueError, RecursionError) as error:
        raise no_json(error) from None
    if not isinstance(document, dict):
        raise OnleesbaarError("De inhoud moet een JSON-object zijn")
    soort = soort_named(str(document.get("bericht")), str(document.get("release")))
    if soort is None:
        fouten = [Fout("/bericht", "een bericht van de standaard"), Fout("/release", "2.4 of 3.2")]
        raise BerichtSoortError("Dit bericht en deze release bestaan niet samen", fouten)
    _same_soort(document.get("inhoud"), soort)
    try:
        # What is no object at all is a fault like others, and told as such.
        return encode(document.get("inhoud"), schemas.of(soort), most)  # type: ignore[arg-type]
    except SchemaError as error:
        raise BerichtOngeldigError(error.detail, error.fouten, soort.naam, soort.release) from None


def _same_soort(inhoud: Any, soort: BerichtSoort) -> None:
    """303D and 303F share a schema: the BerichtCode must be that of the message that was named."""
    header = inhoud.get("Header") if isinstance(inhoud, dict) else None
    code = header.get("BerichtCode") if isinstance(header, dict) else None
    if isinstance(code, str) and code != soort.code:
        fout = Fout("/Bericht/Header/BerichtCode", f"bij {soort.naam} hoort BerichtCode {soort.code}")
        raise BerichtOngeldigError("De BerichtCode hoort niet bij dit bericht", [fout], soort.naam, soort.release)


class _RepeatedKeyError(ValueError):
    """JSON that names a thing twice: one of the two would be lost without a word."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RepeatedKeyError
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)
