"""The case over HTTP: melding, each deed by who may do it, and what each party reads of it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel
from sqlalchemy import ColumnElement, or_, select

from services.toewijzing.dossier.doen import NIET_GEVONDEN, Gedaan, doe, kant_van, meld, versie_uit
from services.toewijzing.dossier.domain.handelingen import HANDELINGEN, Handeling
from services.toewijzing.dossier.domain.zaak import Fase
from services.toewijzing.dossier.invoer import INVOER
from services.toewijzing.dossier.invoer_besluit import ToewijzingInvoer, ZoekInvoer
from services.toewijzing.dossier.invoer_onderzoek import MeldingInvoer
from services.toewijzing.dossier.opslag import lees, verloop
from services.toewijzing.dossier.toewijzing import wijs_toe
from services.toewijzing.dossier.weergave import DossierModel, Dossiers, StapModel, Verloop, kop, toon
from services.toewijzing.tables import DOSSIER
from shared.exchange import register
from shared.exchange.api import BellerDep, Cursor, HuisDep, Limiet, cursor_number
from shared.exchange.huis import Huis
from shared.exchange.problemen import botst
from shared.exchange.spoor import Over
from shared.problems import NietGevondenError
from shared.security.partij import Beller

router = APIRouter(tags=["dossiers"])
Sleutel = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[0-9A-Za-z._:-]{8,64}$",
        description="uw eigen sleutel van dit verzoek: hetzelfde nogmaals geeft het dossier zoals het nu is (200)",
    ),
]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=20, description="verplicht: de ETag van het dossier dat u zag")
]
_CONFLICT = botst("Dit kan nu niet op dit dossier, of het is intussen veranderd")
_HERHAALD: dict[int | str, dict[str, Any]] = {
    200: {"model": DossierModel, "description": "Ditzelfde verzoek is al gedaan: het dossier zoals het nu is"}
}
_ZOEK = 500


@router.post(
    "/dossiers",
    status_code=201,
    responses=_HERHAALD | botst("Deze Idempotency-Key is al voor iets anders gebruikt"),
    summary="Legt een melding vast",
)
async def post_dossier(
    gegevens: MeldingInvoer, response: Response, huis: HuisDep, beller: BellerDep, sleutel: Sleutel = None
) -> DossierModel:
    """Een melding van een hulpvraag: de onderzoekstermijn van vier weken begint. De gegevens van de inwoner worden
    versleuteld bewaard."""
    done = await meld(huis, beller, gegevens.model_dump(mode="json"), sleutel)
    response.headers["Location"] = f"/toewijzing/v1/dossiers/{done.bewaard.zaak.id}"
    return _answer(response, done, 201)


@router.get("/dossiers", summary="Eigen dossiers, nieuwste eerst")
async def get_dossiers(
    huis: HuisDep, beller: BellerDep, fase: Fase | None = None, cursor: Cursor = None, limiet: Limiet = 100
) -> Dossiers:
    """De dossiers van de eigen gemeente, of waarin u als aanbieder gekozen bent; zonder gegevens van de inwoner."""
    return await _list(huis, beller, _mine(beller), fase, cursor_number(cursor), limiet)


@router.post("/dossiers/zoek", summary="De dossiers van een inwoner")
async def zoek_dossiers(gegevens: ZoekInvoer, huis: HuisDep, beller: BellerDep) -> Dossiers:
    """Zoekt in de eigen gemeente op BSN, dat alleen als pseudoniem wordt vergeleken."""
    table = DOSSIER.dossier
    client = huis.kluis.pseudoniem(gegevens.bsn)
    own = table.c.gemeente.in_(beller.codes("gemeente")) & (table.c.client == client)
    return await _list(huis, beller, own, None, None, _ZOEK)


@router.get("/dossiers/{dossier_id}", summary="Een dossier zoals u het mag zien")
async def get_dossier(dossier_id: UUID, response: Response, huis: HuisDep, beller: BellerDep) -> DossierModel:
    """De gemeente ziet alles; de aanbieder zijn eigen werk, en de onderdelen die een doel voor hem hebben en waarvoor
    de cliënt toestemming gaf."""
    async with huis.engine.begin() as conn:
        kant = await kant_van(conn, beller, dossier_id)
        found = await lees(conn, huis.kluis, dossier_id)
        if found is None or not kant.mag_zien(found):
            raise NietGevondenError(NIET_GEVONDEN)
        await register.note(conn, huis.tables, beller, "opgevraagd", f"dossier als {kant.wie}", over=kant.over)
    return _answer(response, Gedaan(found, kant.wie), 200)


@router.get("/dossiers/{dossier_id}/verloop", summary="De handelingen op een dossier")
async def get_verloop(dossier_id: UUID, huis: HuisDep, beller: BellerDep) -> Verloop:
    """Wie wat wanneer deed, oudste eerst. De aanbieder ziet wat gebeurde sinds hij gekozen is."""
    async with huis.engine.begin() as conn:
        kant = await kant_van(conn, beller, dossier_id)
        steps = await verloop(conn, dossier_id)
        await register.note(conn, huis.tables, beller, "opgevraagd", "verloop van een dossier", over=kant.over)
    shown = [one for one in steps if kant.wie == "gemeente" or one.aanbieder == kant.aanbieder]
    return Verloop(stappen=[StapModel.model_validate(one, from_attributes=True) for one in shown])


async def _list(
    huis: Huis, beller: Beller, which: ColumnElement[bool], fase: str | None, before: int | None, limiet: int
) -> Dossiers:
    table = DOSSIER.dossier
    statement = select(table).where(which).order_by(table.c.volgnummer.desc()).limit(limiet + 1)
    if fase is not None:
        statement = statement.where(table.c.fase == fase)
    if before is not None:
        statement = statement.where(table.c.volgnummer < before)
    async with huis.engine.begin() as conn:
        rows = (await conn.execute(statement)).all()
        page = rows[:limiet]
        await register.note(conn, huis.tables, beller, "opgevraagd", f"{len(page)} dossiers", over=Over.rijen(page))
    own = beller.codes("gemeente")
    return Dossiers(
        dossiers=[kop(row, "gemeente" if row.gemeente in own else "aanbieder") for row in page],
        volgende=str(page[-1].volgnummer) if len(rows) > limiet else None,
    )


def _mine(beller: Beller) -> ColumnElement[bool]:
    table = DOSSIER.dossier
    return or_(table.c.gemeente.in_(beller.codes("gemeente")), table.c.aanbieder.in_(beller.codes("agb")))


def _answer(response: Response, done: Gedaan, status: int) -> DossierModel:
    response.status_code = 200 if done.herhaald else status
    response.headers["ETag"] = f'"{done.bewaard.versie}"'
    return toon(done.bewaard, done.wie)


async def eigen_dossier(dossier_id: UUID, huis: HuisDep, beller: BellerDep) -> UUID:
    """Whose case it is, is asked before what is sent is looked at: another's is not there, whatever that is."""
    async with huis.engine.connect() as conn:
        await kant_van(conn, beller, dossier_id)
    return dossier_id


EigenDossier = Annotated[UUID, Depends(eigen_dossier)]


@router.post(
    "/dossiers/{dossier_id}/toewijzing", responses=_CONFLICT, summary="Stap 6: verstuurt het WMO301 aan de aanbieder"
)
async def post_toewijzing(
    dossier_id: EigenDossier,
    gegevens: ToewijzingInvoer,
    response: Response,
    huis: HuisDep,
    beller: BellerDep,
    if_match: IfMatch = None,
    sleutel: Sleutel = None,
) -> DossierModel:
    """Maakt van de beschikking een WMO301 in de release van de aanbieder en laat het beoordelen als elk ander bericht.
    Brak een eerdere poging af, dan gaat deze daar verder, en anders het knooppunt zelf; er gaat nooit iets dubbel."""
    given = gegevens.model_dump(mode="json")
    return _answer(response, await wijs_toe(huis, beller, dossier_id, given, versie_uit(if_match), sleutel), 200)


def _endpoint(handeling: Handeling, model: type[BaseModel]) -> Callable[..., Awaitable[DossierModel]]:
    async def endpoint(
        dossier_id: EigenDossier,
        gegevens: BaseModel,
        response: Response,
        huis: HuisDep,
        beller: BellerDep,
        if_match: IfMatch = None,
        sleutel: Sleutel = None,
    ) -> DossierModel:
        given = gegevens.model_dump(mode="json")
        done = await doe(huis, beller, dossier_id, handeling, given, versie_uit(if_match), sleutel)
        return _answer(response, done, 200)

    # Which body it takes is known here and not when this module is read.
    endpoint.__annotations__["gegevens"] = model
    endpoint.__name__ = f"post_{handeling.naam.replace('-', '_')}"
    return endpoint


def _add_deeds() -> None:
    for naam, handeling in HANDELINGEN.items():
        whose = " of ".join(sorted(handeling.wie))
        step = f"{handeling.stap}: " if handeling.stap else ""
        router.add_api_route(
            f"/dossiers/{{dossier_id}}/{naam}",
            _endpoint(handeling, INVOER[naam]),
            methods=["POST"],
            responses=_CONFLICT,
            summary=f"{step}{naam} ({whose})".capitalize(),
            description=f"Kan door de {whose}, in fase: {', '.join(sorted(handeling.van))}. {_WAT[naam]}",
        )


_WAT = {
    "informatie": "Legt vast dat de inwoner is geïnformeerd, of op een mogelijkheid is gewezen.",
    "keukentafelgesprek": "Legt het gesprek vast; alles van fase 1 moet gedaan zijn.",
    "vraaganalyse": "De integrale vraaganalyse: elk leefdomein precies één keer.",
    "perspectiefplan": "Het perspectiefplan; zelf ingevuld door de inwoner vervallen 3.1 tot en met 3.5.",
    "ondertekening": "De inwoner ondertekent het perspectiefplan of, na akkoord, de aanvraag.",
    "plan-van-aanpak": "Resultaten, aard van de ondersteuning, en waar maatwerk nodig is.",
    "aanbieder": "De keuze, de opdracht, en per onderdeel het doel en de toestemming (doelbinding).",
    "doelbinding": "Herziet wat de aanbieder mag lezen; dat geldt meteen.",
    "teruggave": "De aanbieder kan niet leveren, of de gemeente neemt de opdracht terug; de keuze is weer open.",
    "ondersteuningsplan": "Gebieden, intensiteiten, producten, startdatum; de voorwaarden van de catalogus gelden.",
    "normenkader": "Activiteiten van huishoudelijke ondersteuning; de uren bepalen de intensiteit.",
    "overleg": "Geen akkoord, of niet meer: het gesprek met de aanbieder, die een volgende versie maakt.",
    "akkoord": "Akkoord met het laatste voorstel.",
    "beschikking": "Het besluit aan de cliënt; tot het WMO301 vervangt een volgende de vorige.",
    "vervolg": "Wijziging, verlenging of evaluatie: een nieuwe ronde op wat is toegewezen.",
    "sluiting": "Sluit het dossier, of de lopende ronde.",
}
_add_deeds()
