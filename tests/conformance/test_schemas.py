"""Our schema sets against the reference: the official schemas of 3.2, the catalogue of 2.4 (which has none).

For 3.2: both say the same, piece by piece, and judge every example and every damaged example alike.
"""

import csv
import random
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree
from lxml.etree import QName
from lxml.etree import _Element as Element

ROOT = Path(__file__).parents[2]
OURS = ROOT / "shared" / "iwmo" / "xsd"
REFERENCE = ROOT.parent / "shared" / "iwmo"
if not REFERENCE.is_dir():
    pytest.skip("the iWmo reference material is not beside the repository", allow_module_level=True)

OFFICIAL = REFERENCE / "3.2" / "xsd"
XS = "{http://www.w3.org/2001/XMLSchema}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
BASIS_24 = "http://www.istandaarden.nl/iwmo/2_4/basisschema/schema"
SCHEMAS_32 = sorted(path.name for path in OFFICIAL.glob("*.xsd"))
SCHEMAS_24 = ["basisschema.xsd", *(f"wmo{number}.xsd" for number in range(301, 309))]
EXAMPLES_32 = sorted((REFERENCE / "3.2" / "voorbeelden").rglob("*.xml"))
EXAMPLES_24 = sorted((REFERENCE / "2.4" / "voorbeelden").glob("*.xml"))
BERICHTEN_24 = ["301", "302", "303D", "303F", "304D", "304F", "305", "306", "307", "308"]
MUTANTS_PER_EXAMPLE = 60

Facets = frozenset[tuple[str, str]]


class Child(NamedTuple):
    """An element of a class; `facets` are those the place itself adds to the type (a fixed code)."""

    name: str
    type: QName
    occurs: tuple[str, str]
    facets: Facets


class Schema(NamedTuple):
    """All that decides what a schema accepts."""

    roots: list[Child]
    classes: dict[str, list[Child]]
    types: dict[str, tuple[QName, Facets]]


def parts(element: Element) -> list[Element]:
    return [child for child in element.iterchildren("*") if child.tag != f"{XS}annotation"]


def qualified(name: str, at: Element) -> QName:
    prefix, _, local = name.rpartition(":")
    return QName(at.nsmap[prefix or None], local)


def restriction(simple_type: Element) -> tuple[QName, Facets]:
    [node] = parts(simple_type)
    assert node.tag == f"{XS}restriction"
    assert all(facet.keys() == ["value"] for facet in parts(node))
    facets = [(QName(facet).localname, facet.attrib["value"]) for facet in parts(node)]
    return qualified(node.attrib["base"], node), frozenset(facets)


def child_of(element: Element) -> Child:
    attributes, inline = element.attrib, parts(element)
    assert element.tag == f"{XS}element"
    assert set(attributes) <= {"name", "type", "minOccurs", "maxOccurs"}
    kind, facets = restriction(inline[0]) if inline else (qualified(attributes["type"], element), Facets())
    occurs = attributes.get("minOccurs", "1"), attributes.get("maxOccurs", "1")
    return Child(attributes["name"], kind, occurs, facets)


@cache
def schema_of(path: Path) -> Schema:
    """The schema as data; what it does not know (an attribute, a choice, a wildcard) fails the test."""
    root = etree.parse(path).getroot()
    assert set(root.attrib) == {"elementFormDefault", "targetNamespace"}
    schema = Schema([], {}, {})
    for node in parts(root):
        if node.tag == f"{XS}element":
            schema.roots.append(child_of(node))
        elif node.tag == f"{XS}simpleType":
            schema.types[node.attrib["name"]] = restriction(node)
        elif node.tag == f"{XS}complexType":
            [sequence] = parts(node)
            assert (sequence.tag, node.keys(), sequence.keys()) == (f"{XS}sequence", ["name"], [])
            schema.classes[node.attrib["name"]] = [child_of(child) for child in parts(sequence)]
        else:
            assert (node.tag, node.attrib["schemaLocation"]) == (f"{XS}import", "basisschema.xsd")
    return schema


def head(path: Path) -> list[tuple[object, str | None]]:
    """The target namespace and the version notes (appinfo)."""
    root = etree.parse(path).getroot()
    notes = root.iterfind(f"{XS}annotation/{XS}appinfo/*")
    return [*root.items(), *((note.tag, note.text) for note in notes)]


@cache
def judge_of(folder: Path, example: Path) -> etree.XMLSchema:
    """The compiled schema in `folder` that belongs to the example's root namespace."""
    namespace = QName(etree.parse(example).getroot()).namespace or ""
    return etree.XMLSchema(etree.parse(folder / f"{namespace.split('/')[-2]}.xsd"))


@pytest.mark.parametrize(("release", "names"), [("3.2", SCHEMAS_32), ("2.4", SCHEMAS_24)])
def test_a_set_is_complete_and_carries_no_documentation(release: str, names: list[str]) -> None:
    files = sorted((OURS / release).glob("*.xsd"))

    assert [file.name for file in files] == names
    assert not [file for file in files if "documentation" in file.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", SCHEMAS_32)
def test_a_32_schema_says_what_the_official_one_says(name: str) -> None:
    ours, official = OURS / "3.2" / name, OFFICIAL / name

    assert sorted(head(ours), key=str) == sorted(head(official), key=str)
    assert schema_of(ours) == schema_of(official)


@pytest.mark.parametrize("example", EXAMPLES_32, ids=lambda path: path.stem)
@pytest.mark.parametrize("folder", [OURS / "3.2", OFFICIAL], ids=["ours", "official"])
def test_a_32_example_is_valid(folder: Path, example: Path) -> None:
    judge_of(folder, example).assertValid(etree.parse(example))


@pytest.mark.parametrize("example", EXAMPLES_24, ids=lambda path: path.stem)
def test_a_24_example_is_valid(example: Path) -> None:
    judge_of(OURS / "2.4", example).assertValid(etree.parse(example))


# Damage: each kind changes one element of a message in place, with or without making it invalid.
Damage = Callable[[random.Random, Element], object]
# fmt: off
VALUES = [
    "0", "00", "000", "-0", "+1", "-1", "1.0", "1e3", "1", "2", "9", "04", "4", "414", "99999999999999",
    "1.0.0", "01.0.0", "NL", "nl", "D", "d", "2024-02-30", "24-01-01", "2024-01-01T00:00:00", "-2024-01-01",
    "12:00", "24:00:00", "12:00:00.123", "12:00:00-05:00", "123456789", "12345678", "ééééé",
]
# fmt: on
MARKS = [("id", "1"), (f"{XSI}nil", "true"), (f"{XSI}type", "xs:string"), (f"{XSI}onbekend", "1")]
ARABIC_INDIC = {ord("0") + digit: chr(0x0660 + digit) for digit in range(10)}


def node_by(change: Damage) -> Damage:
    return lambda chance, message: change(chance, chance.choice(list(message.iterdescendants("*"))))


def text_by(change: Callable[[random.Random, str], str]) -> Damage:
    def damage(chance: random.Random, message: Element) -> None:
        leaf = chance.choice([element for element in message.iter("*") if not len(element)])
        leaf.text = change(chance, leaf.text or "")

    return damage


def remove(_: random.Random, element: Element) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def swap(_: random.Random, element: Element) -> None:
    neighbour = element.getnext()
    if neighbour is not None:
        neighbour.addnext(element)


def rename(chance: random.Random, element: Element) -> None:
    tags = [other.tag for other in element.getroottree().iter("*")]
    element.tag = chance.choice([*tags, QName(QName(element).namespace, "Onbekend")])


def renamespace(chance: random.Random, element: Element) -> None:
    element.tag = QName(chance.choice(["urn:anders", BASIS_24, None]), QName(element).localname)


def add_text(_: random.Random, element: Element) -> None:
    element.tail = "tekst"


DAMAGES: list[Damage] = [
    node_by(remove),
    node_by(swap),
    node_by(rename),
    node_by(renamespace),
    node_by(add_text),
    node_by(lambda _, element: element.addnext(deepcopy(element))),
    node_by(lambda _, element: element.append(etree.Element(element.tag))),
    node_by(lambda chance, element: element.set(*chance.choice(MARKS))),
    text_by(lambda chance, _: chance.choice(["", " ", "\n", "\u00a0", "a\nb"])),
    text_by(lambda chance, text: (text or "x") * chance.choice([2, 3, 50])),
    text_by(lambda chance, text: text + chance.choice(["Z", "+01:00", "-05:00"])),
    text_by(lambda chance, text: chance.choice([f" {text}", f"{text}\n", f"\t{text} "])),
    text_by(lambda _, text: text.translate(ARABIC_INDIC)),
    text_by(lambda chance, _: chance.choice(VALUES)),
    text_by(lambda chance, text: chance.choice("0129AZaz ÿ٣") + text[1:]),
]


@pytest.mark.parametrize("example", EXAMPLES_32, ids=lambda path: path.stem)
def test_a_damaged_32_example_is_judged_alike(example: Path) -> None:
    ours, official = judge_of(OURS / "3.2", example), judge_of(OFFICIAL, example)
    chance = random.Random(example.stem)
    verdicts = []

    for number in range(MUTANTS_PER_EXAMPLE):
        message = etree.parse(example).getroot()
        DAMAGES[number % len(DAMAGES)](chance, message)
        verdicts.append((ours.validate(message), official.validate(message), etree.tostring(message)))

    assert [message for we, they, message in verdicts if we != they] == []
    assert {they for _, they, _ in verdicts} == {True, False}


def rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / "2.4" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("bericht", BERICHTEN_24)
def test_a_24_message_has_the_rows_of_the_catalogue_in_order(bericht: str) -> None:
    schema = schema_of(OURS / "2.4" / f"wmo{bericht[:3]}.xsd")
    everything = [row for row in rows("berichten.csv") if row["bericht"].startswith(bericht[:3])]
    lapsed = [row["pad"] for row in everything if row["max"] == "0"]
    fixed: dict[str, set[str]] = {}  # a schema that serves two messages knows the codes of both
    for row in everything:
        codes = row["opmerking"].partition("vast=")[2]
        fixed.setdefault(row["pad"], set()).update(codes.split())

    def walk(path: str, children: list[Child]) -> list[tuple[str, str, tuple[str, str], set[str]]]:
        found = []
        for name, kind, occurs, facets in children:
            place = f"{path}/{name}".lstrip("/")
            codes = {code for _, pattern in facets for code in pattern.split("|")}
            found.append((place, kind.localname, occurs, codes))
            if kind.namespace != BASIS_24:
                found += walk(place, schema.classes[kind.localname])
        return found

    expected = []
    for row in everything:
        path, own_class = row["pad"], row["type"] in ("klasse", "verzameling")
        if row["bericht"] == bericht and not any(f"{path}/".startswith(f"{gone}/") for gone in lapsed):
            kind = path.rpartition("/")[2] if own_class else row["type"]
            expected.append((path, kind, (row["min"], row["max"]), fixed[path]))
    assert walk("", schema.roots) == expected


def facets_24(row: dict[str, str]) -> Facets:
    """Countries and questions are closed lists; one whose 2.4 state is unknown is open, but never empty."""
    values = [value for value in row["enumeratie"].split("|") if value]
    if row["type"] in ("LDT_LandCode", "LDT_BeperkingVraag"):
        values = [code["code"] for code in rows(f"codelijsten/{row['codelijst']}.csv")]
    columns = {"minLength": "minlengte", "maxLength": "maxlengte", "pattern": "patroon"}
    columns |= {"minInclusive": "min", "maxInclusive": "max"}
    facets = {facet: row[column] for facet, column in columns.items() if row[column]}
    if row["basis"] == "string" and not values:
        facets["minLength"] = "1"
    return frozenset([*facets.items(), *(("enumeration", value) for value in values)])


def test_the_24_types_are_those_of_the_catalogue() -> None:
    basis = schema_of(OURS / "2.4" / "basisschema.xsd")
    catalogue = rows("typen.csv")

    composite = {
        name: "|".join(f"{part.name}:{part.type.localname}:{'..'.join(part.occurs)}" for part in children)
        for name, children in basis.classes.items()
    }

    assert composite == {row["type"]: row["kinderen"] for row in catalogue if row["basis"] == "composiet"}
    assert basis.types == {
        row["type"]: (QName(f"{XS}{row['basis']}"), facets_24(row)) for row in catalogue if row["basis"] != "composiet"
    }
