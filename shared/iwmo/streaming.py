"""Reading a large message piece by piece: what comes in bulk in it is never in memory as a tree or as plain values.

Only what is right and usual is read so. Anything else, from a wrong value to an endless comment, is left to ``lezer``,
which reads the message whole and says what is wrong: no message is refused here, and none is read here that ``lezer``
would refuse.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import reduce
from typing import Any

from lxml import etree

from shared.iwmo.bulk import PARSER_OPTIONS, Bulk, Delen, contents, elements, whole_tree
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

PIECE = 2 * 1024 * 1024
Ahead = Callable[[Gelezen], Any]
"""Work on a message that may still prove not to be valid: it has no effect outside."""


def read_payload(
    payload: Payload,
    schemas: Schemas,
    grenzen: Grenzen,
    bulk_of: Callable[[Schema], Bulk | None],
    ahead: Ahead | None = None,
) -> Gelezen:
    """Parses and validates, as ``lezer.read`` does and with the same refusals. In ``delen`` is then what ``bulk_of``
    makes of it, if that is given for its schema and it is read piece by piece. ``ahead`` may be called before it is
    known to be valid, and if it is, what that made is in ``vooruit``; what it raises is not told."""
    if payload.large and _is_usual(payload, grenzen):
        soorten = soorten_of_start(payload.start(), grenzen)
        schema = schemas.of(soorten[0]) if soorten else None
        bulk = bulk_of(schema) if schema else None
        if schema and bulk:
            read_all = _read_held if payload.held else _read_streamed
            gelezen = read_all(payload, schema, soorten, bulk, ahead)
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


def _is_usual(payload: Payload, grenzen: Grenzen) -> bool:
    """Whether the first scan of ``lezer`` lets a message pass without a closer look."""
    tags = marks = run = 0
    for chunk in payload.chunks():
        tags += chunk.count(b"<")
        marks += sum(_count_of_few(chunk, mark, grenzen.max_verwijzingen) for mark in (b"&", b"!", b"?"))
        run = _longest_run(chunk, run, grenzen.max_tag_bytes)
        if marks > grenzen.max_verwijzingen or run > grenzen.max_tag_bytes:
            return False
    return len(payload) <= DENSE_FROM or tags * DENSEST <= len(payload)


def _count_of_few(chunk: bytes, mark: bytes, most: int) -> int:
    """How often a character that hardly occurs does, counted to just over ``most``: to look for the next is ten times
    as fast as to count."""
    found, at = 0, chunk.find(mark)
    while at >= 0 and found <= most:
        found, at = found + 1, chunk.find(mark, at + 1)
    return found


def _longest_run(chunk: bytes, run: int, most: int) -> int:
    """How many bytes without a ``<`` a chunk ends with, after ``run`` before it; over ``most`` when it holds so many
    together."""
    first = chunk.find(b"<")
    if first < 0:
        return run + len(chunk)
    if run + first > most or may_hold_long_tag(chunk[first:], most):
        return most + 1
    return len(chunk) - chunk.rfind(b"<")


def _read_held(
    payload: Payload, schema: Schema, soorten: list[BerichtSoort], bulk: Bulk, ahead: Ahead | None
) -> Gelezen | None:
    """The quick way, for what may be in memory as a tree. While its content is made of that, and worked on ``ahead``,
    it is validated beside, parsed once more: a tenth more work, in two thirds of the time. None for what is not valid,
    and for what cannot be made of it."""
    with ThreadPoolExecutor(1) as beside:
        valid = beside.submit(_is_valid, payload, schema)
        try:
            root = whole_tree(payload)
            items = [bulk.make(element, number) for number, element in enumerate(root.iter(bulk.node.tag), start=1)]
            gelezen = _made_of(payload, schema, soorten, bulk, root, items)
        except (etree.XMLSyntaxError, KnooppuntError):
            return None
        except Exception:
            if valid.result():
                raise
            return None  # it was made of what is not valid
        if ahead is not None:
            with suppress(Exception):
                gelezen = replace(gelezen, vooruit=ahead(gelezen))
        return gelezen if valid.result() else None


def _is_valid(payload: Payload, schema: Schema) -> bool:
    """Whether it is, without making anything of it."""
    nothing: Any = _Nothing()
    parser = etree.XMLParser(schema=schema.validator, target=nothing, **PARSER_OPTIONS)
    try:
        # In large pieces: after each it waits for the lock of the interpreter.
        for piece in payload.pieces(PIECE):
            parser.feed(piece)
            if len(parser.feed_error_log):
                return False
        parser.close()
    except etree.XMLSyntaxError:
        return False
    return not len(parser.feed_error_log)


class _Nothing:
    """What a parser makes that only looks."""

    def close(self) -> None:
        """There is nothing to give."""


def _read_streamed(
    payload: Payload, schema: Schema, soorten: list[BerichtSoort], bulk: Bulk, _: Ahead | None
) -> Gelezen | None:
    """The way that takes no memory: elements are gone from the tree once they are read. None as above."""
    parser = etree.XMLPullParser(("end",), tag=bulk.node.tag, schema=schema.validator, **PARSER_OPTIONS)
    try:
        items = [bulk.make(element, number) for number, element in elements(parser, payload.chunks())]
        root = parser.close()
    except (etree.XMLSyntaxError, KnooppuntError):
        return None
    return _made_of(payload, schema, soorten, bulk, root, items)


def _made_of(
    payload: Payload, schema: Schema, soorten: list[BerichtSoort], bulk: Bulk, root: etree._Element, items: list[Any]
) -> Gelezen:
    left = next(root.iter(bulk.node.tag), None)
    above = left.getparent() if left is not None else None
    if above is not None:
        above.clear()  # they stand alone below it
    inhoud = decode(root, schema.root)
    return Gelezen(soort_of(inhoud, soorten), schema, inhoud, payload.digest, Delen(items, bulk.node, payload))
