"""The service's own resource: care periods."""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from sqlalchemy import and_, or_, select

from services.startstop.domain import TIJDELIJK
from services.startstop.tables import AANLEVERING
from shared.exchange import register
from shared.exchange.api import BellerDep, Cursor, HuisDep, Limiet, ToewijzingNummer, cursor_number
from shared.exchange.spoor import Over

router = APIRouter()


class ZorgperiodeModel(BaseModel):
    """Een periode van zorg onder een toewijzing: haar start, en haar laatste stop als die er is."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    gemeente: str
    aanbieder: str
    toewijzing_nummer: int | None
    categorie: str | None
    code: str | None
    begindatum: date
    einddatum: date | None
    reden_beeindiging: str | None
    status: str


class Zorgperioden(BaseModel):
    """Een bladzijde van zorgperioden, in volgorde van levering."""

    zorgperioden: list[ZorgperiodeModel]
    volgende: str | None = None


@router.get("/zorgperioden", response_model_by_alias=True, summary="Eigen zorgperioden")
async def get_zorgperioden(
    huis: HuisDep,
    beller: BellerDep,
    cursor: Cursor = None,
    limiet: Limiet = 100,
    toewijzing_nummer: ToewijzingNummer = None,
) -> Zorgperioden:
    """Eigen zorgperioden: gestart, tijdelijk gestopt of gestopt."""
    start = AANLEVERING.alias("start")
    stop = AANLEVERING.alias("stop")
    # Equal keys by plain equality, which an index serves; what may be absent is compared apart.
    same = and_(
        *(stop.c[name] == start.c[name] for name in ("gemeente", "aanbieder", "client", "begindatum")),
        *(stop.c[name].is_not_distinct_from(start.c[name]) for name in ("toewijzing_nummer", "categorie", "code")),
    )
    latest = (
        select(stop)
        .where(same, stop.c.soort == "stop", stop.c.verwijderd_door.is_(None))
        # A definite stop goes before the temporary one that it follows on.
        .order_by((stop.c.reden_beeindiging == TIJDELIJK), stop.c.einddatum.desc(), stop.c.id.desc())
        .limit(1)
        .lateral("laatste")
    )
    mine = or_(start.c.gemeente.in_(beller.codes("gemeente")), start.c.aanbieder.in_(beller.codes("agb")))
    statement = (
        select(start, latest.c.einddatum.label("tot"), latest.c.reden_beeindiging.label("reden"))
        .select_from(start.outerjoin(latest, latest.c.soort == "stop"))
        .where(mine, start.c.soort == "start", start.c.verwijderd_door.is_(None))
        .order_by(start.c.id)
        .limit(limiet + 1)
    )
    if cursor is not None:
        statement = statement.where(start.c.id > cursor_number(cursor))
    if toewijzing_nummer is not None:
        statement = statement.where(start.c.toewijzing_nummer == toewijzing_nummer)
    async with huis.engine.begin() as conn:
        rows = (await conn.execute(statement)).all()
        await register.note(
            conn,
            huis.tables,
            beller,
            "opgevraagd",
            f"{len(rows[:limiet])} zorgperioden",
            over=Over.rijen(rows[:limiet]),
        )
    return Zorgperioden(
        zorgperioden=[
            ZorgperiodeModel(
                gemeente=row.gemeente,
                aanbieder=row.aanbieder,
                toewijzing_nummer=row.toewijzing_nummer,
                categorie=row.categorie,
                code=row.code,
                begindatum=row.begindatum,
                einddatum=row.tot,
                reden_beeindiging=row.reden,
                status=_status(row.reden),
            )
            for row in rows[:limiet]
        ],
        volgende=str(rows[limiet - 1].id) if len(rows) > limiet else None,
    )


def _status(reden: str | None) -> str:
    if reden is None:
        return "actief"
    return "tijdelijk gestopt" if reden == TIJDELIJK else "gestopt"
