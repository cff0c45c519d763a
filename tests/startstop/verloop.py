"""What happens under toewijzingen, day by day, as the service gets to know it; and the terms that follow."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop import stilstand_ronde, te_bezien
from services.startstop.events import HANDLERS
from services.startstop.processing import StartstopDienst
from services.startstop.tables import EXCHANGE
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.codec import Inhoud
from shared.kafka import topics
from shared.klok import NEDERLAND
from tests.shared.exchange.verwerken import KLUIS, claim
from tests.shared.iwmo.berichten import (
    AANBIEDER,
    BSN,
    GEMEENTE,
    NUMMER,
    a_305,
    a_307,
    a_heen,
    a_startproduct,
    a_stopproduct,
    soort,
)
from tests.toewijzing.bouw import a_toewijzing, an_event

Dagen = tuple[date, date, date | None]
TERUG = {"StatusAanlevering": "3"}
_names: Iterator[int] = count(1)


@dataclass
class Verloop:
    """One client, gemeente and aanbieder, on a connection that undoes it all."""

    conn: AsyncConnection
    versies: Iterator[int] = field(default_factory=lambda: count(1))

    async def assign(self, nummer: int = NUMMER, **deviations: Any) -> Toewijzing:
        """A version of a toewijzing comes in."""
        one = a_toewijzing(nummer=nummer, client=KLUIS.pseudoniem(BSN), **deviations)
        await HANDLERS[topics.TOEWIJZING](self.conn, [an_event(one, next(self.versies))])
        return one

    async def start(self, dag: date, nummer: int = NUMMER, **deviations: Any) -> None:
        """A WMO305 comes in on this day; days and what is deviating as the message has it."""
        await self._send(dag, "WMO305", a_305, a_startproduct(ToewijzingNummer=nummer, **deviations))

    async def stop(self, dag: date, nummer: int = NUMMER, **deviations: Any) -> None:
        """A WMO307."""
        await self._send(dag, "WMO307", a_307, a_stopproduct(ToewijzingNummer=nummer, **deviations))

    async def pause(self, dag: date, einddatum: date, nummer: int = NUMMER, **deviations: Any) -> None:
        """A WMO307 of a temporary stop."""
        pauze = {"RedenBeeindiging": "20", "Einddatum": einddatum.isoformat()}
        await self.stop(dag, nummer, **pauze, **deviations)

    async def look_round(self, dag: date) -> None:
        """As the service does now and then, all of it."""
        await te_bezien.mark_ended(self.conn, dag, dag - stilstand_ronde.LONGEST_AGO)
        await te_bezien.mark_evaluated(self.conn)
        for step in (stilstand_ronde.look_again, stilstand_ronde.close_begun):
            while await step(self.conn, dag):
                pass

    async def terms(self) -> dict[str, Dagen]:
        """Those of the seeds, by rule and number: from which day, to which day, and when it was done."""
        table = EXCHANGE.termijn
        mine = (table.c.gemeente == GEMEENTE, table.c.aanbieder == AANBIEDER, table.c.regel.startswith("SEED"))
        rows = (await self.conn.execute(select(table).where(*mine))).all()
        return {
            row.regel if row.sleutel == str(NUMMER) else f"{row.regel}/{row.sleutel}": (
                row.vanaf,
                row.uiterlijk,
                row.afgerond,
            )
            for row in rows
        }

    async def _send(self, dag: date, naam: str, build: Any, product: Inhoud) -> None:
        inhoud = build("3.2", product, identificatie=f"V{next(_names)}", dagtekening=dag.isoformat())
        noon = datetime.combine(dag, time(12), NEDERLAND)
        heen = replace(a_heen(inhoud, soort(naam, "3.2")), ontvangen=noon, vandaag=dag)
        await claim(self.conn, EXCHANGE, heen.kop, str(inhoud).encode(), heen.id)
        dienst = StartstopDienst()
        lezing = dienst.read(heen, KLUIS)
        assert dienst.in_message(lezing, heen) == []
        facts = await dienst.facts(self.conn, lezing, heen)
        oordeel = dienst.judge(lezing, facts, heen)
        assert not oordeel.afgekeurd, oordeel.meldingen
        await dienst.record(self.conn, lezing, facts, oordeel, heen, KLUIS)
