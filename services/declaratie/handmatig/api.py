"""What waits for the gemeente, and its decisions, over HTTP."""

from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.deels import DEELBAAR
from services.declaratie.handmatig import beslissen, opslag
from services.declaratie.handmatig.beslissen import Selectie
from services.declaratie.handmatig.invoer import read_beslissingen
from services.declaratie.handmatig.modellen import (
    Agb,
    Beslisregels,
    Beslissingen,
    Code,
    Openstaand,
    OpenstaandModel,
    StandModel,
    beslisregels,
)
from services.declaratie.handmatig.opslag import Stand
from services.declaratie.handmatig.retourcodes import LIJST, codes_of_a_line
from services.declaratie.handmatig.termijn import waits
from services.declaratie.tables import HANDMATIG
from shared.exchange import register
from shared.exchange.api import BellerDep, Cursor, HuisDep, Limiet, cursor_number
from shared.exchange.fouten import MOST_FAULTS
from shared.exchange.huis import Huis
from shared.exchange.invoer import read_beside, schema_of
from shared.exchange.ontvangst import JSON_TYPE
from shared.exchange.problemen import botst
from shared.exchange.spoor import Over
from shared.exchange.termijnen_api import BinnenFilter
from shared.exchange.verwerking import reconsider
from shared.problems import Fout, VerbodenError, VerzoekError
from shared.security.partij import Beller
from shared.werkdagen import plus_werkdagen

router = APIRouter()
log = structlog.get_logger()
BOTST = botst("De declaratie is al beantwoord")


@router.get("/handmatig/openstaand", summary="Declaraties die op een besluit van de gemeente wachten")
async def get_openstaand(
    huis: HuisDep,
    beller: BellerDep,
    aanbieder: Annotated[Agb | None, Query(description="AGB-code")] = None,
    product: Annotated[Code | None, Query(description="met een te beslissen regel van deze productcode")] = None,
    binnen: BinnenFilter = None,
    cursor: Cursor = None,
    limiet: Limiet = 100,
) -> Openstaand:
    """Declaraties die nog niet beantwoord zijn omdat de gemeente over regels beslist, oudste eerst.

    Na `beslissenTot` antwoordt het knooppunt vanzelf: regels zonder besluit worden dan toegekend als geen regel van de
    standaard ze afkeurt. Met `binnen` alleen wat nog zoveel werkdagen heeft om te beslissen, of minder.
    """
    own = beller.codes("gemeente")
    if not own:
        raise VerbodenError("Beslissen is aan de gemeente zelf")
    table, line = HANDMATIG.declaratie, HANDMATIG.regel.c
    page = select(table).where(table.c.gemeente.in_(own), waits()).order_by(table.c.id).limit(limiet + 1)
    if aanbieder is not None:
        page = page.where(table.c.aanbieder == aanbieder)
    if product is not None:
        page = page.where(exists().where(line.bericht_id == table.c.bericht_id, line.code == product))
    if binnen is not None:
        page = page.where(table.c.beslissen_tot <= plus_werkdagen(huis.klok.today(), binnen))
    after = cursor_number(cursor)
    if after is not None:
        page = page.where(table.c.id > after)
    async with huis.engine.begin() as conn:
        rows = (await conn.execute(page)).all()
        stand = await opslag.counts(conn, [row.bericht_id for row in rows[:limiet]])
        await register.note(
            conn, huis.tables, beller, "opgevraagd", f"{len(rows[:limiet])} openstaand", over=Over.rijen(rows[:limiet])
        )
    return Openstaand(
        declaraties=[_openstaand(row, stand) for row in rows[:limiet]],
        volgende=str(rows[limiet - 1].id) if len(rows) > limiet else None,
    )


@router.get("/declaraties/{bericht_id}/beslissingen", summary="De regels waarop de gemeente beslist")
async def get_beslissingen(
    bericht_id: UUID, huis: HuisDep, beller: BellerDep, cursor: Cursor = None, limiet: Limiet = 100
) -> Beslisregels:
    """De voorgelegde regels met hun besluiten, ook nadat de declaratie is beantwoord; alleen voor de gemeente."""
    async with huis.engine.begin() as conn:
        return await read_decisions(conn, huis, bericht_id, beller, cursor, limiet, "beslissingen")


async def voorgelegde(bericht_id: UUID, huis: HuisDep, beller: BellerDep) -> UUID:
    """Whose declaration it is, is asked before what is sent is looked at: another's is not there, whatever that is."""
    async with huis.engine.connect() as conn:
        await opslag.read_declaratie(conn, bericht_id, beller)
    return bericht_id


Voorgelegde = Annotated[UUID, Depends(voorgelegde)]


async def read_decisions(
    conn: AsyncConnection, huis: Huis, bericht_id: UUID, beller: Beller, cursor: str | None, limiet: int, what: str
) -> Beslisregels:
    """Lines that were put to a gemeente of the caller; the look is recorded, as what it was at."""
    row = await opslag.read_declaratie(conn, bericht_id, beller)
    await register.note(conn, huis.tables, beller, "opgevraagd", what, bericht_id=bericht_id, over=Over.rijen([row]))
    table = HANDMATIG.regel
    after = cursor_number(cursor) or 0
    page = select(table).where(table.c.bericht_id == bericht_id, table.c.id > after).order_by(table.c.id)
    return beslisregels((await conn.execute(page.limit(limiet + 1))).all(), limiet)


@router.post(
    "/declaraties/{bericht_id}/beslissingen",
    openapi_extra={"requestBody": {"required": True, "content": {JSON_TYPE: {"schema": schema_of(Beslissingen)}}}},
    summary="Beslissen over regels van een declaratie",
    responses=BOTST,
)
async def post_beslissingen(bericht_id: Voorgelegde, request: Request, huis: HuisDep, beller: BellerDep) -> StandModel:
    """Keurt regels goed of af: een voor een, of alle regels van een filter met een besluit. Alleen voor de gemeente.

    Van een WMO303D kan een regel ook deels worden toegekend, voor een toegekendBedrag onder het ingediende; bij een
    filter krijgt iedere regel dat bedrag. Een factuur (WMO303F) en een WMO323 kennen dat niet.

    Alles of niets: met een onbekende regel, een retourcode die niet bij een prestatie hoort of een bedrag dat niet kan,
    verandert er niets. Een besluit kan veranderen tot de declaratie is beantwoord; dat gebeurt zodra op alle regels is
    beslist.
    """
    beslissingen = await read_beside(huis, request, {JSON_TYPE: read_beslissingen})
    async with huis.engine.begin() as conn:
        row = await opslag.read_declaratie(conn, bericht_id, beller)
        _check_codes(beslissingen, row.release)
        _check_in_part(beslissingen, row)
        await opslag.hold(conn, bericht_id)
        number = await _decide(conn, huis, bericht_id, beslissingen, beller)
        stand = _stand(bericht_id, await opslag.counts(conn, [bericht_id]))
        what = f"{number} regels; {stand['te_beslissen']} te beslissen"
        await register.note(
            conn, huis.tables, beller, "beslist", what, bericht_id=bericht_id, soort=row.soort, over=Over.rijen([row])
        )
    if not stand["te_beslissen"]:
        await _answer(huis, bericht_id)
    async with huis.engine.connect() as conn:
        row = await opslag.read_declaratie(conn, bericht_id, beller)
        stand = _stand(bericht_id, await opslag.counts(conn, [bericht_id]))
    return StandModel(**stand, status=row.status)


async def _decide(
    conn: AsyncConnection, huis: Huis, bericht_id: UUID, beslissingen: Beslissingen, beller: Beller
) -> int:
    """How many lines were decided on; VerzoekError when one that is named is not to be decided."""
    door, now = beller.subject, huis.klok.now()
    if beslissingen.filter is not None:
        selectie = Selectie(**beslissingen.filter.model_dump())
        try:
            return await beslissen.decide_selection(conn, bericht_id, selectie, beslissingen.as_besluit(), door, now)
        except beslissen.TeVeelError as error:
            fout = Fout("body/toegekendBedrag", f"is niet minder dan het bedrag van {error.aantal} van deze regels")
            raise VerzoekError("Deze regels zijn niet alle deels toe te kennen", [fout]) from error
    each = {one.referentie: one.as_besluit() for one in beslissingen.beslissingen or ()}
    whole = await beslissen.not_less(conn, bericht_id, each)
    unknown = set() if whole else await beslissen.decide_each(conn, bericht_id, each, door, now)
    fouten = [
        Fout(f"body/beslissingen/{at}/{name}", told)
        for at, referentie in enumerate(each)
        for name, told, found in (
            ("referentie", "is geen regel waarop te beslissen is", unknown),
            ("toegekendBedrag", "is niet minder dan het ingediende bedrag", whole),
        )
        if referentie in found
    ]
    if fouten:
        raise VerzoekError("Niet alle regels zijn zo te beslissen", fouten[: huis.settings.max_fouten])
    return len(each)


def _check_in_part(beslissingen: Beslissingen, row: Any) -> None:
    """VerzoekError for a grant in part of what the release only grants whole."""
    if row.soort == DEELBAAR:
        return
    named = [("body/besluit", beslissingen.besluit)] + [
        (f"body/beslissingen/{at}/besluit", one.besluit) for at, one in enumerate(beslissingen.beslissingen or ())
    ]
    told = f"een regel van een {row.soort} ({row.release}) wordt geheel toegekend of afgekeurd"
    fouten = [Fout(place, told) for place, besluit in named if besluit == "deels"]
    if fouten:
        raise VerzoekError(f"Deels toekennen kan alleen bij een {DEELBAAR}", fouten[:MOST_FAULTS])


def _check_codes(beslissingen: Beslissingen, release: str) -> None:
    allowed = codes_of_a_line(release)
    named = [("body/retourcode", beslissingen.retourcode)] + [
        (f"body/beslissingen/{at}/retourcode", one.retourcode) for at, one in enumerate(beslissingen.beslissingen or ())
    ]
    fouten = [
        Fout(place, f"is geen code uit {LIJST} van release {release} waarmee een prestatie wordt afgekeurd")
        for place, code in named
        if code is not None and code not in allowed
    ]
    if fouten:
        raise VerzoekError("Deze retourcode kan niet", fouten[:MOST_FAULTS])


async def _answer(huis: Huis, bericht_id: UUID) -> None:
    try:
        await reconsider(huis, bericht_id)
    # Whatever it is, the decisions stand; the round of the waiting room makes the answer.
    except Exception:
        log.exception("reconsider_failed", bericht_id=str(bericht_id))


def _stand(bericht_id: UUID, found: dict[tuple[UUID, str], Stand]) -> dict[str, Any]:
    to_decide = found.get((bericht_id, "te_beslissen"), Stand())
    return {
        "bericht_id": bericht_id,
        "te_beslissen": to_decide.aantal,
        "bedrag_te_beslissen": to_decide.bedrag,
        "goedgekeurd": found.get((bericht_id, "goedgekeurd"), Stand()).aantal,
        "afgekeurd": found.get((bericht_id, "afgekeurd"), Stand()).aantal,
        "deels": found.get((bericht_id, "deels"), Stand()).aantal,
    }


def _openstaand(row: Any, found: dict[tuple[UUID, str], Stand]) -> OpenstaandModel:
    own = {name: getattr(row, name) for name in OpenstaandModel.model_fields if name in row._fields}
    return OpenstaandModel(**(own | _stand(row.bericht_id, found)), bericht=row.soort, status="geparkeerd")
