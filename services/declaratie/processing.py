"""How a WMO303D, WMO303F or WMO323 is judged and recorded."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Text, any_, cast, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.antwoord import make_antwoord
from services.declaratie.controle import judge_declaratie
from services.declaratie.domain import Client, Declaratie, EerderePrestatie, Prestatie, total
from services.declaratie.events import declaratie_event
from services.declaratie.messages import read_declaratie
from services.declaratie.rules import CLIENT_REGELS, DECLARATIE_REGELS, PRESTATIE_REGELS, DeclaratieFeiten
from services.declaratie.tables import DECLARATIE, PRESTATIE, PRODUCT, TOEWIJZING
from shared.db import copy_rows
from shared.exchange.dienst import Heen, Oordeel
from shared.feiten import product_tabel, toewijzing_tabel
from shared.feiten.product import sleutel as product_sleutel
from shared.feiten.toewijzing import sleutel as toewijzing_sleutel
from shared.iwmo.codec import Inhoud
from shared.iwmo.regels import Melding, Plek
from shared.iwmo.retour import RetourGegevens, codes_by_place
from shared.iwmo.schemas import Schema
from shared.kafka.outbox import NewEvent
from shared.security.kluis import Kluis


class DeclaratieDienst:
    """The service declaratie, as the shared reception knows it."""

    soorten = frozenset({"WMO303D", "WMO303F", "WMO323"})
    bron: str | None = "toewijzing"

    def read(self, heen: Heen, kluis: Kluis) -> Declaratie:
        """The message in domain terms."""
        return read_declaratie(heen.kop, heen.inhoud, kluis.pseudoniem)

    def in_message(self, lezing: Declaratie, heen: Heen) -> list[Melding]:
        """Level 2."""
        return judge_declaratie(lezing, heen.kop)

    async def facts(self, conn: AsyncConnection, lezing: Declaratie, heen: Heen) -> DeclaratieFeiten:
        """What the rules need, one query per kind.

        All claims on a toewijzing come from its aanbieder, so one lock per aanbieder puts them one after the other
        (P5, P6), and keeps his numbers from being used twice at once.
        """
        lock = func.hashtextextended(f"declaratie:{lezing.aanbieder}", 0)
        await conn.execute(select(func.pg_advisory_xact_lock(lock)))
        lines = list(lezing.prestaties)
        clients = {client.client for client in lezing.clienten}
        gemeente, aanbieder = lezing.gemeente, lezing.aanbieder
        return DeclaratieFeiten(
            gemeente=gemeente,
            aanbieder=aanbieder,
            eerdere_declaratie=await _earlier_declaration(conn, lezing),
            clienten=await toewijzing_tabel.clients_known(conn, TOEWIJZING, gemeente, aanbieder, clients),
            toewijzingen=await toewijzing_tabel.read(conn, TOEWIJZING, gemeente, [line.nummer for line in lines]),
            contracten=await product_tabel.read(conn, PRODUCT, gemeente, [line.code for line in lines]),
            eerder=await _earlier_lines(conn, aanbieder, {*lezing.references, *lezing.credited}),
            gecrediteerd=await _credited(conn, aanbieder, lezing.credited),
            dubbel={referentie for referentie, count in lezing.references.items() if count > 1},
        )

    def judge(self, lezing: Declaratie, feiten: DeclaratieFeiten, heen: Heen) -> Oordeel:
        """The declaration, then each client, then each line; a fault in one spares those below it the judging."""
        release = heen.soort.release
        on_whole = DECLARATIE_REGELS.judge(lezing, feiten, release, lezing.plek)
        if on_whole:
            return Oordeel(afgekeurd=True, meldingen=on_whole)
        meldingen: list[Melding] = []
        for client in lezing.clienten:
            found = CLIENT_REGELS.judge(client, feiten, release, client.plek)
            meldingen += found
            for prestatie in () if found else client.prestaties:
                meldingen += PRESTATIE_REGELS.judge(prestatie, feiten, release, prestatie.plek)
        return Oordeel(
            afgekeurd=False,
            meldingen=meldingen,
            sleutels=_sleutels(lezing) if meldingen else frozenset(),
            wacht=any(melding.vreemd for melding in meldingen),
        )

    async def record(
        self,
        conn: AsyncConnection,
        lezing: Declaratie,
        feiten: DeclaratieFeiten,
        oordeel: Oordeel,
        heen: Heen,
        kluis: Kluis,
    ) -> list[NewEvent]:
        """Writes the declaration and every line of it, granted and refused, and tells what it did."""
        verdicts = _verdicts(lezing, oordeel.meldingen)
        granted = [prestatie for prestatie, codes in verdicts if not codes]
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
        }
        await conn.execute(insert(DECLARATIE).values(row))
        await copy_rows(conn, PRESTATIE, _COLUMNS, _records(lezing, feiten, verdicts, heen))
        return [declaratie_event(row, _consumption(granted))]

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


def _verdicts(lezing: Declaratie, meldingen: Sequence[Melding]) -> list[tuple[Prestatie, list[str]]]:
    """Every line with the codes that refuse it; a client at fault refuses all his lines."""
    codes: Mapping[Plek, list[str]] = codes_by_place(meldingen)

    def of(client: Client, prestatie: Prestatie) -> list[str]:
        return codes.get(client.plek) or codes.get(prestatie.plek) or []

    return [(prestatie, of(client, prestatie)) for client in lezing.clienten for prestatie in client.prestaties]


def _consumption(granted: Iterable[Prestatie]) -> list[dict[str, int]]:
    """Volume and cents per toewijzing, over the granted lines."""
    found: dict[int, dict[str, int]] = {}
    for line in granted:
        one = found.setdefault(line.nummer, {"toewijzingNummer": line.nummer, "volume": 0, "bedrag": 0})
        one["volume"] += -line.volume if line.credit else line.volume
        one["bedrag"] += line.saldo
    return [found[nummer] for nummer in sorted(found)]


_COLUMNS = (
    "bericht_id", "gemeente", "aanbieder", "client", "referentie", "vorige_referentie", "toewijzing_nummer",
    "categorie", "code", "begindatum", "einddatum", "volume", "eenheid", "tarief", "bedrag", "credit", "toegekend",
    "dubbel", "retourcodes",
)  # fmt: skip


def _records(
    lezing: Declaratie,
    feiten: DeclaratieFeiten,
    verdicts: Iterable[tuple[Prestatie, list[str]]],
    heen: Heen,
) -> Iterable[tuple[Any, ...]]:
    """The rows of the lines; a number that was used before, or earlier in this message, makes a double."""
    seen = set(feiten.eerder)
    for line, codes in verdicts:
        double = line.referentie in seen
        seen.add(line.referentie)
        yield (
            heen.id, lezing.gemeente, lezing.aanbieder, line.client, line.referentie, line.vorige_referentie,
            line.nummer, line.categorie, line.code, line.periode.begin, line.periode.eind, line.volume, line.eenheid,
            line.tarief, line.bedrag, line.credit, not codes, double, codes,
        )  # fmt: skip


async def _earlier_declaration(conn: AsyncConnection, lezing: Declaratie) -> str | None:
    table = DECLARATIE
    statement = select(table.c.bericht_id).where(table.c.aanbieder == lezing.aanbieder, table.c.nummer == lezing.nummer)
    found = await conn.scalar(statement)
    return str(found) if found else None


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


async def _credited(conn: AsyncConnection, aanbieder: str, referenties: Iterable[str]) -> set[str]:
    table = PRESTATIE
    wanted = sorted(referenties)
    if not wanted:
        return set()
    statement = select(table.c.vorige_referentie).where(
        table.c.aanbieder == aanbieder,
        table.c.credit,
        table.c.toegekend,
        table.c.vorige_referentie == any_(cast(wanted, ARRAY(Text))),
    )
    return set((await conn.execute(statement)).scalars())
