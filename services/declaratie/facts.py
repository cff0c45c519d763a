"""What a declaration is held against, read from the tables: one query per kind, however many lines it has."""

from collections.abc import Mapping, Sequence, Set
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie import facts_sql
from services.declaratie.domain.declaratie import Declaratie
from services.declaratie.domain.deels import DEELBAAR
from services.declaratie.domain.feiten import (
    Claim,
    DeclaratieFeiten,
    EerderePeriode,
    EerderePrestatie,
    Gebruik,
    OpenDebet,
    claim_of,
)
from services.declaratie.domain.periode import right_begin
from services.declaratie.domain.ruimte import has_maximum
from services.declaratie.domain.verzamelfactuur import FACTUUR
from services.declaratie.handmatig.opslag import read_hand
from services.declaratie.tables import PRODUCT, TOEWIJZING
from shared.exchange.dienst import Heen
from shared.feiten import product_tabel, toewijzing_tabel
from shared.feiten.product import Contracten
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.waarden import Periode


async def lock_aanbieder(conn: AsyncConnection, aanbieder: str) -> None:
    """Holds all declarations of an aanbieder until the transaction ends.

    All claims on a toewijzing come from its aanbieder, so one lock per aanbieder puts them one after the other
    (P5, P6): two messages cannot both find room for what fits once. It also keeps his numbers from being used twice.
    """
    await facts_sql.LOCK.value(conn, {"sleutel": f"declaratie:{aanbieder}"})


async def read_facts(conn: AsyncConnection, lezing: Declaratie, heen: Heen) -> DeclaratieFeiten:
    """All that the rules need; call it under ``lock_aanbieder``."""
    gemeente, aanbieder, release = lezing.gemeente, lezing.aanbieder, heen.soort.release
    codes = {line.code for line in lezing.prestaties}
    claims = {claim_of(line) for line in lezing.prestaties if not line.credit}
    nummers = sorted({line.nummer for line in lezing.prestaties})
    toewijzingen = await toewijzing_tabel.read(conn, TOEWIJZING, gemeente, nummers)
    # What is asked for besides is what a line would be if it were mended: whether that is right is judged as well.
    codes |= {one.product.code for one in toewijzingen.values() if one.product.code is not None}
    return DeclaratieFeiten(
        gemeente=gemeente,
        aanbieder=aanbieder,
        release=release,
        periode=lezing.periode,
        eerdere_declaratie=await _earlier_declaration(conn, lezing),
        laatste=await _last_period(conn, lezing, heen.id),
        clienten=await _known_clients(conn, lezing, toewijzingen),
        toewijzingen=toewijzingen,
        contracten=_of_aanbieder(await product_tabel.read(conn, PRODUCT, gemeente, codes), aanbieder),
        eerder=await _earlier_lines(conn, aanbieder, [*lezing.references, *lezing.credited]),
        gecrediteerd=await _credited(conn, aanbieder, list(lezing.credited)),
        dubbel={referentie for referentie, count in lezing.references.items() if count > 1},
        toegekend=await _granted(conn, lezing, [one.nummer for one in toewijzingen.values() if has_maximum(one)]),
        # Only TR389 asks, and 2.4 does not have it.
        openstaand=await _standing(conn, lezing, nummers, _days(lezing, toewijzingen)) if release == "3.2" else {},
        claims=claims,
        factuur=heen.soort.naam == FACTUUR,
        deelbaar=heen.soort.naam == DEELBAAR,
        hand=await read_hand(conn, gemeente, aanbieder, heen.id),
    )


def _days(lezing: Declaratie, toewijzingen: Mapping[int, Toewijzing]) -> list[date]:
    """The first days of what the debits claim, and of what they would if their toewijzing had its way."""
    days = set()
    for line in lezing.prestaties:
        if not line.credit:
            begin = line.periode.begin
            days.add(begin)
            found = toewijzingen.get(line.nummer)
            if found is not None:
                days.add(right_begin(begin, found))
    return list(days)


async def _known_clients(conn: AsyncConnection, lezing: Declaratie, toewijzingen: Mapping[int, Toewijzing]) -> Set[str]:
    """The clients with any toewijzing: nearly all by those that were read, so only the others are asked for."""
    aanbieder = lezing.aanbieder
    known = {one.client for one in toewijzingen.values() if one.aanbieder == aanbieder}
    others = {client.client for client in lezing.clienten} - known
    return known | await toewijzing_tabel.clients_known(conn, TOEWIJZING, lezing.gemeente, aanbieder, others)


def _of_aanbieder(contracten: Contracten, aanbieder: str) -> Contracten:
    """Without the contracts of others: every line goes through the list of its product."""
    tarieven = {
        code: [tarief for tarief in known if tarief.aanbieder in (None, aanbieder)]
        for code, known in contracten.tarieven.items()
    }
    return Contracten(contracten.bekend, tarieven)


async def _earlier_declaration(conn: AsyncConnection, lezing: Declaratie) -> str | None:
    found = await facts_sql.DECLARATIE_BY_NUMMER.value(conn, {"aanbieder": lezing.aanbieder, "nummer": lezing.nummer})
    return str(found) if found else None


async def _last_period(conn: AsyncConnection, lezing: Declaratie, bericht_id: UUID) -> EerderePeriode | None:
    """The latest period declared in a message that came in before this one. One that came in later, and got its
    verdict while this one waited for facts, does not make this one late."""
    values = {"aanbieder": lezing.aanbieder, "gemeente": lezing.gemeente, "bericht_id": bericht_id}
    rows = await facts_sql.LAST_PERIOD.rows(conn, values)
    return EerderePeriode(str(rows[0][0]), Periode(rows[0][1], rows[0][2])) if rows else None


async def _earlier_lines(
    conn: AsyncConnection, aanbieder: str, referenties: Sequence[str]
) -> dict[str, EerderePrestatie]:
    values = {"aanbieder": aanbieder, "referenties": referenties}
    return {
        referentie: EerderePrestatie(str(bericht_id), toegekend, credit, tuple(inhoud), gekort, retourcodes)
        async for rows in facts_sql.EARLIER.batches(conn, values)
        for referentie, bericht_id, toegekend, credit, gekort, retourcodes, *inhoud in rows
    }


async def _credited(conn: AsyncConnection, aanbieder: str, referenties: Sequence[str]) -> dict[str, str]:
    """Of these numbers those that a granted credit took back, with the message of that credit."""
    if not referenties:
        return {}
    rows = await facts_sql.CREDITED.rows(conn, {"aanbieder": aanbieder, "referenties": referenties})
    return {referentie: str(bericht_id) for referentie, bericht_id in rows}


async def _granted(
    conn: AsyncConnection, lezing: Declaratie, nummers: Sequence[int]
) -> dict[int, Sequence[tuple[str, Gebruik]]]:
    """What was granted on each toewijzing so far, per unit, credits taken off."""
    if not nummers:
        return {}
    values = {"gemeente": lezing.gemeente, "aanbieder": lezing.aanbieder, "nummers": nummers}
    found: dict[int, Sequence[tuple[str, Gebruik]]] = {}
    for eenheid, *columns in await facts_sql.GRANTED.rows(conn, values):
        for nummer, volume, bedrag in zip(*columns, strict=True):
            gebruik = (eenheid, Gebruik(volume, bedrag))
            found[nummer] = (*found[nummer], gebruik) if nummer in found else (gebruik,)
    return found


async def _standing(
    conn: AsyncConnection, lezing: Declaratie, nummers: Sequence[int], dagen: Sequence[date]
) -> dict[Claim, list[OpenDebet]]:
    """The granted debits on these toewijzingen, that no credit took back, whose period begins on one of these days, by
    what they claim. A message has few such days, so these are hardly more than those with a claim of its own."""
    values = {"gemeente": lezing.gemeente, "aanbieder": lezing.aanbieder, "nummers": nummers, "dagen": dagen}
    found: dict[Claim, list[OpenDebet]] = {}
    async for rows in facts_sql.STANDING.batches(conn, values):
        for nummer, categorie, code, begin, eind, bericht_id, referentie in rows:
            open_debet = OpenDebet(str(bericht_id), referentie)
            found.setdefault((nummer, categorie, code, begin, eind), []).append(open_debet)
    return found
