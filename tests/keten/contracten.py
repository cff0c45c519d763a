"""Contracts between the parties of a test: a product with its tariff, entered by the gemeente."""

from typing import Any

from tests.keten.berichten.declaratie import TARIEF
from tests.keten.kring import Kring
from tests.wachten import eventually


async def enter(kring: Kring, categorie: str = "01", code: str = "01A04", **afwijking: Any) -> None:
    """The gemeente has this code in this category, per hour, whatever the standard says of it."""
    product = {
        "gemeente": kring.gemeente.code, "aanbieder": None, "productCode": code, "categorie": categorie,
        "eenheid": "04", "tarief": TARIEF, "variant": "inspanningsgericht", "geldigVan": "2020-01-01",
        "geldigTot": None, **afwijking,
    }  # fmt: skip
    answer = await kring.gemeente.request("POST", "/toewijzing/v1/producten", json=product)
    assert answer.status_code == 201, answer.text


async def contract(kring: Kring, code: str = "01A04", categorie: str = "01", **afwijking: Any) -> None:
    """The gemeente has a contract; back when declarations are judged by it."""
    await enter(kring, categorie, code, **afwijking)

    async def known() -> bool:
        sql = "select 1 from declaratie.product where gemeente = $1 and product_code = $2"
        return bool(await kring.stapel.query(sql, kring.gemeente.code, code))

    await eventually(known, "the declarations know the contract", every=0.05)
