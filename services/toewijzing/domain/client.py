"""A client as a WMO301 describes him: what the rules need to know, not his name or where he lives."""

from dataclasses import dataclass

from shared.iwmo.persoon import Geboortedatum, Persoon
from shared.iwmo.regels import Plek
from shared.iwmo.waarden import Periode


@dataclass(frozen=True, slots=True)
class Naam:
    """How somebody is called (NaamGebruik), and whether a Partnernaam is given."""

    plek: Plek
    gebruik: str
    partner: bool


@dataclass(frozen=True, slots=True)
class Communicatie:
    """The interpreter that somebody needs (Vorm), and whether his language is given."""

    plek: Plek
    vorm: str
    taal: bool


@dataclass(frozen=True, slots=True)
class Adres:
    """An address; ``huis`` tells whether the house is given."""

    huis: bool
    postcode: str | None = None
    land_code: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody can be reached. ``periode`` is there only when both of its days are."""

    plek: Plek
    soort: str
    adres: Adres | None = None
    telefoon: bool = False
    tijdelijk: bool = False
    """The element Periode is there, whatever it holds."""
    periode: Periode | None = None


@dataclass(frozen=True, slots=True)
class Relatie:
    """Somebody close to the client."""

    plek: Plek
    nummer: str
    naam: Naam
    contact: Contact
    geboortedatum: Geboortedatum | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """The client of a WMO301."""

    persoon: Persoon
    naam: Naam
    communicatie: Communicatie | None
    contacten: tuple[Contact, ...]
    relaties: tuple[Relatie, ...]
