"""Requests as an ASGI server hands them over, and a service that nothing was opened of."""

import base64
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from services.startstop.app import create_app
from shared.exchange.huis import Huis
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from tests.shared.iwmo.berichten import AANBIEDER

KEY = base64.b64encode(b"k" * 32).decode()
AANBIEDER_BELLER = Beller("aanbieder", frozenset({Partij.aanbieder(AANBIEDER)}))


def a_huis(**deviations: Any) -> Huis:
    """The service startstop; its database is never reached."""
    right: dict[str, Any] = {
        "database_url_startstop": "postgresql://niemand@127.0.0.1:1/geen",
        "sleutels": f"a:{KEY}",
        "pseudoniem_sleutel": KEY,
        "max_bericht_mb": 1,
    }
    huis: Huis = create_app(Settings(**(right | deviations))).state.huis
    return huis


def a_request(*chunks: bytes, ends: bool = True, **headers: str) -> Request:
    """A POST whose body comes in these pieces; without ``ends`` the sender hangs up halfway."""
    messages: Iterator[dict[str, Any]] = iter(
        [
            *({"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks),
            {"type": "http.request", "body": b"", "more_body": False} if ends else {"type": "http.disconnect"},
        ]
    )

    async def receive() -> dict[str, Any]:
        return next(messages)

    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": raw, "state": {}}
    return Request(scope, receive)
