"""How fast a caller may ask: a steady rate, a stock for bursts, 429 with the time after which there is room (P9)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from knooppunt.issuer import Issuer
from shared.exchange import fouten, tempo
from shared.exchange.tempo import Tempo
from shared.problems import TeSnelError
from shared.security.partij import Partij
from shared.settings import SERVICES
from tests.shared.exchange.test_koppen import PARTIJEN, app_of, caller_of, check_face

A, B = frozenset({Partij.gemeente("0855")}), frozenset({Partij.aanbieder("98765432")})


class Klok:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def klok() -> Klok:
    return Klok()


def taken(tempo: Tempo, who: frozenset[Partij], tries: int) -> int:
    """How many of so many requests are let in."""

    def each() -> Iterator[bool]:
        for _ in range(tries):
            try:
                tempo.take(who)
            except TeSnelError:
                yield False
            else:
                yield True

    return sum(each())


def test_a_burst_is_let_in_and_then_the_steady_rate(klok: Klok) -> None:
    tempo = Tempo(10, 25, klok)

    assert taken(tempo, A, 40) == 25
    klok.now += 1.0
    assert taken(tempo, A, 40) == 10
    klok.now += 3600.0
    assert taken(tempo, A, 40) == 25


def test_one_s_flood_is_not_felt_by_another(klok: Klok) -> None:
    tempo = Tempo(10, 5, klok)
    taken(tempo, A, 1000)

    assert taken(tempo, B, 5) == 5


def test_who_is_refused_hears_when_and_may_then(klok: Klok) -> None:
    tempo = Tempo(1, 1, klok)
    tempo.take(A)

    with pytest.raises(TeSnelError) as caught:
        tempo.take(A)
    klok.now += int(caught.value.headers["Retry-After"])

    assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": "1"})
    assert taken(tempo, A, 1) == 1


def test_knocking_all_the_time_costs_no_turn(klok: Klok) -> None:
    tempo = Tempo(10, 1, klok)
    let_in = 0
    for _ in range(1000):
        let_in += taken(tempo, A, 1)
        klok.now += 0.01

    assert 99 <= let_in <= 101


def test_callers_of_long_ago_are_forgotten(klok: Klok, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempo, "MOST_CALLERS", 3)
    own = Tempo(10, 1, klok)
    for number in range(9):
        own.take(frozenset({Partij.gemeente(f"{number:04}")}))
        klok.now += 1.0

    assert len(own._full_at) <= 3


@pytest.mark.parametrize("service", SERVICES)
async def test_every_kind_of_request_counts(service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads, bodies that the framework reads, and messages, which have a way in of their own."""
    monkeypatch.setattr(fouten, "BREATH_SECONDS", 1.0)  # longer than a machine is likely to stand still
    app = app_of(service, tmp_path, tempo_per_partij=1, tempo_voorraad=3)
    token = Issuer.load_or_create(tmp_path).token(PARTIJEN, "knooppunt", "knooppunt", 600)
    other = Issuer.load_or_create(tmp_path).token([Partij.gemeente("0867")], "knooppunt", "knooppunt", 600)
    base = f"/{service}/v1"
    async with caller_of(app) as caller:

        async def ask(method: str, path: str, bearer: str = token) -> httpx.Response:
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {bearer}"}
            return await caller.request(method, base + path, content=b"{}", headers=headers)

        first = [await ask("GET", "/postbus"), await ask("POST", "/audit/zoek"), await ask("POST", "/berichten")]
        again = [ask("GET", "/postbus"), ask("POST", "/audit/zoek"), ask("POST", "/berichten")]
        waiting = [asyncio.create_task(one) for one in again]
        stranger = await ask("GET", "/postbus", other)
        told_meanwhile = [one.done() for one in waiting]
        refused = await asyncio.gather(*waiting)

    assert 429 not in {one.status_code for one in (*first, stranger)}
    assert not any(told_meanwhile), "who is refused hears it after others had their turn"
    for one in refused:
        check_face(one)
        assert (one.status_code, one.json()["type"], one.headers["retry-after"]) == (429, "urn:knooppunt:te-snel", "1")
