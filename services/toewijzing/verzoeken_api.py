"""The service's own resource: requests of aanbieders, and how they stand."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import ColumnElement, Select, and_, case, or_, select

from services.toewijzing.behandeling.termijnen import REGEL
from services.toewijzing.tables import EXCHANGE, VERZOEK
from shared.exchange import register
from shared.exchange.api import MAX_NUMMER, BellerDep, Cursor, HuisDep, Limiet, cursor_number
from shared.exchange.spoor import Over
from shared.problems import NietGevondenError
from shared.security.partij import Beller

router = APIRouter()

Verzoekstatus = Literal["open", "in_onderzoek", "afgewezen", "toegewezen"]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class GevraagdeOmvang(_Model):
    """Hoeveel: een heel aantal eenheden per frequentie."""

    volume: int
    eenheid: str
    frequentie: str


class GevraagdProduct(_Model):
    """Een product van een verzoek, zoals de klasse ``soort`` van het bericht het heeft; ``budget`` in centen."""

    soort: Literal["AangevraagdProduct", "OngewijzigdProduct", "TeWijzigenProduct", "NieuwProduct"]
    toewijzing_nummer: int | None = None
    toewijzing_ingangsdatum: date | None = Field(None, description="van de toewijzing toen het verzoek kwam")
    beschikking_nummer: int | None = None
    beschikking_ingangsdatum: date | None = None
    categorie: str | None = None
    code: str | None = None
    ingangsdatum: date | None = None
    einddatum: date | None = None
    omvang: GevraagdeOmvang | None = None
    budget: int | None = None


class VerzoekModel(_Model):
    """Een verzoek: een aangevraagd product van een WMO315, of een hele WMO317. De cliënt wordt hier niet genoemd."""

    id: int
    bericht: Literal["WMO315", "WMO317"]
    gemeente: str
    aanbieder: str
    referentie: str = Field(description="ReferentieAanbieder")
    reden: str | None = Field(description="RedenVerzoek, alleen van een WMO317")
    status: Verzoekstatus
    dagtekening: date
    ontvangen: date
    besloten: date | None = Field(description="de dag van toewijzing of afwijzing")
    uiterlijk: date | None = Field(description="de laatste dag van de termijn van de gemeente (OP274, OP346)")
    reden_afwijzing: str | None
    bericht_id: UUID
    antwoord_bericht_id: UUID | None = Field(description="het laatste WMO319")
    toewijzing_bericht_id: UUID | None = Field(description="het WMO301 waarmee is toegewezen")
    producten: list[GevraagdProduct]


class Verzoeken(_Model):
    """Een bladzijde van verzoeken, nieuwste eerst."""

    verzoeken: list[VerzoekModel]
    volgende: str | None = None


Referentie = Annotated[str | None, Query(pattern=r"^[^\x00]+$", max_length=100, description="ReferentieAanbieder")]
VerzoekId = Annotated[int, Path(ge=1, le=MAX_NUMMER)]


@router.get("/verzoeken", response_model_by_alias=True, summary="Eigen verzoeken (WMO315 en WMO317)")
async def get_verzoeken(
    huis: HuisDep,
    beller: BellerDep,
    cursor: Cursor = None,
    limiet: Limiet = 100,
    status: Verzoekstatus | None = None,
    referentie: Referentie = None,
) -> Verzoeken:
    """Eigen verzoeken, nieuwste eerst: die u als aanbieder deed of als gemeente kreeg."""
    table = VERZOEK
    statement = _with_term().where(_mine(beller)).order_by(table.c.id.desc()).limit(limiet + 1)
    if status is not None:
        statement = statement.where(table.c.status == status)
    if referentie is not None:
        statement = statement.where(table.c.referentie == referentie)
    if cursor is not None:
        statement = statement.where(table.c.id < cursor_number(cursor))
    async with huis.engine.begin() as conn:
        rows = (await conn.execute(statement)).all()
        await register.note(
            conn, huis.tables, beller, "opgevraagd", f"{len(rows[:limiet])} verzoeken", over=Over.rijen(rows[:limiet])
        )
    return Verzoeken(
        verzoeken=[_model(row) for row in rows[:limiet]],
        volgende=str(rows[limiet - 1].id) if len(rows) > limiet else None,
    )


@router.get("/verzoeken/{verzoek_id}", response_model_by_alias=True, summary="Een verzoek, met het antwoord erop")
async def get_verzoek(verzoek_id: VerzoekId, huis: HuisDep, beller: BellerDep) -> VerzoekModel:
    """Een eigen verzoek."""
    statement = _with_term().where(VERZOEK.c.id == verzoek_id, _mine(beller))
    async with huis.engine.begin() as conn:
        row = (await conn.execute(statement)).one_or_none()
        if row is None:
            raise NietGevondenError("Dit verzoek is er niet")
        await register.note(
            conn, huis.tables, beller, "opgevraagd", "verzoek", bericht_id=row.bericht_id, over=Over.rijen([row])
        )
    return _model(row)


def _mine(beller: Beller) -> ColumnElement[bool]:
    return or_(VERZOEK.c.gemeente.in_(beller.codes("gemeente")), VERZOEK.c.aanbieder.in_(beller.codes("agb")))


def _with_term() -> Select[Any]:
    """Requests, each with the last day of its term."""
    table, term = VERZOEK, EXCHANGE.termijn
    its_term = and_(
        term.c.regel == case(*((table.c.soort == soort, naam) for soort, naam in REGEL.items())),
        term.c.gemeente == table.c.gemeente,
        term.c.aanbieder == table.c.aanbieder,
        term.c.sleutel == table.c.referentie,
    )
    return select(table, term.c.uiterlijk).select_from(table.outerjoin(term, its_term))


def _model(row: Any) -> VerzoekModel:
    own = ("bericht", "producten")
    values = {name: getattr(row, name) for name in VerzoekModel.model_fields if name not in own}
    return VerzoekModel(
        **values, bericht=row.soort, producten=[GevraagdProduct.model_validate(one) for one in row.producten]
    )
