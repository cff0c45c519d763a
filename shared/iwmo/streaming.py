"""Reading a large message piece by piece: what comes in bulk in it is never in memory as a tree or as plain values.

Only what is right and usual is read so. Anything else, from a wrong value to an endless comment, is left to ``lezer``,
which reads the message whole and says what is wrong: no message is refused here, and none is read here that ``lezer``
would refuse.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import Any

from lxml import etree

from shared.iwmo.bulk import PARSER_OPTIONS, Bulk, Delen, contents, elements
from shared.iwmo.catalogus import BerichtSoort
from shared.iwmo.codec import decode
from shared.iwmo.inhoud import Inhoud
from shared.iwmo.lezer import (
    DENSE_FROM,
    DENSEST,
    Gelezen,
    Grenzen,
    may_hold_long_tag,
    read,
    soort_of,
    soorten_of_start,
)
from shared.iwmo.schemas import Node, Schema, Schemas
from shared.payload import Payload
from shared.problems import KnooppuntError


def read_payload(
    payload: Payload, schemas: Schemas, grenzen: Grenzen, bulk_of: Callable[[Schema], Bulk | None]
) -> Gelezen:
    """Parses and validates, as ``lezer.read`` does and with the same refusals. In ``delen`` is then what ``bulk_of``
    makes of it, if that is given for its schema and it is read piece by piece."""
    digest = _hash_of_usual(payload, grenzen) if payload.large else None
    if digest is not None:
        soorten = soorten_of_start(payload.start(), grenzen)
        schema = schemas.of(soorten[0]) if soorten else None
        bulk = bulk_of(schema) if schema else None
        if schema and bulk:
            gelezen = _read(payload, schema, soorten, bulk, digest)
            if gelezen is not None:
                return gelezen
    return read(payload.whole(), schemas, grenzen)


def read_bounded(payload: Payload, schemas: Schemas, grenzen: Grenzen) -> Gelezen:
    """The same for who wants the content itself: of a large message what comes in bulk is a ``Reeks`` in its place,
    read once more whenever it is gone through."""
    gelezen = read_payload(payload, schemas, grenzen, _left_out)
    found = _repeating(gelezen.schema.root)
    if gelezen.delen is None or found is None:
        return gelezen
    above, kind = found
    place = reduce(lambda inhoud, naam: inhoud.get(naam, {}), above, gelezen.inhoud)
    if gelezen.delen.items:
        place[kind.naam] = contents(payload, kind)
    return replace(gelezen, delen=None)


def read_head(payload: Payload, schemas: Schemas, grenzen: Grenzen) -> Inhoud:
    """The content of a message once it was parsed and validated, of a large one without what comes in bulk."""
    return read_payload(payload, schemas, grenzen, _left_out).inhoud


def _left_out(schema: Schema) -> Bulk | None:
    found = _repeating(schema.root)
    return Bulk(found[1], lambda *_: None) if found else None


def _repeating(node: Node, above: tuple[str, ...] = ()) -> tuple[tuple[str, ...], Node] | None:
    """The first class that repeats alone below another, which does not repeat itself; and the path to that other."""
    for kind in node.kinderen:
        if kind.herhaalbaar:
            if kind.kinderen and len(node.kinderen) == 1:
                return above, kind
        elif found := _repeating(kind, (*above, kind.naam)):
            return found
    return None


def _hash_of_usual(payload: Payload, grenzen: Grenzen) -> bytes | None:
    """The hash of a message that the first scan of ``lezer`` lets pass without a closer look."""
    digest = hashlib.sha256()
    tags = marks = run = 0
    for chunk in payload.chunks():
        digest.update(chunk)
        tags += chunk.count(b"<")
        marks += chunk.count(b"&") + chunk.count(b"!") + chunk.count(b"?")
        run = _longest_run(chunk, run, grenzen.max_tag_bytes)
        if marks > grenzen.max_verwijzingen or run > grenzen.max_tag_bytes:
            return None
    dense = len(payload) > DENSE_FROM and tags * DENSEST > len(payload)
    return None if dense else digest.digest()


def _longest_run(chunk: bytes, run: int, most: int) -> int:
    """How many bytes without a ``<`` a chunk ends with, after ``run`` before it; over ``most`` when it holds so many
    together."""
    first = chunk.find(b"<")
    if first < 0:
        return run + len(chunk)
    if run + first > most or may_hold_long_tag(chunk[first:], most):
        return most + 1
    return len(chunk) - chunk.rfind(b"<")


def _read(payload: Payload, schema: Schema, soorten: list[BerichtSoort], bulk: Bulk, digest: bytes) -> Gelezen | None:
    """None for what is not valid, and for what cannot be made of it."""
    read_all = _from_tree if payload.held else _from_stream
    try:
        root, items = read_all(payload, schema, bulk)
    except (etree.XMLSyntaxError, KnooppuntError):
        return None
    left = next(root.iter(bulk.node.tag), None)
    above = left.getparent() if left is not None else None
    if above is not None:
        above.clear()  # they stand alone below it
    inhoud = decode(root, schema.root)
    return Gelezen(soort_of(inhoud, soorten), schema, inhoud, digest, Delen(items, bulk.node, payload))


def _from_tree(payload: Payload, schema: Schema, bulk: Bulk) -> tuple[etree._Element, list[Any]]:
    """The quick way, for what may be in memory as a tree."""
    parser = etree.XMLParser(schema=schema.validator, **PARSER_OPTIONS)
    for chunk in payload.chunks():
        parser.feed(chunk)
        if len(parser.feed_error_log):
            break
    root = parser.close()
    return root, [bulk.make(element, number) for number, element in enumerate(root.iter(bulk.node.tag), start=1)]


def _from_stream(payload: Payload, schema: Schema, bulk: Bulk) -> tuple[etree._Element, list[Any]]:
    """The way that takes no memory; the elements are gone from the tree that is left."""
    parser = etree.XMLPullParser(("end",), tag=bulk.node.tag, schema=schema.validator, **PARSER_OPTIONS)
    items = [bulk.make(element, number) for number, element in elements(parser, payload.chunks())]
    return parser.close(), items
