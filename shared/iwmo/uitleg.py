"""Why a message is not valid: the place (XPath) and the reason in Dutch, never the value itself.

libxml2 tells no place while parsing, so the message is offered to it again and a fault belongs to the tag that was
offered last. That would take long tag by tag, so it goes in two rounds: the first finds the blocks with faults in them,
the second offers only those tag by tag. Both stop once there are as many faults as are told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from shared.iwmo.reden import Schending, is_plain, reasons
from shared.iwmo.schemas import Node, Schema
from shared.problems import Fout

BLOCK = 4 * 1024
LONGEST_TEXT = 10_000
ENTRIES_PER_FAULT = 5
"""libxml2 may have more than one thing to say about a value, and says the same of each text in a wrong place."""


def explain(root: etree._Element, schema: Schema, most: int, *, seen: int) -> list[Fout]:
    """Every fault in a well-formed but invalid message without comments, at most ``most``, one per place and reason.

    ``seen`` is how many the validator reported before, when that were at most ``most``: then there are no more.
    """
    text = _text(root)
    suspect = _suspect_blocks(text, schema, seen if seen <= most else most * ENTRIES_PER_FAULT)
    found: dict[tuple[str, str], Fout] = {}
    boom = _Boom(root, schema.root)
    for offered in _offer(text, schema, suspect):
        element = boom.element(offered)
        for guilty, schendingen in _by_element(element, offered.entries):
            place, node = boom.place(guilty)
            for reden in reasons(schendingen, guilty, node, boom.node_above(guilty), schema.release):
                found.setdefault((place, reden), Fout(place, reden))
        if len(found) >= most:
            break
    return list(found.values())[:most] or [Fout("/Bericht", "het bericht voldoet niet aan het schema")]


def _text(root: etree._Element) -> bytes:
    """The message again. Long texts are cut when many references may be in them, for each takes the validator longer
    than the one before; what is cut had room for no valid value but remarks, which stay valid."""
    text = etree.tostring(root, encoding="UTF-8", xml_declaration=False, with_tail=False)
    if text.count(b"&") <= LONGEST_TEXT:
        return text
    for long in root.xpath(f"//text()[string-length() > {LONGEST_TEXT}]"):
        owner, kept = long.getparent(), str(long)[:LONGEST_TEXT]
        if long.is_tail:
            owner.tail = kept
        else:
            owner.text = kept
    return etree.tostring(root, encoding="UTF-8", xml_declaration=False, with_tail=False)


def _blocks(text: bytes) -> Iterator[bytes]:
    """The text in pieces that end with a tag. lxml writes ``>`` in a value as ``&gt;``, so each one ends a tag."""
    start = 0
    while start < len(text):
        end = text.find(b">", start + BLOCK) + 1 or len(text)
        yield text[start:end]
        start = end


def _parser(schema: Schema) -> etree.XMLParser:
    return etree.XMLParser(schema=schema.validator, resolve_entities=False, no_network=True, huge_tree=False)


def _suspect_blocks(text: bytes, schema: Schema, enough: int) -> frozenset[int]:
    """Which blocks have faults in them, until there are enough."""
    parser, found, told = _parser(schema), set(), 0
    for number, block in enumerate(_blocks(text)):
        parser.feed(block)
        entries = len(parser.feed_error_log)
        if entries > told:
            found.add(number)
            told = entries
        if told >= enough:
            break
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Offered:
    """What the validator says on one tag: ``starts`` is how many elements began before or with it, and ``depth`` how
    many were open until then, this one included."""

    starts: int
    depth: int
    entries: list[etree._LogEntry]


def _offer(text: bytes, schema: Schema, suspect: frozenset[int]) -> Iterator[_Offered]:
    """Offers the text once more; each tag with which something is wrong."""
    parser = _parser(schema)
    starts = ends = told = 0
    last = max(suspect, default=-1)
    for number, block in enumerate(islice(_blocks(text), last + 1)):
        if number not in suspect:
            parser.feed(block)
            closing = block.count(b"</")
            starts += block.count(b"<") - closing
            ends += closing + block.count(b"/>")
            continue
        for piece in block.split(b">")[:-1]:
            parser.feed(piece + b">")
            tag = piece.rpartition(b"<")[2]
            starts += not tag.startswith(b"/")
            log = parser.feed_error_log
            if len(log) > told:
                yield _Offered(starts, starts - ends, list(log)[told:])
                told = len(log)
            ends += tag.startswith(b"/") or tag.endswith(b"/")


def _by_element(
    element: etree._Element, entries: list[etree._LogEntry]
) -> Iterator[tuple[etree._Element, list[Schending]]]:
    """The faults of each element. Text or elements in the wrong place show when the next tag comes by, so what was
    offered last may be a child of the element that the fault names."""
    above = element.getparent()
    schendingen = [Schending.of(entry) for entry in entries]
    of_parent = [
        one
        for one in schendingen
        if above is not None and one.element != _name(element) and one.element == _name(above)
    ]
    if above is not None and of_parent:
        yield above, of_parent
    own = [one for one in schendingen if one not in of_parent]
    if own:
        yield element, own


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


class _Boom:
    """The message as a tree: finds elements by number, in document order, and tells their place."""

    def __init__(self, root: etree._Element, node: Node) -> None:
        self._node = node
        self._passed = 0
        self._elements = root.iter("*")
        self._current = root
        self._counted: dict[tuple[etree._Element, str], tuple[etree._Element, int]] = {}

    def element(self, offered: _Offered) -> etree._Element:
        """The element whose tag was offered; the offers come in document order."""
        ahead = offered.starts - self._passed
        if ahead:
            self._current = next(islice(self._elements, ahead - 1, None))
            self._passed = offered.starts
        line = [self._current, *self._current.iterancestors()]
        return line[len(line) - offered.depth]

    def place(self, element: etree._Element) -> tuple[str, Node | None]:
        """The XPath of an element, numbered where it may repeat or does, and what the schema says of it."""
        parent = element.getparent()
        if parent is None:
            return "/Bericht", self._node
        path, above = self.place(parent)
        naam = _name(element)
        node = above.by_naam.get(naam) if above else None
        shown = naam if node or is_plain(naam) else "*"
        number = self._number(parent, element, shown)
        alone = number == 1 and next(element.itersiblings(_any(shown)), None) is None
        repeats = node.herhaalbaar if node else False
        return f"{path}/{shown}" if alone and not repeats else f"{path}/{shown}[{number}]", node

    def node_above(self, element: etree._Element) -> Node | None:
        """What the schema says of the class that an element stands in."""
        parent = element.getparent()
        return None if parent is None else self.place(parent)[1]

    def _number(self, parent: etree._Element, element: etree._Element, shown: str) -> int:
        """Which one of its name an element is. Counting goes on from where it was: places come in order."""
        at, number = self._counted.get((parent, shown), (None, 0))
        if at is not element:
            ahead = parent.iterchildren(_any(shown)) if at is None else at.itersiblings(_any(shown))
            for sibling in ahead:
                number += 1
                if sibling is element:
                    break
            self._counted[parent, shown] = (element, number)
        return number


def _any(naam: str) -> str:
    return "*" if naam == "*" else f"{{*}}{naam}"
