"""What a party gives from the melding to the signature under the research; texts are bounded, and stored sealed."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from services.toewijzing.dossier.domain.soorten import (
    Document,
    Informatie,
    IngevuldDoor,
    Ondertekenaar,
    Wijze,
    Zelfredzaamheid,
)
from shared.iwmo.persoon import bsn_is_valid

Tekst = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*\S[^\x00]*$")]
Kort = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_]{1,40}$")]
Nummer = Annotated[int, Field(ge=0, le=999_999_999)]


class Invoer(BaseModel):
    """Camel case outside; what is not known is refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class MetDag(Invoer):
    """A deed on a day; without one it is today."""

    dag: date | None = Field(None, description="zonder: vandaag; nooit in de toekomst of voor de melding")


class Adres(Invoer):
    """Waar de inwoner woont (BRP), in Nederland."""

    straat: Annotated[str, StringConstraints(min_length=1, max_length=24, pattern=r"\S")]
    huisnummer: int = Field(ge=1, le=99_999)
    huisletter: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]$")] | None = None
    toevoeging: Annotated[str, StringConstraints(min_length=1, max_length=4, pattern=r"\S")] | None = None
    postcode: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{3}[A-Z]{2}$")]
    plaats: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"\S")]


class Inwoner(Invoer):
    """Over wie het dossier gaat, zoals een WMO301 hem noemt."""

    bsn: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")]
    voorletters: Annotated[str, StringConstraints(pattern=r"^[a-zA-ZÀ-ỳ]{1,6}$")] | None = None
    voorvoegsel: Annotated[str, StringConstraints(min_length=1, max_length=10, pattern=r"\S")] | None = None
    achternaam: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
    geboortedatum: date
    geslacht: Literal["0", "1", "2"]
    adres: Adres
    telefoon: Annotated[str, StringConstraints(pattern=r"^[0-9 +()-]{1,20}$")] | None = None

    @field_validator("bsn")
    @classmethod
    def _elfproef(cls, value: str) -> str:
        if not bsn_is_valid(value):
            raise PydanticCustomError("eigen", "voldoet niet aan de elfproef")
        return value


class MeldingInvoer(MetDag):
    """De melding van een hulpvraag: de onderzoekstermijn begint."""

    gemeente: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    inwoner: Inwoner
    hulpvraag: Tekst


class InformatieInvoer(MetDag):
    """De inwoner is iets verteld of gegeven (fase 1)."""

    soort: Informatie
    wijze: Wijze


class GesprekInvoer(MetDag):
    """Het keukentafelgesprek."""

    zelf_ingevuld: bool = Field(description="heeft de inwoner het perspectiefplan zelf ingevuld?")
    met_clientondersteuner: bool = False
    verslag: Tekst


class Leefdomein(Invoer):
    """Een leefdomein in de integrale vraaganalyse; zonder ``zelfredzaamheid`` is daar niets beperkt."""

    nummer: int = Field(ge=1, le=99)
    zelfredzaamheid: Zelfredzaamheid | None = None
    huidige_situatie: Tekst
    gewenste_situatie: Tekst | None = None
    ontwikkelperspectief: Tekst | None = None


class VraaganalyseInvoer(MetDag):
    """De integrale vraaganalyse over alle leefdomeinen."""

    leefdomeinen: list[Leefdomein] = Field(min_length=1, max_length=20)


class Gezin(Invoer):
    """3.1: of er een partner is, of anderen in het gezin."""

    partner: Kort | None = None
    gezinsleden: list[Kort] = Field(default_factory=list, max_length=20)


class Antwoord(Invoer):
    """3.2: het antwoord op een vraag van het perspectiefplan."""

    vraag: int = Field(ge=1, le=9)
    antwoord: Tekst


class Contactpersoon(Invoer):
    """3.4: iemand die te bereiken is als dat ertoe doet."""

    naam: Kort
    relatie: Kort
    telefoon: Kort | None = None


class Resultaat(Invoer):
    """3.5: een resultaat, en wie erbij ondersteunt (``zorgaanbieder`` zolang niet bekend is welke)."""

    resultaat: Tekst
    wie_ondersteunt: Kort = "zorgaanbieder"


class EigenBijdrage(Invoer):
    """3.5: de eigen bijdrage van de inwoner (CAK)."""

    besproken: bool
    van_toepassing: bool | None = None


class PerspectiefplanInvoer(MetDag):
    """Het perspectiefplan. Als de inwoner het zelf invulde en het met hem is aangevuld, hoeven 3.1 tot en met 3.5
    er niet te zijn."""

    ingevuld_door: IngevuldDoor
    aangevuld: bool = Field(False, description="verdiepende vragen gesteld en aangevuld")
    enkelvoudig: bool = Field(description="enkelvoudige hulpvraag: vraag 1 t/m 5; anders 1 t/m 9")
    hulpvraag: Tekst | None = None
    gezin: Gezin | None = None
    antwoorden: list[Antwoord] = Field(default_factory=list, max_length=20)
    contactpersonen: list[Contactpersoon] = Field(default_factory=list, max_length=20)
    resultaten: list[Resultaat] = Field(default_factory=list, max_length=50)
    evaluatiemoment: date | None = None
    eigen_bijdrage: EigenBijdrage | None = None
    samenvatting: Tekst
    inzet: Tekst = Field(description="welke hulp de gemeente wil inzetten")


class OndertekeningInvoer(MetDag):
    """De inwoner, of wie hem vertegenwoordigt, heeft ondertekend."""

    document: Document
    door: Ondertekenaar = "inwoner"
    wijze: Literal["papier", "digitaal"]
    over_delen_geinformeerd: bool = Field(False, description="weet dat het plan met de aanbieder wordt gedeeld")
