"""The problem documents as OpenAPI describes them: one shape, and what each status means here."""

from typing import Any

from shared.problems import PROBLEM_JSON

Json = dict[str, Any]

_FOUT: Json = {
    "title": "Fout",
    "type": "object",
    "properties": {
        "locatie": {
            "type": "string",
            "description": "XPath in het bericht, of het veld van het verzoek",
            "examples": ["/Bericht/Header/BerichtVersie"],
        },
        "reden": {
            "type": "string",
            "examples": ["deze waarde is hier niet toegestaan; verwacht: 3; type LDT_BerichtVersie"],
        },
        "code": {"type": "string", "description": "de voorwaarde, waar die een naam heeft", "examples": ["fase"]},
    },
    "required": ["locatie", "reden"],
}
_PROBLEEM: Json = {
    "title": "Probleem",
    "description": "Waarom een verzoek niet is uitgevoerd (RFC 9457)",
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "vaste naam van de fout", "examples": ["urn:knooppunt:te-groot"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "het verzoek; noem dit bij een vraag om hulp"},
        "fouten": {"type": "array", "items": {"$ref": "#/components/schemas/Fout"}, "maxItems": 100},
    },
    "required": ["type", "title", "status", "detail"],
}
PROBLEM_SCHEMAS: Json = {"Fout": _FOUT, "Probleem": _PROBLEEM}
_RETRY = {
    "Retry-After": {"description": "over hoeveel seconden het opnieuw kan", "schema": {"type": "integer"}},
}
_CHALLENGE = {
    "WWW-Authenticate": {
        "description": 'hoe u zich aanmeldt (RFC 6750); bij een token dat niet geldig is met error="invalid_token"',
        "schema": {"type": "string"},
    },
}
_SCOPE = {
    "WWW-Authenticate": {
        "description": 'met error="insufficient_scope" waar een token van een andere partij nodig is (RFC 6750)',
        "schema": {"type": "string"},
    },
}


def _response(description: str, headers: Json | None = None) -> Json:
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Probleem"}}}
    return {"description": description, "content": content, **({"headers": headers} if headers else {})}


PROBLEM_RESPONSES: dict[str, tuple[str, Json]] = {
    "400": ("OngeldigVerzoek", _response("Het verzoek of het bericht klopt niet; alle fouten staan erbij")),
    "401": ("NietAangemeld", _response("Er is geen geldig token meegestuurd", _CHALLENGE)),
    "403": ("NietToegestaan", _response("De partij van het token mag dit niet", _SCOPE)),
    "404": ("NietGevonden", _response("Dit is er niet, of niet voor de partij van het token")),
    "406": ("VormOnbekend", _response("Geen van de gevraagde vormen (Accept) is er")),
    "413": ("TeGroot", _response("De inhoud is te groot")),
    "415": ("MediatypeOnbekend", _response("Dit mediatype of deze compressie wordt niet aangenomen")),
    "429": ("TeVeelVerzoeken", _response("Er zijn te veel verzoeken van u, tegelijk of achter elkaar", _RETRY)),
    "503": ("NietBeschikbaar", _response("Nu niet beschikbaar; stuur hetzelfde opnieuw", _RETRY)),
}
"""By status: the name of the component, and the response."""


def botst(description: str) -> dict[int | str, Any]:
    """The ``responses`` of an operation that may clash with what is there (409), which not every one can."""
    return {409: _response(description)}
