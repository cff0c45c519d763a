"""Errors that a caller gets to see, as problem documents (RFC 9457).

KnooppuntError
├── OnleesbaarError          400  not well-formed, DOCTYPE, wrong encoding, bad JSON
├── BerichtSoortError        400  a message that this service does not know
├── SchemaError              400  not valid against the schema; carries every fault
├── VerzoekError             400  a query parameter or header that cannot be honoured
├── TokenError               401
├── VerbodenError            403
├── NietGevondenError        404
├── NietAanvaardbaarError    406  no form of the answer that the caller takes
├── BotsingError             409
├── VervallenError           410  content that is past its retention
├── TeGrootError             413
├── MediaTypeError           415
├── TeVeelError              429
│   └── TeSnelError
└── NietBeschikbaarError     503

The message of an error is Dutch, safe to show, and never holds a value that may identify a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from json import JSONDecodeError
from typing import Any, ClassVar

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Fout:
    """One fault in a request: where (XPath, JSON path or field) and why, in Dutch; ``code`` names the condition, where
    it has a name."""

    locatie: str
    reden: str
    code: str | None = None


class KnooppuntError(Exception):
    """A request that cannot be honoured."""

    code: ClassVar[str]
    status: ClassVar[int]
    titel: ClassVar[str]

    def __init__(self, detail: str, fouten: Sequence[Fout] = (), headers: Mapping[str, str] | None = None):
        super().__init__(detail)
        self.detail = detail
        self.fouten = tuple(fouten)
        self.headers = dict(headers or {})


class OnleesbaarError(KnooppuntError):
    code, status, titel = "bericht-onleesbaar", 400, "Het bericht is niet leesbaar"


def no_json(error: Exception) -> OnleesbaarError:
    """What is told of JSON that Python could not read: where it stopped, and none of what stands there."""
    place = f" (regel {error.lineno}, kolom {error.colno})" if isinstance(error, JSONDecodeError) else ""
    return OnleesbaarError(f"De inhoud is geen geldige JSON{place}")


class BerichtSoortError(KnooppuntError):
    code, status, titel = "bericht-onbekend", 400, "Deze dienst kent dit bericht niet"


class SchemaError(KnooppuntError):
    code, status, titel = "schema-ongeldig", 400, "Het bericht voldoet niet aan het schema"


class VerzoekError(KnooppuntError):
    code, status, titel = "verzoek-ongeldig", 400, "Het verzoek klopt niet"


def _challenge(error: str | None = None, description: str = "") -> dict[str, str]:
    """How one signs on, and what was wrong with the token that came (RFC 6750, 3)."""
    told = f', error="{error}", error_description="{description}"' if error else ""
    return {"WWW-Authenticate": f'Bearer realm="wmo-knooppunt"{told}'}


class TokenError(KnooppuntError):
    """``sent``: a token came, and is refused. Why is not told: it would say to a forger how far he got. Whoever sent
    none is told the realm alone (RFC 6750, 3.1)."""

    code, status, titel = "niet-aangemeld", 401, "Aanmelden is nodig"

    def __init__(self, detail: str, *, sent: bool = True):
        super().__init__(detail, headers=_challenge(*_INVALID) if sent else _challenge())


_INVALID = ("invalid_token", "Het token is verlopen of om een andere reden niet geldig voor dit knooppunt")


class VerbodenError(KnooppuntError):
    """``by_token``: another token would do (RFC 6750, 3.1: insufficient_scope); else what is lacking is not in it."""

    code, status, titel = "niet-toegestaan", 403, "Niet toegestaan"

    def __init__(self, detail: str, fouten: Sequence[Fout] = (), *, by_token: bool = True):
        super().__init__(detail, fouten, _challenge(*_INSUFFICIENT) if by_token else None)


_INSUFFICIENT = ("insufficient_scope", "Hiervoor is een ander token nodig")


class NietGevondenError(KnooppuntError):
    code, status, titel = "niet-gevonden", 404, "Niet gevonden"


class NietAanvaardbaarError(KnooppuntError):
    code, status, titel = "vorm-onbekend", 406, "Deze vorm is er niet"


class BotsingError(KnooppuntError):
    code, status, titel = "botst", 409, "Botst met wat er al is"


class VervallenError(KnooppuntError):
    code, status, titel = "vervallen", 410, "Niet meer bewaard"


class TeGrootError(KnooppuntError):
    code, status, titel = "te-groot", 413, "Het bericht is te groot"


class MediaTypeError(KnooppuntError):
    code, status, titel = "mediatype-onbekend", 415, "Dit mediatype wordt niet aangenomen"


class TeVeelError(KnooppuntError):
    code, status, titel = "te-veel", 429, "Te veel verzoeken tegelijk"


class TeSnelError(TeVeelError):
    code, titel = "te-snel", "Te veel verzoeken achter elkaar"


class NietBeschikbaarError(KnooppuntError):
    """The only 5xx: the same request may be sent again, and finds out what became of the first (P2)."""

    code, status, titel = "niet-beschikbaar", 503, "Tijdelijk niet beschikbaar"

    def __init__(self, detail: str, seconden: int = 2):
        super().__init__(detail, headers={"Retry-After": str(seconden)})


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document, ready to be sent."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def as_problem(error: KnooppuntError, instance: str | None = None) -> Problem:
    """The problem document of an error; ``instance`` is the request id, to quote when asking for help."""
    body: dict[str, Any] = {
        "type": f"urn:knooppunt:{error.code}",
        "title": error.titel,
        "status": error.status,
        "detail": error.detail,
    }
    if instance:
        body["instance"] = f"urn:uuid:{instance}"
    if error.fouten:
        body["fouten"] = [
            {"locatie": fout.locatie, "reden": fout.reden} | ({"code": fout.code} if fout.code else {})
            for fout in error.fouten
        ]
    return Problem(error.status, body, error.headers)
