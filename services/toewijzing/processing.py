"""How a WMO301 is judged and recorded."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.controle import judge_301
from services.toewijzing.domain.toewijzing import Toewijzingsbericht, is_newer
from services.toewijzing.events import toewijzing_event
from services.toewijzing.messages.toewijzing import Herkomst, read_301
from services.toewijzing.rules import TOEGEWEZENPRODUCT_REGELS, ToewijzingFeiten
from services.toewijzing.tables import TOEWIJZING, VERSIE
from shared.exchange.dienst import Heen, Oordeel
from shared.feiten import toewijzing_tabel
from shared.iwmo.codec import Inhoud
from shared.iwmo.regels import Melding
from shared.iwmo.retour import RetourGegevens, make_retour
from shared.iwmo.schemas import Schema
from shared.kafka import topics
from shared.kafka.outbox import NewEvent
from shared.kafka.versies import next_versions
from shared.security.kluis import Kluis


class ToewijzingDienst:
    """The service toewijzing, as the shared reception knows it."""

    soorten = frozenset({"WMO301"})
    bron: str | None = None

    def read(self, heen: Heen, kluis: Kluis) -> Toewijzingsbericht:
        """The message in domain terms."""
        herkomst = Herkomst(str(heen.id), heen.vandaag)
        return read_301(heen.kop, heen.inhoud, kluis.pseudoniem, herkomst)

    def in_message(self, lezing: Toewijzingsbericht, heen: Heen) -> list[Melding]:
        """Level 2."""
        return judge_301(lezing, heen.kop)

    async def facts(self, conn: AsyncConnection, lezing: Toewijzingsbericht, heen: Heen) -> ToewijzingFeiten:
        """The known toewijzingen under the numbers of the message.

        Giving the next versions first takes the lock of each number, in order, also of numbers that are new.
        """
        sleutels = [product.toewijzing.sleutel for product in lezing.producten]
        versies = await next_versions(conn, VERSIE, topics.TOEWIJZING, sleutels)
        nummers = [product.toewijzing.nummer for product in lezing.producten]
        return ToewijzingFeiten(await toewijzing_tabel.read(conn, TOEWIJZING, lezing.gemeente, nummers), versies)

    def judge(self, lezing: Toewijzingsbericht, feiten: ToewijzingFeiten, heen: Heen) -> Oordeel:
        """Every toegewezen product by its table; one fault rejects the message."""
        meldingen = [
            melding
            for product in lezing.producten
            for melding in TOEGEWEZENPRODUCT_REGELS.judge(product, feiten, heen.soort.release, product.plek)
        ]
        return Oordeel(afgekeurd=bool(meldingen), meldingen=meldingen)

    async def record(
        self,
        conn: AsyncConnection,
        lezing: Toewijzingsbericht,
        feiten: ToewijzingFeiten,
        oordeel: Oordeel,
        heen: Heen,
        kluis: Kluis,
    ) -> list[NewEvent]:
        """Writes the versions that are newer than the known ones, and tells of them."""
        # A number stands once in a message (TR101).
        known = feiten.bekend
        newer = [one for one in lezing.producten if is_newer(one.toewijzing, known.get(one.toewijzing.nummer))]
        changed = {one.toewijzing.sleutel: one for one in newer}
        rows = [
            {
                **toewijzing_tabel.as_row(product.toewijzing),
                "versie": feiten.versies[sleutel],
                "release": heen.soort.release,
                "referentie_aanbieder": product.referentie_aanbieder,
            }
            for sleutel, product in sorted(changed.items())
        ]
        if not rows:
            return []
        statement = insert(TOEWIJZING)
        fields = {name: statement.excluded[name] for name in rows[0] if name not in ("gemeente", "nummer")}
        is_later = TOEWIJZING.c.moment < statement.excluded.moment
        statement = statement.on_conflict_do_update(
            index_elements=["gemeente", "nummer"], set_={**fields, "gewijzigd": func.now()}, where=is_later
        )
        await conn.execute(statement, rows)
        return [toewijzing_event(product.toewijzing, feiten.versies[sleutel]) for sleutel, product in changed.items()]

    def retour(self, heen: Heen, meldingen: Sequence[Melding], gegevens: RetourGegevens, schema: Schema) -> Inhoud:
        """The WMO302."""
        return make_retour(heen.inhoud, schema, gegevens, meldingen)
