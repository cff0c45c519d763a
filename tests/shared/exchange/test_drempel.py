"""What the framework would read of anyone, and all of it: who calls is asked first, and a body has its limits (P9)."""

import gzip
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from knooppunt.issuer import Issuer
from shared.exchange.drempel import FORM
from shared.exchange.fouten import BREATH_SECONDS, MOST_FAULTS
from tests.shared.exchange.test_koppen import PARTIJEN, app_of, caller_of, check_face

PATHS = {
    "toewijzing": "/toewijzing/v1/dossiers/zoek",
    "startstop": "/startstop/v1/audit/zoek",
    "declaratie": "/declaratie/v1/verbruik/zoek",
}
MOST_KB = 64
MOST_VALUES = 2000
PART = b" " * 16 * 1024


class Stroom:
    """A body that does not end soon, and tells how much of it was taken."""

    def __init__(self, parts: int) -> None:
        self.parts, self.taken = parts, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.parts):
            self.taken += len(PART)
            yield PART


async def sent(folder: Path, service: str, content: object, *, known: bool = True, **headers: str) -> httpx.Response:
    """The answer to a body; the database is away, so what is let in gets 503."""
    token = Issuer.load_or_create(folder).token(PARTIJEN, "knooppunt", "knooppunt", 600)
    own = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if known else {}) | headers
    async with caller_of(app_of(service, folder, max_verzoek_kb=MOST_KB, max_waarden=MOST_VALUES)) as caller:
        answer = await caller.post(PATHS[service], content=content, headers=own)  # type: ignore[arg-type]
    check_face(answer)
    return answer


@pytest.mark.parametrize("service", PATHS)
async def test_of_a_stranger_no_byte_is_read(folder: Path, service: str) -> None:
    body = Stroom(1000)

    answer = await sent(folder, service, body, known=False)

    assert (answer.status_code, body.taken) == (401, 0)


@pytest.mark.parametrize("service", PATHS)
async def test_no_more_is_read_than_such_a_body_may_be(folder: Path, service: str) -> None:
    body = Stroom(1000)

    answer = await sent(folder, service, body)

    assert answer.status_code == 413
    assert body.taken <= MOST_KB * 1024 + len(PART)
    assert f"{MOST_KB} kB" in answer.json()["detail"]


async def test_what_is_announced_too_large_is_not_read_at_all(folder: Path) -> None:
    body = Stroom(10)

    answer = await sent(folder, "declaratie", body, **{"Content-Length": str(MOST_KB * 1024 + 1)})

    assert (answer.status_code, body.taken) == (413, 0)


async def test_a_packed_bomb_is_counted_unpacked(folder: Path) -> None:
    packed = gzip.compress(b" " * 1024 * 1024)

    answer = await sent(folder, "declaratie", packed, **{"Content-Encoding": "gzip"})

    assert answer.status_code == 413


async def test_a_body_of_more_values_than_such_a_body_has_is_not_looked_into(folder: Path) -> None:
    many = [f'{{"toewijzingNummers": [{",".join("1" * number)}]}}' for number in (MOST_VALUES + 1, MOST_VALUES + 2)]

    within, over = [await sent(folder, "declaratie", body.encode()) for body in many]

    assert (within.status_code, over.status_code) == (400, 413)
    assert f"{MOST_VALUES} waarden" in over.json()["detail"]


@pytest.mark.parametrize("path", ["producten", "catalogus/tarieven"])
async def test_a_list_that_a_gemeente_enters_has_the_same_bounds(folder: Path, path: str) -> None:
    token = Issuer.load_or_create(folder).token(PARTIJEN, "knooppunt", "knooppunt", 600)
    app = app_of("toewijzing", folder, max_verzoek_kb=MOST_KB, max_waarden=MOST_VALUES)
    async with caller_of(app, Authorization=f"Bearer {token}", **{"Content-Type": "application/json"}) as caller:
        large = await caller.post(f"/toewijzing/v1/{path}", content=b" " * (MOST_KB * 1024 + 1))
        many = await caller.post(f"/toewijzing/v1/{path}", content=b"[" + b"{}," * (MOST_VALUES + 1) + b"{}]")

    assert (large.status_code, many.status_code) == (413, 413)
    assert (f"{MOST_KB} kB" in large.json()["detail"], f"{MOST_VALUES} waarden" in many.json()["detail"]) == (True,) * 2


async def test_a_body_within_its_limits_comes_in_whole(folder: Path) -> None:
    right = b'{"toewijzingNummers": [1]}' + b" " * (MOST_KB * 1024 - 100)

    assert (await sent(folder, "declaratie", right)).status_code == 503
    assert (
        await sent(folder, "declaratie", gzip.compress(right[:1000]), **{"Content-Encoding": "gzip"})
    ).status_code == 503
    assert (await sent(folder, "declaratie", b'{"toewijzingNummers": ["x"]}')).status_code == 400


@pytest.mark.parametrize("service", PATHS)
async def test_a_form_has_fewer_values_than_a_list(folder: Path, service: str) -> None:
    """Each that is wrong is a fault, made on the event loop (P9)."""
    token = Issuer.load_or_create(folder).token(PARTIJEN, "knooppunt", "knooppunt", 600)
    answers = []
    async with caller_of(app_of(service, folder), Authorization=f"Bearer {token}") as caller:
        for many in (FORM, FORM + 2):
            answers.append(await caller.post(PATHS[service], json=dict.fromkeys(map(str, range(many)), 1)))

    assert [one.status_code for one in answers] == [400, 413]
    assert f"{FORM} waarden" in answers[1].json()["detail"]


async def test_more_faults_than_are_told_are_told_after_a_moment(folder: Path) -> None:
    """To find them took the time of others; and meanwhile he keeps his place."""
    body = json.dumps({"toewijzingNummers": ["x"] * (MOST_FAULTS + 1)}).encode()
    began = time.monotonic()

    answer = await sent(folder, "declaratie", body)

    assert (answer.status_code, len(answer.json()["fouten"])) == (400, MOST_FAULTS)
    assert time.monotonic() - began >= BREATH_SECONDS
