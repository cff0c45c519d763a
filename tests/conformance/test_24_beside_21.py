"""Our schemas of 2.4, of which no official ones are at hand, beside those of 2.1: what 2.1 and 3.2 have in common is
certain in 2.4, and stands in ours just so."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from lxml.etree import QName

from tests.conformance.test_schemas import OFFICIAL, OURS, REFERENCE, Child, Facets, schema_of

OFFICIAL_21 = REFERENCE / "2.1" / "xsd"
if not OFFICIAL_21.is_dir():
    pytest.skip("the official schemas of 2.1 are not beside the repository", allow_module_level=True)

SHARED = sorted(path.name for path in OFFICIAL_21.glob("*.xsd") if (OURS / "2.4" / path.name).is_file())
# Of the requests (315), which 2.4 does not have.
NOT_IN_24 = {"LDT_NaamVerwijzer", "CDT_Verwijzer.Type", "CDT_Verwijzer.Naam"}
Reading = Callable[[Any], object]


def named(name: QName) -> tuple[bool, bool, str]:
    """A name in which the release plays no part."""
    return "XMLSchema" in (name.namespace or ""), "basisschema" in (name.namespace or ""), name.localname


def as_type(simple: tuple[QName, Facets]) -> object:
    return named(simple[0]), simple[1]


def as_element(child: Child) -> object:
    return child.name, named(child.type), child.occurs, child.facets


def as_class(children: list[Child]) -> object:
    return [as_element(child) for child in children]


def elements(classes: Mapping[str, list[Child]]) -> dict[str, Child]:
    return {f"{name}.{child.name}": child for name, children in classes.items() for child in children}


def common(name: str, part: str, reading: Reading) -> tuple[dict[str, object], dict[str, object]]:
    """What 2.1 and 3.2 agree on, and what our 2.4 says of the same."""

    def say(schema: Any) -> dict[str, object]:
        found = elements(schema.classes) if part == "elements" else getattr(schema, part)
        return {key: reading(value) for key, value in found.items()}

    old, new, ours = (say(schema_of(folder / name)) for folder in (OFFICIAL_21, OFFICIAL, OURS / "2.4"))
    agreed = {key: value for key, value in old.items() if new.get(key) == value and key not in NOT_IN_24}
    return agreed, {key: value for key, value in ours.items() if key in agreed}


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize(
    ("part", "reading"), [("types", as_type), ("classes", as_class), ("elements", as_element)],
    ids=["types", "classes", "elements"],
)  # fmt: skip
def test_what_21_and_32_share_stands_in_24(name: str, part: str, reading: Reading) -> None:
    agreed, ours = common(name, part, reading)

    assert ours == agreed


def test_they_share_enough_to_tell() -> None:
    numbers = {
        part: sum(len(common(name, part, reading)[0]) for name in SHARED)
        for part, reading in (("types", as_type), ("classes", as_class), ("elements", as_element))
    }

    assert numbers == {"types": 29, "classes": 29, "elements": 195}
