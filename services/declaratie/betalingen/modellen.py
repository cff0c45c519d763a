"""Payment proposals as JSON."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from sqlalchemy import Row

from services.declaratie.betalingen.domain import Status, read_bic, read_iban

Agb = Annotated[str, Field(pattern=r"^[0-9]{8}$", examples=["98765432"])]
Cents = Annotated[int, Field(description="in centen")]


def _checked(read: Any) -> AfterValidator:
    def check(value: str) -> str:
        try:
            return str(read(value))
        except ValueError as error:
            raise PydanticCustomError("eigen", str(error)) from None

    return AfterValidator(check)


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class _Invoer(_Model):
    model_config = ConfigDict(extra="forbid")


class RekeningInvoer(_Invoer):
    """Een rekening."""

    naam: str = Field(
        # What a bank takes, letters with their accents; & is written as + in a payment order.
        pattern=r"^[A-Za-zÀ-ÖØ-öø-ɏ0-9/?:().,'+& -]{1,70}$",
        description="naam van de rekeninghouder",
        examples=["Zorg & Zo"],
    )
    iban: Annotated[str, Field(max_length=42, examples=["NL91 ABNA 0417 1643 00"]), _checked(read_iban)]
    bic: Annotated[str, Field(max_length=11, examples=["ABNANL2A"]), _checked(read_bic)] | None = Field(
        None, description="verplicht bij de eigen rekening"
    )


class RekeningModel(_Model):
    """Een rekening zoals die bekend is, en wie haar invoerde."""

    naam: str
    iban: str
    bic: str | None
    gewijzigd: datetime
    gewijzigd_door: str


class RekeningVanAanbieder(RekeningModel):
    """De rekening van een aanbieder."""

    aanbieder: str


class Rekeningen(_Model):
    """De rekening van de gemeente, en een bladzijde van die van aanbieders, op volgorde van AGB-code."""

    eigen: RekeningModel | None
    aanbieders: list[RekeningVanAanbieder]
    volgende: str | None = None


class Maken(_Invoer):
    """Welke voorstellen te maken."""

    gemeente: str | None = Field(
        None, pattern=r"^[0-9]{4}$", description="nodig als u voor meer gemeenten spreekt", examples=["0855"]
    )
    aanbieder: Agb | None = Field(None, description="alleen van deze aanbieder; anders van iedere")
    tot_en_met: date | None = Field(
        None,
        description="alleen van declaraties waarvan de declaratieperiode dan voorbij is; anders alles wat toegekend is",
        examples=["2026-03-31"],
    )
    per_periode: bool = Field(
        False, description="een voorstel voor iedere declaratieperiode; anders een voor alle perioden samen"
    )


class Vrijgeven(_Invoer):
    """Wanneer te betalen."""

    uitvoerdatum: date | None = Field(None, description="de dag waarop de bank betaalt; anders de volgende werkdag")


class BetaalrekeningModel(_Model):
    """Een rekening zoals een voorstel die heeft."""

    naam: str
    iban: str
    bic: str | None


class VoorstelModel(_Model):
    """Een betaalvoorstel. Wie het maakte en erover besliste, de rekeningen en het bestand ziet alleen de gemeente."""

    id: UUID
    gemeente: str
    aanbieder: str
    status: Status
    bedrag: Cents
    btw: int = Field(description="in centen: de btw die in bedrag zit, zoals de regels van een WMO303F die noemen")
    regels: int
    declaraties: int
    tot_en_met: date | None = Field(description="zoals gevraagd toen het voorstel werd gemaakt")
    begindatum: date = Field(description="van de vroegste declaratieperiode")
    einddatum: date = Field(description="van de laatste declaratieperiode")
    gemaakt: datetime
    gemaakt_door: str | None
    beslist: datetime | None = Field(description="wanneer het is vrijgegeven of ingetrokken")
    beslist_door: str | None
    uitvoerdatum: date | None
    van: BetaalrekeningModel | None = Field(description="de rekening van de gemeente toen het voorstel werd gemaakt")
    naar: BetaalrekeningModel | None = Field(description="de rekening van de aanbieder toen het voorstel werd gemaakt")
    bestand: UUID | None = Field(description="het betaalbestand waarin het naar de bank gaat")


class Voorstellen(_Model):
    """Een bladzijde van voorstellen, nieuwste eerst."""

    betalingen: list[VoorstelModel]
    volgende: str | None = None


class Doorgeschoven(_Model):
    """Open regels die samen niets te betalen geven; ze tellen mee in het volgende voorstel."""

    aanbieder: str
    begindatum: date = Field(description="van de vroegste declaratieperiode")
    einddatum: date = Field(description="van de laatste declaratieperiode")
    regels: int
    saldo: int = Field(description="in centen, nul of negatief", examples=[-40300])


class Gemaakt(_Model):
    """Wat het maken van voorstellen opleverde: welke er zijn gemaakt, en wie deze keer niets krijgt."""

    betalingen: list[VoorstelModel]
    doorgeschoven: list[Doorgeschoven]


class BestandInvoer(_Invoer):
    """Welke vrijgegeven voorstellen samen naar de bank gaan."""

    gemeente: str | None = Field(
        None, pattern=r"^[0-9]{4}$", description="nodig als u voor meer gemeenten spreekt", examples=["0855"]
    )
    betalingen: list[UUID] = Field(min_length=1, max_length=1000, description="de id's van de betaalvoorstellen")


class BestandModel(_Model):
    """Een bestand voor de bank: vrijgegeven voorstellen die samen worden betaald, in de volgorde waarin ze zijn
    gemaakt."""

    id: UUID
    gemeente: str
    gemaakt: datetime
    betalingen: list[UUID]
    bedrag: Cents
    regels: int


class Bestanden(_Model):
    """Een bladzijde van betaalbestanden, nieuwste eerst."""

    bestanden: list[BestandModel]
    volgende: str | None = None


class BetaalregelModel(_Model):
    """Een toegekende regel in een voorstel."""

    declaratie_nummer: str
    bericht_id: UUID = Field(description="de declaratie, ook bij /declaraties en /berichten")
    referentie: str
    vorige_referentie: str | None
    toewijzing_nummer: int
    categorie: str
    code: str
    begindatum: date
    einddatum: date
    volume: int
    eenheid: str
    bedrag: int = Field(description="in centen; een credit is negatief")
    btw: int | None = Field(description="in centen: de btw die in bedrag zit; null als de regel er geen noemt")


class Betaalregels(_Model):
    """Een bladzijde van regels, in de volgorde waarin ze zijn gedeclareerd. Zij kan korter zijn dan gevraagd:
    ``volgende`` zegt of er meer is."""

    regels: list[BetaalregelModel]
    volgende: str | None = None


class AansluitingModel(_Model):
    """Hoe een declaratie, het antwoord erop en de betaling op elkaar aansluiten; in centen."""

    bericht_id: UUID
    bericht: Literal["WMO303D", "WMO303F", "WMO323"]
    declaratie_nummer: str
    retour_id: UUID | None
    retour: str | None = Field(examples=["WMO325"])
    toegekend: int = Field(description="toegekend volgens de declaratie")
    toegekend_in_retour: int | None = Field(
        description="het toegekende totaal zoals het in het antwoord staat; leeg als dat niet meer bewaard is"
    )
    in_dit_voorstel: int = Field(description="een declaratie staat met al haar regels in een voorstel")
    verschil: int = Field(description="toegekend in het antwoord, min wat hier betaald wordt; hoort 0 te zijn")


class Aansluiting(_Model):
    """Een bladzijde van de declaraties in een voorstel, en of alles aansluit."""

    declaraties: list[AansluitingModel]
    volgende: str | None = None


def voorstel_model(row: Row[Any]) -> VoorstelModel:
    """From a row of ``select_voorstellen``."""
    own = bool(row.eigen)
    shown = {name: getattr(row, name) for name in VoorstelModel.model_fields if name not in _OF_GEMEENTE}
    return VoorstelModel(
        **shown,
        gemaakt_door=row.gemaakt_door if own else None,
        beslist_door=row.beslist_door if own else None,
        van=_rekening(row, "van") if own else None,
        naar=_rekening(row, "naar") if own else None,
        bestand=row.bestand if own else None,
    )


_OF_GEMEENTE = {"gemaakt_door", "beslist_door", "van", "naar", "bestand"}


def _rekening(row: Row[Any], whose: str) -> BetaalrekeningModel | None:
    naam, iban, bic = (getattr(row, f"{whose}_{name}") for name in ("naam", "iban", "bic"))
    return BetaalrekeningModel(naam=naam, iban=iban, bic=bic) if iban else None
