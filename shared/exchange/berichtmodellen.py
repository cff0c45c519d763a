"""Messages and their verdicts as the API shows them."""

from collections.abc import Mapping
from typing import Any, Literal, cast
from uuid import UUID

from pydantic import BaseModel, Field

from shared.exchange.api import base_of
from shared.exchange.dienst import Uitkomst
from shared.exchange.huis import Huis

Status = Literal["verwerkt", "afgekeurd", "geparkeerd"]


class RetourVerwijzing(BaseModel):
    """Waar het antwoord op een bericht staat."""

    id: UUID
    bericht: str
    href: str


class HerstelModel(BaseModel):
    """Wat een juist volgend bericht op een plaats heeft; zonder ``waarde`` laat het dat weg."""

    locatie: str
    waarde: str | None


class SignaalModel(BaseModel):
    """Iets om naar te kijken: geen reden om af te keuren."""

    regel: str = Field(examples=["OP284"])
    klasse: str
    locatie: str
    omschrijving: str
    gevonden: str | None = None
    verwacht: str | None = None
    botstMet: str | None = Field(None, description="id van het eerdere bericht")  # noqa: N815 - JSON is camel case
    botstMetHref: str | None = Field(None, description="waar dat bericht is; soms bij een andere dienst")  # noqa: N815
    botstMetLocatie: str | None = Field(None, description="plaats in dit bericht")  # noqa: N815
    herstel: list[HerstelModel] | None = Field(None, description="wat een volgend bericht samen goed maakt")


class MeldingModel(SignaalModel):
    """Een regel waaraan een bericht niet voldeed."""

    retourcode: str


class BerichtKop(BaseModel):
    """Een bericht en zijn oordeel, zoals in lijsten: wat erover is gemeld, staat bij het bericht zelf."""

    id: UUID
    bericht: str = Field(examples=["WMO305"])
    release: str = Field(examples=["3.2"])
    afzender: str
    ontvanger: str
    identificatie: str
    status: Status
    retour: RetourVerwijzing | None
    antwoordOp: UUID | None = Field(None, description="van een antwoord: het bericht dat beantwoord is")  # noqa: N815
    wachtOp: list[str] = Field(  # noqa: N815
        default_factory=list,
        description="van een geparkeerd bericht: de toewijzingen en producten waarop het wacht; handmatig: de gemeente",
    )


class BerichtModel(BerichtKop):
    """Een bericht en wat ervan geworden is."""

    meldingen: list[MeldingModel]
    signalen: list[SignaalModel] = Field(default_factory=list)
    meldingenTotaal: int = Field(  # noqa: N815
        0, description="hoeveel meldingen er zijn; alle staan bij /berichten/{id}/meldingen"
    )
    signalenTotaal: int = Field(  # noqa: N815
        0, description="hoeveel signalen er zijn; alle staan bij /berichten/{id}/signalen"
    )


class BerichtMetInhoudModel(BerichtModel):
    """Een bericht met zijn inhoud, in de vorm van zijn schema; na de bewaartermijn ontbreekt die."""

    inhoud: dict[str, Any] | None = None


class PostModel(BaseModel):
    """Een bericht dat voor de beller klaarligt."""

    id: UUID
    bericht: str
    release: str
    afzender: str
    ontvanger: str
    identificatie: str
    antwoordOp: UUID | None = None  # noqa: N815 - JSON fields are camel case
    geplaatst: str
    href: str


class Postbus(BaseModel):
    """Een bladzijde van de postbus; ``volgende`` is de cursor van de volgende bladzijde, en ontbreekt op de laatste."""

    berichten: list[PostModel]
    volgende: str | None = None


class Berichten(BaseModel):
    """Een bladzijde van berichten, nieuwste eerst."""

    berichten: list[BerichtKop]
    volgende: str | None = None


def kop_of(huis: Huis, uitkomst: Uitkomst) -> dict[str, Any]:
    """A message and its verdict, by the names of the model."""
    retour = None
    if uitkomst.retour_id is not None:
        retour = RetourVerwijzing(
            id=uitkomst.retour_id,
            bericht=uitkomst.retour_bericht or "",
            href=f"{base_of(huis)}/berichten/{uitkomst.retour_id}",
        )
    return {
        "id": uitkomst.id,
        "bericht": uitkomst.bericht,
        "release": uitkomst.release,
        "afzender": uitkomst.afzender,
        "ontvanger": uitkomst.ontvanger,
        "identificatie": uitkomst.identificatie,
        "status": cast(Status, uitkomst.status),
        "retour": retour,
        "antwoordOp": uitkomst.antwoord_op,
        "wachtOp": uitkomst.wacht_op,
    }


def model_of(huis: Huis, uitkomst: Uitkomst) -> BerichtModel:
    """A message with what it was told, as much of it as is told at once."""
    most = huis.settings.max_meldingen
    meldingen, signalen = uitkomst.totalen or (len(uitkomst.meldingen), len(uitkomst.signalen))
    return BerichtModel(
        **kop_of(huis, uitkomst),
        meldingen=[melding_model(huis, one) for one in uitkomst.meldingen[:most]],
        signalen=[signaal_model(huis, one) for one in uitkomst.signalen[:most]],
        meldingenTotaal=meldingen,
        signalenTotaal=signalen,
    )


def signaal_model(huis: Huis, told: Mapping[str, Any]) -> SignaalModel:
    """What a message was told, as it is kept, with where to find what it clashed with."""
    return SignaalModel(**told, botstMetHref=_clashing(huis, told))


def melding_model(huis: Huis, told: Mapping[str, Any]) -> MeldingModel:
    """The same of a reason to refuse."""
    return MeldingModel(**told, botstMetHref=_clashing(huis, told))


def _clashing(huis: Huis, told: Mapping[str, Any]) -> str | None:
    met, dienst = told.get("botstMet"), told.get("botstMetDienst", huis.service)
    return f"/{dienst}/v1/berichten/{met}" if met else None
