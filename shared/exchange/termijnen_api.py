"""Terms over HTTP: what is to happen by which day, what is late, what came in time."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import ColumnElement, Select, Table, or_, select, tuple_

from shared.exchange import register
from shared.exchange.agenda import MEDIA_TYPE, as_agenda
from shared.exchange.api import MAX_DIGITS, BellerDep, Cursor, HuisDep, Limiet
from shared.exchange.spoor import Over
from shared.exchange.termijnen import OMSCHRIJVINGEN, Status, Wie, has_status, status_of
from shared.exchange.verwerking import off_loop
from shared.problems import VerzoekError
from shared.security.partij import Beller
from shared.werkdagen import plus_werkdagen, werkdagen_tussen

MAX_YEARS = 10
"""A day further away than this comes from a date like 9999-12-31: working days up to it tell nobody anything."""
MAX_BINNEN = 260
MOST = 5_000
"""Terms in a calendar, the first to end first."""
WEIGHT = 8 * 1024
"""Of a term in a calendar: it is as much work as so many bytes of a message."""


class TermijnModel(BaseModel):
    """Een termijn: wie wat moet doen, waarover, en uiterlijk wanneer."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    regel: str = Field(description="de bedrijfsregel", examples=["OP271"])
    omschrijving: str = Field(examples=["Melden dat de zorg is begonnen (startbericht)"])
    sleutel: str = Field(
        description="waar de termijn over gaat: een ToewijzingNummer, een referentie of het id van een bericht",
        examples=["300201"],
    )
    gemeente: str = Field(examples=["0855"])
    aanbieder: str = Field(examples=["98765432"])
    wie: Wie = Field(description="wie aan zet is")
    bericht_id: UUID | None = Field(description="het bericht waarmee de termijn begon")
    vanaf: date
    uiterlijk: date = Field(description="de laatste dag van de termijn")
    afgerond: date | None = Field(description="de dag waarop het gebeurd is")
    status: Status
    werkdagen_over: int | None = Field(description="zolang de termijn loopt; 0 op de laatste dag")
    werkdagen_te_laat: int | None = Field(description="na afloop van de termijn: tot vandaag, of tot het gebeurd is")


class Termijnen(BaseModel):
    """Een bladzijde van termijnen, wat het eerst eindigt eerst; ``volgende`` is de cursor van de volgende
    bladzijde, en ontbreekt op de laatste."""

    termijnen: list[TermijnModel]
    volgende: str | None = None


StatusFilter = Annotated[
    Status | None,
    Query(
        description="komend: begint nog; open: loopt; verlopen: voorbij, niet gedaan; gehaald: op tijd; te_laat: gedaan"
    ),
]
RegelFilter = Annotated[
    str | None,
    Query(pattern=r"^(OP[0-9]{3}(x[0-9]{1,2})?|SEED-[A-Z]{1,20})$", description="bijvoorbeeld OP271 of SEED-START"),
]
SleutelFilter = Annotated[
    str | None,
    Query(
        pattern=r"^[^\x00]+$",
        max_length=64,
        description="ToewijzingNummer, ReferentieAanbieder of id van een bericht: deze, en wat eronder hangt",
    ),
]
BinnenFilter = Annotated[
    int | None,
    Query(ge=0, le=MAX_BINNEN, description="alleen wat open is en binnen zoveel werkdagen afloopt; 0 is vandaag"),
]
WieFilter = Annotated[Wie | None, Query(description="wie aan zet is")]


def make_termijnen_router() -> APIRouter:
    """The route ``/termijnen``."""
    router = APIRouter()
    router.add_api_route("/termijnen", get_termijnen, methods=["GET"], summary="De termijnen van de bedrijfsregels")
    router.add_api_route(
        "/termijnen.ics",
        get_agenda,
        methods=["GET"],
        summary="De lopende termijnen als agenda (iCalendar)",
        response_class=Response,
        responses={200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}},
    )
    return router


async def get_agenda(huis: HuisDep, beller: BellerDep, wie: WieFilter = None) -> Response:
    """Eigen termijnen die lopen, nog beginnen of voorbij zijn zonder dat het gebeurd is: elk op zijn laatste dag. Er
    staan geen gegevens van cliënten in, en geen eigen referenties van aanbieders."""
    table = huis.tables.termijn
    own = select(table).where(_mine(table, beller), table.c.afgerond.is_(None))
    if wie is not None:
        own = own.where(table.c.wie == wie)
    async with huis.engine.begin() as conn:
        rows = (await conn.execute(own.order_by(table.c.uiterlijk, table.c.regel, table.c.sleutel).limit(MOST))).all()
        shown = Over.rijen(rows)
        await register.note(conn, huis.tables, beller, "opgevraagd", f"agenda van {len(rows)} termijnen", over=shown)
    today, now = huis.klok.today(), huis.klok.now()
    agenda = await off_loop(huis, len(rows) * WEIGHT, lambda: as_agenda(rows, today, now))
    return Response(agenda, media_type=MEDIA_TYPE)


async def get_termijnen(
    huis: HuisDep,
    beller: BellerDep,
    status: StatusFilter = None,
    regel: RegelFilter = None,
    sleutel: SleutelFilter = None,
    wie: WieFilter = None,
    binnen: BinnenFilter = None,
    cursor: Cursor = None,
    limiet: Limiet = 100,
) -> Termijnen:
    """Eigen termijnen, als gemeente of als aanbieder, in de volgorde waarin ze aflopen.

    Een termijn die voorbij is wordt verteld; er wordt nooit een bericht om afgekeurd.
    """
    table, today = huis.tables.termijn, huis.klok.today()
    page = select(table).where(_mine(table, beller)).order_by(table.c.uiterlijk, table.c.id).limit(limiet + 1)
    for column, wanted in ((table.c.regel, regel), (table.c.wie, wie)):
        if wanted is not None:
            page = page.where(column == wanted)
    if sleutel is not None:
        # The terms of a start hang below the number of its toewijzing: 300201/01/01A04/2026-03-01.
        own = table.c.sleutel
        page = page.where(or_(own == sleutel, own.startswith(f"{sleutel}/", autoescape=True)))
    if status is not None:
        page = page.where(has_status(table, status, today))
    if binnen is not None:
        page = page.where(has_status(table, "open", today), table.c.uiterlijk <= plus_werkdagen(today, binnen))
    async with huis.engine.begin() as conn:
        rows = (await conn.execute(_after(page, table, cursor))).all()
        await register.note(
            conn, huis.tables, beller, "opgevraagd", f"{len(rows[:limiet])} termijnen", over=Over.rijen(rows[:limiet])
        )
    last = rows[limiet - 1] if len(rows) > limiet else None
    return Termijnen(
        termijnen=[_model(row, today) for row in rows[:limiet]],
        volgende=f"{last.uiterlijk.toordinal()}-{last.id}" if last else None,
    )


def _mine(table: Table, beller: Beller) -> ColumnElement[bool]:
    return or_(table.c.gemeente.in_(beller.codes("gemeente")), table.c.aanbieder.in_(beller.codes("agb")))


def _after(page: Select[Any], table: Table, cursor: str | None) -> Select[Any]:
    """What follows on the last term of the page before, whose day and number the cursor holds."""
    if cursor is None:
        return page
    day, _, number = cursor.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) <= MAX_DIGITS for part in (day, number)):
        raise VerzoekError("De cursor is niet van dit knooppunt")
    try:
        uiterlijk = date.fromordinal(int(day))
    except (ValueError, OverflowError):
        raise VerzoekError("De cursor is niet van dit knooppunt") from None
    return page.where(tuple_(table.c.uiterlijk, table.c.id) > tuple_(uiterlijk, int(number)))


def _model(row: Any, today: date) -> TermijnModel:
    status = status_of(row.vanaf, row.uiterlijk, row.afgerond, today)
    until = row.afgerond or today
    return TermijnModel(
        **{name: getattr(row, name) for name in _SHOWN},
        omschrijving=OMSCHRIJVINGEN.get(row.regel, f"Termijn van {row.regel}"),
        status=status,
        werkdagen_over=_between(today, row.uiterlijk) if status == "open" else None,
        werkdagen_te_laat=_between(row.uiterlijk, until) if status in ("verlopen", "te_laat") else None,
    )


def _between(van: date, tot: date) -> int | None:
    return werkdagen_tussen(van, tot) if tot.year - van.year <= MAX_YEARS else None


_SHOWN = ("regel", "sleutel", "gemeente", "aanbieder", "wie", "bericht_id", "vanaf", "uiterlijk", "afgerond")
