"""Reading and writing cases: sealed, one deed at a time, each with its terms and its trace."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.dossier.domain.termijnen import Loopt, wijziging
from services.toewijzing.dossier.domain.zaak import Zaak
from services.toewijzing.tables import DOSSIER, EXCHANGE
from shared.exchange.termijnen import Termijn, close_termijnen, open_termijnen
from shared.klok import Klok
from shared.security.kluis import Kluis
from shared.security.partij import Beller

_SHOWN = ("id", "gemeente", "aanbieder", "fase", "ronde", "release", "versie", "vorig_id", "gemeld", "gewijzigd")


@dataclass(frozen=True, slots=True)
class Bewaard:
    """A case as it is kept: its version, the client's pseudonym and the case before it."""

    zaak: Zaak
    versie: int
    client: str
    vorig_id: UUID | None
    gemeld: date
    volgnummer: int = 0


@dataclass(frozen=True, slots=True)
class Verzoek:
    """What a deed came in as: by whom, under which key of his own, and a keyed digest of what he sent."""

    beller: Beller
    partij: str
    handeling: str
    sleutel: str | None = None
    hash: str | None = None


def digest(kluis: Kluis, handeling: str, over: str, gegevens: Mapping[str, Any]) -> str:
    """Of what was sent, so that a repeat is known. Keyed: what it holds must not be found by trying."""
    return kluis.pseudoniem(json.dumps([handeling, over, gegevens], sort_keys=True, ensure_ascii=False))


async def lees(conn: AsyncConnection, kluis: Kluis, dossier_id: UUID, *, lock: bool = False) -> Bewaard | None:
    """A case; ``lock`` holds it until the transaction ends, so that deeds on it follow each other."""
    statement = select(DOSSIER.dossier).where(DOSSIER.dossier.c.id == dossier_id)
    row = (await conn.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else open_row(kluis, row)


def open_row(kluis: Kluis, row: Any) -> Bewaard:
    """A row of the table, opened."""
    inhoud = json.loads(kluis.open(row.inhoud, zegel_context(row.id, row.versie)))
    zaak = Zaak(str(row.id), row.gemeente, row.fase, row.ronde, row.aanbieder, row.release, inhoud)
    return Bewaard(zaak, row.versie, row.client, row.vorig_id, row.gemeld, row.volgnummer)


async def schrijf(
    conn: AsyncConnection, kluis: Kluis, nu: datetime, voor: Bewaard | None, na: Bewaard, verzoek: Verzoek
) -> int:
    """Writes a case after a deed, its trace and its terms; the number of the deed. The case is held by the caller."""
    zaak, table = na.zaak, DOSSIER.dossier
    clear = json.dumps(zaak.inhoud, ensure_ascii=False).encode()
    values = {
        "aanbieder": zaak.aanbieder,
        "fase": zaak.fase,
        "ronde": zaak.ronde,
        "release": zaak.release,
        "versie": na.versie,
        "inhoud": kluis.seal(clear, zegel_context(UUID(zaak.id), na.versie)),
        "gewijzigd": nu,
    }
    if voor is None:
        known = {"id": UUID(zaak.id), "gemeente": zaak.gemeente, "client": na.client, "gemeld": na.gemeld}
        await conn.execute(insert(table).values(**values, **known, vorig_id=na.vorig_id))
    else:
        await conn.execute(update(table).where(table.c.id == UUID(zaak.id)).values(**values))
    await _write_termijnen(conn, zaak, *wijziging(voor.zaak if voor else None, zaak), Klok.day_of(nu))
    step = {
        "dossier_id": UUID(zaak.id),
        "versie": na.versie,
        "gemeente": zaak.gemeente,
        # Who gives the case back must still find that he did.
        "aanbieder": zaak.aanbieder or (voor.zaak.aanbieder if voor else None),
        "partij": verzoek.partij,
        "handeling": verzoek.handeling,
        "van": voor.zaak.fase if voor else None,
        "naar": zaak.fase,
        "ronde": zaak.ronde,
        "tijd": nu,
        "sleutel": verzoek.sleutel,
        "hash": verzoek.hash,
    }
    made = await conn.scalar(insert(DOSSIER.stap).values(step).returning(DOSSIER.stap.c.id))
    return int(made or 0)


async def _write_termijnen(
    conn: AsyncConnection, zaak: Zaak, begun: list[Loopt], ended: list[Loopt], today: date
) -> None:
    keys = [(one.regel, zaak.gemeente, one.aanbieder, one.sleutel) for one in ended]
    await close_termijnen(conn, EXCHANGE.termijn, keys, today)
    terms = [
        Termijn(one.regel, one.sleutel, zaak.gemeente, one.aanbieder, one.wie, one.vanaf, one.uiterlijk)
        for one in begun
    ]
    await open_termijnen(conn, EXCHANGE.termijn, terms)


async def eerder(conn: AsyncConnection, verzoek: Verzoek) -> Any | None:
    """The deed that this party did under this key before, if there is one. Two at once follow each other here."""
    if verzoek.sleutel is None:
        return None
    lock = func.hashtextextended(f"dossier:{verzoek.partij}:{verzoek.sleutel}", 0)
    await conn.execute(select(func.pg_advisory_xact_lock(lock)))
    step = DOSSIER.stap
    statement = select(step).where(step.c.partij == verzoek.partij, step.c.sleutel == verzoek.sleutel)
    return (await conn.execute(statement)).one_or_none()


async def verloop(conn: AsyncConnection, dossier_id: UUID) -> list[Any]:
    """The deeds on a case, oldest first."""
    step = DOSSIER.stap
    return list((await conn.execute(select(step).where(step.c.dossier_id == dossier_id).order_by(step.c.id))).all())


def zegel_context(dossier_id: UUID, versie: int) -> str:
    """What the seal is bound to: no other case, and no older version, can be put in its place."""
    return f"dossier:{dossier_id}:{versie}"
