"""One codec for all messages: XML <-> plain values (``inhoud``), driven by the tree of nodes that the schema gives."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from lxml import etree

from shared.iwmo.inhoud import Inhoud, Reeks
from shared.iwmo.schemas import Node, Schema, tag_namespace
from shared.problems import Fout, SchemaError

__all__ = ["Inhoud", "decode", "encode", "encode_to"]
XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ELEMENT_NAME = re.compile("[A-Za-z]{1,60}")
_MARKUP = ("&", "<", "]]>", "\r")
PARTS = 10_000
"""Pieces of text of a message that are kept before they are written."""
MANY = 100
"""Of ``<`` in one value: past that it is written as CDATA."""


def decode(element: etree._Element, node: Node) -> Inhoud:
    """The content of a valid element, in the order of the schema. It runs for every element of every message: it makes
    no call it can do without."""
    inhoud: Inhoud = {}
    by_tag = node.by_tag
    value: Any
    for child in element:
        kind = by_tag[child.tag]  # type: ignore[index]
        if kind.kinderen:
            value = decode(child, kind)
        elif kind.waarde == "tekst":
            value = child.text or ""
        elif kind.waarde == "getal":
            value = int(child.text or "")
        else:  # white space around a date or time has no meaning
            value = (child.text or "").strip()
        if not kind.herhaalbaar:
            inhoud[kind.naam] = value
        elif kind.naam in inhoud:
            inhoud[kind.naam].append(value)
        else:
            inhoud[kind.naam] = [value]
    return inhoud


class _EnoughError(Exception):
    """As many faults as are reported were found."""


class _Fouten(list[Fout]):
    """Faults, up to a limit."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def append(self, fout: Fout) -> None:
        super().append(fout)
        if len(self) >= self.most:
            raise _EnoughError


class _Parts(list[str]):
    """Pieces of text that go on as soon as there are many."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        super().__init__()
        self.write = write

    def append(self, part: str) -> None:
        super().append(part)
        if len(self) >= PARTS:
            self.flush()

    def flush(self) -> None:
        self.write("".join(self).encode())
        self.clear()


def encode(inhoud: Inhoud, schema: Schema, most: int = 100) -> bytes:
    """The message as XML. What the schema cannot place raises SchemaError, with at most ``most`` faults; validity is
    the validator's to decide."""
    parts: list[str] = []
    _encode(inhoud, schema, most, parts)
    return "".join(parts).encode()


def encode_to(write: Callable[[bytes], None], inhoud: Inhoud, schema: Schema, most: int = 100) -> None:
    """The same, written piece by piece: so a large message, of which what repeats is a ``Reeks``, is never in memory as
    a whole."""
    parts = _Parts(write)
    _encode(inhoud, schema, most, parts)
    parts.flush()


def _encode(inhoud: Inhoud, schema: Schema, most: int, parts: list[str]) -> None:
    fouten = _Fouten(most)
    prefixes = schema.prefixes
    declared = "".join(f' xmlns:{prefix}="{namespace}"' for namespace, prefix in prefixes.items())
    root = f"{prefixes[tag_namespace(schema.root.tag)]}:{schema.root.naam}"
    parts += [XML_DECLARATION, f"<{root}{declared}>"]
    with suppress(_EnoughError):
        _write(inhoud, schema.root, prefixes, parts, "/Bericht", fouten)
    parts.append(f"</{root}>\n")
    if fouten:
        raise SchemaError("De inhoud past niet in het schema van dit bericht", fouten)


def _write(inhoud: Any, node: Node, prefixes: dict[str, str], parts: list[str], place: str, fouten: _Fouten) -> None:
    if not isinstance(inhoud, dict):
        fouten.append(Fout(place, "hier hoort een object met de elementen van deze klasse"))
        return
    for naam in inhoud:
        if naam not in node.by_naam:
            # A name that is no word may be anything, also a value that says who somebody is.
            shown = naam if _ELEMENT_NAME.fullmatch(naam) else "?"
            fouten.append(Fout(f"{place}/{shown}", "dit element bestaat hier niet"))
    for kind in node.kinderen:
        if kind.naam not in inhoud or inhoud[kind.naam] is None:
            continue
        values = inhoud[kind.naam]
        if kind.herhaalbaar != isinstance(values, (list, Reeks)):
            reason = "hier hoort een lijst" if kind.herhaalbaar else "hier hoort geen lijst"
            fouten.append(Fout(f"{place}/{kind.naam}", reason))
            continue
        for number, value in enumerate(values if kind.herhaalbaar else [values], start=1):
            at = f"{place}/{kind.naam}[{number}]" if kind.herhaalbaar else f"{place}/{kind.naam}"
            _write_one(value, kind, prefixes, parts, at, fouten)


def _write_one(value: Any, kind: Node, prefixes: dict[str, str], parts: list[str], place: str, fouten: _Fouten) -> None:
    name = f"{prefixes[tag_namespace(kind.tag)]}:{kind.naam}"
    if kind.kinderen:
        parts.append(f"<{name}>")
        _write(value, kind, prefixes, parts, place, fouten)
        parts.append(f"</{name}>")
    elif isinstance(value, bool) or not isinstance(value, (str, int)):
        fouten.append(Fout(place, "hier hoort een waarde (tekst of getal)"))
    else:
        text = str(value)
        if _NOT_XML.search(text):
            fouten.append(Fout(place, "hier staan tekens die in XML niet bestaan"))
        parts.append(f"<{name}>{_text(text)}</{name}>")


def _text(value: str) -> str:
    """Text with as few references as can be: the reader takes only so many in one value (Grenzen.max_verwijzingen)."""
    if not any(mark in value for mark in _MARKUP):
        return value
    if value.count("<") > MANY:
        return "&#13;".join(map(_cdata, value.split("\r")))
    return value.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;").replace("\r", "&#13;")


def _cdata(value: str) -> str:
    return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"
