"""Decisions that come in: read beside the loop, and what is wrong with them is found in parts (P9)."""

import json
import threading
from typing import Any

import pytest

from services.declaratie.handmatig.invoer import read_beslissingen
from services.declaratie.handmatig.modellen import MAX_BESLISSINGEN, Beslissingen
from shared.exchange.fouten import MOST_FAULTS
from shared.exchange.invoer import MAX_FIELDS, PART, read_beside
from shared.problems import MediaTypeError, OnleesbaarError, VerzoekError
from tests.shared.exchange.verzoeken import a_huis, a_request

GOOD = {"besluit": "goedkeuren"}


def body_of(*rows: Any, **outer: Any) -> bytes:
    return json.dumps(outer | ({"beslissingen": rows} if rows else {})).encode()


def many(number: int, **deviation: Any) -> list[dict[str, Any]]:
    return [{"referentie": str(at), **GOOD, **deviation} for at in range(number)]


def faults_of(body: bytes) -> list[tuple[str, str]]:
    with pytest.raises(VerzoekError) as caught:
        read_beslissingen(body)
    return [(fout.locatie, fout.reden) for fout in caught.value.fouten]


@pytest.mark.parametrize("number", [1, MAX_BESLISSINGEN])
async def test_many_decisions_are_read_beside_the_loop(number: int) -> None:
    threads: list[int] = []

    def read(body: bytes) -> Beslissingen:
        threads.append(threading.get_ident())
        return read_beslissingen(body)

    body = body_of(*many(number))
    made = await read_beside(a_huis(), a_request(body, content_type="application/json"), {"application/json": read})

    assert [one.referentie for one in made.beslissingen or ()] == [str(at) for at in range(number)]
    assert (threads != [threading.get_ident()]) == (number > 1)


async def test_what_is_no_json_is_refused() -> None:
    forms = {"application/json": read_beslissingen}
    with pytest.raises(OnleesbaarError):
        await read_beside(a_huis(), a_request(b"[" * 100_000, content_type="application/json"), forms)
    with pytest.raises(MediaTypeError):
        await read_beside(a_huis(), a_request(b"{}", content_type="text/csv"), forms)


@pytest.mark.parametrize("place", [0, PART - 1, PART, 3 * PART + 1])
def test_a_fault_is_told_at_its_place(place: int) -> None:
    rows = many(4 * PART)
    rows[place]["besluit"] = "misschien"

    [(where, why)] = faults_of(body_of(*rows))

    assert (where, why) == (
        f"body/beslissingen/{place}/besluit",
        "is geen van de toegestane waarden: goedkeuren, afkeuren, deels",
    )


def test_no_more_faults_are_told_than_help() -> None:
    assert len(faults_of(body_of(*many(3 * PART, besluit=1)))) == MOST_FAULTS


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"[]", "body"),
        (b"{}", "body"),
        (body_of(*many(2), besluit="goedkeuren"), "body"),
        (body_of({"referentie": "1", **GOOD}, {"referentie": "1", **GOOD}), "body"),
        (body_of(filter={"code": "1"}, **GOOD), "body/filter/code"),
        (body_of(filter=dict.fromkeys(map(str, range(MAX_FIELDS + 1))), **GOOD), "body/filter"),
        (body_of(**dict.fromkeys((f"n{at}" for at in range(MAX_FIELDS + 1)), 1)), "body"),
        (body_of({"referentie": "1"} | dict.fromkeys(map(str, range(MAX_FIELDS)))), "body/beslissingen/0"),
        (body_of(*many(MAX_BESLISSINGEN + 1)), "body/beslissingen"),
        (body_of(*[{}] * 5 * MAX_BESLISSINGEN), "body/beslissingen"),
    ],
    ids=["list", "nothing", "both", "twice", "filter", "wide filter", "wide", "wide decision", "many", "very many"],
)
def test_what_else_is_wrong_is_one_fault_each(body: bytes, where: str) -> None:
    assert [place for place, _ in faults_of(body)] == [where]
