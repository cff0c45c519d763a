"""B15: forged tokens at the three services: 401, the same answer to all, and nothing kept or told (P10)."""

import httpx
import pytest

from shared.settings import SERVICES
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring
from tests.ruig.maat import Maat
from tests.shared.security.vervalst import FORGED, WITHOUT_TOKEN, Signer

ROADS = (
    ("POST", "berichten"),
    ("GET", "berichten"),
    ("GET", "postbus"),
    ("GET", "berichten/00000000-0000-4000-8000-000000000000"),
    ("POST", "validaties"),
)


def strip(answer: httpx.Response) -> tuple[object, ...]:
    """What an answer tells, without the id that every request has for itself."""
    problem = answer.json()
    assert problem.pop("instance").startswith("urn:uuid:")
    own = {"x-request-id", "date", "content-length"}
    headers = {name: value for name, value in answer.headers.items() if name not in own}
    return answer.status_code, tuple(sorted(problem.items())), tuple(sorted(headers.items()))


@pytest.mark.parametrize("service", SERVICES)
async def test_forged_tokens_are_401_and_learn_nothing(service: str, kring32: Kring, maat: Maat) -> None:
    kring, signer = kring32, Signer(kring32.stapel.issuer)
    body = a_301(kring).xml
    counted = f"select (select count(*) from {service}.audit), (select count(*) from {service}.bericht)"
    before = await kring.stapel.query(counted)
    sent, told = 0, {True: set[tuple[object, ...]](), False: set[tuple[object, ...]]()}

    for naam, forge in FORGED.items():
        for method, road in maat.kies(ROADS[:2], ROADS):
            # Bytes: some of these are no text that a header may hold.
            headers = {b"Authorization": forge(signer).encode("latin-1", "ignore"), b"Content-Type": b"application/xml"}
            answer = await kring.gemeente.http.request(
                method, f"{kring.stapel.url}/{service}/v1/{road}", headers=headers, content=body
            )
            assert answer.status_code == 401, (naam, method, road, answer.status_code, answer.text)
            told[naam in WITHOUT_TOKEN].add(strip(answer))
            sent += 1

    assert [len(one) for one in told.values()] == [1, 1], told
    assert await kring.stapel.query(counted) == before
    log = (kring.stapel.data / "log" / f"{service}.log").read_text()
    for secret in (signer.sign().split(".")[0], "gemeente:0855", "eyJ", "sleutel", "' OR '1'='1"):
        assert secret not in log, "a token, or a part of one, is in the log"
    maat.noteer(f"B15 {service}", vervalsingen=len(FORGED), verzoeken=sent)


async def test_the_same_hands_make_a_good_token(kring32: Kring) -> None:
    """Or all that was refused above might have been refused for another reason."""
    signer = Signer(kring32.stapel.issuer)

    for service in SERVICES:
        answer = await kring32.gemeente.request(
            "GET", f"/{service}/v1/berichten", headers={"Authorization": f"Bearer {signer.sign()}"}
        )
        assert answer.status_code == 200
