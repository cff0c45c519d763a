"""Toewijzingen and products, right by default; a test states only its deviation."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from services.toewijzing.domain import ToegewezenProduct
from services.toewijzing.rules import ToewijzingFeiten
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.waarden import Omvang, Periode, Product
from shared.kafka import topics
from shared.kafka.envelope import Event
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, NUMMER, ONTVANGEN

PLEK = (("Client", 0), ("ToegewezenProducten", 0), ("ToegewezenProduct", 1))


def a_toewijzing(**deviations: Any) -> Toewijzing:
    right = Toewijzing(
        gemeente=GEMEENTE,
        nummer=NUMMER,
        aanbieder=AANBIEDER,
        client="client-a",
        product=Product("01", "01A04"),
        periode=Periode(date(2025, 3, 1), date(2025, 8, 31)),
        moment=datetime(2025, 2, 17, 9, 30),  # noqa: DTZ001 - Dutch wall-clock time, as the message has it
        omvang=Omvang(3, "04", "2"),
    )
    return replace(right, **deviations)


def a_product(**deviations: Any) -> ToegewezenProduct:
    """A toegewezen product of a message."""
    return ToegewezenProduct(PLEK, a_toewijzing(**deviations), None)


def feiten(*bekend: Toewijzing) -> ToewijzingFeiten:
    """What is known already."""
    return ToewijzingFeiten({one.nummer: one for one in bekend}, {one.sleutel: 2 for one in bekend})


def an_event(toewijzing: Toewijzing, versie: int, epoch: int = 1) -> Event:
    """As a reader gets it."""
    return Event(
        topics.TOEWIJZING, toewijzing.sleutel, "toewijzing-gewijzigd", versie, toewijzing.as_data(), epoch, uuid4(), 1,
        "toewijzing", ONTVANGEN,
    )  # fmt: skip


def a_contract(**deviations: Any) -> dict[str, Any]:
    """A product with its tariff, as a gemeente enters it."""
    right = {
        "gemeente": GEMEENTE,
        "aanbieder": AANBIEDER,
        "productCode": "01A04",
        "categorie": "01",
        "eenheid": "04",
        "tarief": 3100,
        "variant": "inspanningsgericht",
        "geldigVan": "2025-01-01",
        "geldigTot": "2025-12-31",
    }
    return right | deviations
