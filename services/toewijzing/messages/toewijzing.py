"""WMO301, of both releases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.toewijzing.domain.toewijzing import ToegewezenProduct, Toewijzingsbericht
from services.toewijzing.messages.client import read_client
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Kop
from shared.iwmo.regels import Plek
from shared.iwmo.waarden import Periode, as_date, as_moment, as_omvang, as_product, optional_date


@dataclass(frozen=True, slots=True)
class Herkomst:
    """The message that brings a toewijzing, and the day it came in; nothing for one that is only checked."""

    bericht_id: str | None = None
    ontvangen: date | None = None


CLIENT: Plek = (("Client", 0),)
BESCHIKKING: Plek = (*CLIENT, ("Beschikking", 0))


def read_301(
    kop: Kop, inhoud: Inhoud, pseudoniem: Callable[[str], str], herkomst: Herkomst = Herkomst()
) -> Toewijzingsbericht:
    """The toewijzingen of a WMO301; in 2.4 they stand below the Beschikking, in 3.2 below the Client."""
    client = inhoud["Client"]
    beschikking = client.get("Beschikking")
    holder, at = (client, CLIENT) if beschikking is None else (beschikking, BESCHIKKING)
    name = pseudoniem(client["Bsn"])
    return Toewijzingsbericht(
        gemeente=kop.afzender,
        aanbieder=kop.ontvanger,
        client=read_client(client, CLIENT),
        producten=tuple(
            _product(kop, name, herkomst, one, (*at, ("ToegewezenProducten", 0), ("ToegewezenProduct", number)))
            for number, one in enumerate(holder["ToegewezenProducten"]["ToegewezenProduct"], start=1)
        ),
    )


def _geldig(inhoud: Mapping[str, Any], plek: Plek) -> Periode:
    return Periode(as_date(inhoud["Ingangsdatum"], plek), optional_date(inhoud.get("Einddatum"), plek))


def _product(kop: Kop, client: str, herkomst: Herkomst, inhoud: Mapping[str, Any], plek: Plek) -> ToegewezenProduct:
    toewijzing = Toewijzing(
        gemeente=kop.afzender,
        nummer=inhoud["ToewijzingNummer"],
        aanbieder=kop.ontvanger,
        client=client,
        product=as_product(inhoud.get("Product")),
        periode=_geldig(inhoud, plek),
        moment=as_moment(inhoud["Toewijzingsdatum"], inhoud["Toewijzingstijd"], plek),
        reden_wijziging=inhoud.get("RedenWijziging"),
        omvang=as_omvang(inhoud.get("Omvang")),
        budget=inhoud.get("Budget"),
        bericht_id=herkomst.bericht_id,
        ontvangen=herkomst.ontvangen,
    )
    datum = as_date(inhoud["Toewijzingsdatum"], plek)
    return ToegewezenProduct(plek, toewijzing, datum, inhoud.get("ReferentieAanbieder"))
