"""What an answer that was sent grants, from the answer itself."""

from collections.abc import Iterable

from lxml import etree

from services.declaratie.messages import signed


def read_toegekend(chunks: Iterable[bytes]) -> int | None:
    """The granted total of a WMO304 or WMO325 of ours, in cents with its sign, read no further than where it stands;
    None of an answer that has none, as it rejects the whole message."""
    parser = etree.XMLPullParser(
        ("end",), tag=("{*}ToegekendTotaalBedrag", "{*}TotaalToegekendBedrag"), no_network=True, load_dtd=False
    )
    for chunk in chunks:
        parser.feed(chunk)
        for _, bedrag in parser.read_events():
            cents, sign = bedrag.findtext("{*}TotaalBedrag"), bedrag.findtext("{*}DebetCredit")
            return signed({"TotaalBedrag": int(cents or 0), "DebetCredit": sign}, "TotaalBedrag")
    return None
