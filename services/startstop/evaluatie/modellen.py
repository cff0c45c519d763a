"""The evaluatie as JSON."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from services.startstop.evaluatie.domain import Oordeel, Uitkomst
from shared.exchange.api import MAX_NUMMER, MAX_PAGE
from shared.feiten.evaluatie import Reden

MAX_RESULTATEN = 20
MAX_TEKST = 4000
GemeenteCode = Annotated[str, Field(pattern="^[0-9]{4}$", description="code van de gemeente", examples=["0855"])]
AgbCode = Annotated[str, Field(pattern="^[0-9]{8}$", description="AGB-code van de aanbieder", examples=["98765432"])]
Nummer = Annotated[int, Field(ge=0, le=MAX_NUMMER, description="ToewijzingNummer", examples=[300201])]
Toelichting = Annotated[
    str | None, Field(min_length=1, max_length=MAX_TEKST, description="wordt versleuteld bewaard; staat in geen lijst")
]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class _Invoer(_Model):
    model_config = ConfigDict(extra="forbid")


class ResultaatModel(_Invoer):
    """Wat er op een gebied van het plan terechtkwam."""

    gebied: str = Field(
        pattern="^([1-9][A-Z]|[0-9]{2})$",
        description="resultaatgebied van de toewijzing (2A in productcode 022A3), anders de productcategorie",
        examples=["2A"],
    )
    uitkomst: Uitkomst = Field(description="is het resultaat uit het plan behaald?")
    toelichting: Toelichting = None


class ClientModel(_Invoer):
    """Wat de cliënt ervan vindt."""

    oordeel: Oordeel
    toelichting: Toelichting = None


class VervolgModel(_Invoer):
    """Of er een vervolgvraag is, voor de Toegang."""

    gevraagd: bool
    reden: Reden | None = Field(None, description="verplicht bij een vervolgvraag")
    toelichting: Toelichting = None

    @model_validator(mode="after")
    def _with_reason(self) -> Self:
        if self.gevraagd and self.reden is None:
            raise PydanticCustomError("eigen", "een vervolgvraag heeft een reden")
        return self


class InhoudModel(_Invoer):
    """What an evaluatie says."""

    resultaten: list[ResultaatModel] = Field(min_length=1, max_length=MAX_RESULTATEN)
    client: ClientModel
    vervolg: VervolgModel

    def as_json(self) -> bytes:
        """What is kept of it, the same for the same content."""
        said = {name: getattr(self, name) for name in InhoudModel.model_fields}
        return InhoudModel.model_construct(**said).model_dump_json(by_alias=True).encode()


class EvaluatieInvoer(InhoudModel):
    """De eerste evaluatie na een einde."""

    gemeente: GemeenteCode
    toewijzing_nummer: Nummer


class VersieInvoer(InhoudModel):
    """Een verbetering."""

    verbetert: int = Field(ge=1, le=2**31 - 1, description="de versie die u verbetert: de laatste")


class KopModel(_Model):
    """Een evaluatie zonder wat zij over de cliënt zegt."""

    id: UUID
    gemeente: str
    aanbieder: str
    toewijzing_nummer: int
    versie: int
    einddatum: date = Field(description="het einde van de ondersteuning waarop zij terugkijkt")
    ingediend: datetime
    vervolg_gevraagd: bool
    vervolg_reden: str | None
    ontvangen: datetime | None = Field(None, description="wanneer de gemeente deze versie voor ontvangst tekende")

    @classmethod
    def of(cls, row: Any, **inhoud: Any) -> Self:
        """From a row of the table."""
        shown = ("id", "gemeente", "aanbieder", "toewijzing_nummer", "versie", "einddatum", "ingediend", "ontvangen")
        kop = {name: getattr(row, name) for name in shown}
        return cls(**kop, vervolg_gevraagd=row.vervolg, vervolg_reden=row.reden, **inhoud)


class EvaluatieModel(KopModel):
    """De hele evaluatie."""

    resultaten: list[ResultaatModel]
    client: ClientModel
    vervolg: VervolgModel

    @classmethod
    def read(cls, row: Any, inhoud: bytes) -> Self:
        """With what the version says."""
        said = InhoudModel.model_validate_json(inhoud)
        return cls.of(row, **{name: getattr(said, name) for name in InhoudModel.model_fields})


class Evaluaties(_Model):
    """Een bladzijde van evaluaties, in de volgorde waarin ze voor het eerst binnenkwamen."""

    evaluaties: list[KopModel]
    volgende: str | None = None


class Versies(_Model):
    """Elke versie van een evaluatie, oudste eerst."""

    versies: list[KopModel]


class EvaluatieVraag(BaseModel):
    """Which evaluaties; a filter that does not exist is refused, not passed over."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    gemeente: GemeenteCode | None = None
    aanbieder: AgbCode | None = None
    toewijzing_nummer: Nummer | None = None
    vervolg: bool | None = Field(None, description="met een vervolgvraag (true), of zonder")
    ontvangen: bool | None = Field(None, description="waarvoor de gemeente tekende (true), of die nog wachten (false)")
    cursor: str | None = Field(None, max_length=64, description="volgende van de vorige bladzijde")
    limiet: int = Field(100, ge=1, le=MAX_PAGE)
