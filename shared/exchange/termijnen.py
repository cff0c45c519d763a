"""Terms of the business rules (regels-op): what is to happen by which day. A node watches them; it refuses nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, func, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db import one_of
from shared.exchange.dienst import Heen
from shared.settings import Settings
from shared.statement import Statement, as_arrays, given_rows
from shared.werkdagen import plus_werkdagen

Wie = Literal["gemeente", "aanbieder"]
Sleutel = tuple[str, str, str, str]
"""Rule, gemeente, aanbieder and what it is about."""
Status = Literal["komend", "open", "verlopen", "gehaald", "te_laat"]
OMSCHRIJVINGEN = {
    "OP090": "Een ontvangen bericht beantwoorden met een retourbericht",
    "OP090x4": "Een declaratie of factuur beantwoorden",
    "OP271": "Melden dat de zorg is begonnen (startbericht)",
    "OP272": "Melden dat de zorg is gestopt (stopbericht)",
    "OP274": "Beslissen op een verzoek om toewijzing",
    "OP288": "Een stop melden na afloop van de toewijzing",
    "OP295": "Een start melden onder de toewijzing",
    "OP346": "Beslissen op een verzoek om wijziging",
    "SEED-BESCHIKKEN": "Beschikken en het WMO301 sturen, binnen twee weken na akkoord",
    "SEED-EVALUATIE": "De ondersteuning evalueren nadat zij is geëindigd",
    "SEED-MELDING": "Van melding tot en met de keuze van een aanbieder, binnen vier weken",
    "SEED-NORMENKADER": "Het normenkader delen, binnen twee weken na de opdracht",
    "SEED-ONDERSTEUNINGSPLAN": "Het ondersteuningsplan sturen, binnen twee weken na de opdracht",
    "SEED-PAUZE": "Hervatten of beëindigen wat langer dan 28 dagen stilstaat",
    "SEED-START": "Beginnen met de ondersteuning, binnen drie weken",
}
"""What is to happen, by rule: a sentence for who reads the list of terms."""
DECLARATIES = frozenset({"WMO303D", "WMO303F", "WMO323"})


@dataclass(slots=True, unsafe_hash=True)
class Termijn:
    """One term. ``regel``: the business rule (OP271). ``sleutel``: what it is about, unique with the rule between this
    gemeente and this aanbieder (a ToewijzingNummer, a ReferentieAanbieder, the id of a message). ``wie`` is to act from
    ``vanaf`` to ``uiterlijk``, both days in.

    Treat it as frozen: it is not declared so because that makes it dearer to make, and a message makes many.
    """

    regel: str
    sleutel: str
    gemeente: str
    aanbieder: str
    wie: Wie
    vanaf: date
    uiterlijk: date
    bericht_id: UUID | None = None
    afgerond: date | None = None

    @property
    def key(self) -> Sleutel:
        """By which it is closed."""
        return self.regel, self.gemeente, self.aanbieder, self.sleutel


def retour_termijn(heen: Heen, settings: Settings) -> Termijn:
    """By when a message is to have its answer (OP090, OP090x4), counted from the day on which it came in.

    Its addressee owes it, also where the node answers in his name. The rules of 3.2 give the term of a WMO325; that of
    a WMO304 of 2.4, which they do not know, is the one of a regional contract (besluit 0009).
    """
    soort, kop = heen.soort, heen.kop
    declaratie = soort.naam in DECLARATIES
    days = settings.termijn_retour
    if declaratie:
        days = settings.termijn_304 if soort.release == "2.4" else settings.termijn_325
    return Termijn(
        regel="OP090x4" if declaratie else "OP090",
        sleutel=str(heen.id),
        gemeente=kop.gemeente,
        aanbieder=kop.aanbieder,
        wie="aanbieder" if soort.afzender == "gemeente" else "gemeente",
        vanaf=heen.vandaag,
        uiterlijk=plus_werkdagen(heen.vandaag, days),
        bericht_id=heen.id,
    )


async def open_termijnen(conn: AsyncConnection, table: Table, termijnen: Sequence[Termijn]) -> None:
    """Starts terms, or starts them again with other days; one statement. ``afgerond`` may be known at once."""
    if termijnen:
        await _opening(table).run(conn, opening_values(termijnen))


@cache
def _opening(table: Table) -> Statement:
    return Statement(opening(table))


_KEY = ("regel", "gemeente", "aanbieder", "sleutel")
_COLUMNS = (*_KEY, "wie", "bericht_id", "vanaf", "uiterlijk", "afgerond")
_columns_of = attrgetter(*_COLUMNS)


def opening(table: Table, prefix: str = "termijn_", changed: Iterable[str] = _COLUMNS[len(_KEY) :]) -> Insert:
    """Starting terms, as a statement or part of one; of a term that is there the columns ``changed`` are written."""
    statement = insert(table).from_select(list(_COLUMNS), given_rows(table, _COLUMNS, prefix))
    written = {name: statement.excluded[name] for name in changed}
    return statement.on_conflict_do_update(constraint="termijn_eenmaal", set_=written)


def opening_values(termijnen: Iterable[Termijn], prefix: str = "termijn_") -> dict[str, list[Any]]:
    """Its parameters: a row for each key, in order of the keys. Two who write the same terms never wait in a circle."""
    rows = {one.key: _columns_of(one) for one in termijnen}
    return as_arrays((rows[key] for key in sorted(rows)), [prefix + name for name in _COLUMNS])


async def close_termijnen(conn: AsyncConnection, table: Table, sleutels: Iterable[Sleutel], dag: date) -> None:
    """Ends terms that are open: what was to happen has happened on that day. Unknown ones are left alone."""
    wanted = sorted(set(sleutels))
    if not wanted:
        return
    c = table.c
    named = one_of([c.regel, c.gemeente, c.aanbieder, c.sleutel], wanted)
    statement = update(table).where(named, c.afgerond.is_(None))
    await conn.execute(statement.values(afgerond=func.greatest(dag, c.vanaf)))


def has_status(table: Table, status: Status, vandaag: date) -> ColumnElement[bool]:
    """The terms that stand so today."""
    c = table.c
    conditions: dict[Status, ColumnElement[bool]] = {
        "komend": and_(c.afgerond.is_(None), c.vanaf > vandaag),
        "open": and_(c.afgerond.is_(None), c.vanaf <= vandaag, c.uiterlijk >= vandaag),
        "verlopen": and_(c.afgerond.is_(None), c.uiterlijk < vandaag),
        "gehaald": c.afgerond <= c.uiterlijk,
        "te_laat": c.afgerond > c.uiterlijk,
    }
    return conditions[status]


def status_of(vanaf: date, uiterlijk: date, afgerond: date | None, vandaag: date) -> Status:
    """How one term stands today: the same as ``has_status`` asks of the table."""
    if afgerond is None and vanaf > vandaag:
        return "komend"
    if afgerond is None:
        return "open" if uiterlijk >= vandaag else "verlopen"
    return "gehaald" if afgerond <= uiterlijk else "te_laat"


async def overdue(conn: AsyncConnection, table: Table, vandaag: date) -> dict[str, int]:
    """How many terms are past and not done, by rule."""
    statement = select(table.c.regel, func.count()).where(has_status(table, "verlopen", vandaag))
    found = await conn.execute(statement.group_by(table.c.regel))
    return {row[0]: row[1] for row in found}
