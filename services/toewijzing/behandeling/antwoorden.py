"""WMO319: the gemeente refuses a request, or says that it investigates it."""

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.behandeling import feiten_lezen, termijnen
from services.toewijzing.controle import judge_319
from services.toewijzing.domain.feiten import AFGEWEZEN, AntwoordFeiten
from services.toewijzing.domain.verzoek import Antwoord
from services.toewijzing.messages.verzoek import read_319
from services.toewijzing.rules.antwoord import ANTWOORD_REGELS
from services.toewijzing.tables import ANTWOORD, EXCHANGE, VERZOEK
from shared.exchange.dienst import Heen, Oordeel
from shared.exchange.termijnen import close_termijnen, open_termijnen
from shared.iwmo.regels import Melding
from shared.kafka.outbox import NewEvent
from shared.security.kluis import Kluis


class Antwoorden:
    """A WMO319, which names no client: its reference says which request it is about."""

    def read(self, heen: Heen, kluis: Kluis) -> Antwoord:
        """The message in domain terms."""
        return read_319(heen.kop, heen.inhoud)

    def in_message(self, lezing: Antwoord, heen: Heen) -> list[Melding]:
        """Level 2."""
        return judge_319(lezing, heen.kop)

    async def facts(self, conn: AsyncConnection, lezing: Antwoord, heen: Heen) -> AntwoordFeiten:
        """The request of this aanbieder to this gemeente, as it stands."""
        await feiten_lezen.lock_verzoeken(conn, lezing.aanbieder)
        found = await feiten_lezen.read_named(conn, lezing.aanbieder, [lezing.referentie_aanbieder])
        verzoek = found.get(lezing.referentie_aanbieder)
        return AntwoordFeiten(verzoek if verzoek is not None and verzoek.gemeente == lezing.gemeente else None)

    def judge(self, lezing: Antwoord, feiten: AntwoordFeiten, heen: Heen) -> Oordeel:
        """The one class that it has."""
        meldingen = ANTWOORD_REGELS.judge(lezing, feiten, heen.soort.release, lezing.plek)
        return Oordeel(afgekeurd=bool(meldingen), meldingen=meldingen)

    def ingangsdata(self, lezing: Antwoord, feiten: AntwoordFeiten) -> Iterable[date]:
        """Of what the request is about."""
        return feiten.verzoek.ingangsdata if feiten.verzoek is not None else ()

    def clienten(self, lezing: Antwoord, feiten: AntwoordFeiten | None) -> Collection[str]:
        """That of the request."""
        return (feiten.verzoek.client,) if feiten is not None and feiten.verzoek is not None else ()

    async def record(
        self, conn: AsyncConnection, lezing: Antwoord, feiten: AntwoordFeiten, oordeel: Oordeel, heen: Heen
    ) -> list[NewEvent]:
        """The answer and what the request became by it; its term ends, or gets longer."""
        refused = lezing.verzoek_antwoord == AFGEWEZEN
        table = VERZOEK
        statement = (
            update(table)
            .where(
                table.c.aanbieder == lezing.aanbieder,
                table.c.gemeente == lezing.gemeente,
                table.c.referentie == lezing.referentie_aanbieder,
            )
            .values(
                status=feiten_lezen.AFGEWEZEN if refused else feiten_lezen.IN_ONDERZOEK,
                reden_afwijzing=lezing.reden_afwijzing,
                antwoord_bericht_id=heen.id,
                besloten=heen.vandaag if refused else None,
            )
            .returning(table)
        )
        verzoek = (await conn.execute(statement)).one()
        answer = {"verzoek_antwoord": lezing.verzoek_antwoord, "reden_afwijzing": lezing.reden_afwijzing}
        await conn.execute(insert(ANTWOORD).values(bericht_id=heen.id, verzoek_id=verzoek.id, **answer))
        parties = (lezing.gemeente, lezing.aanbieder)
        if refused:
            done = termijnen.answered(*parties, [(verzoek.soort, verzoek.referentie)])
            await close_termijnen(conn, EXCHANGE.termijn, done, heen.vandaag)
        else:
            asked = termijnen.to_answer(
                verzoek.soort, verzoek.referentie, *parties, verzoek.bericht_id, verzoek.ontvangen
            )
            longer = termijnen.to_investigate(asked, verzoek.dagtekening)
            await open_termijnen(conn, EXCHANGE.termijn, [longer])
        return []
