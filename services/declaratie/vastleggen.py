"""Writing a judged declaration: its own row, a row for every line, granted or refused, and what is told of it."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.declaratie import Client, Declaratie, Prestatie, total
from services.declaratie.domain.deels import as_granted, granted_in_part
from services.declaratie.domain.feiten import DeclaratieFeiten
from services.declaratie.domain.verzamelfactuur import FACTUUR
from services.declaratie.events import declaratie_events
from services.declaratie.tables import DECLARATIE, PRESTATIE
from shared.db import copy_rows
from shared.exchange.dienst import Heen
from shared.iwmo.regels import Melding, Plek
from shared.iwmo.retour import codes_by_place
from shared.kafka.outbox import NewEvent

Row = tuple[Any, ...]
COLUMNS = (
    "bericht_id", "gemeente", "aanbieder", "client", "referentie", "vorige_referentie", "toewijzing_nummer",
    "categorie", "code", "begindatum", "einddatum", "volume", "eenheid", "tarief", "bedrag", "credit", "toegekend",
    "dubbel", "retourcodes", "gekort", "btw",
)  # fmt: skip
OF_GRANTED = len(COLUMNS) - 3
"""Without a single code they are all empty and whole, as the last columns are by themselves: an array is dear."""


async def record_lines(
    conn: AsyncConnection, lezing: Declaratie, feiten: DeclaratieFeiten, meldingen: Sequence[Melding], heen: Heen
) -> list[NewEvent]:
    """Writes a declaration that was judged, and tells what it did."""
    boek = Boek(lezing, feiten, heen)
    found = {number: list(of_client) for number, of_client in groupby(meldingen, _number_of_client)}
    rows = [
        row
        for number, client in enumerate(lezing.clienten, start=1)
        for row in boek.enter(client, found.get(number, ()))
    ]
    declaratie = boek.declaratie()
    await conn.execute(insert(DECLARATIE).values(declaratie))
    # What it tells is worked out while Postgres writes: of many lines both take long.
    telling = asyncio.create_task(asyncio.to_thread(declaratie_events, declaratie, boek.granted))
    wide = boek.wide(granted=not meldingen)
    await copy_rows(conn, PRESTATIE, COLUMNS[:wide], (row[:wide] for row in rows))
    return await telling


def _number_of_client(melding: Melding) -> int:
    return next(number for naam, number in melding.plek if naam == "Client")


class Boek:
    """The rows of a declaration as its lines get their verdicts, and what they add up to."""

    def __init__(self, lezing: Declaratie, feiten: DeclaratieFeiten, heen: Heen) -> None:
        self.lezing = lezing
        self.heen = heen
        self.granted: list[Prestatie] = []
        """As they count."""
        self._regels = self._deels = 0
        self._seen = set(feiten.eerder)

    def wide(self, *, granted: bool) -> int:
        """How many of ``COLUMNS`` are written of rows that were all granted whole, or were not. Only an invoice tells
        of VAT."""
        return OF_GRANTED if granted and self.heen.soort.naam != FACTUUR else len(COLUMNS)

    def declaratie(self) -> dict[str, Any]:
        """The row of the declaration, by what was entered so far."""
        lezing, heen = self.lezing, self.heen
        return {
            "bericht_id": heen.id,
            "soort": heen.soort.naam,
            "release": heen.soort.release,
            "gemeente": lezing.gemeente,
            "aanbieder": lezing.aanbieder,
            "nummer": lezing.nummer,
            "begindatum": lezing.periode.begin,
            "einddatum": lezing.periode.eind,
            "dagtekening": lezing.dagtekening,
            "ingediend": lezing.ingediend,
            "toegekend": total(self.granted),
            "regels": self._regels,
            "regels_toegekend": len(self.granted),
            "regels_deels": self._deels,
        }

    def enter(self, client: Client, meldingen: Sequence[Melding]) -> Iterator[Row]:
        """The rows of a client's lines, by what was found wrong with him or them. A number that was used before, or
        earlier in this message, makes a double."""
        bericht_id, gemeente, aanbieder = self.heen.id, self.lezing.gemeente, self.lezing.aanbieder
        seen = self._seen
        self._regels += len(client.prestaties)
        for line, codes, deel in _verdicts(client, meldingen):
            double = line.referentie in seen
            seen.add(line.referentie)
            granted = deel is not None or not codes
            if granted:
                self.granted.append(line if deel is None else as_granted(line, deel))
            gekort = 0
            if deel is not None:
                self._deels += 1
                gekort = line.bedrag - deel
            yield (
                bericht_id, gemeente, aanbieder, line.client, line.referentie, line.vorige_referentie, line.nummer,
                line.categorie, line.code, line.periode.begin, line.periode.eind, line.volume, line.eenheid,
                line.tarief, line.bedrag, line.credit, granted, double, codes, gekort,
                None if line.btw is None else line.btw.bedrag,
            )  # fmt: skip


_NONE: Sequence[str] = ()


def _verdicts(client: Client, meldingen: Sequence[Melding]) -> Iterable[tuple[Prestatie, Sequence[str], int | None]]:
    """Each line with the codes that refuse or cut it, and of one that is granted in part the cents that are; a client
    at fault refuses all his lines."""
    if not meldingen:
        return ((line, _NONE, None) for line in client.prestaties)
    codes: Mapping[Plek, Sequence[str]] = codes_by_place(meldingen)
    deels = granted_in_part(meldingen)
    own = codes.get(client.plek)
    return ((line, own or codes.get(line.plek, _NONE), deels.get(line.plek)) for line in client.prestaties)
