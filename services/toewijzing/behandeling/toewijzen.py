"""WMO301: the gemeente assigns care."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, Text, any_, cast, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.behandeling import feiten_lezen, termijnen
from services.toewijzing.controle import judge_301
from services.toewijzing.domain.feiten import ToewijzingFeiten
from services.toewijzing.domain.signaal import ClientFeiten
from services.toewijzing.domain.toewijzing import Toewijzingsbericht, is_newer
from services.toewijzing.events import toewijzing_event
from services.toewijzing.messages.toewijzing import Herkomst, read_301
from services.toewijzing.rules.signalen import CLIENT_301_SIGNALEN
from services.toewijzing.rules.toewijzing import TOEGEWEZENPRODUCT_REGELS, VERWIJDERD
from services.toewijzing.tables import EXCHANGE, TOEWIJZING, VERSIE, VERZOEK
from shared.exchange.dienst import Heen, Oordeel
from shared.exchange.termijnen import close_termijnen
from shared.feiten import toewijzing_tabel
from shared.iwmo.regels import Melding
from shared.kafka import topics
from shared.kafka.outbox import NewEvent
from shared.kafka.versies import next_versions
from shared.security.kluis import Kluis


@dataclass(frozen=True, slots=True)
class Feiten:
    """What the rules compare with, and what the signals do."""

    regels: ToewijzingFeiten
    client: ClientFeiten


class Toewijzen:
    """A WMO301, of either release."""

    def read(self, heen: Heen, kluis: Kluis) -> Toewijzingsbericht:
        """The message in domain terms."""
        herkomst = Herkomst(str(heen.id), heen.vandaag)
        return read_301(heen.kop, heen.inhoud, kluis.pseudoniem, herkomst)

    def in_message(self, lezing: Toewijzingsbericht, heen: Heen) -> list[Melding]:
        """Level 2."""
        return judge_301(lezing, heen.kop)

    async def facts(self, conn: AsyncConnection, lezing: Toewijzingsbericht, heen: Heen) -> Feiten:
        """What is known under the numbers and references of the message, and of its client at this aanbieder.

        A message that grants requests first takes the lock on those. Giving the next versions takes the lock of each
        number, in order, also of numbers that are new.
        """
        referenties = _referenties(lezing)
        if referenties:
            await feiten_lezen.lock_verzoeken(conn, lezing.aanbieder)
        new = [product.toewijzing for product in lezing.producten]
        versies = await next_versions(conn, VERSIE, topics.TOEWIJZING, [one.sleutel for one in new])
        nummers = {one.nummer for one in new}
        client = new[0].client
        known = await feiten_lezen.read_toewijzingen(
            conn, lezing.gemeente, nummers, aanbieder=lezing.aanbieder, client=client
        )
        regels = ToewijzingFeiten(
            bekend={one.nummer: one for one in known if one.nummer in nummers},
            versies=versies,
            in_bericht={product.toewijzing.nummer: product.referentie_aanbieder for product in lezing.producten},
            verzoeken=await feiten_lezen.read_named(conn, lezing.aanbieder, referenties),
            gedeclareerd=await feiten_lezen.read_gedeclareerd(
                conn, lezing.gemeente, (one.nummer for one in new if one.reden_wijziging == VERWIJDERD)
            ),
            contracten=await feiten_lezen.read_contracten(conn, lezing.gemeente, (one.product.code for one in new)),
            release=heen.soort.release,
        )
        of_client = (one for one in known if (one.client, one.aanbieder) == (client, lezing.aanbieder))
        return Feiten(regels, ClientFeiten(heen.kop.dagtekening, tuple(of_client)))

    def judge(self, lezing: Toewijzingsbericht, feiten: Feiten, heen: Heen) -> Oordeel:
        """Every toegewezen product by its table; one fault rejects the message."""
        release = heen.soort.release
        meldingen = [
            melding
            for product in lezing.producten
            for melding in TOEGEWEZENPRODUCT_REGELS.judge(product, feiten.regels, release, product.plek)
        ]
        plek = lezing.client.persoon.plek
        return Oordeel(
            afgekeurd=bool(meldingen),
            meldingen=meldingen,
            sleutels=frozenset(product.toewijzing.sleutel for product in lezing.producten),
            wacht=any(melding.vreemd for melding in meldingen),
            signalen=[] if meldingen else CLIENT_301_SIGNALEN.judge(lezing, feiten.client, release, plek),
        )

    def ingangsdata(self, lezing: Toewijzingsbericht, feiten: Feiten) -> Iterable[date]:
        """Of what is assigned."""
        return (product.toewijzing.periode.begin for product in lezing.producten)

    def clienten(self, lezing: Toewijzingsbericht, feiten: Feiten | None) -> Collection[str]:
        """The one client."""
        return {one.toewijzing.client for one in lezing.producten}

    async def record(
        self, conn: AsyncConnection, lezing: Toewijzingsbericht, feiten: Feiten, oordeel: Oordeel, heen: Heen
    ) -> list[NewEvent]:
        """Writes the versions that are newer than the known ones and tells of them; marks the requests as granted."""
        await _grant(conn, lezing, heen)
        # A number stands once in a message (TR101).
        known = feiten.regels.bekend
        newer = [one for one in lezing.producten if is_newer(one.toewijzing, known.get(one.toewijzing.nummer))]
        versies = feiten.regels.versies
        rows = [
            {
                **toewijzing_tabel.as_row(product.toewijzing),
                "versie": versies[product.toewijzing.sleutel],
                "release": heen.soort.release,
                "referentie_aanbieder": product.referentie_aanbieder,
            }
            for product in sorted(newer, key=lambda one: one.toewijzing.sleutel)
        ]
        await _write(conn, rows)
        return [toewijzing_event(one.toewijzing, versies[one.toewijzing.sleutel]) for one in newer]


def _referenties(lezing: Toewijzingsbericht) -> list[str]:
    """The requests that the message grants, each once."""
    return sorted({one.referentie_aanbieder for one in lezing.producten if one.referentie_aanbieder is not None})


async def _write(conn: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = insert(TOEWIJZING)
    fields = {name: statement.excluded[name] for name in rows[0] if name not in ("gemeente", "nummer")}
    is_later = TOEWIJZING.c.moment < statement.excluded.moment
    statement = statement.on_conflict_do_update(
        index_elements=["gemeente", "nummer"], set_={**fields, "gewijzigd": func.now()}, where=is_later
    )
    await conn.execute(statement, rows)


async def _grant(conn: AsyncConnection, lezing: Toewijzingsbericht, heen: Heen) -> None:
    """Marks the requests that the message names, once: the same toewijzing sent again changes nothing."""
    referenties = _referenties(lezing)
    if not referenties:
        return
    table = VERZOEK
    statement = (
        update(table)
        .where(
            table.c.aanbieder == lezing.aanbieder,
            table.c.gemeente == lezing.gemeente,
            table.c.referentie == any_(cast(referenties, ARRAY(Text))),
            table.c.toewijzing_bericht_id.is_(None),
        )
        .values(status=feiten_lezen.TOEGEWEZEN, toewijzing_bericht_id=heen.id, besloten=heen.vandaag)
        .returning(table.c.soort, table.c.referentie)
    )
    granted = [(row.soort, row.referentie) for row in await conn.execute(statement)]
    done = termijnen.answered(lezing.gemeente, lezing.aanbieder, granted)
    await close_termijnen(conn, EXCHANGE.termijn, done, heen.vandaag)
