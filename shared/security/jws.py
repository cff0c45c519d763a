"""The parts of a signed token (JWS, RFC 7515), read strictly: one way to write each, so nothing is read two ways."""

import base64
import json
from typing import Any

MAX_KID = 200
KINDS = ("jwt", "at+jwt", "application/at+jwt")
"""What ``typ`` of an access token may say (RFC 7519, RFC 9068); an ID or logout token is none."""


def read_header(token: str, algoritmen: tuple[str, ...]) -> tuple[str, str]:
    """The algorithm and key id of a token that is not trusted yet; ValueError for what is never good.

    Keys in the header (``jwk``, ``jku``, ``x5u``, ``x5c``) are not looked at: keys come from the issuer alone.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("a token has three parts")
    header = _read_part(parts[0])
    _decode(parts[2])
    alg, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(alg, str) or alg not in algoritmen:
        raise ValueError("another algorithm")
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID:
        raise ValueError("no key id")
    if not isinstance(kind, str) or kind.lower() not in KINDS:
        raise ValueError("no access token")
    # RFC 7515, 4.1.11: who does not know a critical member must refuse; we know none.
    if "crit" in header or "b64" in header:
        raise ValueError("critical members")
    _read_part(parts[1])
    return alg, kid


def _read_part(text: str) -> dict[str, Any]:
    """The object in one part; ValueError also when a member stands there twice."""
    try:
        value = json.loads(_decode(text).decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(value, dict):
        raise TypeError("no object")
    return value


def _decode(text: str) -> bytes:
    """Base64url without padding, in its only form: bits after the last byte are zero (RFC 4648, 3.5)."""
    raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != text.encode("ascii"):
        raise ValueError("not canonical")
    return raw


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands there twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")
