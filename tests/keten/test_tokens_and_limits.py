"""Who may come in, and how much at once: tokens that are not good, and bodies announced too large."""

import asyncio
import base64
import hmac
import json
import time
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from knooppunt.issuer import Issuer
from shared.security.partij import Partij
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.keten.test_bad_input import check_nothing_kept, check_problem

BERICHTEN = "/toewijzing/v1/berichten"
LIMIT_BYTES = 128 * 1024 * 1024


def claims(partij: Partij, /, **changed: object) -> dict[str, object]:
    whole = {
        "iss": "knooppunt", "aud": "knooppunt", "sub": str(partij), "partij": str(partij), "exp": time.time() + 600,
        **changed,
    }  # fmt: skip
    return {name: value for name, value in whole.items() if value is not None}


def signed(stapel: Stapel, content: dict[str, object], key: object = None, **header: object) -> str:
    kid = stapel.issuer.jwk()["kid"]
    return jwt.encode(content, key or stapel.issuer.key, algorithm="ES256", headers={"kid": kid, **header})


def signed_with_public_key(stapel: Stapel, content: dict[str, object]) -> str:
    """The old trick: HS256 with the public key, which everybody has, as the secret."""
    jwk = stapel.issuer.jwk()
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "kid": jwk["kid"]}, content)]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    mark = hmac.digest(json.dumps(jwk).encode(), text, "sha256")
    return f"{text.decode()}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def bad_tokens(stapel: Stapel, partij: Partij, elsewhere: Path) -> dict[str, str]:
    """Every token but the first is close to a good one."""
    good = stapel.token(partij)
    head, body, mark = good.split(".")
    stranger = Issuer.load_or_create(elsewhere)
    return {
        "none": "",
        "words": "Bearer laat mij erin",
        "basic": f"Basic {good}",
        "expired": f"Bearer {stapel.token(partij, seconds=-120)}",
        "other_audience": f"Bearer {stapel.token(partij, audience='elders')}",
        "other_issuer": f"Bearer {signed(stapel, claims(partij, iss='elders'))}",
        "no_expiry": f"Bearer {signed(stapel, claims(partij, exp=None))}",
        "no_party": f"Bearer {signed(stapel, claims(partij, partij=None))}",
        "odd_party": f"Bearer {signed(stapel, claims(partij, partij='gemeente:*'))}",
        "party_in_object": f"Bearer {signed(stapel, claims(partij, partij={'gemeente': partij.code}))}",
        "other_key": f"Bearer {signed(stapel, claims(partij), ec.generate_private_key(ec.SECP256R1()))}",
        "other_issuers_key": f"Bearer {stranger.token([partij], 'knooppunt', 'knooppunt', 600)}",
        "unknown_kid": f"Bearer {signed(stapel, claims(partij), kid='x')}",
        "unsigned": f"Bearer {jwt.encode(claims(partij), None, 'none', {'kid': stapel.issuer.jwk()['kid']})}",
        "public_key_as_secret": f"Bearer {signed_with_public_key(stapel, claims(partij))}",
        "signature_cut": f"Bearer {head}.{body}.",
        "signature_changed": f"Bearer {head}.{body}.{mark[::-1]}",
        "body_changed": f"Bearer {head}.{body[:-4]}AAAA.{mark}",
        "huge": "Bearer " + "a" * 9000,
    }


async def test_a_token_that_is_not_good_gets_401_and_no_reason(kring32: Kring, tmp_path: Path) -> None:
    """A reason would tell a forger how far he got."""
    kring = kring32
    body = a_301(kring).xml
    told: dict[str, set[str]] = {}

    for naam, authorization in bad_tokens(kring.stapel, kring.gemeente.partij, tmp_path).items():
        for method, path in (("POST", BERICHTEN), ("GET", "/toewijzing/v1/postbus")):
            headers = {"Content-Type": "application/xml", "Authorization": authorization}
            answer = await kring.gemeente.request(method, path, content=body, headers=headers)
            told.setdefault(naam, set()).add(check_problem(answer, 401, "niet-aangemeld")["detail"])
            await check_nothing_kept(kring, answer)

    assert len(set.union(*told.values())) == 1


async def test_a_token_for_two_parties_speaks_for_both(kring32: Kring) -> None:
    kring = kring32
    token = kring.stapel.token(kring.gemeente.partij, kring.aanbieder.partij)
    await kring.gemeente.send(a_301(kring))

    answer = await kring.gemeente.request("GET", "/toewijzing/v1/postbus", headers={"Authorization": f"Bearer {token}"})

    assert [one["bericht"] for one in answer.json()["berichten"]] == ["WMO302", "WMO301"]


async def announced(url: str, token: str, length: int) -> str:
    """The status line to a request that announces so many bytes and sends none."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = (
        f"POST {BERICHTEN} HTTP/1.1", f"Host: {parts.netloc}", f"Authorization: Bearer {token}",
        "Content-Type: application/xml", f"Content-Length: {length}", "", "",
    )  # fmt: skip
    try:
        writer.write("\r\n".join(lines).encode())
        return (await asyncio.wait_for(reader.readline(), 5)).decode().strip()
    finally:
        writer.close()


@pytest.mark.parametrize("road", ["service", "gateway"])
async def test_a_body_announced_too_large_gets_413_unread(kring32: Kring, road: str) -> None:
    kring = kring32
    ports = kring.stapel.state["poorten"]
    url = kring.stapel.url if road == "gateway" else f"http://127.0.0.1:{ports['toewijzing']}"

    status = await announced(url, kring.gemeente.token, LIMIT_BYTES + 1)

    assert status.startswith("HTTP/1.1 413")


async def test_more_at_once_than_a_party_may_gets_429_or_503_and_can_come_back(kring32: Kring) -> None:
    kring = kring32
    berichten = [a_301(kring) for _ in range(40)]

    answers = await asyncio.gather(*(kring.gemeente.post(bericht) for bericht in berichten))
    later = [await kring.gemeente.deliver(bericht) for bericht in berichten]

    turned_away = [answer for answer in answers if answer.status_code != 201]
    assert {answer.status_code for answer in turned_away} <= {429, 503}
    assert all(answer.headers["Retry-After"].isdigit() for answer in turned_away)
    assert {answer.json()["status"] for answer in later} == {"verwerkt"}
    assert [answer.status_code for answer in later].count(201) == len(turned_away)
    assert len(await kring.aanbieder.waiting("toewijzing")) == 40
