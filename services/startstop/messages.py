"""WMO305 and WMO307 in domain terms, alike in both releases; the only file here that knows element names."""

from typing import Any

from services.startstop.domain import Aanlevering, Start, StartProduct, Stop, StopProduct, Zorgbericht
from shared.exchange.dienst import Heen
from shared.iwmo.regels import Plek
from shared.iwmo.waarden import as_date, as_product, optional_date
from shared.security.kluis import Kluis

CLIENT: Plek = (("Client", 0),)
_VERZAMELING = {"WMO305": ("StartProducten", "StartProduct"), "WMO307": ("StopProducten", "StopProduct")}


def read_zorgbericht(heen: Heen, kluis: Kluis) -> Zorgbericht:
    """The starts of a WMO305 or the stops of a WMO307."""
    client = heen.inhoud["Client"]
    verzameling, klasse = _VERZAMELING[heen.soort.naam]
    at = (*CLIENT, (verzameling, 0))
    return Zorgbericht(
        gemeente=heen.kop.ontvanger,
        aanbieder=heen.kop.afzender,
        bsn=client["Bsn"],
        client=kluis.pseudoniem(client["Bsn"]),
        client_plek=CLIENT,
        producten=tuple(
            _product(one, (*at, (klasse, number))) for number, one in enumerate(client[verzameling][klasse], start=1)
        ),
    )


def _product(inhoud: dict[str, Any], plek: Plek) -> Aanlevering:
    start = Start(
        nummer=inhoud.get("ToewijzingNummer"),
        product=as_product(inhoud.get("Product")),
        begindatum=as_date(inhoud["Begindatum"], plek),
    )
    ingangsdatum = optional_date(inhoud.get("ToewijzingIngangsdatum"), plek)
    if "Einddatum" not in inhoud:
        return StartProduct(plek, start, ingangsdatum, inhoud["StatusAanlevering"])
    stop = Stop(start, inhoud["RedenBeeindiging"], as_date(inhoud["Einddatum"], plek))
    return StopProduct(plek, stop, ingangsdatum, inhoud["StatusAanlevering"])
