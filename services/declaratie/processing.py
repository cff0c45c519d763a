"""How a WMO303D, WMO303F or WMO323 is judged and recorded."""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.antwoord import make_antwoord
from services.declaratie.bulk import bulk_of
from services.declaratie.controle import judge_declaratie
from services.declaratie.domain.declaratie import Declaratie
from services.declaratie.domain.feiten import DeclaratieFeiten
from services.declaratie.domain.hand import GEEN_HAND, left_to_rules, to_decide
from services.declaratie.domain.verzamelfactuur import VerzamelFeiten, closes_a_year
from services.declaratie.facts import lock_aanbieder, read_facts
from services.declaratie.handmatig.opslag import Vraag
from services.declaratie.messages import read_declaratie
from services.declaratie.oordeel import judge_parts, judge_whole, signals
from services.declaratie.vastleggen import record_lines
from services.declaratie.verzamelfactuur.feiten import read_verzamelfeiten
from services.declaratie.verzamelfactuur.oordeel import judge_verzamelfactuur, record_verzamelfactuur
from services.declaratie.vooruit import Werk, judge_and_record
from shared.exchange.dienst import Beside, Heen, Oordeel
from shared.feiten.product import sleutel as product_sleutel
from shared.feiten.toewijzing import sleutel as toewijzing_sleutel
from shared.iwmo.bulk import Bulk
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Ingangsdata
from shared.iwmo.regels import Melding
from shared.iwmo.retour import RetourGegevens
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
        return _oordeel(lezing, feiten, heen, judge_parts(lezing, feiten))

    async def judge_writing(
        self,
        conn: AsyncConnection,
        lezing: Declaratie,
        feiten: Feiten,
        heen: Heen,
        beside: Beside,
        judged: Callable[[Oordeel], None],
    ) -> tuple[Oordeel, Sequence[NewEvent] | None]:
        """The same, while the database writes the lines that were judged already."""
        if isinstance(feiten, VerzamelFeiten) or feiten.hand is not GEEN_HAND or judge_whole(lezing, feiten):
            return await beside(lambda: self.judge(lezing, feiten, heen)), None

        def verdict(meldingen: Sequence[Melding]) -> Oordeel:
            return _oordeel(lezing, feiten, heen, meldingen)

        return await judge_and_record(conn, Werk(lezing, feiten, heen, verdict), beside, judged)

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
        return await record_lines(conn, lezing, feiten, oordeel.meldingen, heen)

    def retour(self, heen: Heen, meldingen: Sequence[Melding], gegevens: RetourGegevens, schema: Schema) -> Inhoud:
        """The WMO304 or WMO325."""
        return make_antwoord(heen, meldingen, gegevens, schema)


def _oordeel(lezing: Declaratie, feiten: DeclaratieFeiten, heen: Heen, meldingen: Sequence[Melding]) -> Oordeel:
    """The verdict, by what was found wrong with clients and lines."""
    hand = feiten.hand
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


def _sleutels(lezing: Declaratie) -> frozenset[str]:
    """The toewijzingen and products that a declaration is about."""
    nummers = {prestatie.nummer for prestatie in lezing.prestaties}
    codes = {prestatie.code for prestatie in lezing.prestaties}
    return frozenset(toewijzing_sleutel(lezing.gemeente, nummer) for nummer in nummers) | frozenset(
        product_sleutel(lezing.gemeente, code) for code in codes
    )
