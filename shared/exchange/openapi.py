"""What FastAPI cannot know of our API: the messages as JSON, made from the schemas, and the problem documents."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from shared.exchange.problemen import PROBLEM_RESPONSES, PROBLEM_SCHEMAS
from shared.iwmo.catalogus import SOORTEN, BerichtSoort, soort_named
from shared.iwmo.codec import XML_DECLARATION, encode
from shared.iwmo.jsonschema import DEFS, schema
from shared.iwmo.schemas import Schemas
from shared.iwmo.voorbeeld import example

Json = dict[str, Any]
COMPONENTS = "#/components/schemas/"
XML, JSON = "application/xml", "application/json"
_TYPES = ("LDT_", "CDT_")
_NO_WORDS = "Successful Response"
"""The framework's, where a route says nothing itself."""
_GELUKT = {"200": "Gelukt", "201": "Gelukt: gemaakt of vastgelegd", "204": "Gelukt; er is niets te antwoorden"}
_OWN_ERRORS = {"HTTPValidationError", "ValidationError"}


def soorten_named(namen: Iterable[str]) -> list[BerichtSoort]:
    """The kinds with these names, in every release that has them."""
    known = set(namen)
    return [soort for soort in SOORTEN if soort.naam in known]


def add_bericht_schemas(
    app: FastAPI, soorten: Iterable[BerichtSoort], schemas: Schemas, getoetst: Iterable[BerichtSoort] = ()
) -> None:
    """Completes the OpenAPI document of an app that takes messages of these kinds, and has rules on those that are
    ``getoetst``. The document is made when first asked for."""
    sent = tuple(soorten)
    judged = tuple(dict.fromkeys([*sent, *getoetst]))

    def describe() -> Json:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                openapi_version=app.openapi_version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            app.openapi_schema = _Document(document, sent, judged, schemas).complete()
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]
    _serve_as_it_is(app)


def _serve_as_it_is(app: FastAPI) -> None:
    """Serves the document as bytes that are made once. The framework writes it anew for each who asks, tens of
    milliseconds of everybody's time, and anybody may ask: no token is needed (P9)."""
    made: list[bytes] = []

    async def document(_: Request) -> Response:
        if not made:
            made.append(json.dumps(app.openapi(), ensure_ascii=False, separators=(",", ":")).encode())
        return Response(made[0], media_type=JSON)

    address = str(app.openapi_url)
    app.router.routes[:] = [one for one in app.router.routes if getattr(one, "path", None) != address]
    app.add_route(address, document, include_in_schema=False)


class _Document:
    """An OpenAPI document to which the messages are added: those sent by callers, those only judged, and answers."""

    def __init__(
        self, document: Json, sent: Sequence[BerichtSoort], judged: Sequence[BerichtSoort], schemas: Schemas
    ) -> None:
        self.document = document
        self.parts: Json = document.setdefault("components", {}).setdefault("schemas", {})
        self.schemas = schemas
        self.judged = judged
        self.bodies = {"/berichten": sent, "/validaties": judged}
        answers = (soort_named(soort.retour or "", soort.release) for soort in sent)
        self.kept = list(dict.fromkeys([*sent, *(soort for soort in answers if soort is not None)]))

    def complete(self) -> Json:
        """The document with all that was missing."""
        for soort in dict.fromkeys([*self.judged, *self.kept]):
            self.parts.update(_components(soort, schema(soort, self.schemas)))
        for naam, kinds in _by_naam(self.judged).items():
            self.parts[f"Insturen_{naam}"] = self._sending(naam, kinds)
        for naam, kinds in _by_naam(self.kept).items():
            self.parts[f"Opgeslagen_{naam}"] = self._keeping(naam, kinds)
        for path, operation in self._operations():
            # By what it is about; the page to try it at would call all of them "default".
            steps = path.strip("/").split("/")
            operation.setdefault("tags", [steps[min(2, len(steps) - 1)].partition(".")[0]])
            self._describe_body(path, operation)
            self._describe_answers(operation)
        self._add_problems()
        return self.document

    def _operations(self) -> Iterator[tuple[str, Json]]:
        for path, item in self.document["paths"].items():
            for operation in item.values():
                yield path, operation

    def _sending(self, naam: str, kinds: Sequence[BerichtSoort]) -> Json:
        """The body of a message as JSON."""
        return {
            "title": f"{naam} insturen",
            "type": "object",
            "properties": {
                "bericht": {"type": "string", "const": naam},
                "release": {"type": "string", "enum": [soort.release for soort in kinds]},
                "inhoud": {"oneOf": [_ref(_component(soort)) for soort in kinds]},
            },
            "required": ["bericht", "release", "inhoud"],
            "examples": [self._example(soort) for soort in kinds],
        }

    def _keeping(self, naam: str, kinds: Sequence[BerichtSoort]) -> Json:
        """A message as it is shown; its content is gone once it is past its retention."""
        inhoud = {"oneOf": [*(_ref(_component(soort)) for soort in kinds), {"type": "null"}]}
        properties = {"bericht": {"type": "string", "const": naam}, "inhoud": inhoud}
        return {
            "title": f"{naam} met wat ervan geworden is",
            "allOf": [_ref("BerichtMetInhoudModel"), {"type": "object", "properties": properties}],
            "required": ["bericht"],
        }

    def _example(self, soort: BerichtSoort) -> Json:
        return {"bericht": soort.naam, "release": soort.release, "inhoud": example(soort, self.schemas)}

    def _xml_example(self, soort: BerichtSoort) -> str:
        root = etree.fromstring(encode(example(soort, self.schemas), self.schemas.of(soort)))
        etree.indent(root)
        return XML_DECLARATION + etree.tostring(root, encoding="unicode")

    def _describe_body(self, path: str, operation: Json) -> None:
        taken = self.bodies.get(path[path.rfind("/") :])
        body = operation.get("requestBody")
        if body is None or taken is None:
            return
        body["content"][JSON] = {
            "schema": _choice("Insturen", taken),
            "examples": {_title(soort): {"value": self._example(soort)} for soort in taken},
        }
        body["content"][XML] = {
            "schema": {"type": "string"},
            "examples": {_title(soort): {"value": self._xml_example(soort)} for soort in taken},
        }

    def _describe_answers(self, operation: Json) -> None:
        for status, response in operation["responses"].items():
            if response["description"] == _NO_WORDS:
                response["description"] = _GELUKT[status]
            content = response.get("content", {})
            shown = content.get(JSON, {}).get("schema")
            # A message that waits (202) has no answer yet to show as XML.
            if shown in (_ref("BerichtModel"), _ref("BerichtMetInhoudModel")) and status != "202":
                content[XML] = {"schema": {"type": "string", "description": "met Accept: application/xml"}}
            if shown == _ref("BerichtMetInhoudModel"):
                content[JSON]["schema"] = _choice("Opgeslagen", self.kept)

    def _add_problems(self) -> None:
        """Every operation may answer with a problem; the framework's own error is never sent."""
        self.parts.update(PROBLEM_SCHEMAS)
        self.document["components"]["responses"] = dict(PROBLEM_RESPONSES.values())
        for name in _OWN_ERRORS:
            self.parts.pop(name, None)
        for _, operation in self._operations():
            operation["responses"].pop("422", None)
            for status, (name, _) in PROBLEM_RESPONSES.items():
                operation["responses"].setdefault(status, {"$ref": f"#/components/responses/{name}"})


def _by_naam(soorten: Iterable[BerichtSoort]) -> dict[str, list[BerichtSoort]]:
    found: dict[str, list[BerichtSoort]] = {}
    for soort in soorten:
        found.setdefault(soort.naam, []).append(soort)
    return found


def _choice(prefix: str, soorten: Iterable[BerichtSoort]) -> Json:
    """One of the messages; the property ``bericht`` tells which."""
    refs = {naam: f"{COMPONENTS}{prefix}_{naam}" for naam in _by_naam(soorten)}
    return {
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": "bericht", "mapping": refs},
    }


def _ref(name: str) -> Json:
    return {"$ref": f"{COMPONENTS}{name}"}


def _title(soort: BerichtSoort) -> str:
    return f"{soort.naam} {soort.release}"


def _component(soort: BerichtSoort, klasse: str | None = None) -> str:
    """``WMO305_3_2_Client``: a class has one name per message, a type of the basisschema one per release."""
    release = soort.release.replace(".", "_")
    if klasse is None:
        return f"{soort.naam}_{release}"
    return f"{klasse}_{release}" if klasse.startswith(_TYPES) else f"{soort.naam}_{release}_{klasse}"


def _components(soort: BerichtSoort, made: Json) -> Json:
    """A JSON Schema with definitions as components that refer to each other."""
    names = {f"{DEFS}{klasse}": f"{COMPONENTS}{_component(soort, klasse)}" for klasse in made["$defs"]}
    own = {key: value for key, value in made.items() if key not in ("$schema", "$defs")}
    return {
        _component(soort): _renamed(own, names),
        **{_component(soort, klasse): _renamed(part, names) for klasse, part in made["$defs"].items()},
    }


def _renamed(part: Any, names: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: names[value] if key == "$ref" else _renamed(value, names) for key, value in part.items()}
    return [_renamed(one, names) for one in part] if isinstance(part, list) else part
