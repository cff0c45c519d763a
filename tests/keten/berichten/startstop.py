"""WMO305 and WMO307: right by default, for the toewijzingen that the builder of WMO301 makes."""

from typing import Any

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.kop import dag, header, persoon
from tests.keten.kring import Kring


def startproduct(kring: Kring, nummer: int, **afwijking: Any) -> Inhoud:
    """Care began on 3 March."""
    return {
        "ToewijzingNummer": nummer,
        "Product": {"Categorie": "01", "Code": "01A04"},
        "ToewijzingIngangsdatum": dag(kring, "03-01"),
        "Begindatum": dag(kring, "03-03"),
        "StatusAanlevering": "1",
        **afwijking,
    }


def stopproduct(kring: Kring, nummer: int, **afwijking: Any) -> Inhoud:
    """The care that began on 3 March ended on 13 June, for good."""
    start = startproduct(kring, nummer)
    status = start.pop("StatusAanlevering")
    einde = {"RedenBeeindiging": "19", "Einddatum": dag(kring, "06-13")}
    return {**start, **einde, "StatusAanlevering": status, **afwijking}


def a_305(kring: Kring, *starts: int | Inhoud, identificatie: str | None = None, **client: Any) -> Bericht:
    """The start of care under these toewijzingen, each a number or whole."""
    products = [startproduct(kring, one) if isinstance(one, int) else one for one in starts]
    inhoud = {**persoon(kring), "StartProducten": {"StartProduct": products}, **client}
    return _bericht(kring, "WMO305", inhoud, identificatie)


def a_307(kring: Kring, *stops: int | Inhoud, identificatie: str | None = None, **client: Any) -> Bericht:
    """The end of care under these toewijzingen, each a number or whole."""
    products = [stopproduct(kring, one) if isinstance(one, int) else one for one in stops]
    inhoud = {**persoon(kring), "StopProducten": {"StopProduct": products}, **client}
    return _bericht(kring, "WMO307", inhoud, identificatie)


def _bericht(kring: Kring, naam: str, client: Inhoud, identificatie: str | None) -> Bericht:
    kop = header(
        kring, naam, van=kring.aanbieder.code, naar=kring.gemeente.code, identificatie=identificatie, op="07-02"
    )
    return Bericht(naam, kring.release, "startstop", {"Header": kop, "Client": client})
