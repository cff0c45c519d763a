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
    """A judged verzamelfactuur beside what was granted in its year."""

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
    """A page, newest first."""

    verzamelfacturen: list[VerzamelfactuurModel]
    volgende: str | None = None


class VerzamelregelModel(_Model):
    """A line, or what is left out (without ``referentie``), beside what was granted of it."""

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
    """With a page of its lines, in the order of the message; what is left out comes last."""

    inhoud: list[VerzamelregelModel]
    volgende: str | None = None


class VerwachteRegelModel(_Model):
    """What an invoice has for one toewijzing, product and ProductPeriode: debits less their credits."""

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
    """A page of what a correct verzamelfactuur has; ``totaal`` is that of all pages."""

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
    """Of which year, and whose. ``cursor`` counts lines: grants made meanwhile may shift them."""

    jaar: int = Field(ge=EERSTE_JAAR, le=LAATSTE_JAAR, description="het jaar dat wordt afgesloten", examples=[2020])
    kalender: Kalender = Field("kalenderjaar", description="kalenderjaar, of de dertien CAK-perioden van het jaar")
    gemeente: GemeenteCode | None = None
    aanbieder: AgbCode | None = None
