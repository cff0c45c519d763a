"""Forged and odd tokens: one real issuer, and hands free to forge."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from knooppunt.issuer import Issuer
from shared.security.tokens import MAX_PARTIJEN, MAX_TOKEN_BYTES

NOW = int(time.time())
LIFE = 86_400
"""Seconds that a token is good for here: the tests may come long after this file was read."""
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256: r and s of a signature are below it."""


def claims(**deviations: Any) -> dict[str, Any]:
    """Right by default; a claim set to None is left out."""
    right = {"iss": "knooppunt", "aud": "knooppunt", "sub": "mij", "partij": "gemeente:0855", "exp": NOW + LIFE}
    return {name: value for name, value in (right | deviations).items() if value is not None}


ES256 = jwt.algorithms.get_default_algorithms()["ES256"]


class Signer:
    """The real issuer, and hands free to forge."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.jwk = self.issuer.jwk()
        self.kid = self.jwk["kid"]
        self.public = self.issuer.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, key: Any = None, algorithm: str = "ES256", kid: Any = "own", **deviations: Any) -> str:
        headers = {} if kid is None else {"kid": self.kid if kid == "own" else kid}
        return jwt.encode(claims(**deviations), key or self.issuer.key, algorithm=algorithm, headers=headers)

    def sign_text(self, payload: str, **header: Any) -> str:
        """A real signature below a payload (and header) as it stands."""
        signed = f"{b64({'alg': 'ES256', 'kid': self.kid} | header)}.{b64(payload.encode())}"
        return f"{signed}.{b64(ES256.sign(signed.encode(), self.issuer.key))}"

    def with_signature(self, change: Callable[[int, int], bytes]) -> str:
        """A real token with another form of its own signature."""
        signed, _, signature = self.sign().rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        return f"{signed}.{b64(change(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])))}"

    def hand_made(self, header: Any, payload: Any, signature: bytes = b"x" * 64) -> str:
        return f"{b64(header)}.{b64(payload)}.{b64(signature)}"

    def hs256(self, secret: bytes) -> str:
        """HMAC with what everybody knows: the classic confusion of algorithms."""
        signed = f"{b64({'alg': 'HS256', 'kid': self.kid})}.{b64(claims())}"
        return f"{signed}.{b64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"

    def own_key(self) -> str:
        """Signed rightly, by a key that the token itself brings along."""
        mine = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(OTHER_EC.public_key()))
        return jwt.encode(claims(), OTHER_EC, "ES256", headers={"kid": self.kid, "jwk": mine})

    def with_payload(self, **deviations: Any) -> str:
        """A real signature below other claims."""
        header, _, signature = self.sign().split(".")
        return f"{header}.{b64(claims(**deviations))}.{signature}"

    def with_header(self, **members: Any) -> str:
        _, payload, signature = self.sign().split(".")
        return f"{b64({'alg': 'ES256', 'kid': self.kid} | members)}.{payload}.{signature}"


def b64(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


OTHER_EC = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FORGED: dict[str, Callable[[Signer], str]] = {
    "no token": lambda s: "Bearer",
    "nothing at all": lambda s: "",
    "another scheme": lambda s: f"Basic {s.sign()}",
    "without a scheme": lambda s: s.sign(),
    "no jwt": lambda s: "Bearer x",
    "two parts": lambda s: f"Bearer {s.sign().rpartition('.')[0]}",
    "four parts": lambda s: f"Bearer {s.sign()}.x",
    "two tokens": lambda s: f"Bearer {s.sign()} {s.sign()}",
    "not ascii": lambda s: "Bearer \xe9\xe9.\xe9.\xe9",
    "header is no json": lambda s: "Bearer " + s.hand_made(b"junk", claims()),
    "header is a list": lambda s: "Bearer " + s.hand_made(["ES256"], claims()),
    "header nested deep": lambda s: "Bearer " + s.hand_made(b'{"a":' + b"[" * 5000, claims()),
    "payload is a list": lambda s: "Bearer " + s.hand_made({"alg": "ES256", "kid": s.kid}, ["x"]),
    "alg none": lambda s: "Bearer " + s.hand_made({"alg": "none", "kid": s.kid}, claims(), b""),
    "alg None": lambda s: "Bearer " + s.hand_made({"alg": "NoNe", "kid": s.kid}, claims(), b""),
    "alg missing": lambda s: "Bearer " + s.hand_made({"kid": s.kid}, claims()),
    "alg a list": lambda s: "Bearer " + s.hand_made({"alg": ["ES256"], "kid": s.kid}, claims()),
    "hs256 with the public key": lambda s: "Bearer " + s.hs256(s.public),
    "hs256 with the jwk": lambda s: "Bearer " + s.hs256(json.dumps(s.jwk).encode()),
    "hs256 with nothing": lambda s: "Bearer " + s.hs256(b""),
    "rs256 under the id of the ec key": lambda s: "Bearer " + s.sign(OTHER_RSA, "RS256"),
    "another key under a known id": lambda s: "Bearer " + s.sign(OTHER_EC),
    "an unknown key": lambda s: "Bearer " + s.sign(OTHER_EC, kid="ander"),
    "no key id": lambda s: "Bearer " + s.sign(kid=None),
    "key id a number": lambda s: "Bearer " + s.with_header(kid=1),
    "key in the header": lambda s: "Bearer " + s.with_header(kid="ander", jwk=s.jwk),
    "empty signature": lambda s: f"Bearer {s.sign().rpartition('.')[0]}.",
    "zero signature": lambda s: f"Bearer {s.sign().rpartition('.')[0]}.{b64(bytes(64))}",
    "another payload": lambda s: "Bearer " + s.with_payload(partij="beheer"),
    "another issuer": lambda s: "Bearer " + s.sign(iss="ander"),
    "no issuer": lambda s: "Bearer " + s.sign(iss=None),
    "another audience": lambda s: "Bearer " + s.sign(aud="ander"),
    "other audiences": lambda s: "Bearer " + s.sign(aud=["a", "b"]),
    "no audience": lambda s: "Bearer " + s.sign(aud=None),
    "expired": lambda s: "Bearer " + s.sign(exp=int(time.time()) - 31),
    "no expiry": lambda s: "Bearer " + s.sign(exp=None),
    "expiry is no number": lambda s: "Bearer " + s.sign(exp="morgen"),
    "not valid yet": lambda s: "Bearer " + s.sign(nbf=int(time.time()) + 600),
    "no partij": lambda s: "Bearer " + s.sign(partij=None),
    "empty partij": lambda s: "Bearer " + s.sign(partij=""),
    "no partijen": lambda s: "Bearer " + s.sign(partij=[]),
    "odd partij": lambda s: "Bearer " + s.sign(partij="gemeente:855"),
    "partij a number": lambda s: "Bearer " + s.sign(partij=855),
    "partij an object": lambda s: "Bearer " + s.sign(partij={"gemeente": "0855"}),
    "one odd partij among others": lambda s: "Bearer " + s.sign(partij=["gemeente:0855", "alles"]),
    "a partij that is no text": lambda s: "Bearer " + s.sign(partij=["gemeente:0855", 1]),
    "too large": lambda s: "Bearer " + s.sign(x="x" * MAX_TOKEN_BYTES),
    "rs256 with the public key as text": lambda s: "Bearer " + s.hand_made({"alg": "RS256", "kid": s.kid}, claims()),
    "another curve": lambda s: "Bearer " + s.sign(P384, "ES384"),
    "another curve under es256": lambda s: "Bearer " + s.hand_made({"alg": "ES256", "kid": s.kid}, claims(), b"x" * 96),
    "es256k": lambda s: "Bearer " + s.hand_made({"alg": "ES256K", "kid": s.kid}, claims()),
    "key set in the header": lambda s: "Bearer " + s.with_header(kid="ander", jku="http://127.0.0.1:1/jwks.json"),
    "certificate address in the header": lambda s: "Bearer " + s.with_header(x5u="http://127.0.0.1:1/x", kid="ander"),
    "signed with the key in its header": lambda s: "Bearer " + s.own_key(),
    "key id a path": lambda s: "Bearer " + s.sign(OTHER_EC, kid="../../../../dev/null"),
    "key id sql": lambda s: "Bearer " + s.sign(OTHER_EC, kid="' OR '1'='1"),
    "key id of nothing": lambda s: "Bearer " + s.sign(kid=""),
    "key id huge": lambda s: "Bearer " + s.sign(kid="k" * 3000),
    "key id unicode": lambda s: "Bearer " + s.sign(kid="sl\u00e9utel\u202e"),
    "critical member": lambda s: "Bearer " + s.sign_text(json.dumps(claims()), crit=["exp"]),
    "payload apart": lambda s: "Bearer " + s.sign_text(json.dumps(claims()), b64=False),
    "an id token": lambda s: "Bearer " + s.sign_text(json.dumps(claims()), typ="logout+jwt"),
    "claim twice": lambda s: "Bearer " + s.sign_text('{"partij":"gemeente:0855",' + json.dumps(claims())[1:]),
    "infinite expiry": lambda s: "Bearer " + s.sign_text(json.dumps(claims(exp=0)).replace('"exp": 0', '"exp": 1e999')),
    "expiry is true": lambda s: "Bearer " + s.sign(exp=True),
    "issued in the future": lambda s: "Bearer " + s.sign(iat=int(time.time()) + 600),
    "issuer a list": lambda s: "Bearer " + s.sign_text(json.dumps(claims(iss=["knooppunt"]))),
    "audience an object": lambda s: "Bearer " + s.sign(aud={"knooppunt": 1}),
    "unknown kind of partij": lambda s: "Bearer " + s.sign(partij="bsn:999990019"),
    "more partijen than there are": lambda s: (
        "Bearer " + s.sign(partij=[f"agb:{n:08}" for n in range(MAX_PARTIJEN + 1)])
    ),
    "name with a zero byte": lambda s: "Bearer " + s.sign(sub="m\0ij"),
    "name with half a letter": lambda s: "Bearer " + s.sign(sub="mij\ud800"),
    "name of two lines": lambda s: "Bearer " + s.sign(sub="mij\n=cmd()"),
    "name written backwards": lambda s: "Bearer " + s.sign(sub="\u202ejim"),
    "name too long": lambda s: "Bearer " + s.sign(sub="m" * 256),
    "name of the node itself": lambda s: "Bearer " + s.sign(sub="knooppunt:startstop"),
    "bound to an unknown certificate": lambda s: "Bearer " + s.sign(cnf={"x5t#S256": "A" * 43}),
    "bound to a key of another kind": lambda s: "Bearer " + s.sign(cnf={"jkt": "A" * 43}),
    "bound to nothing": lambda s: "Bearer " + s.sign(cnf={}),
    "bound to a text": lambda s: "Bearer " + s.sign(cnf="x"),
    "r and s swapped": lambda s: "Bearer " + s.with_signature(lambda r, s_: _raw(s_, r)),
    "r zero": lambda s: "Bearer " + s.with_signature(lambda r, s_: _raw(0, s_)),
    "s the order": lambda s: "Bearer " + s.with_signature(lambda r, s_: _raw(r, ORDER)),
    "r past the order": lambda s: "Bearer " + s.with_signature(lambda r, s_: _raw((r + ORDER) % 2**256, s_)),
    "signature as der": lambda s: "Bearer " + s.with_signature(encode_dss_signature),
    "signature longer": lambda s: "Bearer " + s.with_signature(lambda r, s_: _raw(r, s_) + b"\0"),
    "signature cut": lambda s: "Bearer " + s.sign()[:-8],
    "signature in another form": lambda s: "Bearer " + _loose_bits(s.sign()),
    "signature padded": lambda s: f"Bearer {s.sign()}==",
    "a dot before": lambda s: f"Bearer .{s.sign()}",
    "dots alone": lambda s: "Bearer ..",
    "white space in it": lambda s: "Bearer " + s.sign().replace(".", ". "),
    "not base64": lambda s: "Bearer " + s.sign().replace(".", ".*"),
    "standard base64": lambda s: "Bearer " + s.hand_made(b'{"alg":"ES256"}', b"\xff\xfe").replace("_", "/"),
}

WITHOUT_TOKEN = frozenset({"no token", "nothing at all", "another scheme", "without a scheme"})
"""Of those what brings no bearer token at all."""


def _raw(r: int, s: int) -> bytes:
    return r.to_bytes(32) + s.to_bytes(32)


def _loose_bits(token: str) -> str:
    """The same bytes written with other bits after the last one."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1]) + 1]
