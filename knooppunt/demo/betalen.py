"""The end of the story: what was granted is proposed by one, released by another, and told to the bank in one file."""

from typing import Any

from lxml import etree
from rich.console import Console
from rich.table import Table

from knooppunt.demo.bedragen import euro
from knooppunt.demo.beller import Beller
from knooppunt.demo.verhaal import AANBIEDER, GEMEENTE, VERHAAL

BETALINGEN = "/declaratie/v1/betalingen"
MAKER, CONTROLEUR = "m.maker", "c.controleur"
REKENINGEN = {
    "eigen": {"naam": "Gemeente", "iban": "NL91ABNA0417164300", "bic": "ABNANL2A"},
    AANBIEDER.code: {"naam": "Zorg & Zo", "iban": "DE89370400440532013000"},
}
TOEGEKEND = sum(stap.toegekend or 0 for stap in VERHAAL)
"""Cents, over both releases."""


def play_payment(beller: Beller, console: Console) -> bool:
    """From granted lines to the payment order; true when it pays to the cent what the answers granted."""
    for whose, account in REKENINGEN.items():
        beller.vraag(GEMEENTE, f"{BETALINGEN}/rekeningen/{whose}", account, methode="PUT", wie=MAKER)
    made: list[dict[str, Any]] = beller.vraag(GEMEENTE, BETALINGEN, {}, wie=MAKER)["betalingen"]
    released = [beller.vraag(GEMEENTE, f"{BETALINGEN}/{one['id']}/vrijgave", {}, wie=CONTROLEUR) for one in made]
    asked = {"betalingen": [one["id"] for one in released]}
    bestand = beller.vraag(GEMEENTE, f"{BETALINGEN}/bestanden", asked, wie=CONTROLEUR)
    order = etree.fromstring(beller.lees(GEMEENTE, f"{BETALINGEN}/bestanden/{bestand['id']}/export?vorm=sepa").content)
    paid = order.findtext(".//{*}GrpHdr/{*}CtrlSum") or ""

    table = Table(title="van toegekend tot betaald", title_justify="left")
    for name in ("stap", "door"):
        table.add_column(name)
    table.add_column("bedrag", justify="right")
    for titel, wie, cents in (
        ("betaalvoorstel uit de toegekende regels", MAKER, sum(one["bedrag"] for one in made)),
        ("vrijgave door een ander", CONTROLEUR, sum(one["bedrag"] for one in released)),
        ("betaalopdracht voor de bank (pain.001)", CONTROLEUR, bestand["bedrag"]),
    ):
        table.add_row(titel, f"{GEMEENTE}, {wie}", euro(cents))
    console.print(table)
    console.print()
    told = sum(one["bedrag"] for one in beller.lees(AANBIEDER, BETALINGEN).json()["betalingen"])
    return told == TOEGEKEND and paid == f"{TOEGEKEND // 100}.{TOEGEKEND % 100:02}"
