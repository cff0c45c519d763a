"""What can be asked about declarations and lines: the filters, as query parameters."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from shared.exchange.api import MAX_NUMMER, MAX_PAGE

Groep = Literal["maand", "aanbieder", "product", "retourcode", "gemeente"]
Status = Literal["toegekend", "deels", "afgekeurd"]
GemeenteCode = Annotated[str, Field(pattern="^[0-9]{4}$", description="code van de gemeente", examples=["0855"])]
AgbCode = Annotated[str, Field(pattern="^[0-9]{8}$", description="AGB-code van de aanbieder", examples=["98765432"])]
Categorie = Annotated[str, Field(pattern="^[0-9]{2}$", description="productcategorie", examples=["01"])]
ProductCode = Annotated[str, Field(pattern="^[0-9A-Za-z]{1,5}$", description="productcode", examples=["01A04"])]
Nummer = Annotated[int, Field(ge=0, le=MAX_NUMMER, description="ToewijzingNummer")]
MAX_CURSOR = 64


class Vraag(BaseModel):
    """What every question has; a filter that does not exist is refused, not passed over."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class PeriodeVraag(Vraag):
    """Van welke dag tot en met welke; een van beide mag open zijn."""

    van: date | None = Field(None, description="de periode loopt op of na deze dag nog")
    tot: date | None = Field(None, description="de periode is op of voor deze dag begonnen")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.van and self.tot and self.tot < self.van:
            raise PydanticCustomError("eigen", "tot ligt voor van")
        return self


class PartijenVraag(PeriodeVraag):
    """Whose, and over which period."""

    gemeente: GemeenteCode | None = None
    aanbieder: AgbCode | None = None


class Bladzijde(Vraag):
    """Which page."""

    cursor: str | None = Field(None, max_length=MAX_CURSOR, description="volgende van de vorige bladzijde")
    limiet: int = Field(100, ge=1, le=MAX_PAGE, description="hoeveel per bladzijde; bij CSV zonder betekenis")


class Inhoudsvraag(PartijenVraag):
    """What a line has, of which more questions ask."""

    categorie: Categorie | None = None
    product_code: ProductCode | None = None
    retourcode: str | None = Field(
        None, pattern="^[0-9]{4}$", description="reden waarom een regel niet geheel is toegekend", examples=["9321"]
    )


class DeclaratieVraag(Inhoudsvraag, Bladzijde):
    """Which declarations; the period is the DeclaratiePeriode. Product and retourcode: with a line that has them."""

    nummer: str | None = Field(None, pattern=r"^[^\x00]+$", max_length=64, description="DeclaratieNummer")
    status: Status | None = Field(None, description="van de regels: alle toegekend, een deel, of geen")


class RegelVraag(Inhoudsvraag):
    """Which lines; the period is the ProductPeriode."""

    toewijzing_nummer: Nummer | None = None
    toegekend: bool | None = Field(None, description="toegekend, ook voor een deel (true), of afgekeurd (false)")
    deels: bool | None = Field(None, description="toegekend voor een deel van het bedrag (true), of niet zo (false)")
    credit: bool | None = Field(None, description="credit (true) of debet (false)")


class PrestatieVraag(RegelVraag, Bladzijde):
    """A page of lines."""


class CijferVraag(RegelVraag):
    """Totals over lines."""

    groep: list[Groep] = Field(
        default_factory=list,
        max_length=20,
        description="waarnaar de totalen worden uitgesplitst; zonder groep alleen het totaal",
    )
