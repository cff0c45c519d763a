"""Mandates over HTTP: a party lets an organisation act for it at this service, sees to whom it did, and ends it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.exchange import machtigingen, register
from shared.exchange.api import BellerDep, Cursor, HuisDep, Limiet, cursor_number
from shared.exchange.huis import Huis
from shared.exchange.problemen import botst
from shared.exchange.spoor import NIEMAND, Over
from shared.exchange.zelf import as_party, own_parties
from shared.problems import Fout, NietGevondenError, VerzoekError
from shared.security.machtiging import Machtiging
from shared.security.partij import Beller, Partij

router = APIRouter(tags=["machtigingen"])
NOT_FOUND = "Deze machtiging is er niet"
REFUSED = "Alleen een partij zelf machtigt een ander, geen gemachtigde en niet beheer"
_CONFLICT = botst("Deze organisatie is voor een deel van deze dagen al gemachtigd")
Organisatie = Annotated[
    str,
    Field(
        pattern=r"^organisatie:[0-9]{20}$", description="met haar OIN", examples=["organisatie:00000001234567890000"]
    ),
]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class MachtigingInvoer(_Model):
    """Aan wie, voor wie, en wanneer. Wie zelf een enkele partij is, kan ``partij`` weglaten."""

    organisatie: Organisatie
    partij: str | None = Field(
        None, pattern=r"^(gemeente:[0-9]{4}|agb:[0-9]{8})$", description="namens wie; nodig als u meer partijen bent"
    )
    begindatum: date | None = Field(None, description="de eerste dag; zonder is dat vandaag")
    einddatum: date | None = Field(None, description="de laatste dag; zonder loopt de machtiging door")


class MachtigingModel(_Model):
    """Een machtiging. Die zonder id staan in het register van de beheerder, die ze beëindigt."""

    id: UUID | None
    organisatie: str
    partij: str = Field(examples=["gemeente:0855"])
    begindatum: date
    einddatum: date | None
    gegeven: datetime | None = None
    beeindigd: datetime | None = None
    geldig: bool = Field(description="of de organisatie er vandaag mee mag handelen")
    bron: Literal["partij", "beheer"] = Field(description="wie de machtiging vastlegde")


class MachtigingenModel(_Model):
    """Een bladzijde, nieuwste eerst; die van de beheerder staan op de eerste. ``volgende`` ontbreekt op de laatste."""

    machtigingen: list[MachtigingModel]
    volgende: str | None = None


@router.post("/machtigingen", status_code=201, responses=_CONFLICT, summary="Een organisatie machtigen")
async def post_machtiging(
    gegevens: MachtigingInvoer, response: Response, huis: HuisDep, beller: BellerDep
) -> MachtigingModel:
    """Laat een organisatie, zoals een shared service organisation, bij deze dienst namens u handelen: zij ziet en doet
    dan wat u zelf ziet en doet, met haar eigen token, en staat zelf in het auditspoor. Dat geldt meteen. Machtigen kan
    alleen de partij zelf, geen gemachtigde."""
    given = _read(gegevens, beller, huis.klok.today())
    now = huis.klok.now()
    async with huis.engine.begin() as conn:
        made = await machtigingen.give(conn, huis.tables, given, now)
        await _note(conn, huis, beller, "gemachtigd", given)
    response.headers["Location"] = f"/{huis.service}/v1/machtigingen/{made}"
    return _model(given, huis.klok.today(), made, now)


@router.get("/machtigingen", summary="Wie u bij deze dienst hebt gemachtigd")
async def get_machtigingen(
    huis: HuisDep, beller: BellerDep, cursor: Cursor = None, limiet: Limiet = 100
) -> MachtigingenModel:
    """Uw machtigingen, nieuwste eerst, ook de beëindigde; en die van u in het register van beheer."""
    before, own, today = cursor_number(cursor), own_parties(beller), huis.klok.today()
    async with huis.engine.begin() as conn:
        rows = await machtigingen.page(conn, huis.tables, sorted(map(str, own)), before, limiet + 1)
        shown = rows[:limiet]
        await register.note(conn, huis.tables, beller, "opgevraagd", f"{len(shown)} machtigingen")
    vast = [one for one in huis.poortwachter.machtigingen.alle if one.partij in own] if before is None else []
    return MachtigingenModel(
        machtigingen=[*(_model(one, today) for one in vast), *(_of(row, today) for row in shown)],
        volgende=str(shown[-1].volgnummer) if len(rows) > limiet else None,
    )


@router.get("/machtigingen/{machtiging_id}", summary="Een machtiging")
async def get_machtiging(machtiging_id: UUID, huis: HuisDep, beller: BellerDep) -> MachtigingModel:
    """Een machtiging die u gaf."""
    async with huis.engine.begin() as conn:
        row = await machtigingen.read(conn, huis.tables, machtiging_id, sorted(map(str, own_parties(beller))))
        if row is None:
            raise NietGevondenError(NOT_FOUND)
        await register.note(conn, huis.tables, beller, "opgevraagd", "machtiging", over=_over(_given(row)))
    return _of(row, huis.klok.today())


@router.delete("/machtigingen/{machtiging_id}", status_code=204, summary="Een machtiging beëindigen")
async def delete_machtiging(machtiging_id: UUID, huis: HuisDep, beller: BellerDep) -> Response:
    """Beëindigt een machtiging: het eerstvolgende verzoek van de organisatie geldt niet meer namens u. Nogmaals
    beëindigen verandert niets; de machtiging blijft te zien."""
    async with huis.engine.begin() as conn:
        row = await machtigingen.read(conn, huis.tables, machtiging_id, sorted(map(str, own_parties(beller))))
        if row is None:
            raise NietGevondenError(NOT_FOUND)
        await machtigingen.end(conn, huis.tables, machtiging_id, huis.klok.now())
        await _note(conn, huis, beller, "machtiging beëindigd", _given(row))
    return Response(status_code=204)


def _read(gegevens: MachtigingInvoer, beller: Beller, today: date) -> Machtiging:
    """The mandate that is asked for; VerbodenError when it is not the caller's to give."""
    partij = as_party(beller, gegevens.partij, REFUSED)
    van = gegevens.begindatum or today
    if gegevens.einddatum is not None and gegevens.einddatum < van:
        raise VerzoekError("Het verzoek klopt niet", [Fout("body/einddatum", "ligt voor de begindatum")])
    return Machtiging(gegevens.organisatie.partition(":")[2], partij, van, gegevens.einddatum)


async def _note(conn: Any, huis: Huis, beller: Beller, handeling: str, given: Machtiging) -> None:
    until = "tot nader order" if given.tot is None else f"tot en met {given.tot}"
    what = f"organisatie:{given.oin} voor {given.partij}, vanaf {given.van} {until}"
    await register.note(conn, huis.tables, beller, handeling, what, over=_over(given))


def _over(given: Machtiging) -> Over:
    match given.partij.soort:
        case "gemeente":
            return Over((given.partij.code,))
        case "agb":
            return Over((), (given.partij.code,))
    return NIEMAND


def _given(row: Any) -> Machtiging:
    return Machtiging(row.oin, Partij.parse(row.partij), row.begindatum, row.einddatum)


def _of(row: Any, today: date) -> MachtigingModel:
    return _model(_given(row), today, row.id, row.gegeven, row.beeindigd)


def _model(
    given: Machtiging,
    today: date,
    machtiging_id: UUID | None = None,
    gegeven: datetime | None = None,
    beeindigd: datetime | None = None,
) -> MachtigingModel:
    return MachtigingModel(
        id=machtiging_id,
        organisatie=f"organisatie:{given.oin}",
        partij=str(given.partij),
        begindatum=given.van,
        einddatum=given.tot,
        gegeven=gegeven,
        beeindigd=beeindigd,
        geldig=beeindigd is None and given.holds(today),
        bron="partij" if machtiging_id else "beheer",
    )
