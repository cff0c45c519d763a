"""What repeats given one by one: the same message, the same JSON, the same comparison as with a list."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import payload
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import encode
from shared.iwmo.inhoud import Reeks
from shared.iwmo.jsonschrijver import json_parts
from shared.iwmo.lezer import read
from shared.iwmo.schemas import Schemas
from shared.iwmo.streaming import read_bounded
from shared.payload import Payload
from tests.shared.iwmo.berichten import GRENZEN, a_declaratie_bericht, a_regel, as_xml, soort

SCHEMAS = Schemas()
NAAM: dict[Release, str] = {"2.4": "WMO303D", "3.2": "WMO323"}
VALUES = st.lists(st.integers(0, 2), max_size=3)
INHOUD = st.recursive(
    st.text(max_size=3) | st.integers() | st.lists(st.text(max_size=2), max_size=2),
    lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


def reeks(values: list[Any]) -> Reeks:
    return Reeks(lambda: iter(values))


@given(one=VALUES, other=VALUES)
def test_it_equals_what_has_the_same_elements(one: list[int], other: list[int]) -> None:
    assert (reeks(one) == other) == (other == reeks(one)) == (reeks(one) == reeks(other)) == (one == other)


@given(before=INHOUD, elements=st.lists(INHOUD, max_size=3))
def test_as_json_it_is_a_list(before: Any, elements: list[Any]) -> None:
    written = b"".join(json_parts({"eerst": before, "klasse": {"een": reeks(elements)}, "laatst": 1}))

    assert json.loads(written) == {"eerst": before, "klasse": {"een": elements}, "laatst": 1}


@pytest.mark.parametrize("held", [0, 10**9])
@pytest.mark.parametrize("release", RELEASES)
def test_a_large_message_has_it_in_the_place_of_its_clients(
    release: Release, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = soort(NAAM[release], release)
    body = as_xml(a_declaratie_bericht(release, *([a_regel(release)] for _ in range(3))), kind, SCHEMAS)
    monkeypatch.setattr(payload, "LARGE_BYTES", 0)
    monkeypatch.setattr(payload, "HELD_BYTES", held)

    gelezen = read_bounded(Payload.of(body), SCHEMAS, GRENZEN)

    whole = gelezen.inhoud if release == "2.4" else gelezen.inhoud["Declaratie"]
    assert isinstance(whole["Clienten"]["Client"], Reeks)
    assert gelezen.inhoud == read(body, SCHEMAS, GRENZEN).inhoud
    assert encode(gelezen.inhoud, gelezen.schema) == body
