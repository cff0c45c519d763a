"""Damaged messages: an example changed in one place, as text, so that also what no tree shows is tried.

A mutant may well be valid still: what counts is that two judges say the same of it.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

XSI = "http://www.w3.org/2001/XMLSchema-instance"
CANARY = "Kanarie7"
"""Stands in for a value that may be told to nobody."""


class Deel(NamedTuple):
    """An element in the text: where its tags begin and end, and the number of the element around it."""

    naam: str
    begin: int
    inhoud: int
    einde: int
    slot: int
    ouder: int
    blad: bool


@dataclass(frozen=True)
class Mutant:
    """A damaged message; ``waarde`` is what was put in the place of a value, if that is what was done."""

    soort: str
    body: bytes
    waarde: str = ""


class Tekst:
    """An example as text, with the places where it can be damaged."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.delen = list(_delen(text))
        self.bladen = [deel for deel in self.delen if deel.blad]
        self.root = next(deel for deel in self.delen if deel.ouder < 0)
        self.message = self.root.naam.partition(":")[0]

    def put(self, start: int, end: int, new: str) -> str:
        """The text with something else from ``start`` to ``end``."""
        return self.text[:start] + new + self.text[end:]

    def value(self, deel: Deel) -> str:
        """What a leaf holds, as it is written."""
        return self.text[deel.inhoud : deel.einde]


_TAG = re.compile(r"<(/?)([A-Za-z][\w:.-]*)([^<>]*)>")


def _delen(text: str) -> Iterator[Deel]:
    """The elements, in the order in which they end; the examples hold no comments, CDATA or empty-element tags."""
    numbers = count()
    stack: list[tuple[int, re.Match[str], bool]] = []
    for tag in _TAG.finditer(text):
        if not tag[1]:
            if stack:
                stack[-1] = (*stack[-1][:2], False)
            stack.append((next(numbers), tag, True))
            continue
        _, opened, leaf = stack.pop()
        around = stack[-1][0] if stack else -1
        yield Deel(opened[2], opened.start(), opened.end(), tag.start(), tag.end(), around, leaf)


Chance = random.Random
Schade = Callable[[Chance, Tekst], tuple[str, str]]
"""Damages a text: what it becomes, and the value that was put in (empty when none was)."""


def _values(*choices: Callable[[Chance, str], str]) -> Schade:
    """Puts another value in a leaf; the choices write XML."""

    def schade(chance: Chance, tekst: Tekst) -> tuple[str, str]:
        deel = chance.choice(tekst.bladen)
        value = chance.choice(choices)(chance, tekst.value(deel))
        return tekst.put(deel.inhoud, deel.einde, value), value

    return schade


def _inside(*choices: str) -> Schade:
    """Puts something at any place inside a value, which stays what it was around it."""

    def schade(chance: Chance, tekst: Tekst) -> tuple[str, str]:
        deel = chance.choice(tekst.bladen)
        at = chance.randint(deel.inhoud, deel.einde)
        return tekst.put(at, at, chance.choice(choices)), ""

    return schade


def _between(*choices: str) -> Schade:
    """Puts something before or after an element."""

    def schade(chance: Chance, tekst: Tekst) -> tuple[str, str]:
        deel = chance.choice(tekst.delen)
        at = chance.choice([deel.begin, deel.slot])
        return tekst.put(at, at, chance.choice(choices)), ""

    return schade


def _attribute(*choices: str) -> Schade:
    """Puts an attribute in a start tag; MSG is the prefix of the message, NAAM that of the element's own name."""

    def schade(chance: Chance, tekst: Tekst) -> tuple[str, str]:
        deel = chance.choice([*chance.sample(tekst.delen, min(3, len(tekst.delen))), tekst.root])
        local = deel.naam.partition(":")[2]
        attribute = chance.choice(choices).replace("MSG", tekst.message).replace("NAAM", local)
        at = deel.inhoud - 1
        return tekst.put(at, at, f" {attribute}"), CANARY if CANARY in attribute else ""

    return schade


def _missing(chance: Chance, tekst: Tekst) -> tuple[str, str]:
    deel = chance.choice(tekst.delen)
    return tekst.put(deel.begin, deel.slot, ""), ""


def _doubled(chance: Chance, tekst: Tekst) -> tuple[str, str]:
    deel = chance.choice(tekst.delen)
    return tekst.put(deel.slot, deel.slot, tekst.text[deel.begin : deel.slot] * chance.choice([1, 1, 2, 120])), ""


def _swapped(chance: Chance, tekst: Tekst) -> tuple[str, str]:
    first = chance.choice(tekst.delen)
    later = [deel for deel in tekst.delen if deel.ouder == first.ouder and deel.begin >= first.slot]
    if not later:
        return tekst.text, ""
    second, text = chance.choice(later), tekst.text
    swapped = text[second.begin : second.slot] + text[first.slot : second.begin] + text[first.begin : first.slot]
    return tekst.put(first.begin, second.slot, swapped), ""


def _renamed(chance: Chance, tekst: Tekst) -> tuple[str, str]:
    deel = chance.choice(tekst.delen)
    prefix, _, local = deel.naam.partition(":")
    names = [chance.choice(tekst.delen).naam, f"{prefix}:Onbekend", f"{prefix}:{local.lower()}", local]
    return _with_name(tekst, deel, chance.choice(names)), ""


def _with_name(tekst: Tekst, deel: Deel, name: str) -> str:
    opened = tekst.text[deel.begin : deel.inhoud].replace(f"<{deel.naam}", f"<{name}", 1)
    return tekst.put(deel.begin, deel.slot, f"{opened}{tekst.value(deel)}</{name}>")


def _namespace(chance: Chance, tekst: Tekst) -> tuple[str, str]:
    deel = chance.choice(tekst.delen)
    prefix, _, local = deel.naam.partition(":")
    other = tekst.message if prefix == "iwmo" else "iwmo"
    choice = chance.randrange(5)
    if choice == 0:
        return _with_name(tekst, deel, f"{other}:{local}"), ""
    if choice == 1:  # the same prefix, but it means something else here and below
        return tekst.put(deel.inhoud - 1, deel.inhoud - 1, f' xmlns:{prefix}="urn:anders"'), ""
    if choice == 2:  # another prefix for the same namespace: no difference
        uri = re.search(rf'xmlns:{prefix}="([^"]*)"', tekst.text)
        declared = tekst.put(tekst.root.inhoud - 1, tekst.root.inhoud - 1, f' xmlns:q="{uri[1] if uri else ""}"')
        return declared.replace(f"<{prefix}:", "<q:").replace(f"</{prefix}:", "</q:"), ""
    if choice == 3:  # another release, or another message
        old, new = chance.choice([("3_2", "2_4"), ("2_4", "3_2"), ("wmo30", "wmo31"), ("basisschema", "basis")])
        return tekst.text.replace(f"{old}", new), ""
    return _with_name(tekst, deel, f"niemand:{local}"), ""


def _written_otherwise(_: Chance, value: str) -> str:
    return "".join(f"&#{ord(mark)};" if mark.isalnum() else mark for mark in value)


def _in_digits_from(zero: int) -> Callable[[Chance, str], str]:
    return lambda _, value: value.translate({ord("0") + digit: zero + digit for digit in range(10)})


def _mark(chance: Chance, value: str) -> str:
    at = chance.randrange(len(value) + 1)
    return value[:at] + chance.choice("0129AZaz ÿé٣-+.,:/'\u200b\u0301\U0001f600") + value[at + chance.randrange(2) :]


def _bytes(chance: Chance, tekst: Tekst) -> bytes:
    """Not as text: a byte replaced, dropped or doubled, or the end cut off."""
    body = tekst.text.encode()
    at = chance.randrange(len(body))
    choices = (
        bytes([chance.randrange(256)]),
        b"",
        body[at : at + 1] * 2,
        chance.choice([b"<", b">", b"&", b'"', b"/"]),
    )
    choice = chance.randrange(5)
    return body[:at] if choice == 4 else body[:at] + choices[choice] + body[at + 1 :]


def _encoded(chance: Chance, tekst: Tekst) -> bytes:
    """In another encoding, whether or not the declaration says so; or with a byte order mark."""
    text, bare = tekst.text, tekst.text.partition("?>")[2].lstrip()
    codec, name = chance.choice(
        [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("latin-1", "ISO-8859-1"), ("cp1252", "windows-1252"),
         ("ascii", "US-ASCII"), ("utf-8", "utf-8"), ("utf-8", "UTF-16"), ("utf-8", "latin1"), ("utf-32", "UTF-32")]
    )  # fmt: skip
    declared = re.sub('encoding="[^"]*"', f'encoding="{name}"', text, count=1)
    other = chance.choice([declared, bare, text]).replace("Wit", "Wité").encode(codec, "replace")
    mark = b"\xef\xbb\xbf"
    middle = len(text) // 2
    with_mark = [mark + text.encode(), mark * 2 + text.encode(), mark + bare.encode(), bare.encode()]
    with_mark.append(text[:middle].encode() + mark + text[middle:].encode())
    return chance.choice([other, chance.choice(with_mark)])


def _doctype(chance: Chance, tekst: Tekst) -> bytes:
    doctypes = ["<!DOCTYPE Bericht>", '<!DOCTYPE a [<!ENTITY e "x">]>', '<!DOCTYPE a SYSTEM "file:///etc/passwd">']
    head, mark, rest = tekst.text.partition("?>")
    return (head + mark + chance.choice(["", "\n", "<!-- x -->"]) + chance.choice(doctypes) + rest).encode()


def _deep(chance: Chance, tekst: Tekst) -> bytes:
    depth = chance.choice([50, 63, 64, 65, 100, 254, 255, 300, 5000])
    at = chance.choice(tekst.delen).inhoud
    return tekst.put(at, at, "<a>" * depth + "</a>" * depth).encode()


ODD_VALUES = [
    "0", "00", "000", "-0", "+1", "-1", "1.0", "1e3", "1", "2", "9", "04", "4", "414", "99999999999999",
    "1.0.0", "01.0.0", "NL", "nl", "D", "d", "123456789", "12345678", "1234", "ééééé", "a\nb", "true", "NaN", "INF",
]  # fmt: skip
ODD_DAYS = [
    "2024-02-30", "2023-02-29", "2024-02-29", "24-01-01", "2024-1-1", "2024-01-01T00:00:00", "-2024-01-01",
    "0000-01-01", "12024-01-01", "0001-01-01", "9999-12-31", "2024-13-01", "20240101", "01-01-2024", "2024-01-01 00:00",
    "12:00", "24:00:00", "24:00:01", "12:00:00.123456789", "12:60:00", "12:00:60", "12:00:00-05:00",
]  # fmt: skip
ZONES = ["Z", "+01:00", "-05:00", "+14:00", "+14:01", "+1", "z", " Z"]
SPACES = [" ", "\t", "\n", "\r\n", "\r", "\u00a0", "\u2003", "\u3000", "\ufeff", "&#32;", "&#10;", "&#13;", "&#xA0;"]
TEXT_KINDS: dict[str, Schade] = {
    "ontbreekt": _missing,
    "dubbel": _doubled,
    "verwisseld": _swapped,
    "hernoemd": _renamed,
    "leeg": _values(lambda *_: "", lambda chance, _: chance.choice(SPACES), lambda *_: "<!-- leeg -->"),
    "te lang": _values(
        lambda chance, _: CANARY * chance.choice([1, 2, 5, 30, 1000]),
        lambda chance, value: (value or "9") * chance.choice([2, 3, 50]),
        lambda chance, _: chance.choice("09") * chance.choice([2, 4, 8, 9, 10, 12, 20, 30]),
    ),
    "patroon": _values(_mark, lambda *_: CANARY, lambda chance, value: f"{CANARY}{value}", lambda _, v: v[:-1]),
    "code": _values(lambda chance, _: chance.choice(ODD_VALUES), lambda _, v: v.lower(), lambda _, v: v.upper()),
    "datum": _values(
        lambda chance, value: value + chance.choice(ZONES),
        lambda chance, _: chance.choice(ODD_DAYS),
        lambda chance, _: chance.choice(ODD_DAYS) + chance.choice(ZONES),
    ),
    "naamruimte": _namespace,
    "attribuut": _attribute(
        f'id="{CANARY}"', f'iwmo:id="{CANARY}"', f'MSG:NAAM="{CANARY}"', f'xml:lang="{CANARY}"', 'xml:space="preserve"',
        f'xmlns:vreemd="urn:x" vreemd:naam="{CANARY}"', f'xmlns:vreemd="urn:{CANARY}"', 'dubbel="1" dubbel="2"', 'los',
    ),
    "witruimte": _values(
        lambda chance, value: chance.choice(SPACES) + value,
        lambda chance, value: value + chance.choice(SPACES),
        lambda chance, value: f"{chance.choice(SPACES)}{value}{chance.choice(SPACES)}",
        lambda chance, value: value[:1] + chance.choice(SPACES) + value[1:],
    ),
    "ander schrift": _values(*map(_in_digits_from, (0x660, 0x6F0, 0x966, 0xFF10, 0x1D7CE))),
    "opmerking in waarde": _inside("<!---->", "<!-- x -->", "<!--1--><!--2-->", "<!-- <iwmo:Naam> -->"),
    "instructie in waarde": _inside("<?p?>", "<?p x?>", "<?xml-stylesheet href='x'?>", "<!-- x --><?p?>"),
    "cdata": _values(
        lambda _, value: f"<![CDATA[{value}]]>",
        lambda _, value: f"{value[:1]}<![CDATA[{value[1:]}]]>",
        lambda _, value: f"{value}<![CDATA[]]>",
        lambda _, value: f"<![CDATA[ {value}]]>",
        lambda *_: f"<![CDATA[<{CANARY}>]]>",
    ),
    "verwijzing": _values(
        _written_otherwise,
        lambda _, value: f"{value}&amp;",
        lambda _, value: f"&lt;{value}&gt;",
        lambda *_: "&nbsp;",
        lambda *_: "&onbekend;",
        lambda _, value: f"{value}&#0;",
        lambda _, value: f"&#x41;{value}&#x{0x1F600:X};",
        lambda _, value: f"{value}&",
    ),
    "tussen elementen": _between(
        "tekst", CANARY, "&#32;", "&#10;", "<![CDATA[]]>", "<![CDATA[ ]]>", "<![CDATA[x]]>", "<!-- x -->", "<?p?>",
        "\u00a0", " \n\t", "&amp;", "<leeg/>", "<iwmo:Naam/>", "\ufeff",
    ),
    "xsi": _attribute(
        *(
            f'xmlns:xsi="{XSI}" xsi:{hint}'
            for hint in (
                'nil="true"', 'nil="false"', 'nil="x"', 'type="MSG:NAAM"', 'type="iwmo:CDT_NAAM"', 'type="xs:string"',
                'type="iwmo:LDT_Bsn"', 'type="MSG:Client"', 'type="MSG:Header"', 'onbekend="1"',
                'schemaLocation="urn:x file:///x.xsd"', 'noNamespaceSchemaLocation="file:///x.xsd"',
                'schemaLocation="http://www.istandaarden.nl/iwmo/3_2/MSG/schema http://127.0.0.1:1/MSG.xsd"',
            )
        ),
        f'xmlns:xsi="{XSI}" xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:anyType"',
        f'xmlns:xsi="{XSI}" xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string"',
    ),
}  # fmt: skip
BYTE_KINDS: dict[str, Callable[[Chance, Tekst], bytes]] = {
    "bytes": _bytes, "codering": _encoded, "doctype": _doctype, "diep": _deep,
}  # fmt: skip
SOORTEN = (*TEXT_KINDS, *BYTE_KINDS)


def mutants(name: str, text: str, number: int) -> Iterator[Mutant]:
    """So many mutants of an example, all kinds in turn; always the same ones."""
    tekst = Tekst(text)
    for index in range(number):
        soort = SOORTEN[index % len(SOORTEN)]
        chance = random.Random(f"{name} {index}")
        if soort in BYTE_KINDS:
            yield Mutant(soort, BYTE_KINDS[soort](chance, tekst))
            continue
        damaged, value = TEXT_KINDS[soort](chance, tekst)
        yield Mutant(soort, damaged.encode(errors="surrogatepass"), value)
