"""The accounts of payment proposals over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from sqlalchemy import Row

from services.declaratie.betalingen.domain import Rekening
from services.declaratie.betalingen.modellen import (
    Rekeningen,
    RekeningInvoer,
    RekeningModel,
    RekeningVanAanbieder,
)
from services.declaratie.betalingen.rekeningen import put_rekening, read_rekening, read_rekeningen
from services.declaratie.eigen import GemeenteVraag, own_gemeente
from shared.exchange import register
from shared.exchange.api import BellerDep, HuisDep, Limiet
from shared.exchange.huis import Huis
from shared.exchange.spoor import Over
from shared.problems import Fout, VerzoekError
from shared.security.partij import Beller, Partij

router = APIRouter()
PREFIX = "agb:"


@router.get("/betalingen/rekeningen", summary="De rekeningen waarmee wordt betaald")
async def get_rekeningen(
    huis: HuisDep,
    beller: BellerDep,
    gemeente: GemeenteVraag = None,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{8}$", description="volgende van de vorige bladzijde")] = None,
    limiet: Limiet = 100,
) -> Rekeningen:
    """De eigen rekening van de gemeente, en die van aanbieders zoals de gemeente ze heeft ingevoerd."""
    code = own_gemeente(beller, gemeente)
    async with huis.engine.begin() as conn:
        own = await read_rekening(conn, code, Partij.gemeente(code))
        rows = await read_rekeningen(conn, code, f"{PREFIX}{cursor or ''}", limiet + 1)
        await register.note(conn, huis.tables, beller, "opgevraagd", "rekeningen", over=Over((code,)))
    found = [row for row in rows if row.houder.startswith(PREFIX)]
    return Rekeningen(
        eigen=RekeningModel.model_validate(own) if own else None,
        aanbieders=[_of_aanbieder(row) for row in found[:limiet]],
        volgende=found[limiet - 1].houder.removeprefix(PREFIX) if len(found) > limiet else None,
    )


@router.put("/betalingen/rekeningen/eigen", summary="De eigen rekening van de gemeente invoeren")
async def put_eigen(
    invoer: RekeningInvoer, huis: HuisDep, beller: BellerDep, gemeente: GemeenteVraag = None
) -> RekeningModel:
    """De rekening waarvan de gemeente betaalt; geldt voor voorstellen die hierna worden gemaakt."""
    code = own_gemeente(beller, gemeente)
    if invoer.bic is None:
        raise VerzoekError("Het verzoek klopt niet", [Fout("body/bic", "ontbreekt")])
    return RekeningModel.model_validate(await _put(huis, beller, code, Partij.gemeente(code), invoer))


@router.put("/betalingen/rekeningen/{aanbieder}", summary="De rekening van een aanbieder invoeren")
async def put_van_aanbieder(
    aanbieder: Annotated[str, Path(pattern=r"^[0-9]{8}$", description="AGB-code")],
    invoer: RekeningInvoer,
    huis: HuisDep,
    beller: BellerDep,
    gemeente: GemeenteVraag = None,
) -> RekeningVanAanbieder:
    """De rekening waarop een aanbieder wordt betaald; geldt voor voorstellen die hierna worden gemaakt."""
    code = own_gemeente(beller, gemeente)
    return _of_aanbieder(await _put(huis, beller, code, Partij.aanbieder(aanbieder), invoer))


async def _put(huis: Huis, beller: Beller, gemeente: str, houder: Partij, invoer: RekeningInvoer) -> Row[Any]:
    rekening = Rekening(invoer.naam, invoer.iban, invoer.bic)
    async with huis.engine.begin() as conn:
        changed = await put_rekening(conn, gemeente, houder, rekening, beller.subject, huis.klok.now())
        row = await read_rekening(conn, gemeente, houder)
        what = f"rekening van {houder}{'' if changed else ', onveranderd'}"
        await register.note(conn, huis.tables, beller, "gewijzigd", what, over=Over((gemeente,)))
    if row is None:
        raise RuntimeError("an account that was entered must be there")
    return row


def _of_aanbieder(row: Row[Any]) -> RekeningVanAanbieder:
    own = {name: getattr(row, name) for name in RekeningModel.model_fields}
    return RekeningVanAanbieder(**own, aanbieder=row.houder.removeprefix(PREFIX))
