"""What a declaration is held against, read from the tables: one query per kind, however many lines it has."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnClause,
    ColumnElement,
    Date,
    Select,
    Text,
    any_,
    case,
    cast,
    column,
    exists,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.declaratie import Declaratie
from services.declaratie.domain.feiten import (
    Claim,
    DeclaratieFeiten,
    EerderePeriode,
    EerderePrestatie,
    Gebruik,
    OpenDebet,
    claim_of,
)
from services.declaratie.tables import DECLARATIE, EXCHANGE, PRESTATIE, PRODUCT, TOEWIJZING
from shared.exchange.dienst import Heen
from shared.feiten import product_tabel, toewijzing_tabel
from shared.feiten.product import Contracten
from shared.iwmo.waarden import Periode


async def lock_aanbieder(conn: AsyncConnection, aanbieder: str) -> None:
    """Holds all declarations of an aanbieder until the transaction ends.

    All claims on a toewijzing come from its aanbieder, so one lock per aanbieder puts them one after the other
    (P5, P6): two messages cannot both find room for what fits once. It also keeps his numbers from being used twice.
    """
    await conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"declaratie:{aanbieder}", 0))))


async def read_facts(conn: AsyncConnection, lezing: Declaratie, heen: Heen) -> DeclaratieFeiten:
    """All that the rules need; call it under ``lock_aanbieder``."""
    gemeente, aanbieder = lezing.gemeente, lezing.aanbieder
    nummers = {line.nummer for line in lezing.prestaties}
    codes = {line.code for line in lezing.prestaties}
    clients = {client.client for client in lezing.clienten}
    debits = {claim_of(line) for line in lezing.prestaties if not line.credit}
    return DeclaratieFeiten(
        gemeente=gemeente,
        aanbieder=aanbieder,
        release=heen.soort.release,
        periode=lezing.periode,
        eerdere_declaratie=await _earlier_declaration(conn, lezing),
        laatste=await _last_period(conn, lezing, heen.id),
        clienten=await toewijzing_tabel.clients_known(conn, TOEWIJZING, gemeente, aanbieder, clients),
        toewijzingen=await toewijzing_tabel.read(conn, TOEWIJZING, gemeente, nummers),
        contracten=_of_aanbieder(await product_tabel.read(conn, PRODUCT, gemeente, codes), aanbieder),
        eerder=await _earlier_lines(conn, aanbieder, {*lezing.references, *lezing.credited}),
        gecrediteerd=await _credited(conn, aanbieder, lezing.credited),
        dubbel={referentie for referentie, count in lezing.references.items() if count > 1},
        toegekend=await _granted(conn, lezing, {claim[0] for claim in debits}),
        openstaand=await _standing(conn, lezing, debits),
    )


def _of_aanbieder(contracten: Contracten, aanbieder: str) -> Contracten:
    """Without the contracts of others: every line goes through the list of its product."""
    tarieven = {
        code: [tarief for tarief in known if tarief.aanbieder in (None, aanbieder)]
        for code, known in contracten.tarieven.items()
    }
    return Contracten(contracten.bekend, tarieven)


async def _earlier_declaration(conn: AsyncConnection, lezing: Declaratie) -> str | None:
    table = DECLARATIE
    statement = select(table.c.bericht_id).where(table.c.aanbieder == lezing.aanbieder, table.c.nummer == lezing.nummer)
    found = await conn.scalar(statement)
    return str(found) if found else None


async def _last_period(conn: AsyncConnection, lezing: Declaratie, bericht_id: UUID) -> EerderePeriode | None:
    """The latest period declared in a message that came in before this one. One that came in later, and got its
    verdict while this one waited for facts, does not make this one late."""
    table, bericht = DECLARATIE, EXCHANGE.bericht
    own = select(bericht.c.volgnummer).where(bericht.c.id == bericht_id).scalar_subquery()
    statement = (
        select(table.c.bericht_id, table.c.begindatum, table.c.einddatum)
        .join(bericht, bericht.c.id == table.c.bericht_id)
        .where(table.c.aanbieder == lezing.aanbieder, table.c.gemeente == lezing.gemeente, bericht.c.volgnummer < own)
        .order_by(table.c.begindatum.desc(), table.c.einddatum.desc())
        .limit(1)
    )
    row = (await conn.execute(statement)).one_or_none()
    return EerderePeriode(str(row.bericht_id), Periode(row.begindatum, row.einddatum)) if row else None


async def _earlier_lines(
    conn: AsyncConnection, aanbieder: str, referenties: Iterable[str]
) -> dict[str, EerderePrestatie]:
    table = PRESTATIE
    statement = select(table).where(
        table.c.aanbieder == aanbieder,
        table.c.referentie == any_(cast(sorted(referenties), ARRAY(Text))),
        ~table.c.dubbel,
    )
    return {
        row.referentie: EerderePrestatie(
            str(row.bericht_id),
            row.toegekend,
            row.credit,
            (
                row.gemeente, row.client, row.toewijzing_nummer, row.categorie, row.code, row.begindatum, row.einddatum,
                row.volume, row.eenheid, row.tarief, row.bedrag,
            ),
        )
        for row in await conn.execute(statement)
    }  # fmt: skip


async def _credited(conn: AsyncConnection, aanbieder: str, referenties: Iterable[str]) -> dict[str, str]:
    """Of these numbers those that a granted credit took back, with the message of that credit."""
    table = PRESTATIE
    statement = select(table.c.vorige_referentie, table.c.bericht_id).where(
        table.c.aanbieder == aanbieder,
        table.c.credit,
        table.c.toegekend,
        table.c.vorige_referentie == any_(cast(sorted(referenties), ARRAY(Text))),
    )
    return {row.vorige_referentie: str(row.bericht_id) for row in await conn.execute(statement)}


async def _granted(conn: AsyncConnection, lezing: Declaratie, nummers: Iterable[int]) -> dict[int, dict[str, Gebruik]]:
    """What was granted on each toewijzing so far, per unit, credits taken off."""
    table = PRESTATIE
    sign = case((table.c.credit, -1), else_=1)
    statement = (
        select(
            table.c.toewijzing_nummer,
            table.c.eenheid,
            func.sum(sign * table.c.volume).label("volume"),
            func.sum(sign * table.c.bedrag).label("bedrag"),
        )
        .where(
            table.c.gemeente == lezing.gemeente,
            table.c.aanbieder == lezing.aanbieder,
            table.c.toewijzing_nummer == any_(cast(sorted(nummers), ARRAY(BigInteger))),
            table.c.toegekend,
        )
        .group_by(table.c.toewijzing_nummer, table.c.eenheid)
    )
    found: dict[int, dict[str, Gebruik]] = {}
    for row in await conn.execute(statement):
        found.setdefault(row.toewijzing_nummer, {})[row.eenheid] = Gebruik(int(row.volume), int(row.bedrag))
    return found


async def _standing(conn: AsyncConnection, lezing: Declaratie, claims: Iterable[Claim]) -> dict[Claim, list[OpenDebet]]:
    """The granted debits with one of these claims that no credit took back."""
    found: dict[Claim, list[OpenDebet]] = {}
    for row in await conn.execute(_select_standing(lezing, claims)):
        claim = (row.toewijzing_nummer, row.categorie, row.code, row.begindatum, row.einddatum)
        found.setdefault(claim, []).append(OpenDebet(str(row.bericht_id), row.referentie))
    return found


def _select_standing(lezing: Declaratie, claims: Iterable[Claim]) -> Select[Any]:
    columns = [list(values) for values in zip(*sorted(claims), strict=True)] or [[] for _ in range(5)]
    types = (BigInteger, Text, Text, Date, Date)
    names = ("nummer", "categorie", "code", "begin", "eind")
    arrays: list[ColumnElement[Any]] = [cast(values, ARRAY(kind)) for values, kind in zip(columns, types, strict=True)]
    named: list[ColumnClause[Any]] = [column(name, kind) for name, kind in zip(names, types, strict=True)]
    asked = func.unnest(*arrays).table_valued(*named).render_derived(name="gevraagd")
    table, credit = PRESTATIE, PRESTATIE.alias("credit")
    taken_back = exists().where(
        credit.c.aanbieder == table.c.aanbieder,
        credit.c.vorige_referentie == table.c.referentie,
        credit.c.credit,
        credit.c.toegekend,
    )
    return (
        select(
            table.c.toewijzing_nummer,
            table.c.categorie,
            table.c.code,
            table.c.begindatum,
            table.c.einddatum,
            table.c.bericht_id,
            table.c.referentie,
        )
        .join(
            asked,
            (table.c.toewijzing_nummer == asked.c.nummer)
            & (table.c.categorie == asked.c.categorie)
            & (table.c.code == asked.c.code)
            & (table.c.begindatum == asked.c.begin)
            & (table.c.einddatum == asked.c.eind),
        )
        .where(
            table.c.gemeente == lezing.gemeente,
            table.c.aanbieder == lezing.aanbieder,
            # Follows from the join; said again so that the index gives these toewijzingen, not all of the gemeente.
            table.c.toewijzing_nummer == any_(cast(sorted(set(columns[0])), ARRAY(BigInteger))),
            table.c.toegekend,
            ~table.c.credit,
            ~taken_back,
        )
        .order_by(table.c.id)
    )
