"""The code lists over HTTP: which there are, and what the codes of one mean."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.exchange.api import HuisDep, spreker_of
from shared.exchange.huis import Huis
from shared.iwmo.catalogus import Release
from shared.iwmo.codelijsten import Code, Codelijst, codelijst, codelijsten
from shared.problems import NietGevondenError


class CodelijstKopModel(BaseModel):
    """Een codelijst zonder haar codes; een open lijst (niet ``gesloten``) kan in een bericht ook andere codes
    hebben."""

    code: str = Field(examples=["WJ756"])
    release: str = Field(examples=["3.2"])
    naam: str = Field(examples=["Eenheid"])
    typen: list[str] = Field(description="de typen in het schema die deze codes bevatten", examples=[["LDT_Eenheid"]])
    gesloten: bool
    aantal: int = Field(description="hoeveel codes de lijst heeft", examples=[7])
    href: str


class CodeModel(BaseModel):
    """Een code en wat die betekent; ontbreekt een eerste of laatste dag, dan is er geen bekend."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    code: str = Field(examples=["04"])
    omschrijving: str = Field(examples=["Uur"])
    geldig_van: date | None
    geldig_tot: date | None


class CodelijstModel(CodelijstKopModel):
    """Een codelijst met haar codes: alle, of die op de gevraagde dag gelden."""

    codes: list[CodeModel]


class Codelijsten(BaseModel):
    """De codelijsten, op volgorde van release en code."""

    codelijsten: list[CodelijstKopModel]


def make_codelijsten_router() -> APIRouter:
    """The routes ``/codelijsten``; like all others they ask for a token."""
    router = APIRouter(dependencies=[Depends(spreker_of)])
    router.add_api_route("/codelijsten", get_codelijsten, methods=["GET"], summary="De codelijsten van de standaard")
    router.add_api_route("/codelijsten/{code}", get_codelijst, methods=["GET"], summary="Een codelijst met zijn codes")
    return router


async def get_codelijsten(
    huis: HuisDep, release: Annotated[Release | None, Query(description="alleen van deze release")] = None
) -> Codelijsten:
    """Alle codelijsten van beide releases, of van een van de twee."""
    return Codelijsten(codelijsten=[CodelijstKopModel(**_head(one, huis)) for one in codelijsten(release)])


async def get_codelijst(
    code: str,
    huis: HuisDep,
    release: Annotated[Release, Query(description="release van de standaard")] = "3.2",
    datum: Annotated[date | None, Query(description="alleen codes die op deze dag gelden")] = None,
) -> CodelijstModel:
    """De codes met hun omschrijving en geldigheid."""
    found = codelijst(release, code)
    if found is None:
        raise NietGevondenError("Deze codelijst is er niet in deze release")
    codes = [_code(one) for one in found.codes if datum is None or one.geldt_op(datum)]
    return CodelijstModel(**_head(found, huis), codes=codes)


def _head(lijst: Codelijst, huis: Huis) -> dict[str, Any]:
    return {
        "code": lijst.code,
        "release": lijst.release,
        "naam": lijst.naam,
        "typen": list(lijst.typen),
        "gesloten": lijst.gesloten,
        "aantal": len(lijst.codes),
        "href": f"/{huis.service}/v1/codelijsten/{lijst.code}?release={lijst.release}",
    }


def _code(one: Code) -> CodeModel:
    return CodeModel(code=one.code, omschrijving=one.omschrijving, geldig_van=one.van, geldig_tot=one.tot)
