"""The embedded issuer over HTTP, at the gateway alone: its public keys, and tokens for client credentials (RFC 6749).

A service knows nothing of this: it is given the address of a JWKS, here as anywhere. Outside ``knooppunt up`` there is
no gateway, and so no issuer.
"""

import asyncio
import base64
import json
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from knooppunt.clienten import Clienten
from knooppunt.errors import KnooppuntStartError
from knooppunt.issuer import Issuer
from shared.koppen import KOPPEN, as_bytes

JWKS_PATH = "/.well-known/jwks.json"
METADATA_PATH = "/.well-known/oauth-authorization-server"
TOKEN_PATH = "/token"  # noqa: S105 - a path
MAX_FORM_BYTES = 8192
READ_SECONDS = 10.0
TOKEN_SECONDS = 3600


class OAuthError(Exception):
    """A refusal in the words of RFC 6749, 5.2."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.status = error, status


@dataclass(frozen=True)
class Uitgifte:
    """An ASGI application for the paths in ``PATHS``; ``naam`` and ``audience`` become ``iss`` and ``aud``."""

    issuer: Issuer
    clienten: Clienten
    naam: str
    audience: str

    PATHS = (JWKS_PATH, METADATA_PATH, TOKEN_PATH)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Answers one request."""
        wanted = "POST" if scope["path"] == TOKEN_PATH else "GET"
        if scope["method"] != wanted:
            await _answer(send, 405, {"error": "invalid_request"}, allow=wanted)
        elif scope["path"] == JWKS_PATH:
            await _answer(send, 200, {"keys": [self.issuer.jwk()]})
        elif scope["path"] == METADATA_PATH:
            await _answer(send, 200, self._metadata(scope))
        else:
            await self._give(scope, receive, send)

    def _metadata(self, scope: MutableMapping[str, Any]) -> dict[str, Any]:
        """RFC 8414; the addresses are on the host that was asked."""
        host = _header(scope, b"host") or "127.0.0.1"
        return {
            "issuer": self.naam,
            "jwks_uri": f"http://{host}{JWKS_PATH}",
            "token_endpoint": f"http://{host}{TOKEN_PATH}",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }

    async def _give(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                form = _form(scope, await _body(receive))
            token = await asyncio.to_thread(self._token, _header(scope, b"authorization"), form)
        except TimeoutError:
            await _answer(send, 400, {"error": "invalid_request"})
        except OAuthError as error:
            challenge = {"www_authenticate": 'Basic realm="wmo-knooppunt"'} if error.status == 401 else {}
            await _answer(send, error.status, {"error": error.error}, **challenge)
        except KnooppuntStartError:
            await _answer(send, 503, {"error": "temporarily_unavailable"}, retry_after="5")
        else:
            await _answer(send, 200, {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})

    def _token(self, authorization: str | None, form: dict[str, str]) -> str:
        naam, secret = _credentials(authorization, form)
        partijen = self.clienten.partijen(naam, secret)
        if partijen is None:
            raise OAuthError("invalid_client", 401)
        if "grant_type" not in form:
            raise OAuthError("invalid_request")
        if form["grant_type"] != "client_credentials":
            raise OAuthError("unsupported_grant_type")
        return self.issuer.token(partijen, self.naam, self.audience, TOKEN_SECONDS, naam)


def _credentials(authorization: str | None, form: dict[str, str]) -> tuple[str, str]:
    """Name and secret, from the header or from the form; not from both (RFC 6749, 2.3)."""
    in_form = "client_id" in form and "client_secret" in form
    if authorization is None and in_form:
        return form["client_id"], form["client_secret"]
    if authorization is None or "client_secret" in form:
        raise OAuthError("invalid_client", 401)
    scheme, _, encoded = authorization.partition(" ")
    try:
        naam, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        raise OAuthError("invalid_client", 401) from None
    if scheme.lower() != "basic":
        raise OAuthError("invalid_client", 401)
    return unquote_plus(naam), unquote_plus(secret)


def _form(scope: MutableMapping[str, Any], body: bytes) -> dict[str, str]:
    media = (_header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    if media != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        raise OAuthError("invalid_request") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError("invalid_request")
    return form


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_FORM_BYTES or message["type"] == "http.disconnect":
            raise OAuthError("invalid_request")
    return body


def _header(scope: MutableMapping[str, Any], wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name.lower() == wanted), None)


async def _answer(send: Any, status: int, content: dict[str, Any], **headers: str) -> None:
    body = json.dumps(content).encode()
    lines = KOPPEN | {"content-type": "application/json", "content-length": str(len(body))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    raw = as_bytes(lines.items())
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
