"""One codec for all messages: XML <-> plain values (``inhoud``), driven by the tree of nodes that the schema gives."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from lxml import etree

from shared.iwmo.inhoud import Inhoud, Reeks
from shared.iwmo.schemas import Node, Schema
from shared.problems import Fout, SchemaError

__all__ = ["Inhoud", "decode", "encode", "encode_to"]
XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile(f"{_NOT_XML.pattern}|[&<\r]|]]>")
"""What text seldom holds: that, and what is markup."""
_ELEMENT_NAME = re.compile("[A-Za-z]{1,60}")
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


def encode(inhoud: Inhoud, schema: Schema, most: int = 100) -> bytes:
    """The message as XML. What the schema cannot place raises SchemaError, with at most ``most`` faults; validity is
    the validator's to decide."""
    written: list[bytes] = []
    encode_to(written.append, inhoud, schema, most)
    return b"".join(written)


def encode_to(write: Callable[[bytes], None], inhoud: Inhoud, schema: Schema, most: int = 100) -> None:
    """The same, written piece by piece: so a large message, of which what repeats is a ``Reeks``, is never in memory as
    a whole."""
    schrijver = _Schrijver(write, schema, _Fouten(most))
    declared = "".join(f' xmlns:{prefix}="{namespace}"' for namespace, prefix in schema.prefixes.items())
    root = schema.names[schema.root.tag]
    schrijver.parts += [XML_DECLARATION, f"<{root}{declared}>"]
    with suppress(_EnoughError):
        schrijver.klasse(inhoud, schema.root, None)
    schrijver.parts.append(f"</{root}>\n")
    schrijver.flush()
    if schrijver.fouten:
        raise SchemaError("De inhoud past niet in het schema van dit bericht", schrijver.fouten)


class _Klasse(NamedTuple):
    """Where a class stands: within which, its name, and its number where it repeats. It is put into words only for what
    is wrong."""

    within: "_Klasse | None"
    naam: str
    number: int


def _locatie(place: _Klasse | None, naam: str = "", number: int = 0) -> str:
    steps = [(naam, number)] if naam else []
    while place is not None:
        steps.append((place.naam, place.number))
        place = place.within
    return "/".join(["/Bericht", *(f"{naam}[{number}]" if number else naam for naam, number in reversed(steps))])


class _Schrijver:
    """One message as it is written. It runs for every element of every answer."""

    __slots__ = ("fouten", "names", "parts", "write")

    def __init__(self, write: Callable[[bytes], None], schema: Schema, fouten: _Fouten) -> None:
        self.write, self.names, self.fouten = write, schema.names, fouten
        self.parts: list[str] = []

    def flush(self) -> None:
        """Hands on what is there; of a message that is not going to be, nothing more."""
        if not self.fouten:
            self.write("".join(self.parts).encode())
        self.parts.clear()

    def klasse(self, inhoud: Any, node: Node, place: _Klasse | None) -> None:
        """What stands in a class, in the order of the schema."""
        if not isinstance(inhoud, dict):
            self.fouten.append(Fout(_locatie(place), "hier hoort een object met de elementen van deze klasse"))
            return
        if not inhoud.keys() <= node.by_naam.keys():
            self._strange(inhoud, node, place)
        for kind in node.kinderen:
            found = inhoud.get(kind.naam)
            if found is None:
                continue
            if kind.herhaalbaar != isinstance(found, (list, Reeks)):
                reason = "hier hoort een lijst" if kind.herhaalbaar else "hier hoort geen lijst"
                self.fouten.append(Fout(_locatie(place, kind.naam), reason))
            elif not kind.herhaalbaar:
                self._element(found, kind, place, 0)
            else:
                for number, value in enumerate(found, start=1):
                    self._element(value, kind, place, number)
                    if len(self.parts) >= PARTS:
                        self.flush()

    def _strange(self, inhoud: dict[Any, Any], node: Node, place: _Klasse | None) -> None:
        for naam in inhoud:
            if naam not in node.by_naam:
                # A name that is no word may be anything, also a value that says who somebody is.
                shown = naam if _ELEMENT_NAME.fullmatch(naam) else "?"
                self.fouten.append(Fout(_locatie(place, shown), "dit element bestaat hier niet"))

    def _element(self, value: Any, kind: Node, place: _Klasse | None, number: int) -> None:
        name = self.names[kind.tag]
        if kind.kinderen:
            self.parts.append(f"<{name}>")
            self.klasse(value, kind, _Klasse(place, kind.naam, number))
            self.parts.append(f"</{name}>")
        elif isinstance(value, bool) or not isinstance(value, (str, int)):
            self.fouten.append(Fout(_locatie(place, kind.naam, number), "hier hoort een waarde (tekst of getal)"))
        else:
            text = str(value)
            if _SPECIAL.search(text):
                if _NOT_XML.search(text):
                    self.fouten.append(
                        Fout(_locatie(place, kind.naam, number), "hier staan tekens die in XML niet bestaan")
                    )
                text = _text(text)
            self.parts.append(f"<{name}>{text}</{name}>")


def _text(value: str) -> str:
    """Text with as few references as can be: the reader takes only so many in one value (Grenzen.max_verwijzingen)."""
    if value.count("<") > MANY:
        return "&#13;".join(map(_cdata, value.split("\r")))
    return value.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;").replace("\r", "&#13;")


def _cdata(value: str) -> str:
    return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"
