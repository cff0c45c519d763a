"""The rules on the client of a WMO301. What they compare says who somebody is or where he lives, so it is not told."""

import re

from services.toewijzing.domain.client import Client, Communicatie, Contact, Naam, Relatie
from shared.iwmo.kop import Kop
from shared.iwmo.persoon import cs139_unknown_parts_are_filled_with_01, tr134_born_before_dagtekening
from shared.iwmo.regels import Afwijking, Tabel, regel

EIGEN_NAAM, NIET_NATUURLIJK = "1", "6"
MET_PARTNERNAAM = frozenset({"1", "2", "3", "4"})
ZONDER_PARTNERNAAM = frozenset({EIGEN_NAAM, NIET_NATUURLIJK})
TOLK_TAAL = "1"
BRP, CORRESPONDENTIE, VERBLIJF, TIJDELIJK = "01", "02", "03", "04"
NEDERLAND = "NL"
_POSTCODE = re.compile("[1-9][0-9]{3}[A-Za-z]{2}", re.ASCII)


@regel("CS050", berichten="WMO301", klasse="Client Relatie", niveau=2, bron="CS050")
def cs050_naamgebruik_fits_partnernaam(naam: Naam, _: object) -> Afwijking | None:
    """NaamGebruik uses a Partnernaam that is not given, or is none of those that go with one."""
    allowed = MET_PARTNERNAAM if naam.partner else ZONDER_PARTNERNAAM
    if naam.gebruik in allowed:
        return None
    given = "met" if naam.partner else "zonder"
    return Afwijking(f"NaamGebruik past niet bij een naam {given} Partnernaam", verwacht=", ".join(sorted(allowed)))


@regel("CS318", berichten="WMO301", klasse="Client", niveau=2, bron="CS318")
def cs318_client_is_a_person(naam: Naam, _: object) -> Afwijking | None:
    """NaamGebruik says that the client is an organisation; only a relation can be."""
    if naam.gebruik != NIET_NATUURLIJK:
        return None
    return Afwijking("NaamGebruik 6 (niet-natuurlijk persoon) is bij een Client niet toegestaan")


@regel("CD007", berichten="WMO301", klasse="Client", niveau=2, bron="CD007")
def cd007_language_for_an_interpreter_of_one(communicatie: Communicatie, _: object) -> Afwijking | None:
    """Taal is absent for an interpreter of a language, or present for another kind."""
    if communicatie.taal == (communicatie.vorm == TOLK_TAAL):
        return None
    if communicatie.taal:
        return Afwijking("Taal moet leeg zijn: Vorm is geen tolk taal")
    return Afwijking("Taal ontbreekt: Vorm is tolk taal")


@regel("CD005", berichten="WMO301", klasse="Contact", niveau=2, bron="CD005")
def cd005_landcode_goes_with_postcode(contact: Contact, _: object) -> Afwijking | None:
    """Of Postcode and LandCode one is given without the other."""
    adres = contact.adres
    if adres is None or (adres.postcode is None) == (adres.land_code is None):
        return None
    if adres.land_code is None:
        return Afwijking("LandCode ontbreekt bij de Postcode")
    return Afwijking("LandCode moet leeg zijn: er is geen Postcode")


@regel("CD009", berichten="WMO301", klasse="Contact", niveau=2, bron="CD009")
def cd009_period_only_for_a_temporary_stay(contact: Contact, _: object) -> Afwijking | None:
    """A Periode is given for an address that is not temporary."""
    if not contact.tijdelijk or contact.soort == TIJDELIJK:
        return None
    return Afwijking("Periode is alleen toegestaan bij Soort 04 (tijdelijk verblijfadres)")


@regel("CD025", berichten="WMO301", klasse="Contact", niveau=2, bron="CD025")
def cd025_house_in_the_netherlands(contact: Contact, _: object) -> Afwijking | None:
    """An address in the Netherlands lacks its house number."""
    adres = contact.adres
    if adres is None or adres.huis or adres.land_code != NEDERLAND:
        return None
    return Afwijking("Huis ontbreekt bij een adres in Nederland")


@regel("CD034", berichten="WMO301", klasse="Contact", niveau=2, bron="CD034")
def cd034_postcode_of_where_somebody_lives(contact: Contact, _: object) -> Afwijking | None:
    """The registered address or that of stay lacks its Postcode, also when it lacks the whole Adres."""
    if contact.soort not in (BRP, VERBLIJF) or (contact.adres is not None and contact.adres.postcode is not None):
        return None
    return Afwijking("Postcode ontbreekt bij Soort 01 (BRP-adres) of 03 (verblijfadres)")


@regel("CS089", berichten="WMO301", klasse="Contact", niveau=2, bron="CS089")
def cs089_dutch_postcode(contact: Contact, _: object) -> Afwijking | None:
    """A Postcode in the Netherlands is not four digits, the first of them no zero, and two letters."""
    adres = contact.adres
    if adres is None or adres.postcode is None or adres.land_code != NEDERLAND or _POSTCODE.fullmatch(adres.postcode):
        return None
    return Afwijking("Postcode is geen Nederlandse postcode", verwacht="1234AB")


@regel("CS003", berichten="WMO301", klasse="Contact", niveau=2, bron="CS003")
def cs003_temporary_stay_ends_after_it_begins(contact: Contact, _: object) -> Afwijking | None:
    """The Periode of a contact ends before it begins."""
    periode = contact.periode
    if periode is None or periode.eind is None or periode.eind >= periode.begin:
        return None
    return Afwijking("Einddatum van de Periode ligt voor Begindatum")


@regel("TR006", berichten="WMO301", klasse="Contact", niveau=2, bron="TR006")
def tr006_contact_can_be_reached(contact: Contact, _: object) -> Afwijking | None:
    """There is neither a Telefoon nor both a Huis and a Postcode."""
    adres = contact.adres
    if contact.telefoon or (adres is not None and adres.huis and adres.postcode is not None):
        return None
    return Afwijking("Contact heeft geen Telefoon, en geen Adres met Huis en Postcode")


@regel("TR061", berichten="WMO301", klasse="Client", niveau=2, bron="TR061")
def tr061_client_has_a_lasting_address(client: Client, _: object) -> Afwijking | None:
    """No contact of the client himself is a registered, correspondence or stay address."""
    if any(contact.soort in (BRP, CORRESPONDENTIE, VERBLIJF) for contact in client.contacten):
        return None
    return Afwijking("Geen Contact van de client heeft Soort 01, 02 of 03")


CLIENT_REGELS: Tabel[Client, object] = Tabel((tr061_client_has_a_lasting_address,))
NAAM_CLIENT_REGELS: Tabel[Naam, object] = Tabel((cs050_naamgebruik_fits_partnernaam, cs318_client_is_a_person))
NAAM_RELATIE_REGELS: Tabel[Naam, object] = Tabel((cs050_naamgebruik_fits_partnernaam,))
COMMUNICATIE_REGELS: Tabel[Communicatie, object] = Tabel((cd007_language_for_an_interpreter_of_one,))
CONTACT_REGELS: Tabel[Contact, object] = Tabel(
    (
        tr006_contact_can_be_reached,
        cd005_landcode_goes_with_postcode,
        cd025_house_in_the_netherlands,
        cd034_postcode_of_where_somebody_lives,
        cs089_dutch_postcode,
        cd009_period_only_for_a_temporary_stay,
        cs003_temporary_stay_ends_after_it_begins,
    )
)
RELATIE_REGELS: Tabel[Relatie, Kop] = Tabel((cs139_unknown_parts_are_filled_with_01, tr134_born_before_dagtekening))
