"""What contract managers ask of many judged lines."""

from dataclasses import dataclass, field
from typing import Any

from bench.gegevens import GEMEENTE
from bench.veel_prestaties import GROOT
from shared.security.partij import Partij

KLEIN = "12000003"
"""One of the many aanbieders, at the large gemeente."""
CSV = {"Accept": "text/csv"}


@dataclass(frozen=True)
class Vraag:
    """One question: by whom, where, and what; with ``body`` it is a POST."""

    wat: str
    partij: Partij
    pad: str
    params: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def vragen(bericht_id: str, wachtend_id: str, factuur_id: str) -> list[Vraag]:
    """What contract managers ask, the widest and the rarest first. The ids are of a large declaration, of one that
    waits for the gemeente, and of a verzamelfactuur."""
    gemeente, groot, klein = Partij.gemeente(GEMEENTE), Partij.aanbieder(GROOT), Partij.aanbieder(KLEIN)
    kwartaal = {"van": "2024-01-01", "tot": "2024-03-31"}
    alles = {"groep": ["maand", "aanbieder", "product", "retourcode"], **kwartaal}
    maand = {"van": "2022-02-01", "tot": "2022-02-28"}
    nergens = {"categorie": "15", "toegekend": False}
    regels: list[tuple[str, Partij, dict[str, Any]]] = [
        ("first page", gemeente, {}),
        ("first page, the large aanbieder", groot, {}),
        ("one aanbieder, one month, refused", gemeente, {"aanbieder": KLEIN, "van": "2023-03-01", "tot": "2023-03-31",
                                                          "toegekend": False}),
        ("one retourcode", gemeente, {"retourcode": "0611"}),
        ("one product, credits, of the large aanbieder", groot, {"productCode": "01A01", "credit": True}),
        ("a broken month of the first year", gemeente, {"van": "2022-01-01", "tot": "2022-01-01"}),
        ("what there is none of", gemeente, nergens),
        ("a toewijzing", groot, {"toewijzingNummer": 1_000_007}),
        ("the most lines on a page", gemeente, {"limiet": 500, "toegekend": False}),
    ]  # fmt: skip
    cijfers: list[tuple[str, Partij, dict[str, Any]]] = [
        ("total of everything", gemeente, {}),
        ("per month", gemeente, {"groep": "maand"}),
        ("per aanbieder and product", gemeente, {"groep": ["aanbieder", "product"]}),
        ("per retourcode, refused", gemeente, {"groep": "retourcode", "toegekend": False}),
        ("per month and gemeente, the large aanbieder", groot, {"groep": ["maand", "gemeente"]}),
        (
            "per month, aanbieder and retourcode, a quarter",
            gemeente,
            {"groep": ["maand", "aanbieder", "retourcode"], **kwartaal},
        ),
        ("of one toewijzing", gemeente, {"toewijzingNummer": 1_000_007}),
    ]
    return [
        *(Vraag(f"lines: {wat}", partij, "/prestaties", params) for wat, partij, params in regels),
        *(Vraag(f"figures: {wat}", partij, "/cijfers", params) for wat, partij, params in cijfers),
        Vraag("figures: all four groups as CSV, a quarter", gemeente, "/cijfers", alles, headers=CSV),
        Vraag("declarations: first page", gemeente, "/declaraties"),
        Vraag("declarations: refused as a whole (none)", gemeente, "/declaraties", {"status": "afgekeurd"}),
        Vraag("declarations: an aanbieder's, one month", klein, "/declaraties", maand),
        Vraag("declarations: with one retourcode", gemeente, "/declaraties", {"retourcode": "0611"}),
        Vraag("declarations: with a product, one month", klein, "/declaraties", {"productCode": "01A04", **maand}),
        Vraag("declarations: with what there is none of", gemeente, "/declaraties", {"categorie": "15"}),
        Vraag("declarations: by number", klein, "/declaraties", {"nummer": "D7"}),
        Vraag("declarations: the last lines of a large one", groot, f"/declaraties/{bericht_id}/regels"),
        Vraag("consumption: one toewijzing", groot, f"/verbruik/{1_000_007}"),
        Vraag("consumption: a page", gemeente, "/verbruik/zoek", body={"limiet": 100}),
        Vraag("consumption: a product of an aanbieder", gemeente, "/verbruik/zoek",
              body={"aanbieder": KLEIN, "productCode": "01A04", "limiet": 100}),
        Vraag("consumption: one client", gemeente, "/verbruik/zoek", body={"bsn": "999990019"}),
        *_van_een_jaar(factuur_id),
        *_met_de_hand(wachtend_id),
    ]  # fmt: skip


def _van_een_jaar(factuur_id: str) -> list[Vraag]:
    """What closes a year, of which the large aanbieder has 1.2 million lines."""
    gemeente, groot = Partij.gemeente(GEMEENTE), Partij.aanbieder(GROOT)
    jaar, facturen = {"jaar": 2022}, "/verzamelfacturen"
    return [
        Vraag("closing a year: what to expect", groot, f"{facturen}/verwacht", jaar),
        Vraag("closing a year: what to expect, asked by the gemeente, 500 lines", gemeente, f"{facturen}/verwacht",
              {**jaar, "aanbieder": GROOT, "limiet": 500}),
        Vraag("closing a year: what to expect, far on", groot, f"{facturen}/verwacht",
              {**jaar, "cursor": f"{GROOT}-{GEMEENTE}-1090000-0"}),
        Vraag("closing a year: nothing to expect", groot, f"{facturen}/verwacht", {"jaar": 2021}),
        Vraag("closing a year: invoices", gemeente, facturen, jaar),
        Vraag("closing a year: an invoice with 50,000 differences", gemeente, f"{facturen}/{factuur_id}"),
    ]  # fmt: skip


def _met_de_hand(wachtend_id: str) -> list[Vraag]:
    """What waits for the gemeente: 201 declarations with 160,000 lines, one of which has 100,000."""
    gemeente, lijst = Partij.gemeente(GEMEENTE), "/handmatig/openstaand"
    beslissingen = f"/declaraties/{wachtend_id}/beslissingen"
    besluit = {"besluit": "goedkeuren", "filter": {"code": "01A04", "ookBesliste": True}}
    return [
        Vraag("by hand: what waits", gemeente, lijst),
        Vraag("by hand: all that waits", gemeente, lijst, {"limiet": 500}),
        Vraag("by hand: what waits with a product, of an aanbieder", gemeente, lijst,
              {"product": "01A04", "aanbieder": GROOT}),
        Vraag("by hand: the lines of a large declaration", gemeente, beslissingen),
        Vraag("by hand: 10,000 lines decided by a filter", gemeente, beslissingen, body=besluit),
    ]  # fmt: skip
