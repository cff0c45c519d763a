"""The declaration periods over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.declaratie.perioden import periods_of_year
from shared.exchange.api import HuisDep, spreker_of
from shared.iwmo.catalogus import RELEASES, Release

EERSTE_JAAR, LAATSTE_JAAR = 2015, 2100
"""The Wmo 2015 began with the first."""
CACHE = "private, max-age=86400"
"""A calendar does not change; a day lets a correction of ours come through."""

router = APIRouter(dependencies=[Depends(spreker_of)])


class PeriodeModel(BaseModel):
    """Een periode waarover wordt gedeclareerd; ``begin`` en ``eind`` horen er beide bij."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)

    release: Release = Field(examples=["2.4"])
    jaar: int = Field(description="in 2.4 het ISO-jaar", examples=[2026])
    nummer: int = Field(description="volgnummer in het jaar, vanaf 1", examples=[1])
    begin: date = Field(examples=["2025-12-29"])
    eind: date = Field(examples=["2026-01-25"])
    weken: list[str] = Field(
        description="de ISO-weken die de periode raakt", examples=[["2026-W01", "2026-W02", "2026-W03", "2026-W04"]]
    )


class Perioden(BaseModel):
    """De perioden van een jaar, op volgorde van release en nummer."""

    perioden: list[PeriodeModel]


@router.get("/perioden", summary="De declaratieperioden van een jaar")
async def get_perioden(
    response: Response,
    huis: HuisDep,
    jaar: Annotated[int | None, Query(ge=EERSTE_JAAR, le=LAATSTE_JAAR, description="zonder jaar: dit jaar")] = None,
    release: Annotated[Release | None, Query(description="alleen van deze release")] = None,
) -> Perioden:
    """In 2.4 dertien perioden van vier ISO-weken (CAK-kalender), in 3.2 twaalf kalendermaanden.

    Een jaar van 53 weken heeft in periode 13 vijf weken.
    """
    if jaar is not None:
        response.headers["Cache-Control"] = CACHE
    found = [
        PeriodeModel.model_validate(one)
        for asked in ((release,) if release else RELEASES)
        for one in periods_of_year(asked, jaar or huis.klok.today().year)
    ]
    return Perioden(perioden=found)
