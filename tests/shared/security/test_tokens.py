"""Tokens: what is let in, and what never is."""

import json
import re
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import jwt
import pytest

from knooppunt.issuer import JWKS_FILE, Issuer
from shared.problems import NietBeschikbaarError, TokenError
from shared.security.partij import Partij
from shared.security.sleutelbos import KEEP_SECONDS, REFRESH_SECONDS, Sleutelbos
from shared.security.tokens import Poortwachter
from tests.shared.security.vervalst import FORGED, LIFE, NOW, OTHER_EC, OTHER_RSA, WITHOUT_TOKEN, Signer, b64, claims

GEMEENTE = Partij.gemeente("0855")
AANBIEDER = Partij.aanbieder("98765432")


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(Issuer.load_or_create(tmp_path))


@pytest.fixture
def bos(signer: Signer, tmp_path: Path) -> Sleutelbos:
    return Sleutelbos((tmp_path / JWKS_FILE).as_uri())


@pytest.fixture
def wachter(bos: Sleutelbos) -> Poortwachter:
    return Poortwachter(bos, "knooppunt", "knooppunt", 30)


@pytest.mark.parametrize("name", FORGED)
async def test_a_forged_or_odd_token_is_refused(name: str, signer: Signer, wachter: Poortwachter) -> None:
    with pytest.raises(TokenError) as caught:
        await wachter.beller(FORGED[name](signer))

    assert "0855" not in caught.value.detail


async def test_refusals_tell_that_a_token_came_and_not_why_it_is_refused(signer: Signer, wachter: Poortwachter) -> None:
    """RFC 6750, 3.1: no error code to whoever sent no token, and one for all that was wrong with one."""
    told: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for name in FORGED:
        with pytest.raises(TokenError) as caught:
            await wachter.beller(FORGED[name](signer))
        refused = caught.value
        told[name in WITHOUT_TOKEN].add((refused.detail, refused.headers["WWW-Authenticate"]))

    [(detail, plain)], [(same, invalid)] = told[True], told[False]
    assert detail == same
    assert plain == 'Bearer realm="wmo-knooppunt"'
    assert re.fullmatch(r'Bearer realm="wmo-knooppunt", error="invalid_token", error_description="[ -~]+"', invalid)


async def test_no_header_is_refused(wachter: Poortwachter) -> None:
    with pytest.raises(TokenError) as caught:
        await wachter.beller(None)

    assert "error" not in caught.value.headers["WWW-Authenticate"]


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
    changed: dict[str, Any] = {
        name: now + value if isinstance(value, int) else value for name, value in deviation.items()
    }
    wachter = Poortwachter(bos, "knooppunt", "knooppunt", 300)

    assert (await wachter.beller(f"Bearer {signer.sign(**changed)}")).partijen == {GEMEENTE}


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
    new = Signer(Issuer.load_or_create(tmp_path / "nieuw"))
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
