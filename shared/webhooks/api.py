"""Webhooks over HTTP: a party says where it wants to be told what waits for it, sees how that goes, and ends it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.exchange import register
from shared.exchange.api import BellerDep, HuisDep
from shared.exchange.huis import Huis
from shared.exchange.problemen import botst
from shared.exchange.zelf import as_party, own_parties
from shared.iwmo.catalogus import SOORTEN
from shared.problems import Fout, NietGevondenError, VerzoekError
from shared.webhooks import opslag
from shared.webhooks.adressen import MAX_URL, AdresError, Grenzen, read_url
from shared.webhooks.bijwerken import RUST
from shared.webhooks.handtekening import Geheim
from shared.webhooks.verzender import UITLEG

router = APIRouter(tags=["abonnementen"])
NOT_FOUND = "Dit abonnement is er niet"
REFUSED = "Alleen een partij zelf neemt een abonnement en krijgt het geheim, geen gemachtigde en niet beheer"
_CONFLICT = botst("Er is al een abonnement met deze url, of het hoogste aantal is bereikt")
Soortnaam = Annotated[str, Field(pattern=r"^WMO[0-9]{3}[A-Z]?$", examples=["WMO306"])]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class AbonnementInvoer(_Model):
    """Waarheen, en van welke berichten. ``partij`` kan weg bij wie er één is."""

    url: str = Field(min_length=1, max_length=MAX_URL, examples=["https://zorgsysteem.example/wmo/webhook"])
    berichten: list[Soortnaam] | None = Field(
        None, min_length=1, max_length=20, description="alleen van deze berichten; zonder van alle"
    )
    partij: str | None = Field(
        None, pattern=r"^(gemeente:[0-9]{4}|agb:[0-9]{8})$", description="wie; nodig als u meer partijen bent"
    )


class PogingModel(_Model):
    """De laatste poging, en wat ervan kwam."""

    tijdstip: datetime
    uitkomst: str = Field(examples=["bezorgd"])
    omschrijving: str
    status: int | None = Field(description="de HTTP-status van het antwoord, als dat er was")


class AbonnementModel(_Model):
    """Een abonnement, en hoe het bezorgen gaat."""

    id: UUID
    partij: str = Field(examples=["agb:98765432"])
    url: str
    berichten: list[str] | None
    gemaakt: datetime
    status: Literal["actief", "rust"] = Field(
        description="rust: zo lang mislukt dat het pas verdergaat na POST .../hervatting"
    )
    laatste_poging: PogingModel | None
    laatst_bezorgd: datetime | None
    mislukt: int = Field(description="berichten op rij waarvan het melden mislukte")
    mislukt_sinds: datetime | None
    volgende_poging: datetime | None = Field(description="niet eerder dan dan; leeg als er niets op wacht, en in rust")
    wachtend: int = Field(description="berichten die nog gemeld worden, voor zover al bekeken")
    opgegeven: int = Field(description="berichten die te lang mislukten; ze liggen nog in de postbus")


class NieuwAbonnementModel(AbonnementModel):
    """Een abonnement dat er net is; het geheim is alleen nu te zien."""

    geheim: str = Field(description="whsec_ en de sleutel in base64; alleen nu te zien")


class AbonnementenModel(_Model):
    """Alle abonnementen van de beller, oudste eerst."""

    abonnementen: list[AbonnementModel]


class GeheimModel(_Model):
    """Een nieuw geheim, alleen nu te zien."""

    geheim: str
    vorig_geldt_tot: datetime = Field(description="tot dan is elke webhook ook met het vorige geheim ondertekend")


@router.post("/abonnementen", status_code=201, responses=_CONFLICT, summary="Een webhook aanvragen")
async def post_abonnement(
    gegevens: AbonnementInvoer, response: Response, huis: HuisDep, beller: BellerDep
) -> NieuwAbonnementModel:
    """Het knooppunt meldt op deze url wat er in uw postbus bij deze dienst ligt: een ondertekend CloudEvent met een
    verwijzing, nooit met inhoud. Het begint met wat er nu ligt. Antwoord met 2xx; anders komt de melding terug, met
    dezelfde webhook-id. Het geheim staat alleen in dit antwoord."""
    _check(gegevens, huis)
    partij = as_party(beller, gegevens.partij, REFUSED)
    geheim, now = Geheim.make(), huis.klok.now()
    async with huis.engine.begin() as conn:
        made = await opslag.make(
            conn, huis.tables, str(partij), gegevens.url, gegevens.berichten, geheim, huis.kluis, now,
            huis.settings.webhook_per_partij,
        )  # fmt: skip
        [row] = await opslag.shown(conn, huis.tables, [str(partij)], made)
        await register.note(conn, huis.tables, beller, "webhook aangevraagd", f"abonnement {made}")
    response.headers["Location"] = f"/{huis.service}/v1/abonnementen/{made}"
    return NieuwAbonnementModel(**_shown(row), geheim=geheim.nu)


@router.get("/abonnementen", summary="Uw webhooks bij deze dienst")
async def get_abonnementen(huis: HuisDep, beller: BellerDep) -> AbonnementenModel:
    """Alle, oudste eerst, met hoe het bezorgen gaat. Het geheim is niet meer te zien."""
    async with huis.engine.begin() as conn:
        rows = await opslag.shown(conn, huis.tables, beller.names)
        await register.note(conn, huis.tables, beller, "opgevraagd", f"{len(rows)} abonnementen")
    return AbonnementenModel(abonnementen=[AbonnementModel(**_shown(row)) for row in rows])


@router.get("/abonnementen/{abonnement_id}", summary="Een webhook, en hoe het bezorgen gaat")
async def get_abonnement(abonnement_id: UUID, huis: HuisDep, beller: BellerDep) -> AbonnementModel:
    """De laatste poging met wat ervan kwam, en wanneer de volgende is."""
    async with huis.engine.begin() as conn:
        rows = await opslag.shown(conn, huis.tables, beller.names, abonnement_id)
        if not rows:
            raise NietGevondenError(NOT_FOUND)
        await register.note(conn, huis.tables, beller, "opgevraagd", "abonnement")
    return AbonnementModel(**_shown(rows[0]))


@router.delete("/abonnementen/{abonnement_id}", status_code=204, summary="Een webhook beëindigen")
async def delete_abonnement(abonnement_id: UUID, huis: HuisDep, beller: BellerDep) -> Response:
    """Hierna begint geen melding meer op deze url. Wat in de postbus ligt blijft daar liggen."""
    async with huis.engine.begin() as conn:
        if not await opslag.remove(conn, huis.tables, beller.names, abonnement_id):
            raise NietGevondenError(NOT_FOUND)
        await register.note(conn, huis.tables, beller, "webhook beëindigd", f"abonnement {abonnement_id}")
    return Response(status_code=204)


@router.post("/abonnementen/{abonnement_id}/geheim", summary="Een nieuw geheim voor een webhook")
async def post_geheim(abonnement_id: UUID, huis: HuisDep, beller: BellerDep) -> GeheimModel:
    """Maakt een nieuw geheim. Nog een dag lang is elke webhook met beide ondertekend, zodat u kunt wisselen zonder er
    een te missen."""
    # To who acts by a mandate alone it is as if it were not there: the secret is the party's.
    names = sorted(map(str, own_parties(beller)))
    now = huis.klok.now()
    async with huis.engine.begin() as conn:
        fresh = await opslag.change_secret(conn, huis.tables, names, abonnement_id, huis.kluis, now)
        if fresh is None or fresh.vorig_tot is None:
            raise NietGevondenError(NOT_FOUND)
        await register.note(conn, huis.tables, beller, "geheim vernieuwd", f"abonnement {abonnement_id}")
    return GeheimModel(geheim=fresh.nu, vorig_geldt_tot=fresh.vorig_tot)


@router.post("/abonnementen/{abonnement_id}/hervatting", summary="Een webhook meteen weer proberen")
async def post_hervatting(abonnement_id: UUID, huis: HuisDep, beller: BellerDep) -> AbonnementModel:
    """Laat een webhook die in rust is verdergaan, of een die wacht meteen proberen: met alles wat nog in de postbus
    ligt, ook wat opgegeven was."""
    async with huis.engine.begin() as conn:
        if not await opslag.wake(conn, huis.tables, beller.names, abonnement_id):
            raise NietGevondenError(NOT_FOUND)
        [row] = await opslag.shown(conn, huis.tables, beller.names, abonnement_id)
        await register.note(conn, huis.tables, beller, "webhook hervat", f"abonnement {abonnement_id}")
    return AbonnementModel(**_shown(row))


def _check(gegevens: AbonnementInvoer, huis: Huis) -> None:
    """VerzoekError when it may not go there, or the service has no such messages."""
    try:
        read_url(gegevens.url, Grenzen.of(huis.settings))
    except AdresError as error:
        raise VerzoekError("Het verzoek klopt niet", [Fout("body/url", str(error))]) from None
    kinds = {one for soort in SOORTEN if soort.naam in huis.dienst.soorten for one in (soort.naam, soort.retour)}
    faults = [
        Fout(f"body/berichten/{number}", "dit bericht komt bij deze dienst niet in een postbus")
        for number, naam in enumerate(gegevens.berichten or ())
        if naam not in kinds
    ]
    if faults:
        raise VerzoekError("Het verzoek klopt niet", faults)


def _shown(row: Any) -> dict[str, Any]:
    """A subscription by the names of the model."""
    last = None
    if row.laatste_poging is not None:
        told = UITLEG[row.laatste_uitkomst]
        last = PogingModel(
            tijdstip=row.laatste_poging, uitkomst=row.laatste_uitkomst, omschrijving=told, status=row.laatste_status
        )
    names = (
        "id", "partij", "url", "berichten", "gemaakt", "status", "laatst_bezorgd", "mislukt", "mislukt_sinds",
        "wachtend", "opgegeven",
    )  # fmt: skip
    # At rest it keeps when its turn would have been; there is none until it goes on.
    upcoming = None if row.status == RUST else row.volgende
    return {name: getattr(row, name) for name in names} | {"laatste_poging": last, "volgende_poging": upcoming}
