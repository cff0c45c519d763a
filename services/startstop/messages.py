"""WMO305 and WMO307 in domain terms, alike in both releases; the only file here that knows element names."""

from collections.abc import Callable
from typing import Any

from services.startstop.domain import Aanlevering, Start, StartProduct, Stop, StopProduct, Zorgbericht
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Kop
from shared.iwmo.persoon import read_persoon
from shared.iwmo.regels import Plek
from shared.iwmo.waarden import as_date, as_product, optional_date

CLIENT: Plek = (("Client", 0),)
_VERZAMELING = {"WMO305": ("StartProducten", "StartProduct"), "WMO307": ("StopProducten", "StopProduct")}


def read_zorgbericht(kop: Kop, inhoud: Inhoud, pseudoniem: Callable[[str], str]) -> Zorgbericht:
    """The starts of a WMO305 or the stops of a WMO307; ``pseudoniem`` is how a client is known here, from his Bsn."""
    client = inhoud["Client"]
    verzameling, klasse = _VERZAMELING[kop.soort.naam]
    at = (*CLIENT, (verzameling, 0))
    return Zorgbericht(
        gemeente=kop.ontvanger,
        aanbieder=kop.afzender,
        persoon=read_persoon(client, CLIENT),
        client=pseudoniem(client["Bsn"]),
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
