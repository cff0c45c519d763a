"""WMO315, WMO317 and WMO319, which only 3.2 has."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.toewijzing.domain.levering import Levering
from services.toewijzing.domain.verzoek import (
    AangevraagdProduct,
    Antwoord,
    NieuwProduct,
    OngewijzigdProduct,
    TeWijzigenProduct,
    Verwijzer,
    VerzoekOmToewijzing,
    VerzoekOmWijziging,
)
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Kop
from shared.iwmo.persoon import read_persoon
from shared.iwmo.regels import Plek
from shared.iwmo.waarden import Periode, as_date, as_omvang, as_product, optional_date

CLIENT: Plek = (("Client", 0),)
VERZOEK: Plek = (*CLIENT, ("Verzoek", 0))
ANTWOORD: Plek = (("Antwoord", 0),)


def read_315(kop: Kop, inhoud: Inhoud, pseudoniem: Callable[[str], str]) -> VerzoekOmToewijzing:
    """A request for toewijzingen."""
    client = inhoud["Client"]
    return VerzoekOmToewijzing(
        gemeente=kop.ontvanger,
        aanbieder=kop.afzender,
        persoon=read_persoon(client, CLIENT),
        client=pseudoniem(client["Bsn"]),
        producten=tuple(
            _aangevraagd(one, plek)
            for one, plek in _products(client, CLIENT, "AangevraagdeProducten", "AangevraagdProduct")
        ),
    )


def read_317(kop: Kop, inhoud: Inhoud, pseudoniem: Callable[[str], str]) -> VerzoekOmWijziging:
    """A request to change what is assigned."""
    client, verzoek = inhoud["Client"], inhoud["Client"]["Verzoek"]
    return VerzoekOmWijziging(
        plek=VERZOEK,
        gemeente=kop.ontvanger,
        aanbieder=kop.afzender,
        persoon=read_persoon(client, CLIENT),
        client=pseudoniem(client["Bsn"]),
        referentie_aanbieder=verzoek["ReferentieAanbieder"],
        reden=verzoek["RedenVerzoek"],
        ongewijzigd=tuple(
            OngewijzigdProduct(plek, one["ToewijzingNummer"])
            for one, plek in _products(verzoek, VERZOEK, "OngewijzigdeProducten", "OngewijzigdProduct")
        ),
        te_wijzigen=tuple(
            TeWijzigenProduct(plek, one["ToewijzingNummer"], _gewenst(one, plek))
            for one, plek in _products(verzoek, VERZOEK, "TeWijzigenProducten", "TeWijzigenProduct")
        ),
        nieuw=tuple(
            NieuwProduct(plek, _gewenst(one, plek))
            for one, plek in _products(verzoek, VERZOEK, "NieuweProducten", "NieuwProduct")
        ),
    )


def read_319(kop: Kop, inhoud: Inhoud) -> Antwoord:
    """The answer to a request; it names no client."""
    antwoord = inhoud["Antwoord"]
    return Antwoord(
        plek=ANTWOORD,
        gemeente=kop.afzender,
        aanbieder=kop.ontvanger,
        referentie_aanbieder=antwoord["ReferentieAanbieder"],
        verzoek_antwoord=antwoord["VerzoekAntwoord"],
        reden_afwijzing=antwoord.get("RedenAfwijzingVerzoek"),
    )


def _products(
    holder: Mapping[str, Any], plek: Plek, verzameling: str, klasse: str
) -> Iterator[tuple[Mapping[str, Any], Plek]]:
    """The classes in a collection, which may be absent, each with its place."""
    for number, one in enumerate(holder.get(verzameling, {}).get(klasse, []), start=1):
        yield one, (*plek, (verzameling, 0), (klasse, number))


def _aangevraagd(inhoud: Mapping[str, Any], plek: Plek) -> AangevraagdProduct:
    return AangevraagdProduct(
        plek=plek,
        referentie_aanbieder=inhoud["ReferentieAanbieder"],
        beschikking_nummer=inhoud.get("BeschikkingNummer"),
        beschikking_ingangsdatum=optional_date(inhoud.get("BeschikkingIngangsdatum"), plek),
        levering=_levering(inhoud, "ToewijzingIngangsdatum", "ToewijzingEinddatum", plek),
        verwijzer=_verwijzer(inhoud["Verwijzer"], (*plek, ("Verwijzer", 0))),
    )


def _verwijzer(inhoud: Mapping[str, Any], plek: Plek) -> Verwijzer:
    return Verwijzer(plek, inhoud["Type"], naam="Naam" in inhoud, zorgverlener_code="ZorgverlenerCode" in inhoud)


def _gewenst(inhoud: Mapping[str, Any], plek: Plek) -> Levering:
    return _levering(inhoud, "GewensteIngangsdatum", "Einddatum", plek)


def _levering(inhoud: Mapping[str, Any], begin: str, eind: str, plek: Plek) -> Levering:
    return Levering(
        product=as_product(inhoud.get("Product")),
        periode=Periode(as_date(inhoud[begin], plek), optional_date(inhoud.get(eind), plek)),
        omvang=as_omvang(inhoud.get("Omvang")),
        budget=inhoud.get("Budget"),
    )
