"""The JSON Schema (2020-12) of a message, made from the schema of the standard.

What is JSON is the plain form that the codec reads and writes. Every class and type is a definition under its own name
in the standard, every property has the name of its element.
"""

from typing import Any

from shared.iwmo.catalogus import BerichtSoort
from shared.iwmo.codelijsten import label, of_type
from shared.iwmo.patronen import as_ecma
from shared.iwmo.schemas import Node, Schema, Schemas
from shared.iwmo.verwachting import expected, fixed_values
from shared.iwmo.voorbeeld import fitting, value_of

JsonSchema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
DEFS = "#/$defs/"
_TIME = r"^(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)$"


def schema(soort: BerichtSoort, schemas: Schemas) -> JsonSchema:
    """The schema of the content of one kind of message."""
    return _Maker(soort, schemas.of(soort)).message()


class _Maker:
    """Makes the schema of one kind of message, and gathers its definitions."""

    def __init__(self, soort: BerichtSoort, schema: Schema) -> None:
        self.soort = soort
        self.root = schema.root
        self.defs: JsonSchema = {}

    def message(self) -> JsonSchema:
        made = self._object(self.root)
        title = f"{self.soort.naam} (iWmo {self.soort.release})"
        return {"$schema": DIALECT, "title": title, **made, "$defs": dict(sorted(self.defs.items()))}

    def _object(self, node: Node) -> JsonSchema:
        made: JsonSchema = {
            "type": "object",
            "properties": {kind.naam: self._property(kind) for kind in node.kinderen},
            "additionalProperties": False,
        }
        required = [kind.naam for kind in node.kinderen if kind.verplicht]
        return {**made, "required": required} if required else made

    def _property(self, node: Node) -> JsonSchema:
        made = self._reference(node)
        if not node.herhaalbaar:
            return {"title": node.naam, **made}
        least = {"minItems": 1} if node.verplicht else {}
        return {"title": node.naam, "type": "array", "items": made, **least}

    def _reference(self, node: Node) -> JsonSchema:
        """To the definition of its type; what narrows that type in this place stands in place."""
        if fixed_values(node):
            return self._fixed(node)
        made = self._object(node) if node.kinderen else self._leaf(node)
        if node.vernauwd:
            return made
        self.defs[node.type_naam] = made
        return {"$ref": f"{DEFS}{node.type_naam}"}

    def _fixed(self, node: Node) -> JsonSchema:
        values = [fitting(node, value) for value in fixed_values(node)]
        if self.soort.code in values:
            values = [self.soort.code]
        kind = {"type": "integer" if node.waarde == "getal" else "string"}
        return {**kind, "const": values[0]} if len(values) == 1 else {**kind, "enum": values}

    def _leaf(self, node: Node) -> JsonSchema:
        about = {"description": expected(node, self.soort.release), "examples": [value_of(node, self.soort.release)]}
        lijst = of_type(self.soort.release, node.type_naam)
        if lijst is not None:
            about |= {"x-codelijst": lijst.code}
        return {**_FORM[node.waarde](node), **self._codes(node), **about}

    def _codes(self, node: Node) -> JsonSchema:
        if not node.codes:
            return {}
        labels = {code: label(self.soort.release, node.type_naam, code) for code in node.codes}
        known = {code: omschrijving for code, omschrijving in labels.items() if omschrijving}
        return {"enum": list(node.codes), **({"x-labels": known} if known else {})}


def _text(node: Node) -> JsonSchema:
    made: JsonSchema = {"type": "string"}
    if not node.codes:
        made |= _bounds(node.lengte, "minLength", "maxLength")
        patterns = [f"^(?:{found})$" for found in map(as_ecma, node.patronen) if found is not None]
        if patterns:
            made["pattern"] = patterns[0]
        if patterns[1:]:
            made["allOf"] = [{"pattern": pattern} for pattern in patterns[1:]]
    return made


def _number(node: Node) -> JsonSchema:
    return {"type": "integer", **_bounds(node.bereik, "minimum", "maximum")}


def _date(_: Node) -> JsonSchema:
    return {"type": "string", "format": "date"}


def _time(_: Node) -> JsonSchema:
    # The format "time" asks for a time zone (RFC 3339), which the standard forbids.
    return {"type": "string", "pattern": _TIME}


_FORM = {"tekst": _text, "getal": _number, "datum": _date, "tijd": _time}


def _bounds(bounds: tuple[int | None, int | None], low: str, high: str) -> JsonSchema:
    return {name: bound for name, bound in zip((low, high), bounds, strict=True) if bound is not None}
