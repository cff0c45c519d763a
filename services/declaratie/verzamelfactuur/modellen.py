"""Verzamelfacturen as JSON; amounts in cents, negative when credit outweighs debit."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.declaratie.perioden_api import EERSTE_JAAR, LAATSTE_JAAR
from services.declaratie.verzamelfactuur.verwacht import Kalender
from services.declaratie.zoekvragen import AgbCode, Bladzijde, GemeenteCode

Cents = Annotated[int, Field(description="in centen")]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class VerzamelfactuurModel(_Model):
    """Een beoordeelde verzamelfactuur naast wat in haar jaar is toegekend."""

    bericht_id: UUID
    gemeente: str
    aanbieder: str
    nummer: str
    begindatum: date
    einddatum: date
    dagtekening: date
    ingediend: Cents
    verwacht: Annotated[int, Field(description="wat in het jaar is toegekend, credits eraf, in centen")]
    verschil: Annotated[int, Field(description="ingediend min verwacht, in centen")]
    toegekend: Annotated[int, Field(description="de regels die kloppen, in centen")]
    regels: int
    regels_toegekend: int
    ontbreekt: Annotated[int, Field(description="hoeveel er is toegekend en in de factuur ontbreekt")]


class Verzamelfacturen(_Model):
    """Een bladzijde, nieuwste eerst."""

    verzamelfacturen: list[VerzamelfactuurModel]
    volgende: str | None = None


class VerzamelregelModel(_Model):
    """Een regel, of wat ontbreekt (zonder ``referentie``), naast wat ervan is toegekend."""

    referentie: str | None
    toewijzing_nummer: int
    categorie: str
    code: str
    begindatum: date
    einddatum: date
    bedrag: Annotated[int, Field(description="van de regel zelf, in centen")]
    gefactureerd: Annotated[int, Field(description="wat vergeleken is: de regels voor hetzelfde samen, in centen")]
    toegekend: Annotated[int, Field(description="wat daarvan is toegekend, credits eraf, in centen")]
    verschil: Annotated[int, Field(description="gefactureerd min toegekend, in centen")]
    akkoord: bool
    retourcodes: list[str]


class VerzamelfactuurMetRegels(VerzamelfactuurModel):
    """Met een bladzijde van haar regels, in de volgorde van het bericht; wat ontbreekt, komt het laatst."""

    inhoud: list[VerzamelregelModel]
    volgende: str | None = None


class VerwachteRegelModel(_Model):
    """Wat een factuur bevat voor een toewijzing, product en ProductPeriode: debet min de credits."""

    gemeente: str
    aanbieder: str
    toewijzing_nummer: int
    categorie: str
    code: str
    begindatum: date
    einddatum: date
    volume: int
    eenheid: str
    tarief: int | None
    bedrag: Cents


class VerwachteFactuur(_Model):
    """Een bladzijde van wat een juiste verzamelfactuur bevat; ``totaal`` is dat van alle bladzijden. Zij kan korter
    zijn dan gevraagd: ``volgende`` zegt of er meer is."""

    begindatum: date
    einddatum: date
    totaal: Cents
    regels: list[VerwachteRegelModel]
    volgende: str | None = None


class VerzamelVraag(Bladzijde):
    """Which verzamelfacturen."""

    jaar: int | None = Field(None, ge=EERSTE_JAAR, le=LAATSTE_JAAR, description="het jaar dat wordt afgesloten")
    gemeente: GemeenteCode | None = None
    aanbieder: AgbCode | None = None
    afwijkend: bool | None = Field(
        None, description="met regels die niet kloppen of ontbreken (true), of geheel gelijk (false)"
    )


class VerwachtVraag(Bladzijde):
    """Of which year, and whose."""

    jaar: int = Field(ge=EERSTE_JAAR, le=LAATSTE_JAAR, description="het jaar dat wordt afgesloten", examples=[2020])
    kalender: Kalender = Field("kalenderjaar", description="kalenderjaar, of de dertien CAK-perioden van het jaar")
    gemeente: GemeenteCode | None = None
    aanbieder: AgbCode | None = None
