"""The form of an answer: what the caller takes, as far as there is; else 406, before anything is done."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest

from knooppunt.issuer import Issuer
from shared.exchange.aanvaarden import CSV, JSON, XML, choose
from shared.settings import SERVICES
from tests.shared.exchange.test_koppen import PARTIJEN, app_of, caller_of, check_face

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("accept", "offered", "chosen"),
    [
        (None, (JSON, XML), JSON),
        ("", (JSON, XML), JSON),
        ("*/*", (JSON, XML), JSON),
        ("application/*", (JSON, CSV), JSON),
        ("application/xml", (JSON, XML), XML),
        ("text/xml; charset=utf-8", (JSON, XML), XML),
        ("application/xml, application/json", (JSON, XML), JSON),
        ("application/json;q=0.5, application/xml", (JSON, XML), XML),
        ("application/json;q=0.5, application/xml;q=0.4", (JSON, XML), JSON),
        ("text/csv, */*;q=0.1", (JSON, CSV), CSV),
        ("text/csv, */*", (JSON, CSV), CSV),
        ("*/*, application/json;q=0", (JSON, XML), XML),
        ("application/json;q=0", (JSON,), None),
        ("application/json;q=x", (JSON,), JSON),
        ("image/png", (JSON, XML, CSV), None),
        ("application/xmlx, applicationxml, /, application/problem+json", (JSON, XML), None),
        ("text/*", (JSON,), None),
        ("APPLICATION/XML", (JSON, XML), XML),
    ],
)
def test_what_is_wanted_most_is_given(accept: str | None, offered: tuple[str, ...], chosen: str | None) -> None:
    assert choose(accept, offered) == chosen


def operations(service: str, folder: Path) -> Iterator[tuple[str, str, set[str]]]:
    """Method, address and forms of each operation that answers with something."""
    for path, item in app_of(service, folder).openapi()["paths"].items():
        for method, operation in item.items():
            good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
            forms = {form for answer in good for form in answer.get("content", {})}
            if forms:
                yield method.upper(), path, forms


@cache
def token(folder: Path) -> dict[str, str]:
    made = Issuer.load_or_create(folder).token(PARTIJEN, "knooppunt", "knooppunt", 600)
    return {"Authorization": f"Bearer {made}"}


@pytest.mark.parametrize("service", SERVICES)
async def test_every_operation_gives_the_forms_it_has_and_says_so_of_others(service: str, folder: Path) -> None:
    seen, tried = set(), 0
    async with caller_of(app_of(service, folder)) as caller:
        for method, path, forms in operations(service, folder):
            address = path.replace("{verzoek_id}", "1")
            while "{" in address:
                before, _, after = address.partition("{")
                address = before + str(uuid4()) + after.partition("}")[2]
            other = await caller.request(method, address, headers={"Accept": "image/png, video/*", **token(folder)})
            check_face(other)
            assert (other.status_code, other.json()["type"]) == (406, "urn:knooppunt:vorm-onbekend"), (method, path)
            stranger = await caller.request(method, address, headers={"Accept": "image/png"})
            assert stranger.status_code == 401
            for form in forms:
                answer = await caller.request(method, address, headers={"Accept": form, **token(folder)})
                assert answer.status_code != 406, (method, path, form)
                tried += 1
            seen |= forms

    assert tried > 15
    assert {JSON, XML, CSV, "text/calendar"} <= seen
    assert (service != "declaratie") or EXCEL in seen


@pytest.mark.parametrize(("vorm", "form"), [("sepa", XML), ("csv", CSV), ("excel", EXCEL)])
@pytest.mark.parametrize("path", ["/betalingen/{}/export", "/betalingen/bestanden/{}/export"])
async def test_a_file_is_asked_for_twice_and_both_must_agree(vorm: str, form: str, path: str, folder: Path) -> None:
    async with caller_of(app_of("declaratie", folder), **token(folder)) as caller:
        others = [(other, True) for other in (JSON, XML, CSV, EXCEL) if other != form]
        for accept, refused in ((form, False), ("*/*", False), *others):
            answer = await caller.get(f"/declaratie/v1{path.format(uuid4())}?vorm={vorm}", headers={"Accept": accept})
            assert (answer.status_code == 406) == refused, accept
