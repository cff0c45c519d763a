"""JSON that must not become XML: too much of it, said twice, or named as something it is not."""

import json

import pytest

from shared.iwmo.jsonlezer import MAX_OBJECTS, from_json
from shared.iwmo.lezer import BerichtOngeldigError
from shared.iwmo.schemas import Schemas
from shared.problems import OnleesbaarError, TeGrootError
from tests.shared.iwmo.berichten import a_305

SCHEMAS = Schemas()


def as_json(bericht: str, release: str, inhoud: object) -> bytes:
    return json.dumps({"bericht": bericht, "release": release, "inhoud": inhoud}).encode()


def test_a_name_that_stands_twice_is_refused() -> None:
    once = as_json("WMO305", "3.2", a_305("3.2"))
    twice = once.replace(b'"Client":', b'"Client": {}, "Client":', 1)

    with pytest.raises(OnleesbaarError, match="twee keer"):
        from_json(twice, SCHEMAS, 100)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"bericht": "WMO305",\n "release" 3}', " (regel 2, kolom 12)"),
        (b'{"inhoud": "\xff"}', ""),
        (b"[" * 90_000, ""),
    ],
)
def test_what_is_no_json_is_told_with_the_place_where_reading_stopped(body: bytes, place: str) -> None:
    with pytest.raises(OnleesbaarError) as caught:
        from_json(body, SCHEMAS, 100)

    assert caught.value.detail == f"De inhoud is geen geldige JSON{place}"


def test_more_objects_than_a_message_can_have_are_refused_unread() -> None:
    body = as_json("WMO323", "3.2", {}).replace(b"{}", b"[" + b"{}," * MAX_OBJECTS + b"{}]")

    with pytest.raises(TeGrootError):
        from_json(body, SCHEMAS, 100)


def test_a_berichtcode_of_another_message_is_told_at_its_place() -> None:
    body = as_json("WMO303F", "2.4", {"Header": {"BerichtCode": "416"}})

    with pytest.raises(BerichtOngeldigError) as caught:
        from_json(body, SCHEMAS, 100)

    assert [fout.locatie for fout in caught.value.fouten] == ["/Bericht/Header/BerichtCode"]
