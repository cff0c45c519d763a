"""Certificate-bound tokens (RFC 8705), and how old a token may be."""

import base64
import datetime
import hashlib
import json
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.requests import Request

from knooppunt.issuer import JWKS_FILE, Issuer
from shared.exchange.api import beller_of
from shared.exchange.tempo import Tempo
from shared.problems import TokenError
from shared.security.sleutelbos import Sleutelbos
from shared.security.tokens import Poortwachter
from tests.shared.exchange.verzoeken import a_huis
from tests.shared.security.vervalst import Signer, claims

HEADER = "X-Client-Cert"


def a_certificate(name: str = "aanbieder") -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def escaped(certificate: x509.Certificate) -> str:
    """As nginx passes it."""
    return quote(certificate.public_bytes(serialization.Encoding.PEM).decode(), safe="")


def thumbprint(certificate: x509.Certificate) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(der(certificate)).digest()).rstrip(b"=").decode()


MINE, OTHER = a_certificate(), a_certificate("ander")


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(Issuer.load_or_create(tmp_path))


@pytest.fixture
def wachter(signer: Signer, tmp_path: Path) -> Poortwachter:
    return Poortwachter(Sleutelbos((tmp_path / JWKS_FILE).as_uri()), "knooppunt", "knooppunt", 30)


def bound(signer: Signer) -> str:
    return f"Bearer {signer.sign(cnf={'x5t#S256': thumbprint(MINE)})}"


@pytest.mark.parametrize("passed", [escaped(MINE), f":{base64.b64encode(der(MINE)).decode()}:"])
async def test_a_bound_token_is_taken_with_its_certificate(passed: str, signer: Signer, wachter: Poortwachter) -> None:
    token = bound(signer)

    for _ in range(2):  # the second time it is remembered
        assert (await wachter.beller(token, passed)).subject == "mij"


@pytest.mark.parametrize(
    "passed", [None, "", escaped(OTHER), "::", ":x:", "-----BEGIN", "\xe9", escaped(MINE)[:-80], "x" * 20_000]
)
async def test_a_bound_token_is_refused_without_its_certificate(
    passed: str | None, signer: Signer, wachter: Poortwachter
) -> None:
    token = bound(signer)
    with pytest.raises(TokenError):
        await wachter.beller(token, passed)
    await wachter.beller(token, escaped(MINE))

    with pytest.raises(TokenError):  # nor because the owner used it before
        await wachter.beller(token, passed)


async def test_binding_can_be_demanded(signer: Signer, wachter: Poortwachter) -> None:
    wachter.gebonden = True

    assert (await wachter.beller(bound(signer), escaped(MINE))).subject == "mij"
    with pytest.raises(TokenError):
        await wachter.beller(f"Bearer {signer.sign()}", escaped(MINE))


def a_request(
    tmp_path: Path, header: str | None, *lines: tuple[str, str], van: str = "127.0.0.1", **given: object
) -> Request:
    app_state = type("State", (), {})()
    app_state.tempo = Tempo(10, 10)
    app_state.huis = app_state.huis_lezend = a_huis(
        jwks_url=(tmp_path / JWKS_FILE).as_uri(), client_certificaat_header=header, **given
    )
    app = type("App", (), {"state": app_state})()
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in lines]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": raw, "app": app, "state": {}, "client": (van, 1)}
    return Request(scope)


async def test_the_header_counts_only_when_it_is_configured(signer: Signer, tmp_path: Path) -> None:
    lines = ("Authorization", bound(signer)), (HEADER, escaped(MINE))

    assert (await beller_of(a_request(tmp_path, HEADER, *lines))).subject == "mij"
    with pytest.raises(TokenError):
        await beller_of(a_request(tmp_path, None, *lines))
    with pytest.raises(TokenError):
        await beller_of(a_request(tmp_path, "X-Ander", *lines))


@pytest.mark.parametrize(
    ("van", "networks", "believed"),
    [
        ("127.0.0.1", None, True),
        ("::1", None, True),
        ("10.1.2.3", None, False),
        ("10.1.2.3", "192.0.2.1, 10.1.0.0/16", True),
        ("::ffff:10.1.2.3", "10.1.0.0/16", True),
        ("127.0.0.1", "10.1.0.0/16", False),
        ("127.0.0.1", "", False),
        ("een-naam", None, False),
    ],
)
async def test_the_header_counts_only_of_a_proxy(
    van: str, networks: str | None, believed: bool, signer: Signer, tmp_path: Path
) -> None:
    lines = ("Authorization", bound(signer)), (HEADER, escaped(MINE))
    given = {} if networks is None else {"client_certificaat_van": networks}
    request = a_request(tmp_path, HEADER, *lines, van=van, **given)

    if believed:
        assert (await beller_of(request)).subject == "mij"
    else:
        with pytest.raises(TokenError):
            await beller_of(request)


async def test_a_header_that_comes_twice_is_none(signer: Signer, tmp_path: Path) -> None:
    token, mine = ("Authorization", bound(signer)), (HEADER, escaped(MINE))

    for lines in ((token, mine, (HEADER, escaped(OTHER))), (token, token, mine)):
        with pytest.raises(TokenError):
            await beller_of(a_request(tmp_path, HEADER, *lines))


async def test_a_token_may_be_so_old_and_no_older(signer: Signer, wachter: Poortwachter) -> None:
    wachter.max_leeftijd, now = 600, int(time.time())

    assert (await wachter.beller(f"Bearer {signer.sign(iat=now - 500)}")).subject == "mij"
    for iat in (now - 700, None, "lang geleden", True):
        with pytest.raises(TokenError):
            await wachter.beller(f"Bearer {signer.sign(iat=iat)}")


async def test_a_remembered_token_ages_too(
    signer: Signer, wachter: Poortwachter, monkeypatch: pytest.MonkeyPatch
) -> None:
    wachter.max_leeftijd, now = 600, time.time()
    token = f"Bearer {signer.sign(iat=int(now))}"
    await wachter.beller(token)
    monkeypatch.setattr("shared.security.tokens.time.time", lambda: now + 700)

    with pytest.raises(TokenError):
        await wachter.beller(token)


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt"])
async def test_an_access_token_may_say_that_it_is_one(kind: str, signer: Signer, wachter: Poortwachter) -> None:
    assert (await wachter.beller(f"Bearer {signer.sign_text(json.dumps(claims()), typ=kind)}")).subject == "mij"
