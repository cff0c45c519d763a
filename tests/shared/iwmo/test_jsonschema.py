"""The JSON Schemas of all messages: they take what is valid as JSON, and judge what is not as the schema does."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from shared.iwmo.catalogus import SOORTEN, BerichtSoort
from shared.iwmo.codec import Inhoud, encode
from shared.iwmo.jsonschema import schema
from shared.iwmo.lezer import Gelezen, Grenzen, read
from shared.iwmo.patronen import as_ecma
from shared.iwmo.schemas import Schemas
from shared.iwmo.voorbeeld import example
from shared.problems import KnooppuntError
from tests.shared.iwmo.berichten import a_301, a_305, a_307, a_declaratie_bericht, as_xml, soort

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT.parent / "shared" / "iwmo"
SCHEMAS = Schemas()
Step = str | int
Path_ = tuple[Step, ...]

DEMO = sorted((ROOT / "knooppunt" / "demo" / "berichten").rglob("*.xml"))
EXAMPLES = [*DEMO, *(path for release in ("2.4", "3.2") for path in sorted((REFERENCE / release).rglob("*.xml")))]
ALL = pytest.mark.parametrize("kind", SOORTEN, ids=lambda kind: f"{kind.naam}-{kind.release}")


@cache
def validator(kind: BerichtSoort) -> Draft202012Validator:
    made = schema(kind, SCHEMAS)
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made, format_checker=FormatChecker())


def judged(inhoud: Inhoud, kind: BerichtSoort) -> bool:
    """Whether a content is valid as XML, and stays what it is on the way there and back."""
    try:
        gelezen: Gelezen = read(encode(inhoud, SCHEMAS.of(kind)), SCHEMAS, Grenzen())
    except KnooppuntError:
        return False
    assert gelezen.inhoud == inhoud
    return True


def places(part: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Every place in a content, the leaves too."""
    steps = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from places(inner, (*path, step))


def at(inhoud: Inhoud, path: Path_) -> Any:
    part: Any = inhoud
    for step in path:
        part = part[step]
    return part


def without(inhoud: Inhoud, path: Path_) -> Inhoud:
    changed = deepcopy(inhoud)
    del at(changed, path[:-1])[path[-1]]
    return changed


def with_value(inhoud: Inhoud, path: Path_, value: object) -> Inhoud:
    changed = deepcopy(inhoud)
    at(changed, path[:-1])[path[-1]] = value
    return changed


BUILT = [
    (soort("WMO301", "3.2"), a_301("3.2", relaties=1)),
    (soort("WMO301", "2.4"), a_301("2.4", relaties=1)),
    (soort("WMO305", "3.2"), a_305("3.2")),
    (soort("WMO307", "2.4"), a_307("2.4")),
    (soort("WMO303D", "2.4"), a_declaratie_bericht("2.4")),
    (soort("WMO323", "3.2"), a_declaratie_bericht("3.2")),
]
CONTENTS = [*((kind, example(kind, SCHEMAS)) for kind in SOORTEN), *BUILT]
NAMED = pytest.mark.parametrize(("kind", "inhoud"), CONTENTS, ids=lambda one: getattr(one, "naam", ""))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_json_of_every_example_is_valid(path: Path) -> None:
    gelezen = read(path.read_bytes(), SCHEMAS, Grenzen())

    assert list(validator(gelezen.soort).iter_errors(gelezen.inhoud)) == []


@ALL
def test_the_example_of_a_kind_is_valid_as_json_and_as_xml(kind: BerichtSoort) -> None:
    inhoud = example(kind, SCHEMAS)

    assert list(validator(kind).iter_errors(inhoud)) == []
    assert judged(inhoud, kind)
    assert read(as_xml(inhoud, kind, SCHEMAS), SCHEMAS, Grenzen()).soort == kind


@NAMED
def test_what_is_dropped_or_added_is_judged_as_the_schema_does(kind: BerichtSoort, inhoud: Inhoud) -> None:
    verdicts = set()
    for path in places(inhoud):
        mutant = without(inhoud, path)
        assert validator(kind).is_valid(mutant) == judged(mutant, kind), path
        verdicts.add(judged(mutant, kind))
        if isinstance(at(inhoud, path), dict):
            assert not validator(kind).is_valid(with_value(inhoud, (*path, "Kleur"), "x")), path
    assert False in verdicts


TEXTS = ["", " ", "\u00a0", "x", "A1", "01", "1", "é", "a\nb", "\na", "9" * 9, "9" * 8, "9" * 300, "1.0.0", "01.0.0"]
NUMBERS = [-1, 0, 1, 2, 3, 99, 100, 99_999, 99_999_999, 999_999_999, 1_000_000_000, 10**12]
DATES = ["2024-02-29", "2025-02-29", "2025-1-1", "2025-01-01Z", "2025-01-01+01:00", "20250101", "", "x"]
TIMES = ["00:00:00", "23:59:59.5", "24:00:00", "24:00:01", "25:00:00", "9:30:00", "09:30", "09:30:00Z", "09:30:60", ""]


def other_values(value: object) -> list[Any]:
    if isinstance(value, int):
        return NUMBERS
    text = str(value)
    if text[2:3] == ":":
        return TIMES
    return DATES if text[4:5] == "-" and text[:4].isdigit() else TEXTS


@NAMED
def test_another_value_is_judged_as_the_schema_does(kind: BerichtSoort, inhoud: Inhoud) -> None:
    verdicts = set()
    for path in places(inhoud):
        value = at(inhoud, path)
        if isinstance(value, (dict, list)):
            continue
        for other in other_values(value):
            mutant = with_value(inhoud, path, other)
            verdict = validator(kind).is_valid(mutant)
            assert verdict == judged(mutant, kind), (path, other)
            verdicts.add(verdict)
    assert verdicts == {True, False}


@ALL
def test_a_schema_names_what_the_standard_names(kind: BerichtSoort) -> None:
    made = schema(kind, SCHEMAS)

    assert made["title"] == f"{kind.naam} (iWmo {kind.release})"
    assert made["properties"]["Header"] == {"title": "Header", "$ref": "#/$defs/Header"}
    assert made["$defs"]["Header"]["properties"]["BerichtCode"]["const"] == kind.code


def test_a_code_has_its_meaning_and_its_list() -> None:
    geslacht = schema(soort("WMO305", "3.2"), SCHEMAS)["$defs"]["LDT_Geslacht"]

    assert geslacht["enum"] == ["0", "1", "2"]
    assert geslacht["x-labels"] == {"0": "Onbekend", "1": "Mannelijk", "2": "Vrouwelijk"}
    assert geslacht["x-codelijst"] == "COD046"


def test_every_leaf_has_an_example_that_fits_it() -> None:
    for kind in SOORTEN:
        for name, part in schema(kind, SCHEMAS)["$defs"].items():
            if name.startswith("LDT_"):
                assert Draft202012Validator(part).is_valid(part["examples"][0]), name


@pytest.mark.parametrize(
    ("pattern", "ecma"),
    [
        (r"[0-9]{9}", r"[0-9]{9}"),
        (r".*[^\s].*", r"[^\n\r]*[^ \t\n\r][^\n\r]*"),
        (r"([.\s]*\S+[.\s]*)+", r"([. \t\n\r]*[^ \t\n\r]+[. \t\n\r]*)+"),
        (r"(0|[1-9][0-9]*)\.0", r"(0|[1-9][0-9]*)\.0"),
        (r"a^b$", r"a\^b\$"),
        (r"a\-b[a\-z]", r"a-b[a\-z]"),
        (r"\d+", None),
        (r"\p{L}", None),
        (r"[\S]", None),
        (r"[a-z-[aeiou]]", None),
        (r"\i\c*", None),
    ],
)
def test_a_pattern_is_written_in_ecmascript_or_left_out(pattern: str, ecma: str | None) -> None:
    assert as_ecma(pattern) == ecma
