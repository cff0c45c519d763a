"""The catalogue and its advice as JSON."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from services.toewijzing.catalogus.advies import FACTOREN, Uitslag
from services.toewijzing.catalogus.profiel import Band, Profiel, Resultaatgebied, Voorziening
from services.toewijzing.catalogus.tarieven import Prijslijst

Getal = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
Weging = Literal["ondersteunend", "neutraal", "belemmerend"]


class Vorm(BaseModel):
    """Camel case outside, as everywhere in the API."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class BandModel(Vorm):
    """Een intensiteit: van-(gemiddeld)-tot per vier weken, beide grenzen horen erbij."""

    intensiteit: int = Field(examples=[2])
    teken: str = Field(examples=["++"])
    van: Getal = Field(examples=[1.8])
    gemiddeld: Getal = Field(examples=[2.5])
    tot: Getal = Field(examples=[3.3])
    tarief: int | None = Field(description="centen per vier weken; leeg zolang er geen tarief is ingevoerd")
    product_code: str = Field(description="waarmee een WMO301 het toewijst", examples=["022A2"])
    eenheid: str = Field("82", description="iWmo-eenheid: stuks, een per periode van vier weken")

    @classmethod
    def of(cls, gebied: Resultaatgebied, band: Band, prijzen: Prijslijst) -> "BandModel":
        """A band with its price."""
        return cls(
            intensiteit=band.intensiteit,
            teken=band.teken,
            van=band.van,
            gemiddeld=band.gemiddeld,
            tot=band.tot,
            tarief=prijzen.van(gebied.code, band.intensiteit),
            product_code=gebied.product_code(band.intensiteit),
        )


class GebiedModel(Vorm):
    """Een resultaatgebied; ``gemeenten`` ontbreekt waar het in alle geldt."""

    code: str = Field(examples=["2A"])
    naam: str
    toelichting: str
    eenheid: str = Field(description="uur of dagdeel, per vier weken")
    categorie: str
    gemeenten: list[str] | None
    intensiteiten: list[BandModel]

    @classmethod
    def of(cls, gebied: Resultaatgebied, prijzen: Prijslijst) -> "GebiedModel":
        """An area with the prices of its bands."""
        return cls(
            code=gebied.code,
            naam=gebied.naam,
            toelichting=gebied.toelichting,
            eenheid=gebied.eenheid,
            categorie=gebied.categorie,
            gemeenten=None if gebied.gemeenten is None else sorted(gebied.gemeenten),
            intensiteiten=[BandModel.of(gebied, band, prijzen) for band in gebied.banden],
        )


class LeefdomeinModel(Vorm):
    """Een leefdomein met zijn resultaatgebieden."""

    nummer: int
    naam: str
    resultaatgebieden: list[GebiedModel]


class VoorzieningModel(Vorm):
    """Een product naast de resultaatgebieden; ``samenMet`` noemt de gebieden waarvan er een bij gekozen moet zijn."""

    code: str
    naam: str
    toelichting: str
    categorie: str
    product_code: str
    eenheid: str
    iwmo_eenheid: str
    samen_met: list[str] | None
    tarief: int | None = Field(description="centen per eenheid; leeg zolang er geen tarief is ingevoerd")

    @classmethod
    def of(cls, one: Voorziening, prijzen: Prijslijst) -> "VoorzieningModel":
        """A product with its price."""
        return cls(
            code=one.code,
            naam=one.naam,
            toelichting=one.toelichting,
            categorie=one.categorie,
            product_code=one.product_code,
            eenheid=one.eenheid,
            iwmo_eenheid=one.iwmo_eenheid,
            samen_met=None if one.samen_met is None else list(one.samen_met),
            tarief=prijzen.van(one.code),
        )


class CatalogusModel(Vorm):
    """De catalogus die voor een gemeente op een dag geldt."""

    regio: str
    naam: str
    versie: int
    geldig_van: date
    geldig_tot: date | None
    gemeenten: list[str]
    dagdelen_per_uur: Getal = Field(description="zoveel dagdelen staan gelijk aan een uur individuele begeleiding")
    leefdomeinen: list[LeefdomeinModel]
    producten: list[VoorzieningModel]

    @classmethod
    def of(cls, profiel: Profiel, gemeente: str | None, prijzen: Prijslijst) -> "CatalogusModel":
        """The part of a profile that a gemeente has; without one, all of it."""
        return cls(
            regio=profiel.regio,
            naam=profiel.naam,
            versie=profiel.versie,
            geldig_van=profiel.geldig_van,
            geldig_tot=profiel.geldig_tot,
            gemeenten=sorted(profiel.gemeenten),
            dagdelen_per_uur=profiel.omrekening.als_dagdelen(Decimal(1)),
            leefdomeinen=[
                LeefdomeinModel(
                    nummer=domein.nummer,
                    naam=domein.naam,
                    resultaatgebieden=[
                        GebiedModel.of(gebied, prijzen)
                        for gebied in profiel.gebieden
                        if gebied.leefdomein == domein.nummer and (gemeente is None or gebied.geldt_in(gemeente))
                    ],
                )
                for domein in profiel.leefdomeinen
            ],
            producten=[VoorzieningModel.of(one, prijzen) for one in profiel.voorzieningen],
        )


class InzetVraag(Vorm):
    """Wat een resultaatgebied naar verwachting per vier weken vraagt; in gebied 4 tellen uren als dagdelen, twee
    per uur."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    gebied: str = Field(max_length=40, examples=["2A"])
    uren: Decimal = Field(Decimal(0), ge=0, le=1000, decimal_places=2, examples=[2.5])
    dagdelen: Decimal = Field(Decimal(0), ge=0, le=1000, decimal_places=2, examples=[0])
    intensiteit: int | None = Field(
        None, ge=1, le=9, description="de keuze, waar de tabel er twee laat; dan telt het totaal deze"
    )
    factoren: dict[str, Weging] = Field(
        default_factory=dict,
        max_length=len(FACTOREN),
        description=f"wat ondersteunt of belemmert ({', '.join(FACTOREN)}); weegt een mens, telt hier niet",
        examples=[{"motivatie": "ondersteunend"}],
    )


class AdviesVraag(Vorm):
    """De resultaatgebieden die samen worden bekeken."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    gemeente: str = Field(pattern=r"^[0-9]{4}$", examples=["0855"])
    datum: date | None = Field(None, description="zonder datum: vandaag")
    gebieden: list[InzetVraag] = Field(min_length=1, max_length=50)


class AdviesRegel(Vorm):
    """De intensiteiten die bij een resultaatgebied passen. ``intensiteit`` telt mee in het totaal: zij ontbreekt
    zolang er te kiezen is."""

    gebied: str
    naam: str
    eenheid: str
    inzet: Getal = Field(description="in de eenheid van het gebied, per vier weken")
    uitslag: Uitslag
    reden: str
    intensiteit: int | None
    kandidaten: list[BandModel]
    tarief: int | None = Field(description="centen per vier weken")
    factoren: dict[str, Weging]


class AdviesModel(Vorm):
    """Het advies, per resultaatgebied. ``totaal`` in centen per vier weken; het ontbreekt zolang een intensiteit of
    een tarief ontbreekt, en ``toelichting`` zegt welke."""

    gemeente: str
    datum: date
    regio: str
    versie: int
    regels: list[AdviesRegel]
    totaal: int | None
    toelichting: list[str] = Field(description="de opbouw van het totaal, regel voor regel")
