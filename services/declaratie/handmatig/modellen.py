"""The gemeente's hand as JSON."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from services.declaratie.domain.hand import Besluit, Status
from shared.exchange.api import MAX_NUMMER

MAX_INSTELLINGEN = 500
MAX_BESLISSINGEN = 10_000
Code = Annotated[str, Field(pattern=r"^[0-9A-Z]{5}$", examples=["01A04"])]
Categorie = Annotated[str, Field(pattern=r"^[0-9A-Z]{2}$", examples=["01"])]
Agb = Annotated[str, Field(pattern=r"^[0-9]{8}$", examples=["98765432"])]
Cents = Annotated[int, Field(ge=0, le=MAX_NUMMER, description="in centen")]
_NUMBER_OF_PERSON = re.compile(r"(?:[0-9] ?){8,}|[0-9]{3,4}\.[0-9]{2}\.[0-9]{3}")


def _fault(text: str) -> PydanticCustomError:
    return PydanticCustomError("eigen", text)


def _nobody(reden: str) -> str:
    """The aanbieder reads it, in the meldingen of the message: those never hold a BSN."""
    if _NUMBER_OF_PERSON.search(reden):
        raise _fault("mag geen nummer bevatten dat een BSN kan zijn")
    return reden


Reden = Annotated[
    str,
    Field(
        pattern=r"^[^\x00-\x1f\x7f]{1,200}$",
        description="voor de aanbieder, in de meldingen bij zijn bericht; geen persoonsgegevens",
    ),
    AfterValidator(_nobody),
]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class _Invoer(_Model):
    model_config = ConfigDict(extra="forbid")


class InstellingModel(_Invoer):
    """Debetregels waarvoor alles geldt wat hier staat, wachten op een besluit."""

    code: Code | None = Field(None, description="productcode")
    categorie: Categorie | None = Field(None, description="productcategorie")
    aanbieder: Agb | None = Field(None, description="AGB-code")
    bedrag_vanaf: Cents | None = Field(None, description="vanaf dit bedrag, in centen; 0: ieder bedrag")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise _fault("noem ten minste een voorwaarde")
        return self


class InstellingenInvoer(_Invoer):
    """Alle instellingen van een gemeente, in plaats van die zij had."""

    instellingen: list[InstellingModel] = Field(max_length=MAX_INSTELLINGEN)


class Instellingen(_Model):
    """Over welke regels een gemeente zelf beslist; een regel hoeft maar aan een van deze te voldoen. Zonder
    instellingen antwoordt het knooppunt meteen."""

    gemeente: str
    instellingen: list[InstellingModel]
    gewijzigd: datetime | None
    gewijzigd_door: str | None


class _Keuze(_Invoer):
    besluit: Literal["goedkeuren", "afkeuren", "deels"] | None = Field(
        None, description="deels: voor een deel van het bedrag toekennen; alleen bij een WMO303D"
    )
    retourcode: str | None = Field(
        None,
        pattern=r"^[0-9A-Z]{4}$",
        description="bij afkeuren en deels: uit de lijst WJ001 van de release",
        examples=["9321"],
    )
    reden: Reden | None = Field(None, description="bij afkeuren en deels: voor de aanbieder; geen persoonsgegevens")
    toegekend_bedrag: Annotated[int, Field(ge=1, le=MAX_NUMMER)] | None = Field(
        None, description="bij deels: in centen, minder dan het ingediende bedrag; bij een filter voor iedere regel"
    )

    def as_besluit(self) -> Besluit:
        """The decision."""
        if self.besluit == "afkeuren":
            return Besluit("afgekeurd", self.retourcode, self.reden)
        if self.besluit == "deels":
            return Besluit("deels", self.retourcode, self.reden, self.toegekend_bedrag)
        return Besluit("goedgekeurd")

    def _check_keuze(self) -> None:
        if self.besluit is None:
            raise _fault("besluit ontbreekt")
        if (self.besluit == "goedkeuren") != (self.retourcode is None):
            raise _fault("een retourcode hoort bij afkeuren en deels, en alleen daarbij")
        if self.besluit == "goedkeuren" and self.reden is not None:
            raise _fault("een reden hoort alleen bij afkeuren en deels")
        if (self.besluit == "deels") != (self.toegekend_bedrag is not None):
            raise _fault("een toegekendBedrag hoort bij deels, en alleen daarbij")


class Beslissing(_Keuze):
    """Het besluit over een regel."""

    referentie: str = Field(pattern=r"^[^\x00]{1,64}$", description="ReferentieNummer van de prestatie")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self._check_keuze()
        return self


class SelectieModel(_Invoer):
    """Regels waarvoor alles geldt wat hier staat; staat er niets, dan alle regels waarover nog niet is beslist."""

    code: Code | None = None
    categorie: Categorie | None = None
    toewijzing_nummer: Annotated[int, Field(ge=0, le=MAX_NUMMER)] | None = None
    bedrag_van: Cents | None = None
    bedrag_tot: Cents | None = Field(None, description="tot en met dit bedrag, in centen")
    ook_besliste: bool = Field(False, description="ook regels waarop al beslist is; die krijgen dan dit besluit")


class Beslissingen(_Keuze):
    """Besluiten over regels een voor een, of een besluit over alle regels die zijn uitgekozen."""

    beslissingen: list[Beslissing] | None = Field(None, min_length=1, max_length=MAX_BESLISSINGEN)
    filter: SelectieModel | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.beslissingen is None) == (self.filter is None):
            raise _fault("geef beslissingen, of een filter met een besluit")
        if self.filter is not None:
            self._check_keuze()
        elif (self.besluit, self.retourcode, self.reden, self.toegekend_bedrag) != (None, None, None, None):
            raise _fault("besluit, bedrag, retourcode en reden horen bij een filter of in iedere beslissing zelf")
        named = [one.referentie for one in self.beslissingen or ()]
        if len(set(named)) != len(named):
            raise _fault("een regel staat er twee keer in")
        return self


class BeslisregelModel(_Model):
    """Een regel waarover de gemeente beslist; bedragen in centen. Een besluit kan veranderen tot het antwoord weg
    is."""

    referentie: str
    toewijzing_nummer: int
    categorie: str
    code: str
    begindatum: date
    einddatum: date
    volume: int
    eenheid: str
    tarief: int | None
    bedrag: int
    status: Status
    retourcode: str | None
    reden: str | None
    toegekend_bedrag: int | None = Field(description="in centen, van een deels toegekende regel")
    beslist: datetime | None
    beslist_door: str | None


class Beslisregels(_Model):
    """Een bladzijde van regels om over te beslissen, in de volgorde van het bericht."""

    regels: list[BeslisregelModel]
    volgende: str | None = None


class StandModel(_Model):
    """Hoe ver het beslissen over een declaratie is; aantallen regels, en van de niet besliste de centen."""

    bericht_id: UUID
    status: Literal["geparkeerd", "verwerkt", "afgekeurd"] = Field(description="van het bericht")
    te_beslissen: int
    bedrag_te_beslissen: int
    goedgekeurd: int
    afgekeurd: int
    deels: int = Field(description="voor een deel van het bedrag toegekend")


class OpenstaandModel(StandModel):
    """Een declaratie die aan de gemeente is voorgelegd en nog niet is beantwoord; ``ingediend`` in centen, credit
    negatief."""

    bericht: str = Field(examples=["WMO323"])
    release: str
    gemeente: str
    aanbieder: str
    nummer: str
    begindatum: date
    einddatum: date
    ingediend: int
    regels: int
    geparkeerd: datetime
    beslissen_tot: date = Field(description="de laatste dag om te beslissen; daarna antwoordt het knooppunt vanzelf")
    uiterlijk: date = Field(description="de laatste dag van de termijn van het antwoord")


class Openstaand(_Model):
    """Een bladzijde van wat wacht, oudste eerst."""

    declaraties: list[OpenstaandModel]
    volgende: str | None = None


def beslisregels(rows: Any, limiet: int) -> Beslisregels:
    """A page, from one row more than it has."""
    return Beslisregels(
        regels=[BeslisregelModel.model_validate(row) for row in rows[:limiet]],
        volgende=str(rows[limiet - 1].id) if len(rows) > limiet else None,
    )
