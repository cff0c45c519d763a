"""The verdict on a verzamelfactuur, and its recording. Nothing of it is claimed, so nothing of it is published."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.declaratie import Declaratie, Prestatie, total
from services.declaratie.domain.verzamelfactuur import RELEASE, Toets, VerzamelFeiten, belongs
from services.declaratie.rules.verzamelfactuur import FACTUUR_REGELS, REGEL_REGELS, SIGNALEN
from services.declaratie.tables import VERZAMEL
from shared.db import copy_rows
from shared.exchange.dienst import Heen, Oordeel
from shared.iwmo.regels import Melding, Plek
from shared.iwmo.retour import codes_by_place


def judge_verzamelfactuur(lezing: Declaratie, feiten: VerzamelFeiten) -> Oordeel:
    """The invoice, then each line by itself. It rests on no facts of another service, so it never waits."""
    on_whole = FACTUUR_REGELS.judge(lezing, feiten, RELEASE, lezing.plek)
    if on_whole:
        return Oordeel(afgekeurd=True, meldingen=on_whole)
    return Oordeel(
        afgekeurd=False,
        meldingen=judge_regels(lezing.prestaties, feiten),
        signalen=SIGNALEN.judge(lezing, feiten, RELEASE, lezing.plek),
    )


def judge_regels(prestaties: Iterable[Prestatie], feiten: VerzamelFeiten) -> list[Melding]:
    """The faults of every line, in the order of the message."""
    return [one for line in prestaties for one in REGEL_REGELS.judge(line, feiten, RELEASE, line.plek)]


async def record_verzamelfactuur(
    conn: AsyncConnection, lezing: Declaratie, feiten: VerzamelFeiten, meldingen: Sequence[Melding], heen: Heen
) -> None:
    """Writes the invoice, every line of it, and what it leaves out."""
    codes = codes_by_place(meldingen)
    lines = list(lezing.prestaties)
    granted = [line for line in lines if line.plek not in codes]
    await conn.execute(
        insert(VERZAMEL.factuur).values(
            bericht_id=heen.id,
            gemeente=lezing.gemeente,
            aanbieder=lezing.aanbieder,
            nummer=lezing.nummer,
            begindatum=lezing.periode.begin,
            einddatum=lezing.periode.eind,
            dagtekening=lezing.dagtekening,
            ingediend=lezing.ingediend,
            verwacht=feiten.verwacht,
            toegekend=total(granted),
            regels=len(lines),
            regels_toegekend=len(granted),
            ontbreekt=len(feiten.vergelijking.ontbreekt),
        )
    )
    await copy_rows(conn, VERZAMEL.regel, _COLUMNS, _records(heen.id, lines, feiten, codes))


_COLUMNS = (
    "bericht_id", "client", "referentie", "toewijzing_nummer", "categorie", "code", "begindatum", "einddatum", "bedrag",
    "gefactureerd", "toegekend", "akkoord", "retourcodes",
)  # fmt: skip


def _records(
    bericht_id: UUID, lines: Iterable[Prestatie], feiten: VerzamelFeiten, codes: dict[Plek, list[str]]
) -> Iterator[tuple[Any, ...]]:
    for line in lines:
        toets, refused = _toets(line, feiten), codes.get(line.plek, [])
        yield (
            bericht_id, line.client, line.referentie, line.nummer, line.categorie, line.code, line.periode.begin,
            line.periode.eind, line.saldo, toets.gefactureerd, toets.toegekend, not refused, refused,
        )  # fmt: skip
    for one in feiten.vergelijking.ontbreekt:
        client, nummer, categorie, code = one.groep
        yield (
            bericht_id, client, None, nummer, categorie, code, one.periode.begin, one.periode.eind, 0, 0,
            one.toegekend, False, [],
        )  # fmt: skip


def _toets(line: Prestatie, feiten: VerzamelFeiten) -> Toets:
    """Of a line of another year nothing was granted in this one."""
    return feiten.vergelijking.toets(line) if belongs(line.periode, feiten.periode) else Toets(line.saldo, 0)
