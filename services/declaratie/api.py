"""The service's own resource: a declaration and its lines. Lists of them: ``zoeken_api``."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import select

from services.declaratie.handmatig.api import read_decisions
from services.declaratie.handmatig.modellen import Beslisregels
from services.declaratie.tables import DECLARATIE, PRESTATIE
from services.declaratie.zoeken import mine, regelvolgorde
from shared.exchange import register
from shared.exchange.api import BellerDep, Cursor, HuisDep, Limiet, cursor_number
from shared.exchange.spoor import Over
from shared.problems import NietGevondenError
from shared.security.partij import Beller

router = APIRouter()


class DeclaratieModel(BaseModel):
    """Een verwerkte declaratie of factuur; bedragen in centen, negatief als er meer credit is dan debet."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    bericht_id: UUID
    bericht: str = Field(examples=["WMO323"])
    release: str
    gemeente: str
    aanbieder: str
    nummer: str
    begindatum: date
    einddatum: date
    dagtekening: date
    ingediend: int
    toegekend: int
    regels: int
    regels_toegekend: int
    regels_deels: int = Field(description="van de toegekende regels die voor een deel van het bedrag zijn toegekend")


class RegelModel(BaseModel):
    """Een regel van een declaratie; ``bedrag`` en ``tarief`` in centen."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    referentie: str
    vorige_referentie: str | None
    toewijzing_nummer: int
    categorie: str
    code: str
    begindatum: date
    einddatum: date
    volume: int
    eenheid: str
    tarief: int | None
    bedrag: int
    debet_credit: str
    toegekend: bool
    toegekend_bedrag: int = Field(description="in centen; minder dan bedrag bij een deels toegekende regel")
    retourcodes: list[str]
    btw: int | None = Field(
        description="in centen: de btw die in bedrag zit, onder nul bij credit; null als de regel er geen noemt"
    )


class Regels(BaseModel):
    """Een bladzijde van regels, in de volgorde van het bericht."""

    regels: list[RegelModel]
    volgende: str | None = None


@router.get("/declaraties/{bericht_id}", response_model_by_alias=True, summary="Een declaratie of factuur")
async def get_declaratie(bericht_id: UUID, huis: HuisDep, beller: BellerDep) -> DeclaratieModel:
    """Een eigen declaratie."""
    async with huis.engine.begin() as conn:
        row = await _own(conn, bericht_id, beller)
        await register.note(
            conn, huis.tables, beller, "opgevraagd", "declaratie", bericht_id=bericht_id, over=Over.rijen([row])
        )
    return declaratie_model(row)


@router.get("/declaraties/{bericht_id}/regels", response_model_by_alias=True, summary="De regels van een declaratie")
async def get_regels(
    bericht_id: UUID, huis: HuisDep, beller: BellerDep, cursor: Cursor = None, limiet: Limiet = 100
) -> Regels | Beslisregels:
    """De regels van een eigen declaratie, met hun uitkomst.

    Van een declaratie die op de gemeente wacht zijn dat, voor de gemeente, de regels waarop zij moet beslissen.
    """
    statement = select(PRESTATIE).where(PRESTATIE.c.bericht_id == bericht_id).order_by(regelvolgorde).limit(limiet + 1)
    if cursor is not None:
        statement = statement.where(regelvolgorde > cursor_number(cursor))
    async with huis.engine.begin() as conn:
        declaratie = await _find(conn, bericht_id, beller)
        if declaratie is None and beller.codes("gemeente"):
            return await read_decisions(conn, huis, bericht_id, beller, cursor, limiet, "regels")
        own = declaratie or await _own(conn, bericht_id, beller)
        rows = (await conn.execute(statement)).all()
        await register.note(
            conn, huis.tables, beller, "opgevraagd", "regels", bericht_id=bericht_id, over=Over.rijen([own, *rows])
        )
    return Regels(
        regels=[_regel(row) for row in rows[:limiet]],
        volgende=str(rows[limiet - 1].id) if len(rows) > limiet else None,
    )


async def _find(conn: Any, bericht_id: UUID, beller: Beller) -> Any:
    statement = select(DECLARATIE).where(DECLARATIE.c.bericht_id == bericht_id, mine(DECLARATIE, beller))
    return (await conn.execute(statement)).one_or_none()


async def _own(conn: Any, bericht_id: UUID, beller: Beller) -> Any:
    row = await _find(conn, bericht_id, beller)
    if row is None:
        raise NietGevondenError(
            "Er is geen verwerkte declaratie met dit id; hoe een bericht ervoor staat: /berichten/{id}"
        )
    return row


def declaratie_model(row: Any) -> DeclaratieModel:
    """A row of ``declaratie`` as callers see it."""
    values = {name: getattr(row, name) for name in DeclaratieModel.model_fields if name != "bericht"}
    return DeclaratieModel(**values, bericht=row.soort)


def line_value(row: Any, name: str) -> Any:
    """A field of a line, from a row of ``prestatie``."""
    match name:
        case "debet_credit":
            return "C" if row.credit else "D"
        case "toegekend_bedrag":
            return row.bedrag - row.gekort if row.toegekend else 0
    return getattr(row, name)


def _regel(row: Any) -> RegelModel:
    return RegelModel(**{name: line_value(row, name) for name in RegelModel.model_fields})
