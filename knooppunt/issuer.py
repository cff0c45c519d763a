"""The embedded issuer of access tokens: one ES256 key in the data folder, published as a JWKS."""

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from knooppunt.embedded.folder import create_once, replace
from knooppunt.errors import KnooppuntStartError
from shared.security.partij import Partij

KEY_FILE = "uitgever.pem"
JWKS_FILE = "jwks.json"


def read_partij(text: str) -> Partij:
    """A party as typed by an operator; raises KnooppuntStartError."""
    try:
        return Partij.parse(text)
    except ValueError as error:
        raise KnooppuntStartError(str(error)) from error


@dataclass(frozen=True)
class Issuer:
    """Signs tokens; who reads the key file can speak for every party, so only its owner may."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def load_or_create(cls, data_dir: Path) -> "Issuer":
        """The issuer of a data folder, made on first use; raises KnooppuntStartError on a damaged key.

        The JWKS beside the key always follows from it, so losing that file is harmless.
        """
        path = data_dir / KEY_FILE
        issuer = cls(_read_key(path, create_once(path, _new_key)))
        published = json.dumps({"keys": [issuer.jwk()]}, indent=2).encode()
        jwks = data_dir / JWKS_FILE
        if not jwks.exists() or jwks.read_bytes() != published:
            replace(jwks, published, mode=0o644)
        return issuer

    def jwk(self) -> dict[str, str]:
        """The public half, as it stands in the JWKS."""
        numbers = self.key.public_key().public_numbers()
        public = {"crv": "P-256", "kty": "EC", "x": _coordinate(numbers.x), "y": _coordinate(numbers.y)}
        # RFC 7638: the key's name is the digest of its required members, sorted and without spaces.
        canonical = json.dumps(public, sort_keys=True, separators=(",", ":")).encode()
        return public | {"kid": _base64url(hashlib.sha256(canonical).digest()), "use": "sig", "alg": "ES256"}

    def token(
        self, partijen: Sequence[Partij | str], issuer: str, audience: str, seconds: int, wie: str | None = None
    ) -> str:
        """A signed token (JWT) that speaks for these parties, valid from now for ``seconds``; an organisation is its
        name (``organisatie:OIN``). ``wie`` is who speaks, where that matters (payments take two people); the first
        party otherwise."""
        names = [str(partij) for partij in partijen]
        now = int(time.time())
        claims = {
            "iss": issuer,
            "aud": audience,
            "sub": wie or names[0],
            "partij": names[0] if len(names) == 1 else names,
            "iat": now,
            "exp": now + seconds,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self.key, algorithm="ES256", headers={"kid": self.jwk()["kid"]})


def _new_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read_key(path: Path, pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KnooppuntStartError(f"De sleutel in {path} is beschadigd; verwijder hem om een nieuwe te maken")
    return key


def _coordinate(number: int) -> str:
    return _base64url(number.to_bytes(32, "big"))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
