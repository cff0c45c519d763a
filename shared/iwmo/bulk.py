"""What comes in bulk in a message: elements that repeat a hundred thousand times, taken one by one while parsing."""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from typing import Any

from lxml import etree

from shared.iwmo.codec import decode
from shared.iwmo.inhoud import Inhoud, Reeks
from shared.iwmo.schemas import Node
from shared.payload import Payload

PARSER_OPTIONS: dict[str, Any] = {
    "resolve_entities": "internal",
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
"""Reaches for nothing outside the body. It resolves no entities either: without a DOCTYPE there are none. Asked not to
(``resolve_entities=False``) and fed in pieces with a schema, lxml takes half a message for a whole one."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """The node that repeats, alone below its parent, and what one element of it becomes; ``make`` also gets its number,
    from 1. It may be called before an element is known to be valid: what it makes of one that is not, or raises, is
    dropped. It keeps nothing of the element: that may be emptied afterwards."""

    node: Node
    make: Callable[[etree._Element, int], Any]


@dataclass(frozen=True, slots=True)
class Delen:
    """What of a message is not in its ``inhoud``: what was made of each element in bulk, in order."""

    items: list[Any]
    node: Node
    payload: Payload

    def again(self, numbers: Set[int]) -> Iterator[tuple[int, Inhoud]]:
        """The content of the elements with these numbers, in order: the message is read once more, as far as needed."""
        left = len(numbers)
        if not left:
            return
        for number, element in _elements_of(self.payload, self.node):
            if number in numbers:
                yield number, decode(element, self.node)
                left -= 1
                if not left:
                    return


def contents(payload: Payload, node: Node) -> Reeks:
    """The content of each element of this kind in a valid message, read once more whenever it is gone through."""
    return Reeks(lambda: (decode(element, node) for _, element in _elements_of(payload, node)))


def _elements_of(payload: Payload, node: Node) -> Iterator[tuple[int, etree._Element]]:
    if payload.held:
        # At once takes half the time of a little at a time.
        return enumerate(whole_tree(payload).iter(node.tag), start=1)
    parser = etree.XMLPullParser(("end",), tag=node.tag, **PARSER_OPTIONS)
    return elements(parser, payload.chunks())


def whole_tree(payload: Payload) -> etree._Element:
    """The root of what may be in memory as a tree (``Payload.held``)."""
    root: etree._Element = etree.fromstring(payload.whole(), etree.XMLParser(**PARSER_OPTIONS))
    return root


def elements(parser: etree.XMLPullParser, chunks: Iterator[bytes]) -> Iterator[tuple[int, etree._Element]]:
    """Each element that the parser tells of, with its number, until the first fault: that may be in the element itself.
    The caller closes the parser, which tells whether the message is whole."""
    number = 0
    for chunk in chunks:
        parser.feed(chunk)
        if len(parser.feed_error_log):
            return
        for _, element in parser.read_events():
            number += 1
            yield number, element
            element.clear(keep_tail=True)
            above = element.getparent()
            while above is not None and element.getprevious() is not None:
                del above[0]
