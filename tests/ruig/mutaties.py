"""Messages spoilt by chance, the same for the same seed (B11)."""

import gzip
import json
from collections.abc import Callable
from random import Random

import zstandard
from lxml import etree

Mutatie = Callable[[Random, bytes], bytes]
RAAR = (
    "", " ", "-1", "0", "1e9", "9" * 400, "NaN", "2025-02-30", "9999-12-31", "0001-01-01", "24:00:01", "true", "null",
    "'; drop table bericht; --", "<script>alert(1)</script>", "../../etc/passwd", "${jndi:ldap://x}", "%s%n%x",
    "\u202e", "\ud7ff", "\ufffd", "e\u0301" * 50, "\u00a0", "\t\r\n", "A" * 70_000, "🏛" * 100, "&", "]]>",
)  # fmt: skip
"""Values that are no value of any field, or just about."""


def flip(chance: Random, body: bytes) -> bytes:
    """A few bits."""
    made = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    return bytes(made)


def cut(chance: Random, body: bytes) -> bytes:
    """The end is gone."""
    return body[: chance.randrange(len(body))]


def drop(chance: Random, body: bytes) -> bytes:
    """A part is gone."""
    at = chance.randrange(len(body))
    return body[:at] + body[at + chance.randint(1, 200) :]


def double(chance: Random, body: bytes) -> bytes:
    """A part is there many times."""
    at, size = chance.randrange(len(body)), chance.randint(1, 400)
    return body[:at] + body[at : at + size] * chance.randint(2, 200) + body[at + size :]


def insert(chance: Random, body: bytes) -> bytes:
    """Bytes that nobody wrote."""
    at = chance.randrange(len(body))
    return body[:at] + chance.randbytes(chance.randint(1, 40)) + body[at:]


def other_value(chance: Random, body: bytes) -> bytes:
    """A field with a value that it does not have."""
    root = etree.fromstring(body)
    fields = [one for one in root.iter() if len(one) == 0]
    chance.choice(fields).text = chance.choice(RAAR)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def move(chance: Random, body: bytes) -> bytes:
    """An element in another's place."""
    root = etree.fromstring(body)
    elements = list(root.iter())[1:]
    one, other = chance.choice(elements), chance.choice(elements)
    if one is not other and other not in one.iterancestors():
        one.append(other)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def again(chance: Random, body: bytes) -> bytes:
    """An element many times over."""
    root = etree.fromstring(body)
    one = chance.choice(list(root.iter())[1:])
    parent, copy = one.getparent(), etree.tostring(one)
    for _ in range(chance.randint(1, 300)):
        parent.append(etree.fromstring(copy))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def gone(chance: Random, body: bytes) -> bytes:
    """An element that is missing."""
    root = etree.fromstring(body)
    one = chance.choice(list(root.iter())[1:])
    one.getparent().remove(one)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def attribute(chance: Random, body: bytes) -> bytes:
    """An attribute, or a namespace, that does not belong."""
    what = chance.choice(
        (b' xml:base="http://x/"', b' xmlns:q="u"', b' a="1"', b' xsi:nil="true"', b' xml:space="preserve"')
    )
    at = body.find(b">", chance.randrange(len(body)))
    return body[:at] + what + body[at:]


def encoding(chance: Random, body: bytes) -> bytes:
    """Other bytes than it says, or says other than it has."""
    name = chance.choice(("utf-16", "utf-32", "latin-1", "cp500", "utf-8-sig"))
    return body.decode().encode(name, "replace")


XML: tuple[Mutatie, ...] = (
    flip, cut, drop, double, insert, other_value, move, again, gone, attribute, encoding,
)  # fmt: skip


def json_value(chance: Random, body: bytes) -> bytes:
    """The same for a message in JSON: a value of another kind somewhere."""
    found = json.loads(body)
    node: object = found
    for _ in range(chance.randint(1, 8)):
        inner = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
        nested = [one for one in inner if isinstance(one, dict | list) and one]
        if not nested:
            break
        node = chance.choice(nested)
    strange: object = chance.choice((None, True, -1, 10**400, 1.5e308, [], {}, [[]], {"": ""}, *RAAR))
    if isinstance(node, dict):
        node[chance.choice([*node, "Onbekend"])] = strange
    elif isinstance(node, list):
        node.append(strange)
    return json.dumps(found).encode("utf-8", "surrogatepass")


JSON: tuple[Mutatie, ...] = (flip, cut, drop, double, insert, json_value, json_value, json_value)


def packed(chance: Random, body: bytes) -> tuple[bytes, str]:
    """Compressed, and now and then damaged; with the Content-Encoding."""
    name = chance.choice(("gzip", "zstd"))
    made = gzip.compress(body, 1) if name == "gzip" else zstandard.compress(body)
    return (flip if chance.random() < 0.7 else cut)(chance, made), name
