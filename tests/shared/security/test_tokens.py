"""Tokens: what is let in, and what never is."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from knooppunt.issuer import JWKS_FILE, Issuer
from shared.problems import NietBeschikbaarError, TokenError
from shared.security.partij import Partij
from shared.security.tokens import KEEP_SECONDS, MAX_TOKEN_BYTES, REFRESH_SECONDS, Poortwachter, Sleutelbos

NOW = int(time.time())
LIFE = 86_400
"""Seconds that a token is good for here: the tests may come long after this file was read."""
GEMEENTE = Partij.gemeente("0855")
AANBIEDER = Partij.aanbieder("98765432")


def claims(**deviations: Any) -> dict[str, Any]:
    """Right by default; a claim set to None is left out."""
    right = {"iss": "knooppunt", "aud": "knooppunt", "sub": "mij", "partij": "gemeente:0855", "exp": NOW + LIFE}
    return {name: value for name, value in (right | deviations).items() if value is not None}


class Signer:
    """The real issuer, and hands free to forge."""

    def __init__(self, folder: Path) -> None:
        self.issuer = Issuer.load_or_create(folder)
        self.jwk = self.issuer.jwk()
        self.kid = self.jwk["kid"]
        self.public = self.issuer.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, key: Any = None, algorithm: str = "ES256", kid: Any = "own", **deviations: Any) -> str:
        headers = {} if kid is None else {"kid": self.kid if kid == "own" else kid}
        return jwt.encode(claims(**deviations), key or self.issuer.key, algorithm=algorithm, headers=headers)

    def hand_made(self, header: Any, payload: Any, signature: bytes = b"x" * 64) -> str:
        return f"{b64(header)}.{b64(payload)}.{b64(signature)}"

    def hs256(self, secret: bytes) -> str:
        """HMAC with what everybody knows: the classic confusion of algorithms."""
        signed = f"{b64({'alg': 'HS256', 'kid': self.kid})}.{b64(claims())}"
        return f"{signed}.{b64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"

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


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path)


@pytest.fixture
def bos(signer: Signer, tmp_path: Path) -> Sleutelbos:
    return Sleutelbos((tmp_path / JWKS_FILE).as_uri())


@pytest.fixture
def wachter(bos: Sleutelbos) -> Poortwachter:
    return Poortwachter(bos, "knooppunt", "knooppunt", 30)


OTHER_EC = ec.generate_private_key(ec.SECP256R1())
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
}


@pytest.mark.parametrize("name", FORGED)
async def test_a_forged_or_odd_token_is_refused(name: str, signer: Signer, wachter: Poortwachter) -> None:
    with pytest.raises(TokenError) as caught:
        await wachter.beller(FORGED[name](signer))

    assert "0855" not in caught.value.detail


async def test_refusals_do_not_tell_why(signer: Signer, wachter: Poortwachter) -> None:
    told = set()
    for name in ("expired", "another issuer", "another key under a known id", "odd partij", "an unknown key"):
        with pytest.raises(TokenError) as caught:
            await wachter.beller(FORGED[name](signer))
        told.add(caught.value.detail)

    assert len(told) == 1


async def test_no_header_is_refused(wachter: Poortwachter) -> None:
    with pytest.raises(TokenError):
        await wachter.beller(None)


async def test_a_token_of_the_issuer_names_the_caller(signer: Signer, wachter: Poortwachter) -> None:
    token = signer.issuer.token([GEMEENTE], "knooppunt", "knooppunt", 600)

    beller = await wachter.beller(f"Bearer {token}")

    assert beller.partijen == {GEMEENTE}
    assert beller.subject == "gemeente:0855"


async def test_a_token_may_name_more_parties(signer: Signer, wachter: Poortwachter) -> None:
    token = signer.issuer.token([GEMEENTE, AANBIEDER], "knooppunt", "knooppunt", 600)

    assert (await wachter.beller(f"bearer {token}")).partijen == {GEMEENTE, AANBIEDER}


async def test_a_token_without_subject_is_known_by_its_parties(signer: Signer, wachter: Poortwachter) -> None:
    beller = await wachter.beller(f"Bearer {signer.sign(sub=None, partij=['gemeente:0855', 'agb:98765432'])}")

    assert beller.subject == "agb:98765432,gemeente:0855"


@pytest.mark.parametrize("deviation", [{"exp": -5}, {"nbf": 15}, {"aud": ["ander", "knooppunt"]}])
async def test_clocks_may_differ_a_little(deviation: dict[str, Any], signer: Signer, bos: Sleutelbos) -> None:
    now = int(time.time())  # the suite may have run for long since it was collected
    claims = {name: now + value if isinstance(value, int) else value for name, value in deviation.items()}
    wachter = Poortwachter(bos, "knooppunt", "knooppunt", 300)

    assert (await wachter.beller(f"Bearer {signer.sign(**claims)}")).partijen == {GEMEENTE}


async def test_rs256_is_accepted(tmp_path: Path) -> None:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OTHER_RSA.public_key()))
    (tmp_path / "jwks").write_text(json.dumps({"keys": [public | {"kid": "r", "alg": "RS256", "use": "sig"}]}))
    wachter = Poortwachter(Sleutelbos((tmp_path / "jwks").as_uri()), "knooppunt", "knooppunt", 30)
    token = jwt.encode(claims(), OTHER_RSA, algorithm="RS256", headers={"kid": "r"})

    assert (await wachter.beller(f"Bearer {token}")).partijen == {GEMEENTE}


async def test_a_new_key_of_the_issuer_is_found(signer: Signer, bos: Sleutelbos, tmp_path: Path) -> None:
    wachter = Poortwachter(bos, "knooppunt", "knooppunt", 30)
    await wachter.beller(f"Bearer {signer.sign()}")
    (tmp_path / "nieuw").mkdir()
    new = Signer(tmp_path / "nieuw")
    (tmp_path / JWKS_FILE).write_text(json.dumps({"keys": [new.jwk]}))
    token = f"Bearer {new.sign()}"

    with pytest.raises(TokenError):
        await wachter.beller(token)  # asked a moment ago: an unknown id does not make us ask each time
    bos.tried -= 10

    assert (await wachter.beller(token)).partijen == {GEMEENTE}
    with pytest.raises(TokenError):
        await wachter.beller(f"Bearer {signer.sign()}")


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every token of which the signature is computed."""
    found: list[str] = []
    decode = jwt.decode

    def counting(token: str, *args: Any, **kwargs: Any) -> Any:
        found.append(token)
        return decode(token, *args, **kwargs)

    monkeypatch.setattr(jwt, "decode", counting)
    return found


async def test_the_signature_of_a_good_token_is_computed_once(
    signer: Signer, wachter: Poortwachter, verified: list[str]
) -> None:
    token, other = signer.sign(), signer.sign(sub="ander")

    bellers = [await wachter.beller(f"Bearer {one}") for one in (token, other, token, other, token)]

    assert [one.subject for one in bellers] == ["mij", "ander", "mij", "ander", "mij"]
    assert verified == [token, other]


async def test_a_refused_token_is_not_remembered(signer: Signer, wachter: Poortwachter, verified: list[str]) -> None:
    token = signer.sign(OTHER_EC)

    for _ in range(2):
        with pytest.raises(TokenError):
            await wachter.beller(f"Bearer {token}")

    assert (verified, len(wachter.gezien)) == ([token, token], 0)


async def test_a_remembered_token_is_good_no_longer_than_it_says(
    signer: Signer, bos: Sleutelbos, monkeypatch: pytest.MonkeyPatch
) -> None:
    wachter = Poortwachter(bos, "knooppunt", "knooppunt", 0)
    token = f"Bearer {signer.sign(exp=NOW + LIFE)}"
    await wachter.beller(token)

    monkeypatch.setattr("jwt.api_jwt.datetime", _Later)
    monkeypatch.setattr("shared.security.tokens.time.time", lambda: NOW + float(LIFE))

    with pytest.raises(TokenError):
        await wachter.beller(token)


class _Later(datetime):
    """The moment at which a token is over."""

    @classmethod
    def now(cls, tz: Any = None) -> "_Later":
        return cls.fromtimestamp(NOW + LIFE, tz)


async def test_a_remembered_token_goes_with_the_key_of_its_issuer(
    signer: Signer, wachter: Poortwachter, bos: Sleutelbos, tmp_path: Path
) -> None:
    token = f"Bearer {signer.sign()}"
    await wachter.beller(token)
    same_id = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(OTHER_EC.public_key())) | {"kid": signer.kid, "alg": "ES256"}
    (tmp_path / JWKS_FILE).write_text(json.dumps({"keys": [same_id]}))
    bos.fetched = bos.tried = 0.0
    bos.keys = {}

    with pytest.raises(TokenError):
        await wachter.beller(token)


async def test_so_many_tokens_are_remembered_and_no_more(
    signer: Signer, wachter: Poortwachter, verified: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.security.tokens.REMEMBERED", 2)
    first, second, third = (signer.sign(sub=name) for name in ("a", "b", "c"))

    for token in (first, second, first, third, first, second):
        await wachter.beller(f"Bearer {token}")

    assert verified == [first, second, third, second]  # the one that was not used for longest made room


async def test_without_an_issuer_nobody_is_let_in(tmp_path: Path, signer: Signer) -> None:
    for bos in (None, Sleutelbos((tmp_path / "weg.json").as_uri()), Sleutelbos("http://127.0.0.1:1/jwks.json")):
        wachter = Poortwachter(bos, "knooppunt", "knooppunt", 30)
        with pytest.raises(NietBeschikbaarError) as caught:
            await wachter.beller(f"Bearer {signer.sign()}")
        assert "Retry-After" in caught.value.headers


@pytest.mark.parametrize(
    "document", [None, "", "{", "[]", "null", '{"keys": []}', '{"keys": [{"kty": "x"}]}', "{}", b"\xff"]
)
async def test_known_keys_go_on_working_when_the_issuer_is_gone_or_talks_nonsense(
    document: str | bytes | None, signer: Signer, bos: Sleutelbos, tmp_path: Path
) -> None:
    wachter = Poortwachter(bos, "knooppunt", "knooppunt", 30)
    token = f"Bearer {signer.sign()}"
    await wachter.beller(token)
    path = tmp_path / JWKS_FILE
    if document is None:
        path.unlink()
    else:
        path.write_bytes(document if isinstance(document, bytes) else document.encode())
    bos.fetched -= REFRESH_SECONDS + 1
    bos.tried -= REFRESH_SECONDS + 1

    assert (await wachter.beller(token)).partijen == {GEMEENTE}


async def test_known_keys_stop_working_after_a_day_without_the_issuer(
    signer: Signer, bos: Sleutelbos, tmp_path: Path
) -> None:
    wachter = Poortwachter(bos, "knooppunt", "knooppunt", 30)
    token = f"Bearer {signer.sign()}"
    await wachter.beller(token)
    (tmp_path / JWKS_FILE).unlink()
    bos.fetched -= KEEP_SECONDS + 1
    bos.tried -= KEEP_SECONDS + 1

    with pytest.raises(NietBeschikbaarError):
        await wachter.beller(token)


async def test_keys_of_other_kinds_in_a_jwks_are_passed_over(signer: Signer, tmp_path: Path) -> None:
    octets = {"kty": "oct", "kid": "geheim", "k": b64(b"x" * 32), "alg": "HS256"}
    path = tmp_path / "jwks"
    path.write_text(json.dumps({"keys": [octets, signer.jwk]}))
    wachter = Poortwachter(Sleutelbos(path.as_uri()), "knooppunt", "knooppunt", 30)

    assert (await wachter.beller(f"Bearer {signer.sign()}")).partijen == {GEMEENTE}
    forged = jwt.encode(claims(), b"x" * 32, algorithm="HS256", headers={"kid": "geheim"})
    with pytest.raises(TokenError):
        await wachter.beller(f"Bearer {forged}")
