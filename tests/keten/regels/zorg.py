"""What a pair of starts or stops needs: a toewijzing, a start on it, and a look at the whole answer."""

from typing import Any

from tests.keten.berichten.bericht import Bericht, codes
from tests.keten.berichten.kop import dag
from tests.keten.berichten.startstop import a_305, a_307, startproduct, stopproduct
from tests.keten.berichten.toewijzing import a_301, toegewezen_product
from tests.keten.contracten import contract
from tests.keten.deelnemer import Antwoord
from tests.keten.kring import Kring
from tests.keten.regels.paar import accepts, refuses
from tests.wachten import eventually

TIJDELIJK, VERWIJDEREN = {"RedenBeeindiging": "20"}, {"StatusAanlevering": "3"}


async def toegewezen(kring: Kring, **product: Any) -> int:
    """A toewijzing of the client."""
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, toegewezen_product(kring, nummer, **product)))
    return nummer


async def gestart(kring: Kring) -> int:
    """A toewijzing on which care began."""
    nummer = await toegewezen(kring)
    await accepts(kring, start(kring, nummer))
    return nummer


async def gestopt(kring: Kring, **stop_: str) -> int:
    """A toewijzing on which care began and ended, on 13 June and for good unless it is told otherwise."""
    nummer = await gestart(kring)
    await accepts(kring, stop(kring, nummer, **stop_))
    return nummer


def start(kring: Kring, nummer: int | None, **afwijking: Any) -> Bericht:
    """A WMO305 with one start; days as month and day, and what is None is left out."""
    return a_305(kring, _product(kring, startproduct(kring, nummer or 0), nummer, afwijking))


def stop(kring: Kring, nummer: int | None, **afwijking: Any) -> Bericht:
    """A WMO307 with one stop, likewise."""
    return a_307(kring, _product(kring, stopproduct(kring, nummer or 0), nummer, afwijking))


def _product(kring: Kring, product: Any, nummer: int | None, afwijking: dict[str, Any]) -> Any:
    days = {name: dag(kring, value) for name, value in afwijking.items() if name.endswith("datum") and value}
    whole = product | {"ToewijzingNummer": nummer} | afwijking | days
    return {name: value for name, value in whole.items() if value is not None}


async def in_list(kring: Kring, code: str = "01A04", categorie: str = "01", **afwijking: Any) -> None:
    """The gemeente enters a product; back when starts and stops are judged by it."""
    await contract(kring, code, categorie, **afwijking)

    async def known() -> bool:
        sql = "select 1 from startstop.product where gemeente = $1 and product_code = $2"
        return bool(await kring.stapel.query(sql, kring.gemeente.code, code))

    await eventually(known, "starts and stops know the contract", every=0.05)


async def refused(kring: Kring, bericht: Bericht, regel: str, code: str, *, at: int = 1) -> Antwoord:
    """The outcome of a message of which one product, by its place, breaks this rule alone; all else in the retour has
    0200, and nothing of the message holds."""
    before = await kring.aanbieder.get("/startstop/v1/zorgperioden")
    klasse = "StartProduct" if bericht.naam == "WMO305" else "StopProduct"
    uitkomst = await refuses(kring, bericht, klasse, **{regel: code})
    assert await kring.aanbieder.get("/startstop/v1/zorgperioden") == before
    client = (await kring.aanbieder.retour(bericht, uitkomst))["Client"]
    found = [codes(one) for one in client[klasse.replace("Product", "Producten")][klasse]]
    assert codes(client) == ["0200"]
    assert found == [[code] if place == at else ["0200"] for place in range(1, len(found) + 1)]
    return uitkomst
