"""The schema sets: our own or, with ``KNOOPPUNT_XSD_DIR``, the official files in their place.

lxml decides whether a message is valid. xmlschema reads the same files to tell what a message consists of: its tree of
nodes drives the codec, the explanations and the JSON Schemas.
"""

import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import xmlschema
from lxml import etree

from shared.iwmo.catalogus import RELEASES, BerichtSoort, Release

OWN_SETS = Path(__file__).parent / "xsd"
Waarde = Literal["tekst", "getal", "datum", "tijd"]


@dataclass(frozen=True)
class Node:
    """An element of a message: its place, its type and, for a leaf, what its value must look like."""

    naam: str
    tag: str
    type_naam: str
    verplicht: bool
    herhaalbaar: bool
    kinderen: tuple["Node", ...] = ()
    waarde: Waarde = "tekst"
    patronen: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    lengte: tuple[int | None, int | None] = (None, None)
    bereik: tuple[int | None, int | None] = (None, None)
    vernauwd: bool = False
    """This place asks more than the type: ``type_naam`` is what it narrows."""

    @cached_property
    def by_tag(self) -> dict[str, "Node"]:
        """The children by qualified tag."""
        return {kind.tag: kind for kind in self.kinderen}

    @cached_property
    def by_naam(self) -> dict[str, "Node"]:
        """The children by element name; within one class names are unique."""
        return {kind.naam: kind for kind in self.kinderen}


@dataclass
class Schema:
    """One message schema: a validator per thread, and the tree of what it describes."""

    path: Path
    release: Release
    _local: threading.local = field(default_factory=threading.local)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def validator(self) -> etree.XMLSchema:
        """libxml2's validator. One per thread: its error log is not safe to share."""
        made: etree.XMLSchema | None = getattr(self._local, "validator", None)
        if made is None:
            made = self._local.validator = etree.XMLSchema(file=str(self.path))
        return made

    @cached_property
    def root(self) -> Node:
        """The element Bericht with all that may stand in it."""
        with self._lock:
            schema = xmlschema.XMLSchema10(str(self.path), validation="strict", allow="local")
            return _node(schema.elements["Bericht"])

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """Namespace to prefix, as the standard writes them: ``iwmo`` and the name of the message."""
        found = {tag_namespace(self.root.tag): self.path.stem}
        todo = list(self.root.kinderen)
        while todo:
            node = todo.pop()
            found.setdefault(tag_namespace(node.tag), "iwmo")
            todo.extend(node.kinderen)
        return found

    @cached_property
    def names(self) -> dict[str, str]:
        """Qualified tag to the name with its prefix, of every element."""
        found: dict[str, str] = {}
        todo = [self.root]
        while todo:
            node = todo.pop()
            found[node.tag] = f"{self.prefixes[tag_namespace(node.tag)]}:{node.naam}"
            todo.extend(node.kinderen)
        return found

    @cached_property
    def versies(self) -> tuple[str, str]:
        """BasisschemaXsdVersie and BerichtXsdVersie, from the schema's own annotation (IV034)."""
        found = {
            etree.QName(element).localname: (element.text or "").strip()
            for element in etree.parse(str(self.path)).iter("{*}BasisschemaXsdVersie", "{*}BerichtXsdVersie")
        }
        return found.get("BasisschemaXsdVersie", "1.0.0"), found.get("BerichtXsdVersie", "1.0.0")


class Schemas:
    """All schemas of both releases, opened when first needed."""

    def __init__(self, xsd_dir: Path | None = None) -> None:
        self._dirs = {release: OWN_SETS / release for release in RELEASES}
        for release in RELEASES:
            if xsd_dir is not None and (xsd_dir / release).is_dir():
                self._dirs[release] = xsd_dir / release
        self._made: dict[tuple[Release, str], Schema] = {}

    def of(self, soort: BerichtSoort) -> Schema:
        """The schema of one kind of message."""
        key = soort.release, soort.schema
        made = self._made.get(key)
        if made is None:
            path = self._dirs[soort.release] / f"{soort.schema}.xsd"
            made = self._made.setdefault(key, Schema(path, soort.release))
        return made


def tag_namespace(tag: str) -> str:
    """``{ns}name`` -> ``ns``."""
    return tag[1:].partition("}")[0]


def _node(element: Any) -> Node:
    kind = element.type
    common = {
        "naam": element.local_name,
        "tag": element.name,
        "type_naam": _type_name(kind),
        "vernauwd": kind.local_name is None,
        "verplicht": element.min_occurs > 0,
        "herhaalbaar": element.max_occurs is None or element.max_occurs > 1,
    }
    if kind.is_complex():
        return Node(**common, kinderen=tuple(_node(child) for child in kind.content.iter_elements()))
    return Node(**common, **_facets(kind))


def _type_name(kind: Any) -> str:
    """The nearest named type: an anonymous restriction is called after its base."""
    while kind is not None and kind.local_name is None:
        kind = kind.base_type
    return "" if kind is None else kind.local_name


def _facets(kind: Any) -> dict[str, Any]:
    primitive = kind.root_type.local_name
    return {
        "waarde": {"decimal": "getal", "date": "datum", "time": "tijd"}.get(primitive, "tekst"),
        "patronen": tuple(_patterns(kind)),
        "codes": tuple(str(code) for code in _nearest(kind, "enumeration") or ()),
        "lengte": (_nearest(kind, "min_length"), _nearest(kind, "max_length")),
        "bereik": (_nearest(kind, "min_value"), _nearest(kind, "max_value")),
    }


def _nearest(kind: Any, facet: str) -> Any:
    """What a type says of a facet, or else the type that it restricts: a restriction can only be tighter."""
    while kind is not None:
        found = getattr(kind, facet, None)
        if found is not None:
            return found
        kind = kind.base_type
    return None


def _patterns(kind: Any) -> list[str]:
    """Every step of a restriction may have its own pattern; all must hold."""
    found: list[str] = []
    while kind is not None and hasattr(kind, "patterns"):
        if kind.patterns is not None:
            found.append("|".join(kind.patterns.regexps))
        kind = kind.base_type
    return list(dict.fromkeys(found))
