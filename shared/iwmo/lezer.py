"""Reading a body from outside: hardened, validated while parsing, every fault explained.

The order matters. A first scan with expat refuses what must not reach lxml at all: a DOCTYPE (with one, lxml calls text
valid that it then reads as empty), another encoding than UTF-8, elements nested too deep, a start tag that is too long.
"""

import hashlib
from dataclasses import dataclass
from xml.parsers import expat

from lxml import etree

from shared.iwmo.catalogus import BerichtSoort, soorten_in
from shared.iwmo.codec import Inhoud, decode
from shared.iwmo.schemas import Schema, Schemas
from shared.iwmo.uitleg import explain
from shared.problems import BerichtSoortError, OnleesbaarError, SchemaError

CHUNK = 64 * 1024
STEP = 4 * 1024
"""Of the first scan: how precisely the length of a tag is known."""


@dataclass(frozen=True, slots=True)
class Grenzen:
    """What a body may be: nesting of elements, bytes in one tag, faults reported."""

    max_diepte: int = 64
    max_tag_bytes: int = 64 * 1024
    max_fouten: int = 100


@dataclass(frozen=True, slots=True)
class Gelezen:
    """A valid message: its kind, its content, and the hash of its canonical form (P2)."""

    soort: BerichtSoort
    schema: Schema
    inhoud: Inhoud
    hash: bytes


def read(body: bytes, schemas: Schemas, grenzen: Grenzen) -> Gelezen:
    """Parses and validates; raises OnleesbaarError, BerichtSoortError or SchemaError."""
    namespace, naam = _scan(body, grenzen)
    candidates = soorten_in(namespace) if naam == "Bericht" else []
    if not candidates:
        raise BerichtSoortError("Het wortelelement is geen Bericht van iWmo 2.4 of 3.2")
    schema = schemas.of(candidates[0])
    root = _parse(body, schema, grenzen)
    inhoud = decode(root, schema.root)
    code = inhoud["Header"]["BerichtCode"]
    soort = next((soort for soort in candidates if soort.code == code), None)
    if soort is None:
        raise BerichtSoortError("De BerichtCode hoort niet bij dit schema")
    return Gelezen(soort, schema, inhoud, _hash(root))


class _Hasher:
    """Takes the canonical form as it is written, so that it is never in memory as a whole."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return len(data)


def _hash(root: etree._Element) -> bytes:
    hasher = _Hasher()
    root.getroottree().write_c14n(hasher, with_comments=False)
    return hasher.sha256.digest()


def _parser(schema: etree.XMLSchema | None = None) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        schema=schema,
    )


def _parse(body: bytes, schema: Schema, grenzen: Grenzen) -> etree._Element:
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
    try:
        tree = etree.fromstring(body, _parser())
    except etree.XMLSyntaxError as error:
        raise OnleesbaarError(f"Het bericht is geen goed gevormde XML (regel {error.lineno})") from None
    fouten = explain(tree, schema, grenzen.max_fouten, seen=len(parser.feed_error_log))
    raise SchemaError(f"Het bericht voldoet niet aan het schema: {len(fouten)} fout(en)", fouten)


class _Scan:
    """What expat sees of a body; raises at the first thing that is not allowed."""

    def __init__(self, grenzen: Grenzen) -> None:
        self.grenzen = grenzen
        self.depth = 0
        self.root = ""
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _doctype(self, *_: object) -> None:
        raise OnleesbaarError("Een DOCTYPE is niet toegestaan")

    def _declaration(self, _: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.upper() != "UTF-8":
            raise OnleesbaarError("De codering moet UTF-8 zijn")

    def _start(self, name: str, _: object) -> None:
        self.root = self.root or name
        self.depth += 1
        if self.depth > self.grenzen.max_diepte:
            raise OnleesbaarError(f"De elementen zijn dieper genest dan {self.grenzen.max_diepte}")

    def _end(self, _: str) -> None:
        self.depth -= 1


def _scan(body: bytes, grenzen: Grenzen) -> tuple[str, str]:
    """Namespace and name of the root element."""
    if body[:2] in (b"\xfe\xff", b"\xff\xfe") or b"\x00" in body[:4]:
        raise OnleesbaarError("De codering moet UTF-8 zijn")
    scan = _Scan(grenzen)
    try:
        for start in range(0, len(body), STEP):
            chunk = body[start : start + STEP]
            scan.parser.Parse(chunk, False)
            # expat only moves on past a tag or comment that it has seen whole.
            if start + len(chunk) - scan.parser.CurrentByteIndex > grenzen.max_tag_bytes:
                raise OnleesbaarError(f"Een tag is langer dan {grenzen.max_tag_bytes // 1024} kB")
        scan.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise OnleesbaarError(
            f"Het bericht is geen goed gevormde XML (regel {error.lineno}, kolom {error.offset + 1})"
        ) from None
    namespace, _, naam = scan.root.rpartition(" ")
    return namespace, naam
