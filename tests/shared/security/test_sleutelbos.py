"""The issuer's keys: which are taken, and how often the issuer is asked."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import ValidationError

from shared.problems import NietBeschikbaarError, TokenError
from shared.security.sleutelbos import MAX_JWKS_BYTES, Sleutelbos
from shared.settings import Settings

EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_EC: dict[str, Any] = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(EC.public_key()))
PUBLIC_RSA: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA.public_key()))
GOOD = PUBLIC_EC | {"kid": "goed", "alg": "ES256", "use": "sig"}


def a_weak_rsa_key() -> dict[str, Any]:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(weak)), "kid": "x", "alg": "RS256"}


def another_curve() -> dict[str, Any]:
    public = ec.generate_private_key(ec.SECP384R1()).public_key()
    return {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(public)), "kid": "x"}


PASSED_OVER = {
    "weak rsa": a_weak_rsa_key(),
    "another curve": another_curve(),
    "another curve called es256": another_curve() | {"alg": "ES256"},
    "rsa called es256": PUBLIC_RSA | {"kid": "x", "alg": "ES256"},
    "for encryption": GOOD | {"kid": "x", "use": "enc"},
    "a private key": json.loads(jwt.algorithms.ECAlgorithm.to_jwk(EC)) | {"kid": "x", "alg": "ES256"},
    "a secret": {"kty": "oct", "k": "AAAA", "kid": "x", "alg": "HS256"},
    "rsa for pss": PUBLIC_RSA | {"kid": "x", "alg": "PS256"},
}


@pytest.mark.parametrize("name", PASSED_OVER)
async def test_a_key_that_does_not_fit_its_algorithm_is_passed_over(name: str, tmp_path: Path) -> None:
    (tmp_path / "jwks").write_text(json.dumps({"keys": [PASSED_OVER[name], GOOD]}))
    bos = Sleutelbos((tmp_path / "jwks").as_uri())

    assert (await bos.key("goed")).algorithm_name == "ES256"
    with pytest.raises(TokenError):
        await bos.key("x")


@pytest.mark.parametrize(("allowed", "known", "unknown"), [("ES256", "goed", "rsa"), ("RS256", "rsa", "goed")])
async def test_only_algorithms_of_the_settings_are_taken(
    allowed: str, known: str, unknown: str, tmp_path: Path
) -> None:
    keys = [GOOD, PUBLIC_RSA | {"kid": "rsa", "alg": "RS256"}]
    (tmp_path / "jwks").write_text(json.dumps({"keys": keys}))
    bos = Sleutelbos((tmp_path / "jwks").as_uri(), Settings(token_algoritmen=allowed).token_algoritmen)

    assert (await bos.key(known)).algorithm_name == allowed
    with pytest.raises(TokenError):
        await bos.key(unknown)


class Uitgever:
    """An issuer on a port of its own, that counts how often it is asked."""

    def __init__(self, body: bytes) -> None:
        self.body, self.asked, self.url = body, 0, ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(self.body) + self.body)
        writer.close()


@asynccontextmanager
async def issuing(body: bytes) -> AsyncIterator[Uitgever]:
    uitgever = Uitgever(body)
    server = await asyncio.start_server(uitgever.answer, "127.0.0.1", 0)
    async with server:
        uitgever.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"
        yield uitgever


async def test_unknown_key_ids_do_not_hammer_the_issuer() -> None:
    async with issuing(json.dumps({"keys": [GOOD]}).encode()) as uitgever:
        bos = Sleutelbos(uitgever.url)
        await bos.key("goed")

        answers = await asyncio.gather(*(bos.key(f"x{n}") for n in range(200)), return_exceptions=True)

        assert {type(one) for one in answers} == {TokenError}
        assert uitgever.asked == 1
        bos.tried -= 10
        await asyncio.gather(*(bos.key(f"x{n}") for n in range(200)), return_exceptions=True)
        assert uitgever.asked == 2


async def test_a_key_set_without_end_is_not_read_to_its_end() -> None:
    padded = {"keys": [GOOD], "x": "x" * MAX_JWKS_BYTES}
    async with issuing(json.dumps(padded).encode()) as uitgever:
        with pytest.raises(NietBeschikbaarError):
            await Sleutelbos(uitgever.url).key("goed")


async def test_a_key_that_the_issuer_withdraws_holds_no_longer_also_when_it_is_the_last(tmp_path: Path) -> None:
    """What is no key set changes nothing: then the issuer is as good as away."""
    path = tmp_path / "jwks"
    path.write_text(json.dumps({"keys": [GOOD]}))
    bos = Sleutelbos(path.as_uri())
    await bos.key("goed")

    for told in ("{}", "[]", '{"keys": 1}', "junk"):
        path.write_text(told)
        await bos._refresh(bos.tried)
        assert (await bos.key("goed")).key_id == "goed"
    path.write_text('{"keys": []}')
    await bos._refresh(bos.tried)
    with pytest.raises(TokenError):
        await bos.key("goed")


@pytest.mark.parametrize(
    "url", ["https://uitgever.example/jwks", "http://127.0.0.1:8100/jwks", "http://localhost/jwks", "file:///run/jwks"]
)
def test_keys_come_over_a_road_that_nobody_else_is_on(url: str) -> None:
    assert Settings(jwks_url=url).jwks_url == url


@pytest.mark.parametrize(
    "url", ["http://uitgever.example/jwks", "http://127.0.0.1.example/", "http://x@10.0.0.1/", "ftp://x/", "jwks.json"]
)
def test_keys_do_not_come_over_the_open_network(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(jwks_url=url)


@pytest.mark.parametrize("names", ["none", "HS256", "ES256,HS256", "es256", ","])
def test_no_other_algorithms_can_be_set(names: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOOPPUNT_TOKEN_ALGORITMEN", names)

    with pytest.raises(ValidationError):
        Settings()


def test_algorithms_are_named_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOOPPUNT_TOKEN_ALGORITMEN", "RS256, ES256")

    assert Settings().token_algoritmen == ("RS256", "ES256")
