"""The headers that every answer has, whoever gives it: a service, the gateway, or the server itself.

They are those of the API security module of the NL API Design Rules. A browser must not keep an answer, guess what it
is, show it within another page, run anything of it, or tell elsewhere where it came from.
"""

import re
from collections.abc import Iterable
from uuid import UUID, uuid4

API_CSP = "default-src 'none'; frame-ancestors 'none'"
"""An answer of the API is data: whatever it holds, a browser that shows it loads and runs nothing."""

KOPPEN: dict[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": API_CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}

HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
"""Only with an answer that leaves over TLS; a browser ignores it otherwise (RFC 6797, 8.1)."""

_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)


def with_tls(scheme: str, forwarded_proto: str | None) -> bool:
    """Whether the caller came over TLS, to us or to the proxy in front. A caller may pretend: it concerns his answer
    alone."""
    return scheme == "https" or (forwarded_proto or "").rpartition(",")[2].strip().lower() == "https"


def request_id(given: str | None, traceparent: str | None) -> str:
    """The id of a request: the caller's own (``X-Request-Id``), or else that of his trace (W3C ``traceparent``).

    Only a UUID, with or without dashes, is taken: it stands in logs and in the audit trail, where text of a caller's
    choice has no place. Anything else is passed over, and the request gets a new one.
    """
    if given and _UUID.fullmatch(given):
        return str(UUID(given))
    trace = _TRACE.fullmatch(traceparent or "")
    if trace and trace[1].strip("0"):
        return str(UUID(trace[1]))
    return str(uuid4())


def as_bytes(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI has them: lower case, in bytes."""
    return [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in headers]
