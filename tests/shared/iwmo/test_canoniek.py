"""Two large messages are the same when they differ only in how they are written (P2)."""

import pytest

from shared.iwmo.canoniek import same_content
from shared.payload import Payload

TEXT = (
    '<b:Bericht xmlns:b="urn:b" xmlns:c="urn:c"><c:Naam x="1" y="2">Berkel &amp; zoon</c:Naam>\n'
    "<c:Leeg></c:Leeg></b:Bericht>"
)


def same(other: str) -> bool:
    return same_content(Payload.of(TEXT.encode()), Payload.of(other.encode()))


@pytest.mark.parametrize(
    ("this", "that"),
    [
        ("<b:Bericht", '<?xml version="1.0"?>\n<b:Bericht'),
        ('x="1" y="2"', "y='2'   x='1'"),
        ("Berkel", "Ber<!-- x -->kel"),
        ("Berkel", "&#66;erkel"),
        ("&amp;", "<![CDATA[&]]>"),
        ("<c:Leeg></c:Leeg>", "<c:Leeg/>"),
        ("</b:Bericht>", "</b:Bericht>\n"),
    ],
)
def test_another_way_to_write_is_no_other_message(this: str, that: str) -> None:
    assert this in TEXT
    assert same(TEXT.replace(this, that))


@pytest.mark.parametrize(
    ("this", "that"),
    [
        ("Berkel", "Berkels"),
        ('y="2"', 'y="3"'),
        ("Leeg", "Vol"),
        ("\n", ""),
        ('"urn:c"', '"urn:d"'),
        (" &amp; ", "&amp; "),
    ],
)
def test_another_content_is_another_message(this: str, that: str) -> None:
    assert this in TEXT
    assert not same(TEXT.replace(this, that))
