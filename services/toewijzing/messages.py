"""WMO301 in domain terms, of both releases; the only file here that knows element names."""

from typing import Any

from services.toewijzing.domain import ToegewezenProduct, Toewijzingsbericht
from shared.exchange.dienst import Heen
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.regels import Plek
from shared.iwmo.waarden import Periode, as_date, as_moment, as_omvang, as_product, optional_date
from shared.security.kluis import Kluis

CLIENT: Plek = (("Client", 0),)
_PRODUCTEN: dict[str, Plek] = {
    "2.4": (*CLIENT, ("Beschikking", 0), ("ToegewezenProducten", 0)),
    "3.2": (*CLIENT, ("ToegewezenProducten", 0)),
}


def read_301(heen: Heen, kluis: Kluis) -> Toewijzingsbericht:
    """The toewijzingen of a WMO301; in 2.4 they stand below the Beschikking, in 3.2 below the Client."""
    client = heen.inhoud["Client"]
    at = _PRODUCTEN[heen.soort.release]
    holder = client
    for naam, _ in at[1:]:
        holder = holder[naam]
    pseudoniem = kluis.pseudoniem(client["Bsn"])
    return Toewijzingsbericht(
        gemeente=heen.kop.afzender,
        aanbieder=heen.kop.ontvanger,
        bsn=client["Bsn"],
        client=pseudoniem,
        client_plek=CLIENT,
        producten=tuple(
            _product(heen, pseudoniem, one, (*at, ("ToegewezenProduct", number)))
            for number, one in enumerate(holder["ToegewezenProduct"], start=1)
        ),
    )


def _product(heen: Heen, client: str, inhoud: dict[str, Any], plek: Plek) -> ToegewezenProduct:
    toewijzing = Toewijzing(
        gemeente=heen.kop.afzender,
        nummer=inhoud["ToewijzingNummer"],
        aanbieder=heen.kop.ontvanger,
        client=client,
        product=as_product(inhoud.get("Product")),
        periode=Periode(as_date(inhoud["Ingangsdatum"], plek), optional_date(inhoud.get("Einddatum"), plek)),
        moment=as_moment(inhoud["Toewijzingsdatum"], inhoud["Toewijzingstijd"], plek),
        reden_wijziging=inhoud.get("RedenWijziging"),
        omvang=as_omvang(inhoud.get("Omvang")),
        budget=inhoud.get("Budget"),
    )
    return ToegewezenProduct(plek, toewijzing, inhoud.get("ReferentieAanbieder"))
