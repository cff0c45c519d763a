"""Why a message is not valid: the place (XPath) and the reason in Dutch, never the value itself."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import quoteattr

from lxml import etree

from shared.iwmo.schemas import Node, Schema
from shared.problems import Fout

_QNAME = re.compile(r"\{[^}]*\}([\w.-]+)")
_SUBJECT = re.compile(r"Element '(?:\{[^}]*\})?([\w.-]+)'")
_ATTRIBUTE = re.compile(r"attribute '(?:\{[^}]*\})?([\w.:-]+)'")
MAX_CODES = 12


def explain(root: etree._Element, schema: Schema, most: int, *, seen: int) -> list[Fout]:
    """Every fault in a well-formed but invalid message, at most ``most``, one per place and reason.

    ``seen`` is how many the validator reported before: when that many have come by again there are no more.

    libxml2 tells no path while parsing, so the message is offered to it again, one tag or leaf at a time: a fault
    belongs to what was offered last. It stops at the limit, whatever the size of the message.
    """
    parser = etree.XMLParser(schema=schema.validator, resolve_entities=False, no_network=True, huge_tree=False)
    found: dict[tuple[str, str], Fout] = {}
    told = 0
    for place, piece in _pieces(root, schema):
        try:
            parser.feed(piece)
        except etree.XMLSyntaxError:
            break
        entries = list(parser.feed_error_log)
        for entry in entries[told:]:
            for fout in _fout(entry, _guilty(entry, place), schema.root):
                found.setdefault((fout.locatie, fout.reden), fout)
        told = len(entries)
        if len(found) >= most or told >= seen:
            break
    return list(found.values())[:most] or [Fout("/Bericht", "het bericht voldoet niet aan het schema")]


def _pieces(root: etree._Element, schema: Schema) -> Iterator[tuple[str, bytes]]:
    """The message again as (path, text), each start tag, end tag and leaf apart."""
    stack: list[tuple[etree._Element, str, Iterator[tuple[etree._Element, str, Node | None]]]] = []

    def opened(element: etree._Element, path: str, node: Node | None) -> bytes:
        piece = f"<{_tag(element)}{_attributes(element)}>{_escape(element.text or '')}"
        if len(element):
            stack.append((element, path, _steps(element, node)))
            return (piece + "\n").encode()
        return f"{piece}</{_tag(element)}>{_tail(element)}\n".encode()

    path = f"/{etree.QName(root).localname}"
    yield path, opened(root, path, schema.root)
    while stack:
        parent, path, children = stack[-1]
        child, step, node = next(children, (None, "", None))
        if child is not None:
            yield f"{path}/{step}", opened(child, f"{path}/{step}", node)
            continue
        stack.pop()
        yield path, f"</{_tag(parent)}>{_tail(parent) if stack else ''}\n".encode()


def _steps(parent: etree._Element, node: Node | None) -> Iterator[tuple[etree._Element, str, Node | None]]:
    """Each child with its step in an XPath - numbered when it may repeat, or does - and what the schema says of it."""
    total = Counter(child.tag for child in parent)
    count: Counter[object] = Counter()
    for child in parent:
        count[child.tag] += 1
        name = etree.QName(child).localname
        kind = node.by_naam.get(name) if node else None
        repeats = kind.herhaalbaar if kind else total[child.tag] > 1
        yield child, f"{name}[{count[child.tag]}]" if repeats or total[child.tag] > 1 else name, kind


def _tail(element: etree._Element) -> str:
    """Text after an element: only when it is more than white space, for then it is a fault."""
    return _escape((element.tail or "").strip())


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _tag(element: etree._Element) -> str:
    name = etree.QName(element).localname
    return f"{element.prefix}:{name}" if element.prefix else name


def _attributes(element: etree._Element) -> str:
    parent = element.getparent()
    inherited = {} if parent is None else parent.nsmap
    parts = [
        f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}"
        for prefix, uri in element.nsmap.items()
        if inherited.get(prefix) != uri
    ]
    for name, value in element.attrib.items():
        qname = etree.QName(name)
        prefix = next((p for p, uri in element.nsmap.items() if p and uri == qname.namespace), None)
        shown = quoteattr(str(value), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
        parts.append(f" {prefix + ':' if prefix else ''}{qname.localname}={shown}")
    return "".join(parts)


def _guilty(entry: etree._LogEntry, place: str) -> str:
    """The element that a fault names. Text or elements in the wrong place show when the next tag comes by, so what was
    offered last may be a child of it."""
    named = _SUBJECT.match(entry.message)
    above, _, step = place.rpartition("/")
    if named and above and named[1] != step.partition("[")[0] and named[1] == _last(above):
        return above
    return place


def _last(path: str) -> str:
    return path.rpartition("/")[2].partition("[")[0]


def _fout(entry: etree._LogEntry, place: str, root: Node) -> Iterable[Fout]:
    kind = entry.type_name
    if kind == "SCHEMAV_ELEMENT_CONTENT":
        yield Fout(place, _content(entry.message, place))
    elif kind == "SCHEMAV_CVC_ELT_1":
        yield Fout(place, "dit element hoort niet bij dit schema (naam of naamruimte)")
    elif kind in ("SCHEMAV_CVC_COMPLEX_TYPE_3_2_1", "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2", "SCHEMAV_CVC_TYPE_3_1_1"):
        name = _ATTRIBUTE.search(entry.message)
        yield Fout(place, f"het attribuut {name[1] if name else ''} is hier niet toegestaan".replace("  ", " "))
    elif kind in ("SCHEMAV_CVC_COMPLEX_TYPE_2_3", "SCHEMAV_CVC_COMPLEX_TYPE_2_1"):
        yield Fout(place, "hier horen alleen elementen, geen tekst")
    elif kind == "SCHEMAV_CVC_TYPE_3_1_2":
        yield Fout(place, "hier hoort een enkele waarde, geen elementen")
    else:
        yield Fout(place, _value(_find(root, place)))


def _content(message: str, place: str) -> str:
    """``This element is not expected. Expected is ( {ns}Bsn ).`` and its relatives."""
    subject, _, expected = message.partition("Expected is")
    names = list(dict.fromkeys(_QNAME.findall(expected)))
    wanted = f"; verwacht: {' of '.join(names)}" if names else ""
    if "Missing child" in subject:
        return f"er ontbreekt een element{wanted}"
    if place.rpartition("/")[2].partition("[")[0] in names:
        return "dit element staat in een verkeerde naamruimte"
    return f"dit element wordt hier niet verwacht{wanted}"


def _find(root: Node, place: str) -> Node | None:
    node: Node | None = root
    for step in place.split("/")[2:]:
        node = node.by_naam.get(step.partition("[")[0]) if node else None
    return node


def _value(node: Node | None) -> str:
    """What was expected of a value; the value itself may identify a person and stays out."""
    if node is None or node.kinderen:
        return "de waarde past niet bij dit element"
    parts = [{"getal": "een geheel getal", "datum": "een datum (JJJJ-MM-DD)", "tijd": "een tijd (UU:MM:SS)"}.get(
        node.waarde, ""
    )]  # fmt: skip
    if node.codes:
        shown = ", ".join(node.codes[:MAX_CODES]) + (" ..." if len(node.codes) > MAX_CODES else "")
        parts.append(f"een van de codes {shown}")
    parts.append(_range("lengte", node.lengte))
    parts.append(_range("waarde", node.bereik))
    if not node.codes:
        parts.extend(f"patroon {pattern}" for pattern in node.patronen)
    wanted = ", ".join(part for part in parts if part)
    return f"de waarde past niet bij {node.type_naam}; verwacht: {wanted}"


def _range(name: str, bounds: tuple[int | None, int | None]) -> str:
    low, high = bounds
    if low is None and high is None:
        return ""
    if low is None:
        return f"{name} hoogstens {high}"
    return f"{name} minstens {low}" if high is None else f"{name} {low} t/m {high}"
