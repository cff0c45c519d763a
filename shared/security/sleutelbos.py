"""The public keys of the token issuer (JWKS, RFC 7517): fetched when needed, kept while it is away."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import httpx
import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from shared.problems import NietBeschikbaarError, TokenError

ALGORITMEN = ("ES256", "RS256")
REFRESH_SECONDS = 300.0
RETRY_SECONDS = 5.0
KEEP_SECONDS = 24 * 3600.0
FETCH_SECONDS = 10.0
"""For the whole answer of the issuer, however slowly it drips."""
MAX_JWKS_BYTES = 256 * 1024
SMALLEST_RSA = 2048
REFUSED = "Geef een geldig token mee (Authorization: Bearer ...)"
"""The one text for every token that is not good: a reason would tell a forger how far he got."""

log = structlog.get_logger()


@dataclass
class Sleutelbos:
    """The issuer's public keys; known keys go on working 24 hours without the issuer."""

    url: str
    algoritmen: Sequence[str] = ALGORITMEN
    keys: dict[str, jwt.PyJWK] = field(default_factory=dict)
    fetched: float = 0.0
    tried: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    refreshing: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> jwt.PyJWK:
        """The key of this id; raises TokenError when the issuer does not know it.

        A known key is given at once; a refresh that is due goes on beside it, so a slow issuer holds nobody up. An
        unknown id makes us ask the issuer once in RETRY_SECONDS at most, whoever sends how many.
        """
        age = time.monotonic() - self.fetched if self.fetched else float("inf")
        if kid in self.keys and age < KEEP_SECONDS:
            if age > REFRESH_SECONDS and self._may_try() and not self.lock.locked():
                self.refreshing = asyncio.create_task(self._refresh(self.tried))
            return self.keys[kid]
        if self._may_try():
            await self._refresh(self.tried)
        if not self.fetched or time.monotonic() - self.fetched > KEEP_SECONDS:
            raise NietBeschikbaarError("De uitgever van tokens is niet bereikbaar", seconden=5)
        try:
            return self.keys[kid]
        except KeyError:
            raise TokenError(REFUSED) from None

    def _may_try(self) -> bool:
        return not self.tried or time.monotonic() - self.tried > RETRY_SECONDS

    async def _refresh(self, last_try: float) -> None:
        async with self.lock:
            if self.tried != last_try:
                return  # somebody else just did
            try:
                async with asyncio.timeout(FETCH_SECONDS):
                    document = await self._fetch()
                keys = _keys_in(document)
            except (OSError, ValueError, TypeError, KeyError, httpx.HTTPError, RecursionError):
                log.warning("jwks_unavailable", exc_info=True)
                return
            finally:
                self.tried = time.monotonic()
            self.keys = {key.key_id: key for key in keys if key.key_id and self._is_usable(key)}
            self.fetched = self.tried

    def _is_usable(self, key: jwt.PyJWK) -> bool:
        """A public key to check signatures with, of the kind and strength that its algorithm asks for."""
        if key.algorithm_name not in self.algoritmen or key.public_key_use not in (None, "sig"):
            return False
        public = key.key
        if key.algorithm_name == "ES256":
            return isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1)
        return isinstance(public, rsa.RSAPublicKey) and public.key_size >= SMALLEST_RSA

    async def _fetch(self) -> dict[str, Any]:
        """The JWKS; ValueError or TypeError when it is none."""
        parts = urlparse(self.url)
        if parts.scheme == "file":
            document = json.loads(await asyncio.to_thread(Path(unquote(parts.path)).read_text, "utf-8"))
        else:
            document = json.loads(await self._download())
        if not isinstance(document, dict):
            raise TypeError("a JWKS is an object")
        return document

    async def _download(self) -> bytes:
        body = bytearray()
        async with (
            httpx.AsyncClient(timeout=5, follow_redirects=False) as client,
            client.stream("GET", self.url, headers={"Accept-Encoding": "identity"}) as answer,
        ):
            # As it came: unpacked, a few bytes could be more than there is memory for.
            async for part in answer.raise_for_status().aiter_raw():
                body += part
                if len(body) > MAX_JWKS_BYTES:
                    raise ValueError("the JWKS is too large")
        return bytes(body)


def _keys_in(document: dict[str, Any]) -> list[jwt.PyJWK]:
    """The keys that can be read. None is an answer too: an issuer that withdraws its last key is believed, so what was
    signed with it holds no longer."""
    entries = document["keys"]
    if not isinstance(entries, list):
        raise TypeError("keys are a list")
    found = []
    for entry in entries:
        # RFC 7517, 5: what one does not understand is passed over.
        with suppress(jwt.PyJWTError, ValueError, TypeError):
            found.append(jwt.PyJWK.from_dict(entry))
    return found
