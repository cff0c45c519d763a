"""How a WMO303D, WMO303F or WMO323 is judged and recorded."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.antwoord import make_antwoord
from services.declaratie.controle import judge_declaratie
from services.declaratie.domain.declaratie import Client, Declaratie, Prestatie, total
from services.declaratie.domain.feiten import DeclaratieFeiten
from services.declaratie.events import declaratie_events
from services.declaratie.facts import lock_aanbieder, read_facts
from services.declaratie.messages import read_declaratie
from services.declaratie.oordeel import judge_parts, judge_whole, signals
from services.declaratie.tables import DECLARATIE, PRESTATIE
from shared.db import copy_rows
from shared.exchange.dienst import Heen, Oordeel
from shared.feiten.product import sleutel as product_sleutel
from shared.feiten.toewijzing import sleutel as toewijzing_sleutel
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Ingangsdata
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
        """What the rules need, one query per kind."""
        await lock_aanbieder(conn, lezing.aanbieder)
        return await read_facts(conn, lezing, heen)

    def judge(self, lezing: Declaratie, feiten: DeclaratieFeiten, heen: Heen) -> Oordeel:
        """The declaration, then each client, then each line; a fault in one spares those below it the judging."""
        on_whole = judge_whole(lezing, feiten)
        if on_whole:
            return Oordeel(afgekeurd=True, meldingen=on_whole)
        meldingen = judge_parts(lezing, feiten)
        return Oordeel(
            afgekeurd=False,
            meldingen=meldingen,
            sleutels=_sleutels(lezing) if meldingen else frozenset(),
            wacht=any(melding.vreemd for melding in meldingen),
            signalen=signals(lezing, feiten),
        )

    def ingangsdata(self, lezing: Declaratie, feiten: DeclaratieFeiten) -> Ingangsdata:
        """The first days of the toewijzingen that are declared on; those not known here may still come."""
        known = [feiten.toewijzing(line) for line in lezing.prestaties]
        missing = {line.nummer for line, one in zip(lezing.prestaties, known, strict=True) if one is None}
        return Ingangsdata(
            frozenset(one.periode.begin for one in known if one is not None),
            frozenset(toewijzing_sleutel(lezing.gemeente, nummer) for nummer in missing),
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
        return declaratie_events(row, granted)

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
