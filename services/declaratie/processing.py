"""How a WMO303D, WMO303F or WMO323 is judged and recorded."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.antwoord import make_antwoord
from services.declaratie.bulk import bulk_of
from services.declaratie.controle import judge_declaratie
from services.declaratie.domain.declaratie import Declaratie, Prestatie, total
from services.declaratie.domain.deels import as_granted, granted_in_part
from services.declaratie.domain.feiten import DeclaratieFeiten
from services.declaratie.domain.hand import left_to_rules, to_decide
from services.declaratie.domain.verzamelfactuur import VerzamelFeiten, closes_a_year
from services.declaratie.events import declaratie_events
from services.declaratie.facts import lock_aanbieder, read_facts
from services.declaratie.handmatig.opslag import Vraag
from services.declaratie.messages import read_declaratie
from services.declaratie.oordeel import judge_parts, judge_whole, signals
from services.declaratie.tables import DECLARATIE, PRESTATIE
from services.declaratie.verzamelfactuur.feiten import read_verzamelfeiten
from services.declaratie.verzamelfactuur.oordeel import judge_verzamelfactuur, record_verzamelfactuur
from shared.db import copy_rows
from shared.exchange.dienst import Heen, Oordeel
from shared.feiten.product import sleutel as product_sleutel
from shared.feiten.toewijzing import sleutel as toewijzing_sleutel
from shared.iwmo.bulk import Bulk
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Ingangsdata
from shared.iwmo.regels import Melding, Plek
from shared.iwmo.retour import RetourGegevens, codes_by_place
from shared.iwmo.schemas import Schema
from shared.kafka.outbox import NewEvent
from shared.security.kluis import Kluis

Feiten = DeclaratieFeiten | VerzamelFeiten


class DeclaratieDienst:
    """The service declaratie, as the shared reception knows it."""

    soorten = frozenset({"WMO303D", "WMO303F", "WMO323"})
    bron: str | None = "toewijzing"

    def bulk(self, schema: Schema, kluis: Kluis) -> Bulk | None:
        """The clients with their lines."""
        return bulk_of(schema, kluis.pseudoniem)

    def read(self, heen: Heen, kluis: Kluis) -> Declaratie:
        """The message in domain terms."""
        clienten = heen.delen.items if heen.delen is not None else None
        return read_declaratie(heen.kop, heen.inhoud, kluis.pseudoniem, clienten)

    def in_message(self, lezing: Declaratie, heen: Heen) -> list[Melding]:
        """Level 2."""
        return judge_declaratie(lezing, heen.kop)

    async def facts(self, conn: AsyncConnection, lezing: Declaratie, heen: Heen) -> Feiten:
        """What the rules need, one query per kind."""
        await lock_aanbieder(conn, lezing.aanbieder)
        if closes_a_year(heen.soort.naam, lezing.periode):
            return await read_verzamelfeiten(conn, lezing)
        return await read_facts(conn, lezing, heen)

    def judge(self, lezing: Declaratie, feiten: Feiten, heen: Heen) -> Oordeel:
        """The declaration, then each client, then each line; a fault in one spares those below it the judging."""
        if isinstance(feiten, VerzamelFeiten):
            return judge_verzamelfactuur(lezing, feiten)
        on_whole = judge_whole(lezing, feiten)
        if on_whole:
            return Oordeel(afgekeurd=True, meldingen=on_whole)
        meldingen, hand = judge_parts(lezing, feiten), feiten.hand
        waiting = to_decide(lezing, meldingen, hand)
        asked = bool(waiting) and not hand.gesloten
        return Oordeel(
            afgekeurd=False,
            meldingen=meldingen,
            sleutels=_sleutels(lezing) if meldingen else frozenset(),
            wacht=any(melding.vreemd for melding in meldingen),
            signalen=[*signals(lezing, feiten), *([] if asked else left_to_rules(lezing, waiting, hand))],
            hand=Vraag(heen, lezing, waiting, hand.besluiten.keys()) if asked else None,
        )

    def ingangsdata(self, lezing: Declaratie, feiten: Feiten) -> Ingangsdata:
        """The first days of the toewijzingen that are declared on; those not known here may still come."""
        known = [feiten.toewijzing(line) for line in lezing.prestaties]
        missing = {line.nummer for line, one in zip(lezing.prestaties, known, strict=True) if one is None}
        return Ingangsdata(
            frozenset(one.periode.begin for one in known if one is not None),
            frozenset(toewijzing_sleutel(lezing.gemeente, nummer) for nummer in missing),
        )

    def clienten(self, lezing: Declaratie, feiten: Feiten | None) -> Collection[str]:
        """Those of all lines."""
        return {client.client for client in lezing.clienten}

    async def record(
        self,
        conn: AsyncConnection,
        lezing: Declaratie,
        feiten: Feiten,
        oordeel: Oordeel,
        heen: Heen,
        kluis: Kluis,
    ) -> list[NewEvent]:
        """Writes the declaration and every line of it, granted and refused, and tells what it did."""
        if isinstance(feiten, VerzamelFeiten):
            await record_verzamelfactuur(conn, lezing, feiten, oordeel.meldingen, heen)
            return []
        verdicts = _verdicts(lezing, oordeel.meldingen)
        granted = _granted(verdicts)
        row = {
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
            "toegekend": total(granted),
            "regels": len(verdicts),
            "regels_toegekend": len(granted),
            "regels_deels": sum(1 for _, _, deel in verdicts if deel is not None) if oordeel.meldingen else 0,
        }
        await conn.execute(insert(DECLARATIE).values(row))
        # What it tells is worked out while Postgres writes: of many lines both take long.
        telling = asyncio.create_task(asyncio.to_thread(declaratie_events, row, granted))
        # Without a single code they are all empty and whole, as the columns are by themselves.
        columns = _COLUMNS if oordeel.meldingen else _COLUMNS[:-2]
        records = _records(lezing, feiten, verdicts, heen)
        await copy_rows(conn, PRESTATIE, columns, (one[: len(columns)] for one in records))
        return await telling

    def retour(self, heen: Heen, meldingen: Sequence[Melding], gegevens: RetourGegevens, schema: Schema) -> Inhoud:
        """The WMO304 or WMO325."""
        return make_antwoord(heen, meldingen, gegevens, schema)


def _sleutels(lezing: Declaratie) -> frozenset[str]:
    """The toewijzingen and products that a declaration is about."""
    nummers = {prestatie.nummer for prestatie in lezing.prestaties}
    codes = {prestatie.code for prestatie in lezing.prestaties}
    return frozenset(toewijzing_sleutel(lezing.gemeente, nummer) for nummer in nummers) | frozenset(
        product_sleutel(lezing.gemeente, code) for code in codes
    )


Verdict = tuple[Prestatie, list[str], int | None]
"""A line, the codes that refuse or cut it, and of one that is granted in part the cents that are."""


def _granted(verdicts: Iterable[Verdict]) -> list[Prestatie]:
    """The granted lines, as they count."""
    return [
        line if deel is None else as_granted(line, deel)
        for line, codes, deel in verdicts
        if not codes or deel is not None
    ]


def _verdicts(lezing: Declaratie, meldingen: Sequence[Melding]) -> list[Verdict]:
    """Every line with its outcome; a client at fault refuses all his lines."""
    codes: Mapping[Plek, list[str]] = codes_by_place(meldingen)
    deels = granted_in_part(meldingen)
    # To look up a place for every line is dear, and most clients have no fault.
    at_fault = {number for plek in codes for naam, number in plek if naam == "Client"}
    none: list[str] = []
    found: list[Verdict] = []
    for number, client in enumerate(lezing.clienten, start=1):
        if number in at_fault:
            own = codes.get(client.plek)
            found += [
                (prestatie, own or codes.get(prestatie.plek, none), deels.get(prestatie.plek))
                for prestatie in client.prestaties
            ]
        else:
            found += [(prestatie, none, None) for prestatie in client.prestaties]
    return found


_COLUMNS = (
    "bericht_id", "gemeente", "aanbieder", "client", "referentie", "vorige_referentie", "toewijzing_nummer",
    "categorie", "code", "begindatum", "einddatum", "volume", "eenheid", "tarief", "bedrag", "credit", "toegekend",
    "dubbel", "retourcodes", "gekort",
)  # fmt: skip


def _records(
    lezing: Declaratie,
    feiten: DeclaratieFeiten,
    verdicts: Iterable[Verdict],
    heen: Heen,
) -> Iterable[tuple[Any, ...]]:
    """The rows of the lines; a number that was used before, or earlier in this message, makes a double."""
    seen = set(feiten.eerder)
    for line, codes, deel in verdicts:
        double = line.referentie in seen
        seen.add(line.referentie)
        yield (
            heen.id, lezing.gemeente, lezing.aanbieder, line.client, line.referentie, line.vorige_referentie,
            line.nummer, line.categorie, line.code, line.periode.begin, line.periode.eind, line.volume, line.eenheid,
            line.tarief, line.bedrag, line.credit, deel is not None or not codes, double, codes,
            0 if deel is None else line.bedrag - deel,
        )  # fmt: skip
