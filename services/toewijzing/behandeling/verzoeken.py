"""WMO315 and WMO317: an aanbieder asks for toewijzingen, or for a change of those a client has."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.behandeling import feiten_lezen, termijnen
from services.toewijzing.behandeling.gevraagd import as_data
from services.toewijzing.controle import judge_315, judge_317
from services.toewijzing.domain.bezetting import Bezetting
from services.toewijzing.domain.feiten import VerzoekFeiten, Verzoeksoort
from services.toewijzing.domain.verzoek import (
    OngewijzigdProduct,
    TeWijzigenProduct,
    VerzoekOmToewijzing,
    VerzoekOmWijziging,
)
from services.toewijzing.messages.verzoek import read_315, read_317
from services.toewijzing.rules import verzoek as regels
from services.toewijzing.rules import wijziging as wijziging_regels
from services.toewijzing.rules.signalen import AANGEVRAAGD_SIGNALEN
from services.toewijzing.tables import EXCHANGE, TOEWIJZING, VERZOEK
from shared.exchange.dienst import Heen, Oordeel
from shared.exchange.termijnen import open_termijnen
from shared.feiten import toewijzing_tabel
from shared.iwmo.regels import Melding
from shared.kafka.outbox import NewEvent
from shared.security.kluis import Kluis


class VragenOmToewijzing:
    """A WMO315: each aangevraagd product is a request of its own."""

    def read(self, heen: Heen, kluis: Kluis) -> VerzoekOmToewijzing:
        """The message in domain terms."""
        return read_315(heen.kop, heen.inhoud, kluis.pseudoniem)

    def in_message(self, lezing: VerzoekOmToewijzing, heen: Heen) -> list[Melding]:
        """Level 2."""
        return judge_315(lezing, heen.kop)

    async def facts(self, conn: AsyncConnection, lezing: VerzoekOmToewijzing, heen: Heen) -> VerzoekFeiten:
        """What this aanbieder asked before, and what the client has."""
        referenties = [product.referentie_aanbieder for product in lezing.producten]
        return await _facts(conn, lezing, heen, referenties, (one.levering.product.code for one in lezing.producten))

    def judge(self, lezing: VerzoekOmToewijzing, feiten: VerzoekFeiten, heen: Heen) -> Oordeel:
        """The client; when nothing is wrong there, each product."""
        release = heen.soort.release
        meldingen = regels.CLIENT_315_REGELS.judge(lezing, feiten, release, lezing.persoon.plek) or [
            melding
            for product in lezing.producten
            for melding in regels.AANGEVRAAGDPRODUCT_REGELS.judge(product, feiten, release, product.plek)
        ]
        if meldingen:
            return Oordeel(afgekeurd=True, meldingen=meldingen)
        actueel = Bezetting(feiten.actueel.values())
        signalen = [
            signaal
            for product in lezing.producten
            for signaal in AANGEVRAAGD_SIGNALEN.judge(product, actueel, release, product.plek)
        ]
        return Oordeel(afgekeurd=False, signalen=signalen)

    def ingangsdata(self, lezing: VerzoekOmToewijzing, feiten: VerzoekFeiten) -> Iterable[date]:
        """Of what is asked for."""
        return (product.levering.periode.begin for product in lezing.producten)

    def clienten(self, lezing: VerzoekOmToewijzing, feiten: VerzoekFeiten | None) -> Collection[str]:
        """The one client."""
        return (lezing.client,)

    async def record(
        self,
        conn: AsyncConnection,
        lezing: VerzoekOmToewijzing,
        feiten: VerzoekFeiten,
        oordeel: Oordeel,
        heen: Heen,
    ) -> list[NewEvent]:
        """A request for each product, and its term."""
        asked = [(product.referentie_aanbieder, as_data(product)) for product in lezing.producten]
        await _record(conn, heen, feiten, "WMO315", [(referentie, None, [data]) for referentie, data in asked])
        return []


class VragenOmWijziging:
    """A WMO317: one request, granted or refused as a whole."""

    def read(self, heen: Heen, kluis: Kluis) -> VerzoekOmWijziging:
        """The message in domain terms."""
        return read_317(heen.kop, heen.inhoud, kluis.pseudoniem)

    def in_message(self, lezing: VerzoekOmWijziging, heen: Heen) -> list[Melding]:
        """Level 2."""
        return judge_317(lezing, heen.kop)

    async def facts(self, conn: AsyncConnection, lezing: VerzoekOmWijziging, heen: Heen) -> VerzoekFeiten:
        """What this aanbieder asked before, and what the client has."""
        codes = (one.levering.product.code for one in lezing.nieuw)
        return await _facts(conn, lezing, heen, [lezing.referentie_aanbieder], codes)

    def judge(self, lezing: VerzoekOmWijziging, feiten: VerzoekFeiten, heen: Heen) -> Oordeel:
        """The client, the request, the products in it; a fault in one keeps those below it unjudged."""
        release = heen.soort.release
        meldingen = (
            regels.CLIENT_317_REGELS.judge(lezing, feiten, release, lezing.persoon.plek)
            or regels.VERZOEK_REGELS.judge(lezing, feiten, release, lezing.plek)
            or _judge_products(lezing, feiten, heen)
        )
        return Oordeel(afgekeurd=bool(meldingen), meldingen=meldingen)

    def ingangsdata(self, lezing: VerzoekOmWijziging, feiten: VerzoekFeiten) -> Iterable[date]:
        """Of the toewijzingen that are to stay or to change."""
        known = feiten.toewijzingen
        return (known[one.nummer].periode.begin for one in _existing(lezing) if one.nummer in known)

    def clienten(self, lezing: VerzoekOmWijziging, feiten: VerzoekFeiten | None) -> Collection[str]:
        """The one client."""
        return (lezing.client,)

    async def record(
        self,
        conn: AsyncConnection,
        lezing: VerzoekOmWijziging,
        feiten: VerzoekFeiten,
        oordeel: Oordeel,
        heen: Heen,
    ) -> list[NewEvent]:
        """One request with all that it asks, and its term."""
        asked = [as_data(one, feiten.toewijzingen[one.nummer]) for one in _existing(lezing)]
        asked += [as_data(one) for one in lezing.nieuw]
        await _record(conn, heen, feiten, "WMO317", [(lezing.referentie_aanbieder, lezing.reden, asked)])
        return []


def _existing(lezing: VerzoekOmWijziging) -> list[OngewijzigdProduct | TeWijzigenProduct]:
    """What the request says of toewijzingen that the client has."""
    return [*lezing.ongewijzigd, *lezing.te_wijzigen]


async def _facts(
    conn: AsyncConnection,
    lezing: VerzoekOmToewijzing | VerzoekOmWijziging,
    heen: Heen,
    referenties: list[str],
    codes: Iterable[str | None],
) -> VerzoekFeiten:
    gemeente, aanbieder, client = lezing.gemeente, lezing.aanbieder, lezing.client
    await feiten_lezen.lock_verzoeken(conn, aanbieder)
    known = await feiten_lezen.read_named_or_open(conn, aanbieder, referenties, gemeente=gemeente, client=client)
    toewijzingen = await toewijzing_tabel.read_of_clients(conn, TOEWIJZING, gemeente, aanbieder, [client])
    named = set(referenties)
    return VerzoekFeiten(
        gemeente=gemeente,
        aanbieder=aanbieder,
        client=client,
        vandaag=heen.vandaag,
        dagtekening=heen.kop.dagtekening,
        toewijzingen={one.nummer: one for one in toewijzingen},
        eerder={one.referentie: one for one in known if one.referentie in named},
        openstaand=[one for one in known if one.open and (one.gemeente, one.client) == (gemeente, client)],
        contracten=await feiten_lezen.read_contracten(conn, gemeente, codes),
        release=heen.soort.release,
    )


def _judge_products(lezing: VerzoekOmWijziging, feiten: VerzoekFeiten, heen: Heen) -> list[Melding]:
    release = heen.soort.release
    meldingen: list[Melding] = []
    for unchanged in lezing.ongewijzigd:
        meldingen += wijziging_regels.ONGEWIJZIGD_REGELS.judge(unchanged, feiten, release, unchanged.plek)
    for changed in lezing.te_wijzigen:
        meldingen += wijziging_regels.TE_WIJZIGEN_REGELS.judge(changed, feiten, release, changed.plek)
    for new in lezing.nieuw:
        meldingen += regels.NIEUWPRODUCT_REGELS.judge(new, feiten, release, new.plek)
    return meldingen


async def _record(
    conn: AsyncConnection,
    heen: Heen,
    feiten: VerzoekFeiten,
    soort: Verzoeksoort,
    verzoeken: Iterable[tuple[str, str | None, list[dict[str, Any]]]],
) -> None:
    """Writes requests, each with its reference, reason and products, and starts their terms."""
    rows: list[dict[str, Any]] = [
        {
            "bericht_id": heen.id,
            "soort": soort,
            "gemeente": feiten.gemeente,
            "aanbieder": feiten.aanbieder,
            "client": feiten.client,
            "referentie": referentie,
            "reden": reden,
            "dagtekening": feiten.dagtekening,
            "ontvangen": heen.vandaag,
            "producten": producten,
            "status": feiten_lezen.OPEN,
        }
        for referentie, reden, producten in verzoeken
    ]
    await conn.execute(insert(VERZOEK), rows)
    terms = [
        termijnen.to_answer(soort, row["referentie"], feiten.gemeente, feiten.aanbieder, heen.id, heen.vandaag)
        for row in rows
    ]
    await open_termijnen(conn, EXCHANGE.termijn, terms)
