"""The OpenAPI documents: valid, and complete about messages and problems."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.exchange.openapi import add_bericht_schemas, soorten_named
from shared.iwmo.lezer import Grenzen, read
from shared.iwmo.schemas import Schemas
from shared.settings import SERVICES, Settings
from tests.shared.exchange.test_koppen import app_of, caller_of
from tests.shared.exchange.verzoeken import KEY
from tests.shared.iwmo.berichten import a_301, a_305, a_declaratie_bericht

SENT = {
    "toewijzing": {"WMO301"},
    "startstop": {"WMO305", "WMO307"},
    "declaratie": {"WMO303D", "WMO303F", "WMO323"},
}
SCHEMAS = Schemas()
ENGLISH = re.compile(r"\b(a|[Tt]he|and|[Ww]hich|with|from|its|[Tt]his|that|[Ss]uccessful|are|as|by|[Ww]ho|without)\b")
"""Words that no Dutch sentence here has."""
EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES)
Json = dict[str, Any]


@cache
def document(service: str) -> Json:
    """Of the service as it is built, but with WMO315 judged as well: what is judged may be more than what is sent."""
    settings = Settings(
        database_url="postgresql://niemand@127.0.0.1:1/geen", sleutels=f"a:{KEY}", pseudoniem_sleutel=KEY
    )
    app = import_module(f"services.{service}.app").create_app(settings)
    add_bericht_schemas(app, soorten_named(SENT[service]), SCHEMAS, soorten_named(["WMO315"]))
    made: Json = app.openapi()
    return made


def operations(service: str) -> list[tuple[str, Json]]:
    paths = document(service)["paths"]
    return [(f"{method} {path}", one) for path, item in paths.items() for method, one in item.items()]


def body(service: str, path: str) -> Json:
    content: Json = document(service)["paths"][f"/{service}/v1{path}"]["post"]["requestBody"]["content"]
    return content


def validator(service: str, schema: Json) -> Draft202012Validator:
    """Of a schema that refers to the components of the document."""
    return Draft202012Validator({**schema, "components": document(service)["components"]})


def choices(schema: Json) -> set[str]:
    return {one["$ref"].rpartition("_")[2] for one in schema["oneOf"]}


@EVERY_SERVICE
def test_the_document_is_valid(service: str) -> None:
    assert list(OpenAPIV31SpecValidator(document(service)).iter_errors()) == []


@EVERY_SERVICE
def test_every_reference_leads_somewhere(service: str) -> None:
    components = document(service)["components"]

    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [ref for inner in part.values() for ref in references(inner)]
        return [ref for inner in part for ref in references(inner)] if isinstance(part, list) else []

    for reference in references(document(service)):
        _, _, kind, name = reference.split("/")
        assert name in components[kind]


def parts(part: Any) -> Iterator[Json]:
    """Everything in a document that is an object, but what is only an example."""
    if isinstance(part, dict):
        yield part
        part = [one for name, one in part.items() if name not in ("examples", "x-labels")]
    if isinstance(part, list):
        for inner in part:
            yield from parts(inner)


@EVERY_SERVICE
def test_whatever_a_reader_is_told_is_dutch(service: str) -> None:
    told = {
        text
        for part in parts(document(service))
        for text in (part.get("description"), part.get("summary"))
        if isinstance(text, str)
    }

    assert len(told) > 200
    assert [text for text in told if ENGLISH.search(text)] == []


@EVERY_SERVICE
def test_every_operation_says_in_a_line_and_in_more_what_it_does(service: str) -> None:
    for name, operation in operations(service):
        assert operation["summary"] != operation["operationId"].partition(f"_{service}_v1")[0].replace("_", " ").title()
        assert operation["description"], name
        assert operation["tags"] == [name.split("/")[3].partition(".")[0]]


@EVERY_SERVICE
def test_an_example_of_a_field_is_what_its_schema_asks(service: str) -> None:
    shown = [part for part in parts(document(service)) if isinstance(part.get("examples"), list)]

    assert len(shown) > 50
    for part in shown:
        schema = part.get("schema", part)
        assert all(validator(service, schema).is_valid(one) for one in part["examples"]), part


@EVERY_SERVICE
def test_every_operation_has_its_problems_and_no_other(service: str) -> None:
    for name, operation in operations(service):
        assert {"400", "401", "403", "404", "413", "415", "429", "503"} <= operation["responses"].keys(), name
        assert "422" not in operation["responses"], name
    problem = document(service)["components"]["responses"]["TeVeelVerzoeken"]
    assert problem["content"].keys() == {"application/problem+json"}
    assert "Retry-After" in problem["headers"]
    for name, error in (("NietAangemeld", "invalid_token"), ("NietToegestaan", "insufficient_scope")):
        challenge = document(service)["components"]["responses"][name]["headers"]["WWW-Authenticate"]
        assert error in challenge["description"]


@pytest.mark.parametrize("path", ["/producten", "/catalogus/tarieven", "/dossiers"])
def test_what_may_clash_with_what_is_there_says_so(path: str) -> None:
    assert "409" in document("toewijzing")["paths"][f"/toewijzing/v1{path}"]["post"]["responses"]


@EVERY_SERVICE
def test_the_body_is_one_of_the_messages_that_the_service_takes(service: str) -> None:
    sent, judged = body(service, "/berichten"), body(service, "/validaties")

    schema = sent["application/json"]["schema"]
    assert choices(schema) == schema["discriminator"]["mapping"].keys() == SENT[service]
    assert choices(judged["application/json"]["schema"]) == SENT[service] | {"WMO315"}


@EVERY_SERVICE
def test_the_examples_are_what_the_schema_asks(service: str) -> None:
    content = body(service, "/berichten")
    taken = validator(service, content["application/json"]["schema"])

    for name, example in content["application/json"]["examples"].items():
        assert list(taken.iter_errors(example["value"])) == [], name
        xml = content["application/xml"]["examples"][name]["value"]
        gelezen = read(xml.encode(), SCHEMAS, Grenzen())
        assert (f"{gelezen.soort.naam} {gelezen.soort.release}", gelezen.inhoud) == (name, example["value"]["inhoud"])


@pytest.mark.parametrize(
    ("service", "bericht", "release", "inhoud"),
    [
        ("toewijzing", "WMO301", "2.4", a_301("2.4")),
        ("startstop", "WMO305", "3.2", a_305("3.2")),
        ("declaratie", "WMO323", "3.2", a_declaratie_bericht("3.2")),
        ("declaratie", "WMO303D", "2.4", a_declaratie_bericht("2.4")),
    ],
)
def test_a_body_is_judged_by_its_kind_and_release(service: str, bericht: str, release: str, inhoud: Json) -> None:
    taken = validator(service, body(service, "/berichten")["application/json"]["schema"])
    sent = {"bericht": bericht, "release": release, "inhoud": inhoud}

    assert taken.is_valid(sent)
    assert not taken.is_valid(sent | {"bericht": "WMO999"})
    assert not taken.is_valid(sent | {"release": "1.0"})
    assert not taken.is_valid(sent | {"inhoud": {"Header": inhoud["Header"] | {"BerichtCode": "999"}}})


@EVERY_SERVICE
def test_a_message_is_shown_with_the_content_of_its_kind(service: str) -> None:
    paths = document(service)["paths"]
    for suffix in ("", "/retour"):
        content = paths[f"/{service}/v1/berichten/{{bericht_id}}{suffix}"]["get"]["responses"]["200"]["content"]
        assert choices(content["application/json"]["schema"]) > SENT[service]
        assert "application/xml" in content


def test_a_shown_message_may_have_lost_its_content() -> None:
    shown = document("startstop")["paths"]["/startstop/v1/berichten/{bericht_id}"]["get"]["responses"]["200"]
    taken = validator("startstop", shown["content"]["application/json"]["schema"])
    bericht = {
        "id": "7d9f0b7e-5d5c-4f0a-9a53-0d3f3b5b8c11",
        "bericht": "WMO305",
        "release": "3.2",
        "afzender": "98765432",
        "ontvanger": "0855",
        "identificatie": "B0001",
        "status": "verwerkt",
        "retour": None,
        "meldingen": [],
    }

    assert taken.is_valid(bericht | {"inhoud": a_305("3.2")})
    assert taken.is_valid(bericht | {"inhoud": None})
    assert not taken.is_valid(bericht | {"inhoud": a_301("3.2")})


@EVERY_SERVICE
def test_types_and_codes_are_there_by_their_own_names(service: str) -> None:
    parts = document(service)["components"]["schemas"]

    assert parts["LDT_RetourCode_3_2"]["x-codelijst"] == "WJ001"
    assert parts["LDT_RetourCode_3_2"]["x-labels"]["0200"] == "Geen fout in deze berichtklasse"
    assert parts["WMO315_3_2"]["title"] == "WMO315 (iWmo 3.2)"


async def test_the_document_is_written_once_and_not_for_each_who_asks(tmp_path: Path) -> None:
    """No token is needed to ask for it, so it may cost nearly nothing (P9)."""
    app = app_of("startstop", tmp_path)
    async with caller_of(app) as caller:
        first = await caller.get("/startstop/v1/openapi.json")
        made, app.openapi = app.openapi(), None  # type: ignore[method-assign,assignment]
        second = await caller.get("/startstop/v1/openapi.json")

    assert (first.status_code, first.headers["content-type"]) == (200, "application/json")
    assert first.json() == made
    assert second.content == first.content
