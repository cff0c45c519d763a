"""Reading a body from outside: hardened, validated while parsing, every fault explained.

The order matters. What must not reach lxml at all is refused first: a DOCTYPE (with one, lxml calls text valid that it
then reads as empty), another encoding than UTF-8, a start tag that is too long (a million attributes cost a gigabyte).
Of a message of ours expat reads no more for that than up to the root element. Anything else it reads to the end, also
what lxml then refuses to parse: it tells best why. Only there elements can be nested too deep: a valid message is not.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.parsers import expat

from lxml import etree

from shared.iwmo.bulk import PARSER_OPTIONS, Delen
from shared.iwmo.catalogus import BerichtSoort, soorten_in
from shared.iwmo.codec import Inhoud, decode
from shared.iwmo.schemas import Schema, Schemas
from shared.iwmo.uitleg import explain
from shared.problems import BerichtSoortError, Fout, OnleesbaarError, SchemaError

CHUNK = 64 * 1024
STEP = 4 * 1024
"""Of the first scan: how precisely the length of a tag is known."""
HEAD = 512
"""Of the same up to the root element, which is as a rule in the first."""

HEADS_REMEMBERED = 256

DENSE_FROM = 1024 * 1024
DENSEST = 8
"""Bytes per ``<``: a body from ``DENSE_FROM`` bytes on with less is made to fill memory; a real one has over 15."""


@dataclass(frozen=True, slots=True)
class Grenzen:
    """What a body may be: nesting of elements, bytes in one tag, faults reported, references in one text."""

    max_diepte: int = 64
    max_tag_bytes: int = 64 * 1024
    max_fouten: int = 100
    max_verwijzingen: int = 10_000
    """References, comments and the like in one piece of text: validation takes the square of their number."""


@dataclass(frozen=True, slots=True)
class Gelezen:
    """A valid message: its kind, its content, and the hash of its canonical form (P2)."""

    soort: BerichtSoort
    schema: Schema
    inhoud: Inhoud
    hash: bytes
    delen: Delen | None = None
    """What came in bulk, of a message that was read piece by piece (``streaming``); ``inhoud`` is then without it, and
    ``hash`` that of the bytes as they came."""
    vooruit: Any = None
    """What was worked out of it while it was validated, if it was (``streaming.read_payload``)."""


class BerichtOngeldigError(SchemaError):
    """A message that is not valid; ``bericht`` is its name where its schema and BerichtCode tell it all the same."""

    def __init__(self, detail: str, fouten: Sequence[Fout], bericht: str | None, release: str):
        super().__init__(detail, fouten)
        self.bericht = bericht
        self.release = release


def read(body: bytes, schemas: Schemas, grenzen: Grenzen) -> Gelezen:
    """Parses and validates; raises OnleesbaarError, BerichtSoortError or BerichtOngeldigError (a SchemaError)."""
    soorten = _scan(body, grenzen)
    schema = schemas.of(soorten[0])
    root = _parse(body, schema, soorten, grenzen)
    inhoud = decode(root, schema.root)
    return Gelezen(soort_of(inhoud, soorten), schema, inhoud, _hash(root))


def check(body: bytes, schema: Schema) -> None:
    """Raises SchemaError when a message of our own making is not valid."""
    try:
        etree.fromstring(body, _parser(schema.validator))
    except etree.XMLSyntaxError as error:
        raise SchemaError("Het bericht voldoet niet aan het schema", []) from error


def soort_of(inhoud: Inhoud, soorten: Sequence[BerichtSoort]) -> BerichtSoort:
    """Which of the kinds with this schema it is; BerichtSoortError when its code is of none."""
    code = inhoud["Header"]["BerichtCode"]
    soort = next((soort for soort in soorten if soort.code == code), None)
    if soort is None:
        raise BerichtSoortError("De BerichtCode hoort niet bij dit schema")
    return soort


def _hash(root: etree._Element) -> bytes:
    try:
        canonical = etree.tostring(root.getroottree(), method="c14n", with_comments=False)
    except etree.C14NError:
        # Any element may declare a namespace, used or not; the canonical form has none but absolute ones.
        raise OnleesbaarError("Een namespace in het bericht is geen absolute URI") from None
    return hashlib.sha256(canonical).digest()


def _parser(schema: etree.XMLSchema | None = None) -> etree.XMLParser:
    parser: etree.XMLParser = etree.XMLParser(schema=schema, **PARSER_OPTIONS)
    return parser


def _parse(body: bytes, schema: Schema, soorten: Sequence[BerichtSoort], grenzen: Grenzen) -> etree._Element:
    """The tree of a valid body. Validation runs while parsing and stops at the limit of faults."""
    parser = _parser(schema=schema.validator)
    try:
        for start in range(0, len(body), CHUNK):
            parser.feed(body[start : start + CHUNK])
            if len(parser.feed_error_log) > grenzen.max_fouten:
                break
        else:
            return parser.close()
    except etree.XMLSyntaxError:
        pass
    root = _parse_invalid(body, grenzen)
    fouten = explain(root, schema, grenzen.max_fouten, seen=len(parser.feed_error_log))
    code = root.findtext("{*}Header/{*}BerichtCode")
    told = soorten if len(soorten) == 1 else [soort for soort in soorten if soort.code == code]
    detail = f"Het bericht voldoet niet aan het schema: {len(fouten)} fout(en)"
    raise BerichtOngeldigError(detail, fouten, told[0].naam if told else None, soorten[0].release)


def _parse_invalid(body: bytes, grenzen: Grenzen) -> etree._Element:
    """The tree of what is not valid, but well-formed and not too deep."""
    try:
        root = etree.fromstring(body, _parser())
    except etree.XMLSyntaxError as error:
        _Scan(body, grenzen).to_the_end()
        # A limit of lxml alone, like its 10 MB of text in one element.
        raise OnleesbaarError(f"Het bericht is geen goed gevormde XML (regel {error.lineno})") from None
    if root.xpath(f"boolean({'/*' * (grenzen.max_diepte + 1)})"):
        raise _too_deep(grenzen)
    return root


def _too_deep(grenzen: Grenzen) -> OnleesbaarError:
    return OnleesbaarError(f"De elementen zijn dieper genest dan {grenzen.max_diepte}")


def _scan(body: bytes, grenzen: Grenzen) -> list[BerichtSoort]:
    """The kinds that the root element may be; raises on what must not reach lxml, and on what is no message."""
    if _is_utf16(body):
        raise OnleesbaarError("De codering moet UTF-8 zijn")
    if len(body) > DENSE_FROM and body.count(b"<") * DENSEST > len(body):
        raise OnleesbaarError("Het bericht heeft te veel elementen voor zijn omvang")
    # Single characters are counted ten times as fast as pairs, and in a message they are as rare.
    if sum(map(body.count, (b"&", b"!", b"?"))) > grenzen.max_verwijzingen:
        _refuse_marks(body, grenzen.max_verwijzingen)
    long_tag = may_hold_long_tag(body, grenzen.max_tag_bytes)
    soorten = [] if long_tag else _soorten_of_head(_head_of(body))
    if soorten:
        return soorten
    scan = _Scan(body, grenzen)
    scan.to_the_root()
    soorten = scan.soorten
    if not soorten or long_tag:
        scan.to_the_end()
    if not soorten:
        raise BerichtSoortError("Het wortelelement is geen Bericht van iWmo 2.4 of 3.2")
    return soorten


def _head_of(body: bytes) -> bytes:
    """What stands before the first tag within Bericht, where the message begins in the usual way; else nothing."""
    end = body.find(b"<", body.find(b"Bericht", 0, HEAD) + 1, HEAD)
    return body[: max(end, 0)]


@lru_cache(HEADS_REMEMBERED)
def _soorten_of_head(head: bytes) -> list[BerichtSoort]:
    """The kinds that a message with this head may be: who sends messages sends the same one before each. None when
    expat does not come to the root element in it, or stumbles before that."""
    return soorten_of_start(head, Grenzen())


def soorten_of_start(start: bytes, grenzen: Grenzen) -> list[BerichtSoort]:
    """The kinds that a message may be by its first bytes; none when there is anything unusual in those."""
    scan = _Scan(start, grenzen)
    try:
        scan.to_the_root()
    except OnleesbaarError:
        return []
    return [] if _is_utf16(start) else scan.soorten


def _is_utf16(body: bytes) -> bool:
    return body[:2] in (b"\xfe\xff", b"\xff\xfe") or b"\x00" in body[:4]


def _marks(body: bytes, start: int, end: int) -> int:
    """What splits text into pieces: references, comments, processing instructions, CDATA."""
    return sum(body.count(mark, start, end) for mark in (b"&", b"<!", b"<?"))


def _refuse_marks(body: bytes, most: int) -> None:
    """Raises when the text before one end tag holds too many of them; over a whole body there may be more."""
    start = 0
    while start < len(body):
        end = body.find(b"</", start)
        end = len(body) if end < 0 else end
        if end - start > most and _marks(body, start, end) > most:
            raise OnleesbaarError(f"Een waarde bevat meer dan {most} verwijzingen of opmerkingen")
        start = end + 2


def may_hold_long_tag(body: bytes, most: int) -> bool:
    """Whether over ``most`` bytes follow each other without a ``<``. A tag holds that at its start alone, so without
    such a run no tag is longer; with one it may be just text."""
    at = 0
    while at + most < len(body):
        at = body.rfind(b"<", at + 1, at + most + 1)
        if at < 0:
            return True
    return False


class _Scan:
    """What expat sees of a body, as far as it is read; raises OnleesbaarError at what is not allowed."""

    def __init__(self, body: bytes, grenzen: Grenzen) -> None:
        self.body = body
        self.grenzen = grenzen
        self.done = 0
        self.depth = 0
        self.root = ""
        """Namespace and name of the root element, apart by a space; empty while it is not reached."""
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    @property
    def soorten(self) -> list[BerichtSoort]:
        """The kinds that have this root element."""
        namespace, _, naam = self.root.rpartition(" ")
        return soorten_in(namespace) if naam == "Bericht" else []

    def to_the_root(self) -> None:
        """Reads up to the root element, and a little more."""
        while not self.root and self.done <= len(self.body):
            self._step(HEAD)

    def to_the_end(self) -> None:
        """Reads all that is left."""
        while self.done <= len(self.body):
            self._step(STEP)

    def _step(self, size: int) -> None:
        """One step, at last an empty one that ends the document."""
        chunk = self.body[self.done : self.done + size]
        try:
            self.parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            raise OnleesbaarError(
                f"Het bericht is geen goed gevormde XML (regel {error.lineno}, kolom {error.offset + 1})"
            ) from None
        # expat only moves on past a tag or comment that it has seen whole.
        if self.done + len(chunk) - self.parser.CurrentByteIndex > self.grenzen.max_tag_bytes:
            raise OnleesbaarError(f"Een tag is langer dan {self.grenzen.max_tag_bytes // 1024} kB")
        self.done += len(chunk) or 1

    def _doctype(self, *_: object) -> None:
        raise OnleesbaarError("Een DOCTYPE is niet toegestaan")

    def _declaration(self, _: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.upper() != "UTF-8":
            raise OnleesbaarError("De codering moet UTF-8 zijn")

    def _start(self, name: str, _: object) -> None:
        self.root = self.root or name
        self.depth += 1
        if self.depth > self.grenzen.max_diepte:
            raise _too_deep(self.grenzen)

    def _end(self, _: str) -> None:
        self.depth -= 1
