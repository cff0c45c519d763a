"""Toewijzingen and products, right by default; a test states only its deviation."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from services.toewijzing.domain.client import Adres, Client, Communicatie, Contact, Naam, Relatie
from services.toewijzing.domain.feiten import AntwoordFeiten, EerderVerzoek, ToewijzingFeiten, VerzoekFeiten
from services.toewijzing.domain.levering import Levering
from services.toewijzing.domain.toewijzing import ToegewezenProduct
from services.toewijzing.domain.verzoek import AangevraagdProduct, Antwoord, NieuwProduct, Verwijzer, VerzoekOmWijziging
from shared.feiten.product import Contracten
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.persoon import Geboortedatum, Persoon
from shared.iwmo.regels import Melding, Plek
from shared.iwmo.waarden import Omvang, Periode, Product
from shared.kafka import topics
from shared.kafka.envelope import Event
from tests.shared.iwmo.berichten import AANBIEDER, BSN, GEMEENTE, NUMMER, ONTVANGEN, VANDAAG

CLIENT: Plek = (("Client", 0),)
PLEK: Plek = (*CLIENT, ("ToegewezenProducten", 0), ("ToegewezenProduct", 1))
VERZOEK: Plek = (*CLIENT, ("Verzoek", 0))
PERSOON = Persoon(CLIENT, BSN, Geboortedatum(date(1947, 11, 5)))
HUISADRES = Adres(huis=True, postcode="5038EA", land_code="NL")


def regels(meldingen: list[Melding]) -> list[str]:
    """The codes of the rules that were broken, which all reject the message."""
    assert all(melding.retourcode == "0001" for melding in meldingen)
    return [melding.regel.code for melding in meldingen]


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
    toewijzing = a_toewijzing(**deviations)
    return ToegewezenProduct(PLEK, toewijzing, toewijzing.moment.date(), None)


def a_naam(**deviations: Any) -> Naam:
    return replace(Naam((*CLIENT, ("Naam", 0)), gebruik="1", partner=False), **deviations)


def a_communicatie(**deviations: Any) -> Communicatie:
    return replace(Communicatie((*CLIENT, ("Communicatie", 0)), vorm="1", taal=True), **deviations)


def a_contact(number: int = 1, **deviations: Any) -> Contact:
    plek = (*CLIENT, ("Contactgegevens", 0), ("Contact", number))
    return replace(Contact(plek, soort="01", adres=HUISADRES), **deviations)


def a_relatie(number: int = 1, **deviations: Any) -> Relatie:
    plek = (*CLIENT, ("Relaties", 0), ("Relatie", number))
    right = Relatie(plek, str(number), a_naam(plek=(*plek, ("Naam", 0))), a_contact(plek=(*plek, ("Contact", 0))))
    return replace(right, **deviations)


def a_client(**deviations: Any) -> Client:
    right = Client(persoon=PERSOON, naam=a_naam(), communicatie=None, contacten=(a_contact(),), relaties=())
    return replace(right, **deviations)


def a_levering(**deviations: Any) -> Levering:
    """What a toewijzing assigns, or a request asks for."""
    right = Levering(Product("01", "01A04"), Periode(date(2025, 4, 7), date(2025, 8, 31)), Omvang(3, "04", "2"))
    return replace(right, **deviations)


def a_verwijzer(**deviations: Any) -> Verwijzer:
    return replace(Verwijzer(PLEK, soort="02", naam=False, zorgverlener_code=True), **deviations)


def an_aangevraagd_product(**deviations: Any) -> AangevraagdProduct:
    right = AangevraagdProduct(PLEK, "VOT1", 20250214, date(2025, 2, 14), a_levering(), a_verwijzer())
    return replace(right, **deviations)


def a_nieuw_product(number: int = 1, **deviations: Any) -> NieuwProduct:
    return NieuwProduct((*VERZOEK, ("NieuweProducten", 0), ("NieuwProduct", number)), a_levering(**deviations))


def a_verzoek(**deviations: Any) -> VerzoekOmWijziging:
    """A request for one product more beside none, unless it is told of others."""
    right = VerzoekOmWijziging(
        plek=VERZOEK,
        gemeente=GEMEENTE,
        aanbieder=AANBIEDER,
        persoon=PERSOON,
        client="client-a",
        referentie_aanbieder="VOW1",
        reden="1",
        ongewijzigd=(),
        te_wijzigen=(),
        nieuw=(),
    )
    return replace(right, **deviations)


def an_antwoord(**deviations: Any) -> Antwoord:
    return replace(Antwoord((("Antwoord", 0),), GEMEENTE, AANBIEDER, "VOT1", "1", "7"), **deviations)


def feiten(*bekend: Toewijzing, **deviations: Any) -> ToewijzingFeiten:
    """For a WMO301: what is known already."""
    right = ToewijzingFeiten(
        bekend={one.nummer: one for one in bekend},
        versies={one.sleutel: 2 for one in bekend},
        in_bericht={},
        verzoeken={},
        gedeclareerd={},
        contracten=Contracten(bekend=False, tarieven={}),
        release="3.2",
    )
    return replace(right, **deviations)


def an_eerder_verzoek(**deviations: Any) -> EerderVerzoek:
    """A request that is open."""
    return replace(EerderVerzoek("VOT1", "WMO315", GEMEENTE, AANBIEDER, "client-a", "bericht-a"), **deviations)


def verzoek_feiten(*toewijzingen: Toewijzing, **deviations: Any) -> VerzoekFeiten:
    """For a WMO315 or WMO317: the toewijzingen of the client."""
    right = VerzoekFeiten(
        gemeente=GEMEENTE,
        aanbieder=AANBIEDER,
        client="client-a",
        vandaag=VANDAAG,
        dagtekening=date(2025, 4, 4),
        toewijzingen={one.nummer: one for one in toewijzingen},
        eerder={},
        openstaand=(),
        contracten=Contracten(bekend=False, tarieven={}),
        release="3.2",
    )
    return replace(right, **deviations)


def antwoord_feiten(verzoek: EerderVerzoek | None = None) -> AntwoordFeiten:
    """For a WMO319: the request that it answers."""
    return AntwoordFeiten(verzoek)


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
