"""What can be asked about consumption: the body of ``POST /verbruik/zoek``."""

from typing import Annotated

from pydantic import Field

from services.declaratie.zoekvragen import (
    MAX_CURSOR,
    AgbCode,
    Categorie,
    GemeenteCode,
    Nummer,
    PeriodeVraag,
    ProductCode,
    Vraag,
)

MAX_NUMMERS = 500
MAX_TOEWIJZINGEN = 100
"""On a page: each comes with all its periods."""


class VerbruikVraag(Vraag):
    """Welke toewijzingen; zonder filter alle eigen. Een BSN staat alleen in de inhoud van het verzoek, en komt
    nergens terug."""

    gemeente: GemeenteCode | None = None
    aanbieder: AgbCode | None = None
    bsn: Annotated[str, Field(pattern="^[0-9]{9}$")] | None = Field(
        None, repr=False, description="van de cliënt; staat in geen antwoord en in geen adres"
    )
    toewijzing_nummers: list[Nummer] | None = Field(None, max_length=MAX_NUMMERS)
    categorie: Categorie | None = None
    product_code: ProductCode | None = None
    periode: PeriodeVraag = Field(default_factory=PeriodeVraag, description="waarin de toewijzing geldt")
    cursor: str | None = Field(None, max_length=MAX_CURSOR, description="volgende van de vorige bladzijde")
    limiet: int = Field(50, ge=1, le=MAX_TOEWIJZINGEN)
