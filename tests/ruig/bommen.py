"""Bodies and requests that are made to hurt: what is sent, and with which answers the node may refuse it (B12)."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import zstandard

MB = 1024 * 1024
XML = {"Content-Type": "application/xml"}
JSON = {"Content-Type": "application/json"}
GZIP, ZSTD = {**XML, "Content-Encoding": "gzip"}, {**XML, "Content-Encoding": "zstd"}
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Lokaas:
    """What nothing may open: a file with a secret in it, and an address that counts who connects."""

    bestand: str
    adres: str


Make = Callable[[bytes, Lokaas, int], bytes]
"""The body, from a message that is right, the bait, and a size in MB."""


@dataclass(frozen=True)
class Bom:
    """One bomb. ``mag``: the answers that are right."""

    naam: str
    make: Make
    headers: dict[str, str] = field(default_factory=lambda: XML)
    mag: frozenset[int] = frozenset({400})


def _doctype(subset: str) -> Make:
    """In front of a message that is right but for this."""

    def make(xml: bytes, lokaas: Lokaas, _: int) -> bytes:
        told = subset.format(bestand=lokaas.bestand, adres=lokaas.adres).encode()
        return DECLARATION + told + xml.partition(b"?>")[2].replace(b"Berkel", b"&x;")

    return make


LACHEN = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 9))


def _in_value(what: bytes) -> Make:
    """A value of that many pieces."""

    def make(xml: bytes, _: Lokaas, size: int) -> bytes:
        return xml.replace(b">01A04<", b">" + what * (size * MB // len(what)) + b"<", 1)

    return make


def _attributes(_: bytes, __: Lokaas, size: int) -> bytes:
    return b"<a " + b"".join(b'a%d="" ' % number for number in range(size * MB // 12)) + b"/>"


def _namespaces(_: bytes, __: Lokaas, size: int) -> bytes:
    return b"<a " + b"".join(b'xmlns:n%d="u" ' % number for number in range(size * MB // 17)) + b"/>"


def _all_wrong(xml: bytes, _: Lokaas, size: int) -> bytes:
    """Every value of every product wrong."""
    start, end = b"<wmo305:StartProduct>", b"</wmo305:StartProduct>"
    head, _, rest = xml.partition(start)
    product, _, tail = rest.partition(end)
    whole = start + product.replace(b">01<", b">categorie<").replace(b">1<", b">een<") + end
    return head + whole * (size * MB // len(whole)) + tail


def _schema_location(xml: bytes, lokaas: Lokaas, _: int) -> bytes:
    found = f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://x {lokaas.adres}/x.xsd"'
    return xml.replace(b":Bericht ", b":Bericht" + found.encode() + b" ", 1)


def _xinclude(xml: bytes, lokaas: Lokaas, _: int) -> bytes:
    part = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{lokaas.bestand}" parse="text"/>'
    return xml.replace(b">01A04<", b">" + part.encode() + b"<", 1)


def _stylesheet(xml: bytes, lokaas: Lokaas, _: int) -> bytes:
    part = f'<?xml-stylesheet type="text/xsl" href="{lokaas.adres}/x.xsl"?>\n'
    return DECLARATION + part.encode() + xml.partition(b"?>")[2]


def _as(encoding: str, name: str) -> Make:
    return lambda xml, _, __: xml.decode().replace('"UTF-8"', f'"{name}"', 1).encode(encoding)


JSON_MB = 15
"""Just under what a body in JSON may be (16 MB): above it only its length is looked at."""
JSON_OBJECTS = 399_000
"""Just under how many objects it may have (400,000): above it they are only counted."""


def _objects(size: int, each: int) -> int:
    """How many of ``each`` bytes make ``size`` MB, if they may be so many."""
    return min(size * MB // each, JSON_OBJECTS)


def _json_of(value: Callable[[int], str]) -> Make:
    return lambda _, __, size: f'{{"bericht":"WMO305","release":"3.2","inhoud":{value(min(size, JSON_MB))}}}'.encode()


def _json_of_blanks(_: bytes, __: Lokaas, size: int) -> bytes:
    return b'{"bericht":"WMO305","release":"3.2","inhoud":{}' + b" " * (size * MB) + b"}"


def _zeros(size: int) -> bytes:
    return bytes(size * MB)


TE_GROOT = frozenset({400, 413})
BOMMEN = [
    Bom("billion laughs", _doctype(f'<!DOCTYPE a [<!ENTITY x0 "lach">{LACHEN}<!ENTITY x "&x8;">]>')),
    Bom("quadratic entity", _doctype(f'<!DOCTYPE a [<!ENTITY x "{"a" * 100_000}">]>')),
    Bom("entity of a file", _doctype('<!DOCTYPE a [<!ENTITY x SYSTEM "file://{bestand}">]>')),
    Bom("DTD of another host", _doctype('<!DOCTYPE a SYSTEM "{adres}/x.dtd">')),
    Bom("parameter entity", _doctype('<!DOCTYPE a [<!ENTITY % p SYSTEM "{adres}/p"> %p;]>')),
    Bom("DOCTYPE alone", _doctype("<!DOCTYPE a>")),
    Bom("depth", lambda _, __, size: b"<a>" * (size * MB // 8)),
    Bom("attributes", _attributes),
    Bom("namespaces", _namespaces),
    Bom("long attribute", lambda _, __, size: b'<a b="' + b"x" * (size * MB) + b'"/>'),
    Bom("long name", lambda _, __, size: b"<" + b"a" * (size * MB) + b"/>"),
    Bom("every value wrong", _all_wrong),
    Bom("comments", _in_value(b"<!---->")),
    Bom("processing instructions", _in_value(b"<?a?>")),
    Bom("CDATA", _in_value(b"<![CDATA[a]]>")),
    Bom("references", _in_value(b"&#65;")),
    Bom("tiny elements", lambda _, __, size: b"<a>" + b"<b/>" * (size * MB // 4) + b"</a>"),
    Bom("zeros", lambda _, __, size: DECLARATION + _zeros(size)),
    Bom("zero in a value", lambda xml, _, __: xml.replace(b">01A04<", b">01\x0004<", 1)),
    Bom("UTF-16", _as("utf-16", "UTF-16")),
    Bom("UTF-7", _as("utf-7", "UTF-7")),
    Bom("EBCDIC", _as("cp500", "cp500")),
    Bom("schema elsewhere", _schema_location, mag=frozenset({201, 202, 400})),
    Bom("XInclude", _xinclude),
    Bom("stylesheet", _stylesheet, mag=frozenset({201, 202, 400})),
    Bom("gzip", lambda _, __, size: gzip.compress(_zeros(size * 20)), GZIP, TE_GROOT),
    Bom("gzip in gzip", lambda _, __, size: gzip.compress(gzip.compress(_zeros(size * 20))), GZIP, TE_GROOT),
    Bom("zstd", lambda _, __, size: zstandard.compress(_zeros(size * 20)), ZSTD, TE_GROOT),
    Bom("JSON, deep", _json_of(lambda size: '{"a":' * _objects(size, 10)), JSON),
    Bom("JSON, deep lists", _json_of(lambda size: "[" * (size * MB)), JSON),
    Bom("JSON, long number", _json_of(lambda size: f'{{"Client":{"9" * (size * MB)}}}'), JSON),
    Bom("JSON, too large", _json_of_blanks, JSON, TE_GROOT),
    Bom("JSON, not a number", _json_of(lambda _: '{"Client":{"Bsn":-Infinity}}'), JSON),
    Bom(
        "JSON, unknown names", _json_of(lambda size: json.dumps({f"n{n}": {} for n in range(_objects(size, 26))})), JSON
    ),
    Bom(
        "JSON, one name again", _json_of(lambda size: "{" + '"Client":{},' * _objects(size, 12) + '"Client":{}}'), JSON
    ),
]
