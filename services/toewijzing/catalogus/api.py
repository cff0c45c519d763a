"""The catalogue over HTTP: what there is, what it costs, and which intensity fits."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from services.toewijzing.catalogus.advies import FACTOREN, Inzet, InzetError, adviseer
from services.toewijzing.catalogus.bestanden import lees_profielen
from services.toewijzing.catalogus.modellen import (
    AdviesModel,
    AdviesRegel,
    AdviesVraag,
    BandModel,
    CatalogusModel,
    InzetVraag,
)
from services.toewijzing.catalogus.profiel import PLUS, Profiel, kies
from services.toewijzing.catalogus.tarieven import (
    Prijslijst,
    TariefModel,
    add_tarieven,
    list_tarieven,
    outside,
    parse_tarieven,
    prijslijst,
)
from services.toewijzing.invoer import one_or_many, read_list
from shared.exchange import register
from shared.exchange.api import BellerDep, HuisDep
from shared.exchange.huis import Huis
from shared.exchange.problemen import botst
from shared.exchange.spoor import Over
from shared.problems import Fout, NietGevondenError, VerbodenError, VerzoekError
from shared.security.partij import Beller

router = APIRouter()
NOT_HIS = "Een gemeente voert haar eigen tarieven in; die van de hele regio voert beheer in"
Gemeente = Annotated[str | None, Query(pattern=r"^[0-9]{4}$", description="zonder: alles van de regio")]


class Tarieven(BaseModel):
    """Tarieven van resultaatgebieden en producten."""

    tarieven: list[TariefModel]


def profiel_van(huis: Huis, gemeente: str | None, dag: date) -> Profiel:
    """The catalogue that holds for a gemeente on a day; NietGevondenError when there is none."""
    found = kies(lees_profielen(huis.settings.catalogus_dir), gemeente, dag)
    if found is None:
        raise NietGevondenError("Voor deze gemeente en datum is er geen catalogus")
    return found


@router.get("/catalogus", summary="De regionale catalogus: resultaatgebieden, intensiteiten, producten en tarieven")
async def get_catalogus(
    huis: HuisDep,
    beller: BellerDep,
    gemeente: Gemeente = None,
    datum: Annotated[date | None, Query(description="zonder datum: vandaag")] = None,
) -> CatalogusModel:
    """De zes leefdomeinen met hun resultaatgebieden, banden en tarieven per vier weken, en de producten ernaast.

    Een gemeente ziet zonder parameter haar eigen catalogus.
    """
    own = beller.codes("gemeente")
    asked = gemeente or (own[0] if len(own) == 1 else None)
    dag = datum or huis.klok.today()
    profiel = profiel_van(huis, asked, dag)
    async with huis.engine.connect() as conn:
        prijzen = await prijslijst(conn, profiel.regio, asked, dag)
    return CatalogusModel.of(profiel, asked, prijzen)


@router.post("/catalogus/advies", summary="Welke intensiteit past bij de verwachte inzet?")
async def post_advies(vraag: AdviesVraag, huis: HuisDep, beller: BellerDep) -> AdviesModel:
    """Per resultaatgebied de band waarin de inzet valt, en wat het samen per vier weken kost.

    Valt de inzet op een grens of tussen twee banden, dan noemt het antwoord beide en kiest het niet; geef dan
    `intensiteit` mee. Er wordt niets bewaard.
    """
    dag = vraag.datum or huis.klok.today()
    profiel = profiel_van(huis, vraag.gemeente, dag)
    async with huis.engine.connect() as conn:
        prijzen = await prijslijst(conn, profiel.regio, vraag.gemeente, dag)
    return advies_over(profiel, prijzen, vraag, dag)


def advies_over(profiel: Profiel, prijzen: Prijslijst, vraag: AdviesVraag, dag: date) -> AdviesModel:
    """The advice on every area asked about; VerzoekError names those that make no sense."""
    regels, fouten = [], []
    seen: set[str] = set()
    for number, one in enumerate(vraag.gebieden):
        plek = f"/gebieden/{number}"
        if one.gebied in seen:
            fouten.append(Fout(plek, f"{one.gebied} is al genoemd"))
            continue
        seen.add(one.gebied)
        try:
            regels.append(_regel(profiel, prijzen, vraag.gemeente, one))
        except InzetError as error:
            fouten.append(Fout(plek, str(error)))
    if fouten:
        raise VerzoekError("De inzet klopt niet", fouten)
    amounts = [regel.tarief for regel in regels]
    known = [amount for amount in amounts if amount is not None]
    return AdviesModel(
        gemeente=vraag.gemeente,
        datum=dag,
        regio=profiel.regio,
        versie=profiel.versie,
        regels=regels,
        totaal=sum(known) if len(known) == len(amounts) else None,
        toelichting=[_opbouw(regel) for regel in regels],
    )


def _regel(profiel: Profiel, prijzen: Prijslijst, gemeente: str, vraag: InzetVraag) -> AdviesRegel:
    gebied = profiel.gebied_bij_code.get(vraag.gebied)
    if gebied is None:
        raise InzetError(f"Resultaatgebied {vraag.gebied} staat niet in de catalogus")
    if not gebied.geldt_in(gemeente):
        raise InzetError(f"{gebied.code} geldt niet in gemeente {gemeente}")
    if unknown := set(vraag.factoren) - set(FACTOREN):
        raise InzetError(f"onbekende factor; kies uit {', '.join(FACTOREN)} ({len(unknown)} onbekend)")
    advies = adviseer(profiel, gebied, _inzet(vraag))
    intensiteit = vraag.intensiteit or advies.intensiteit
    if intensiteit is not None and gebied.band(intensiteit) is None:
        raise InzetError(f"{gebied.code} gaat van + tot en met {gebied.banden[-1].teken}")
    return AdviesRegel(
        gebied=gebied.code,
        naam=gebied.naam,
        eenheid=gebied.eenheid,
        inzet=advies.inzet,
        uitslag=advies.uitslag,
        reden=advies.reden,
        intensiteit=intensiteit,
        kandidaten=[BandModel.of(gebied, band, prijzen) for band in advies.kandidaten],
        tarief=None if intensiteit is None else prijzen.van(gebied.code, intensiteit),
        factoren=vraag.factoren,
    )


def _inzet(vraag: InzetVraag) -> Inzet:
    return Inzet(vraag.uren, vraag.dagdelen)


def _opbouw(regel: AdviesRegel) -> str:
    """One line of how the total is made up."""
    if regel.intensiteit is None:
        return f"{regel.gebied}: nog te kiezen ({regel.reden})"
    what = f"{regel.gebied} {PLUS * regel.intensiteit}"
    if regel.tarief is None:
        return f"{what}: er is geen tarief ingevoerd"
    return f"{what}: € {regel.tarief // 100},{regel.tarief % 100:02} per vier weken"


@router.get("/catalogus/tarieven", summary="De tarieven van een regio")
async def get_tarieven(huis: HuisDep, beller: BellerDep, gemeente: Gemeente = None) -> Tarieven:
    """Alle ingevoerde tarieven van de regio van de gemeente, ook die nog niet of niet meer gelden."""
    profiel = profiel_van(huis, gemeente, huis.klok.today())
    async with huis.engine.connect() as conn:
        return Tarieven(tarieven=await list_tarieven(conn, profiel.regio, gemeente))


@router.post(
    "/catalogus/tarieven",
    status_code=201,
    openapi_extra=one_or_many(TariefModel.model_json_schema(by_alias=True)),
    responses=botst("Een tarief overlapt een bestaand tarief in de tijd"),
    summary="Voert tarieven in, als JSON of CSV",
)
async def post_tarieven(request: Request, huis: HuisDep, beller: BellerDep) -> Tarieven:
    """Een tarief of een lijst, alles of niets; die van een hele regio voert beheer in, die van een gemeente zijzelf."""
    allowed = _enters_for(beller)
    tarieven = await read_list(huis, request, parse_tarieven)
    if not {one.gemeente for one in tarieven} <= allowed:
        raise VerbodenError(NOT_HIS)
    if fouten := outside(tarieven, lees_profielen(huis.settings.catalogus_dir)):
        raise VerzoekError("De tarieven passen niet bij de catalogus", fouten)
    async with huis.engine.begin() as conn:
        await add_tarieven(conn, tarieven)
        await register.note(
            conn,
            huis.tables,
            beller,
            "gewijzigd",
            f"{len(tarieven)} tarieven van de catalogus",
            over=Over.rijen(tarieven),
        )
    return Tarieven(tarieven=tarieven)


def _enters_for(beller: Beller) -> set[str | None]:
    """The gemeenten whose prices a caller enters, and None for those of a whole region."""
    beheer = any(partij.soort == "beheer" for partij in beller.partijen)
    allowed = {*beller.codes("gemeente"), *([None] if beheer else [])}
    if not allowed:
        raise VerbodenError(NOT_HIS)
    return allowed
