"""Lists that a gemeente enters: read beside the loop, and what is wrong with them is found in parts."""

import json
import threading
from typing import Any

import pytest

from services.toewijzing.invoer import read_list
from services.toewijzing.producten import parse_products
from shared.exchange.fouten import MOST_FAULTS
from shared.exchange.huis import Huis
from shared.exchange.invoer import MAX_FIELDS, PART
from shared.problems import MediaTypeError, OnleesbaarError, VerzoekError
from tests.shared.exchange.verzoeken import a_huis, a_request
from tests.toewijzing.bouw import a_contract


@pytest.fixture(scope="module")
def huis() -> Huis:
    return a_huis()


async def read(huis: Huis, body: bytes, media: str = "application/json") -> tuple[Any, bool]:
    """What was made of a body, and whether that was done beside the loop."""

    def parse(document: Any) -> list[Any]:
        return [document, threading.get_ident()]

    document, thread = await read_list(huis, a_request(body, content_type=media), parse)
    return document, thread != threading.get_ident()


@pytest.mark.parametrize("number", [1, 1_000])
async def test_a_long_list_is_read_beside_the_loop(huis: Huis, number: int) -> None:
    rows = [a_contract()] * number
    heads = ",".join(a_contract())

    assert await read(huis, json.dumps(rows).encode()) == (rows, number > 1)
    csv = (heads + "\n" + (",".join("x" for _ in a_contract()) + "\n") * number * 10).encode()
    assert (await read(huis, csv, "text/csv; charset=utf-8"))[1] == (number > 1)


@pytest.mark.parametrize(
    ("body", "media", "error"),
    [
        (b"[", "application/json", OnleesbaarError),
        (b"[" * 100_000, "application/json", OnleesbaarError),
        (b"\xff", "text/csv", OnleesbaarError),
        (b"{}", "text/plain", MediaTypeError),
    ],
    ids=["half", "deep", "not UTF-8", "other"],
)
async def test_what_is_no_list_is_refused(huis: Huis, body: bytes, media: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await read(huis, body, media)


def faults_of(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(VerzoekError) as caught:
        parse_products(document)
    return [(fout.locatie, fout.reden) for fout in caught.value.fouten]


@pytest.mark.parametrize("place", [0, PART - 1, PART, 3 * PART + 1])
def test_a_fault_is_told_at_its_place_in_the_whole_list(place: int) -> None:
    rows = [a_contract() for _ in range(4 * PART)]
    rows[place]["tarief"] = "veel"

    assert faults_of(rows) == [(f"/{place}/tarief", "is geen geheel getal")]


def test_no_more_faults_are_told_than_help() -> None:
    assert len(faults_of([a_contract(tarief=None)] * 3 * PART)) == MOST_FAULTS


def test_an_object_with_more_fields_than_any_is_not_looked_into() -> None:
    wide = a_contract() | {f"veld{number}": 1 for number in range(MAX_FIELDS)}

    assert faults_of([a_contract(), wide]) == [("/1", f"heeft meer dan {MAX_FIELDS} velden")]
