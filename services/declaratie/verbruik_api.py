"""Consumption over HTTP: per toewijzing what was assigned, claimed, granted, and what is left."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.declaratie.domain.omvang import DAG, MAAND, TOTAAL, WEEK
from services.declaratie.verbruik import Hoeveelheid, Plaats, Stand, Verbruik, grens_in_base, read_consumption
from services.declaratie.verbruikvragen import VerbruikVraag
from services.declaratie.zoekvragen import GemeenteCode
from shared.exchange import register
from shared.exchange.api import MAX_NUMMER, BellerDep, HuisDep, cursor_number
from shared.exchange.spoor import Over
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.waarden import MINUUT, UUR, Omvang, Periode
from shared.problems import NietGevondenError, VerzoekError

router = APIRouter()
PER = {DAG: "dag", WEEK: "week", MAAND: "maand", TOTAAL: "totaal"}


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class OmvangModel(_Model):
    """Hoeveel is toegewezen: een heel aantal eenheden per frequentie."""

    volume: int
    eenheid: str
    frequentie: str


class VolumeModel(_Model):
    """Een volume in een eenheid."""

    eenheid: str = Field(description="uren staan er als minuten (01)", examples=["01"])
    volume: int


class HoeveelheidModel(_Model):
    """Regels opgeteld; credits gaan eraf."""

    regels: int
    volumes: list[VolumeModel]
    bedrag: int = Field(description="eurocenten")


class MaximumModel(_Model):
    """Het meeste dat mag worden gedeclareerd, en hoe dat tot stand komt."""

    volume: int
    eenheid: str = Field(description="van volume: minuten (01) waar in uren is toegewezen", examples=["01"])
    aantal: int = Field(description="hoeveel dagen, weken of maanden er tellen", examples=[5])
    per: str = Field(description="dag, week, maand of totaal", examples=["week"])
    uitleg: str = Field(description="in de eenheid van de toewijzing", examples=["5 weken × 3"])
    telwijze: str = Field(description="welke er tellen", examples=["elke week (maandag tot en met zondag) die ..."])


class OverModel(_Model):
    """Wat over is; onder 0 als een latere toewijzing minder toestaat dan is toegekend. Null: geen grens."""

    volume: int | None
    eenheid: str | None
    bedrag: int | None = Field(description="eurocenten van het Budget")


class PeriodeModel(_Model):
    """Een ProductPeriode waarover is gedeclareerd."""

    begindatum: date
    einddatum: date
    maximum: MaximumModel | None
    ingediend: HoeveelheidModel
    toegekend: HoeveelheidModel
    over: OverModel


class VerbruikModel(_Model):
    """Het verbruik van een toewijzing; de cliënt wordt hier niet genoemd."""

    gemeente: str
    aanbieder: str
    toewijzing_nummer: int
    categorie: str | None
    product_code: str | None
    ingangsdatum: date
    einddatum: date | None
    vervallen: bool
    omvang: OmvangModel | None
    budget: int | None = Field(description="eurocenten")
    maximum: MaximumModel | None = Field(description="van de hele toewijzing; null zonder einde of zonder rekenregel")
    ingediend: HoeveelheidModel
    toegekend: HoeveelheidModel
    over: OverModel
    perioden: list[PeriodeModel]


class VerbruikLijst(_Model):
    """Een bladzijde van toewijzingen met hun verbruik, op volgorde van gemeente en nummer."""

    verbruik: list[VerbruikModel]
    volgende: str | None = None


@router.get("/verbruik/{toewijzingNummer}", summary="Het verbruik van een toewijzing")
async def get_verbruik(
    toewijzing_nummer: Annotated[int, Path(alias="toewijzingNummer", ge=0, le=MAX_NUMMER)],
    huis: HuisDep,
    beller: BellerDep,
    gemeente: Annotated[GemeenteCode | None, Query(description="als het nummer bij meer gemeenten bestaat")] = None,
) -> VerbruikModel:
    """Wat is toegewezen, ingediend, toegekend en over, in volume en eurocenten, in totaal en per ProductPeriode."""
    vraag = VerbruikVraag.model_validate({"gemeente": gemeente, "toewijzingNummers": [toewijzing_nummer]})
    async with huis.engine.begin() as conn:
        found, _ = await read_consumption(conn, beller, vraag, None, None)
        if not found:
            raise NietGevondenError("Deze toewijzing is er niet")
        if len(found) > 1:
            raise VerzoekError("Dit nummer bestaat bij meer gemeenten; geef de gemeente erbij")
        over = Over.rijen([found[0].toewijzing])
        await register.note(conn, huis.tables, beller, "opgevraagd", "verbruik van een toewijzing", over=over)
    return _model(found[0])


@router.post("/verbruik/zoek", summary="Het verbruik van meer toewijzingen")
async def search_verbruik(vraag: VerbruikVraag, huis: HuisDep, beller: BellerDep) -> VerbruikLijst:
    """Eigen toewijzingen met hun verbruik, op volgorde van gemeente en nummer.

    Een Bsn kan alleen hier, in de inhoud van het verzoek: zo komt hij in geen adres terecht.
    """
    client = huis.kluis.pseudoniem(vraag.bsn) if vraag.bsn is not None else None
    after = _plaats(vraag.cursor) if vraag.cursor is not None else None
    async with huis.engine.begin() as conn:
        found, last = await read_consumption(conn, beller, vraag, client, after)
        over = Over.rijen(one.toewijzing for one in found)
        if client is not None:
            over = replace(over, clienten={client})
        await register.note(
            conn, huis.tables, beller, "opgevraagd", f"verbruik van {len(found)} toewijzingen", over=over
        )
    return VerbruikLijst(verbruik=[_model(one) for one in found], volgende=f"{last[0]}-{last[1]}" if last else None)


def _plaats(cursor: str) -> Plaats:
    gemeente, _, nummer = cursor.partition("-")
    number = cursor_number(nummer)
    if number is None or not (gemeente.isascii() and gemeente.isdigit()):
        raise VerzoekError("De cursor is niet van dit knooppunt")
    return gemeente, number


def _model(verbruik: Verbruik) -> VerbruikModel:
    toewijzing, totaal, omvang = verbruik.toewijzing, verbruik.totaal, verbruik.toewijzing.omvang
    return VerbruikModel(
        gemeente=toewijzing.gemeente,
        aanbieder=toewijzing.aanbieder,
        toewijzing_nummer=toewijzing.nummer,
        categorie=toewijzing.product.categorie,
        product_code=toewijzing.product.code,
        ingangsdatum=toewijzing.periode.begin,
        einddatum=toewijzing.periode.eind,
        vervallen=toewijzing.vervallen,
        omvang=OmvangModel(volume=omvang.volume, eenheid=omvang.eenheid, frequentie=omvang.frequentie)
        if omvang
        else None,
        budget=toewijzing.budget,
        maximum=_maximum(totaal, omvang),
        ingediend=_hoeveelheid(totaal.ingediend),
        toegekend=_hoeveelheid(totaal.toegekend),
        over=_over(totaal, omvang, verbruik.budget_over),
        perioden=[_periode(toewijzing, periode, stand) for periode, stand in verbruik.perioden.items()],
    )


def _periode(toewijzing: Toewijzing, periode: Periode, stand: Stand) -> PeriodeModel:
    return PeriodeModel(
        begindatum=periode.begin,
        einddatum=periode.eind or periode.begin,
        maximum=_maximum(stand, toewijzing.omvang),
        ingediend=_hoeveelheid(stand.ingediend),
        toegekend=_hoeveelheid(stand.toegekend),
        over=_over(stand, toewijzing.omvang, None),
    )


def _maximum(stand: Stand, omvang: Omvang | None) -> MaximumModel | None:
    grens = stand.grens
    if grens is None or omvang is None:
        return None
    return MaximumModel(
        volume=grens_in_base(grens, omvang),
        eenheid=_base(omvang),
        aantal=grens.keer,
        per=PER[grens.per],
        uitleg=grens.uitleg,
        telwijze=stand.telwijze,
    )


def _over(stand: Stand, omvang: Omvang | None, budget: int | None) -> OverModel:
    volume = stand.over(omvang)
    return OverModel(volume=volume, eenheid=_base(omvang) if omvang and volume is not None else None, bedrag=budget)


def _hoeveelheid(some: Hoeveelheid) -> HoeveelheidModel:
    volumes = [VolumeModel(eenheid=eenheid, volume=volume) for eenheid, volume in some.volumes.items()]
    return HoeveelheidModel(regels=some.regels, volumes=volumes, bedrag=some.bedrag)


def _base(omvang: Omvang) -> str:
    return MINUUT if omvang.eenheid == UUR else omvang.eenheid
