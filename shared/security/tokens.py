"""Access tokens: JWT (RS256, ES256) checked against the issuer's JWKS."""

import asyncio
import hashlib
import json
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import httpx
import jwt
import structlog

from shared.problems import NietBeschikbaarError, TokenError
from shared.security.partij import Beller, Partij

ALGORITHMS = ("ES256", "RS256")
MAX_TOKEN_BYTES = 8192
REFRESH_SECONDS = 300.0
RETRY_SECONDS = 5.0
KEEP_SECONDS = 24 * 3600.0
REMEMBERED = 1024
"""Tokens of which one process remembers that they are good."""

log = structlog.get_logger()
REFUSED = "Het token is niet geldig"


@dataclass
class Sleutelbos:
    """The issuer's public keys, fetched when needed; known keys go on working 24 hours without the issuer."""

    url: str
    keys: dict[str, jwt.PyJWK] = field(default_factory=dict)
    fetched: float = 0.0
    tried: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    refreshing: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> jwt.PyJWK:
        """The key of this id; raises TokenError when the issuer does not know it.

        A known key is given at once; a refresh that is due goes on beside it, so a slow issuer holds nobody up.
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
                document = await self._fetch()
                keys = jwt.PyJWKSet.from_dict(document).keys
            except (OSError, ValueError, TypeError, httpx.HTTPError, jwt.PyJWTError):
                log.warning("jwks_unavailable", exc_info=True)
                return
            finally:
                self.tried = time.monotonic()
            self.keys = {key.key_id: key for key in keys if key.key_id and key.algorithm_name in ALGORITHMS}
            self.fetched = self.tried

    async def _fetch(self) -> dict[str, Any]:
        """The JWKS; ValueError or TypeError when it is none."""
        parts = urlparse(self.url)
        if parts.scheme == "file":
            document = json.loads(await asyncio.to_thread(Path(unquote(parts.path)).read_text, "utf-8"))
        else:
            async with httpx.AsyncClient(timeout=5, follow_redirects=False) as client:
                document = (await client.get(self.url)).raise_for_status().json()
        if not isinstance(document, dict):
            raise TypeError("a JWKS is an object")
        return document


@dataclass(frozen=True, slots=True)
class _Gezien:
    """A token that was found to be good: with which key, until when (seconds since 1970), and who its caller is."""

    kid: str
    key: jwt.PyJWK
    exp: int
    beller: Beller


@dataclass
class Poortwachter:
    """Turns an Authorization header into a caller, or refuses without telling why.

    A party sends the same token again and again. One that was good stays good until it expires or its key is no longer
    the issuer's, and its signature is not computed again meanwhile. Kept by hash: a secret is not kept.
    """

    sleutelbos: Sleutelbos | None
    issuer: str
    audience: str
    leeway: int
    gezien: OrderedDict[bytes, _Gezien] = field(default_factory=OrderedDict, repr=False)

    async def beller(self, authorization: str | None) -> Beller:
        """Raises TokenError when the token is absent, forged, expired or names no party."""
        if self.sleutelbos is None:
            raise NietBeschikbaarError("Er is geen uitgever van tokens ingesteld (KNOOPPUNT_JWKS_URL)", 30)
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN_BYTES:
            raise TokenError("Geef een geldig token mee (Authorization: Bearer ...)")
        try:
            name = hashlib.sha256(token.encode()).digest()
            return await self._seen(self.sleutelbos, name) or await self._check(self.sleutelbos, name, token)
        except (jwt.PyJWTError, ValueError, TypeError):
            raise TokenError(REFUSED) from None

    async def _seen(self, sleutelbos: Sleutelbos, name: bytes) -> Beller | None:
        """The caller of a token that was good before and still is; the issuer's keys are looked at as ever."""
        seen = self.gezien.get(name)
        if seen is None:
            return None
        if time.time() >= seen.exp or await sleutelbos.key(seen.kid) is not seen.key:
            self.gezien.pop(name, None)
            return None
        self.gezien.move_to_end(name)
        return seen.beller

    async def _check(self, sleutelbos: Sleutelbos, name: bytes, token: str) -> Beller:
        header = jwt.get_unverified_header(token)
        kid = header.get("kid")
        if header.get("alg") not in ALGORITHMS or not isinstance(kid, str):
            raise TokenError(REFUSED)
        key = await sleutelbos.key(kid)
        claims = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            audience=self.audience,
            issuer=self.issuer,
            leeway=self.leeway,
            options={"require": ["exp", "iss", "aud"]},
        )
        beller = _beller(claims)
        self.gezien[name] = _Gezien(kid, key, int(claims["exp"]), beller)
        if len(self.gezien) > REMEMBERED:
            self.gezien.popitem(last=False)
        return beller


def _beller(claims: dict[str, Any]) -> Beller:
    named = claims.get("partij")
    names: list[Any] = named if isinstance(named, list) else [named]
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError("no partij")
    subject = claims.get("sub")
    partijen = frozenset(Partij.parse(name) for name in names)
    return Beller(subject if isinstance(subject, str) else ",".join(sorted(map(str, partijen))), partijen)
