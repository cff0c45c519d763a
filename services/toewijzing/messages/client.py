"""The client of a WMO301, with his names, contacts and relations."""

from collections.abc import Mapping
from typing import Any

from services.toewijzing.domain.client import Adres, Client, Communicatie, Contact, Naam, Relatie
from shared.iwmo.persoon import read_geboortedatum, read_persoon
from shared.iwmo.regels import Plek
from shared.iwmo.waarden import Periode, optional_date


def read_client(inhoud: Mapping[str, Any], plek: Plek) -> Client:
    """The class Client, without its toewijzingen."""
    relaties = inhoud.get("Relaties", {}).get("Relatie", [])
    return Client(
        persoon=read_persoon(inhoud, plek),
        naam=_naam(inhoud["Naam"], plek),
        communicatie=_communicatie(inhoud.get("Communicatie"), plek),
        contacten=tuple(
            _contact(one, (*plek, ("Contactgegevens", 0), ("Contact", number)))
            for number, one in enumerate(inhoud["Contactgegevens"]["Contact"], start=1)
        ),
        relaties=tuple(
            _relatie(one, (*plek, ("Relaties", 0), ("Relatie", number))) for number, one in enumerate(relaties, start=1)
        ),
    )


def _naam(inhoud: Mapping[str, Any], plek: Plek) -> Naam:
    return Naam((*plek, ("Naam", 0)), inhoud["NaamGebruik"], partner="Partnernaam" in inhoud)


def _communicatie(inhoud: Mapping[str, Any] | None, plek: Plek) -> Communicatie | None:
    return Communicatie((*plek, ("Communicatie", 0)), inhoud["Vorm"], taal="Taal" in inhoud) if inhoud else None


def _relatie(inhoud: Mapping[str, Any], plek: Plek) -> Relatie:
    return Relatie(
        plek=plek,
        nummer=inhoud["Nummer"],
        naam=_naam(inhoud["Naam"], plek),
        contact=_contact(inhoud["Contact"], (*plek, ("Contact", 0))),
        geboortedatum=read_geboortedatum(inhoud.get("Geboortedatum"), plek),
    )


def _contact(inhoud: Mapping[str, Any], plek: Plek) -> Contact:
    return Contact(
        plek=plek,
        soort=inhoud["Soort"],
        adres=_adres(inhoud.get("Adres")),
        telefoon="Telefoon" in inhoud,
        tijdelijk="Periode" in inhoud,
        periode=_periode(inhoud.get("Periode"), plek),
    )


def _adres(inhoud: Mapping[str, Any] | None) -> Adres | None:
    return None if inhoud is None else Adres("Huis" in inhoud, inhoud.get("Postcode"), inhoud.get("LandCode"))


def _periode(inhoud: Mapping[str, Any] | None, plek: Plek) -> Periode | None:
    """A CDT_OpenPeriode, of which either day may be absent."""
    if inhoud is None:
        return None
    at = (*plek, ("Periode", 0))
    begin, eind = optional_date(inhoud.get("Begindatum"), at), optional_date(inhoud.get("Einddatum"), at)
    return Periode(begin, eind) if begin and eind else None
