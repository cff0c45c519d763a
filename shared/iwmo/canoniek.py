"""The canonical form of a message that is too large for a tree: white space between attributes, quotes, comments and
the like do not make it another message (P2)."""

import hashlib

from lxml import etree

from shared.iwmo.bulk import PARSER_OPTIONS
from shared.payload import Payload


def same_content(one: Payload, other: Payload) -> bool:
    """Whether two well-formed messages are the same but for how they are written."""
    return canonical_hash(one) == canonical_hash(other)


def canonical_hash(payload: Payload) -> bytes:
    """Of the C14N 2.0 form without comments, taken as it is written: it is never in memory as a whole. Kept when the
    content itself is past its retention (``shared.retentie``)."""
    digest = hashlib.sha256()
    target = etree.C14NWriterTarget(lambda text: digest.update(text.encode()))
    parser = etree.XMLParser(target=target, **PARSER_OPTIONS)
    for chunk in payload.chunks():
        parser.feed(chunk)
    parser.close()
    return digest.digest()
