"""How a WMO305 or WMO307 is judged and recorded."""

from collections.abc import Collection, Sequence

from sqlalchemy import BigInteger, Text, bindparam, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop import aanleveringen, bewaking, messages
from services.startstop.controle import judge_zorgbericht
from services.startstop.domain import (
    Aanlevering,
    StartProduct,
    Zorgbericht,
)
from services.startstop.events import toestand_events
from services.startstop.rules import (
    STARTPRODUCT_REGELS,
    STOPPRODUCT_REGELS,
    STOPPRODUCT_SIGNALEN,
    ZorgFeiten,
)
from services.startstop.tables import AANLEVERING, PRODUCT, TOEWIJZING, VERSIE
from shared.exchange.dienst import Heen, Oordeel
from shared.feiten import product_tabel, toewijzing_tabel
from shared.feiten.product import sleutel as product_sleutel
from shared.feiten.toewijzing import sleutel as toewijzing_sleutel
from shared.iwmo.bulk import Bulk
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Ingangsdata
from shared.iwmo.regels import Melding
from shared.iwmo.retour import RetourGegevens, make_retour
from shared.iwmo.schemas import Schema
from shared.kafka import topics
from shared.kafka.outbox import NewEvent
from shared.kafka.versies import as_versions, raising, raising_values
from shared.security.kluis import Kluis
from shared.statement import Statement, given_rows

EXTERNE_BRON = 4
"""The level of rules that judge by a list outside the messages: here that of the contracts."""
_SLEUTEL = func.hashtextextended(bindparam("sleutel", type_=Text()), literal(0, BigInteger))
_LOCK = Statement(select(func.pg_advisory_xact_lock(_SLEUTEL)))
"""One message at a time per client at an aanbieder."""


def _recording() -> Statement:
    """What a message delivers, the terms, and the next version of each toewijzing: one statement, since going to the
    database and back costs more than any of it."""
    added = insert(AANLEVERING).from_select(aanleveringen.COLUMNS, given_rows(AANLEVERING, aanleveringen.COLUMNS))
    opened, expected = bewaking.opening_parts()
    versions = raising(VERSIE).cte("versies")
    parts = (added.cte("aangeleverd"), opened.cte("termijnen"), expected.cte("verwacht"))
    return Statement(select(versions.c.sleutel, versions.c.nummer).add_cte(*parts))


_RECORD = _recording()


class StartstopDienst:
    """The service startstop, as the shared reception knows it."""

    soorten = frozenset({"WMO305", "WMO307"})
    bron: str | None = "toewijzing"

    def bulk(self, schema: Schema, kluis: Kluis) -> Bulk | None:
        """Nothing: these messages are about one client."""
        return None

    def read(self, heen: Heen, kluis: Kluis) -> Zorgbericht:
        """The message in domain terms."""
        return messages.read_zorgbericht(heen.kop, heen.inhoud, kluis.pseudoniem)

    def in_message(self, lezing: Zorgbericht, heen: Heen) -> list[Melding]:
        """Level 2."""
        return judge_zorgbericht(lezing, heen.kop)

    async def facts(self, conn: AsyncConnection, lezing: Zorgbericht, heen: Heen) -> ZorgFeiten:
        """What holds for this client at this aanbieder; one message at a time may change it (P5)."""
        await _LOCK.run(conn, {"sleutel": f"{lezing.gemeente}:{lezing.aanbieder}:{lezing.client}"})
        starts = [product.start for product in lezing.producten]
        nummers = {start.nummer for start in starts if start.nummer is not None}
        codes = [start.product.code for start in starts if start.product.code]
        # Held first, and to the end: what is reported on them stays as it is read here, and whoever writes terms holds
        # their toewijzingen (bewaking).
        toewijzingen = await toewijzing_tabel.read(conn, TOEWIJZING, lezing.gemeente, nummers, lock=True)
        administratie, gemeld = await aanleveringen.read(conn, lezing, nummers)
        return ZorgFeiten(
            release=heen.soort.release,
            aanbieder=lezing.aanbieder,
            client=lezing.client,
            administratie=administratie,
            toewijzingen=toewijzingen,
            contracten=await product_tabel.read(conn, PRODUCT, lezing.gemeente, codes),
            gemeld=gemeld,
        )

    def judge(self, lezing: Zorgbericht, feiten: ZorgFeiten, heen: Heen) -> Oordeel:
        """Deletions first, then the rest, each on what the ones before it leave; one fault rejects the message."""
        meldingen: list[Melding] = []
        signalen: list[Melding] = []
        for product in lezing.in_order:
            found = _judge_product(product, feiten)
            if not found:
                signalen.extend(_signs_of(product, feiten))
                feiten.administratie.apply(product)
            meldingen.extend(found)
        return Oordeel(
            afgekeurd=bool(meldingen),
            meldingen=meldingen,
            sleutels=_sleutels(lezing, meldingen),
            wacht=any(melding.vreemd for melding in meldingen),
            # What is rejected counts as never sent: there is nothing to look at.
            signalen=() if meldingen else signalen,
        )

    def ingangsdata(self, lezing: Zorgbericht, feiten: ZorgFeiten) -> Ingangsdata:
        """As the message has them, and as the toewijzingen have them; those that are not known here may still come."""
        numbered = {product.start.nummer for product in lezing.producten if product.start.nummer is not None}
        named = {day for product in lezing.producten if (day := product.toewijzing_ingangsdatum) is not None}
        known = {toewijzing.periode.begin for toewijzing in feiten.toewijzingen.values()}
        missing = numbered - feiten.toewijzingen.keys()
        return Ingangsdata(
            frozenset(named | known), frozenset(toewijzing_sleutel(lezing.gemeente, nummer) for nummer in missing)
        )

    def clienten(self, lezing: Zorgbericht, feiten: ZorgFeiten | None) -> Collection[str]:
        """The one client."""
        return (lezing.client,)

    async def record(
        self,
        conn: AsyncConnection,
        lezing: Zorgbericht,
        feiten: ZorgFeiten,
        oordeel: Oordeel,
        heen: Heen,
        kluis: Kluis,
    ) -> list[NewEvent]:
        """Marks what is taken back, adds what is delivered, and tells the new state of each toewijzing."""
        gemeld = aanleveringen.after(feiten.gemeld, lezing, heen)
        terms = await bewaking.terms_after(conn, lezing, feiten, heen, gemeld)
        await aanleveringen.take_back(conn, lezing, heen.id)
        await bewaking.remove(conn, terms)
        nummers = {product.start.nummer for product in lezing.producten if product.start.nummer is not None}
        keys = [toewijzing_sleutel(lezing.gemeente, nummer) for nummer in nummers]
        values = raising_values(topics.STARTSTOP, keys) | bewaking.open_values(terms)
        versies = as_versions(await _RECORD.rows(conn, values | aanleveringen.as_values(lezing, heen)))
        return toestand_events(lezing.gemeente, versies, gemeld)

    def retour(self, heen: Heen, meldingen: Sequence[Melding], gegevens: RetourGegevens, schema: Schema) -> Inhoud:
        """The WMO306 or WMO308."""
        return make_retour(heen.inhoud, schema, gegevens, meldingen)


def _judge_product(product: Aanlevering, feiten: ZorgFeiten) -> list[Melding]:
    if isinstance(product, StartProduct):
        return STARTPRODUCT_REGELS.judge(product, feiten, feiten.release, product.plek)
    return STOPPRODUCT_REGELS.judge(product, feiten, feiten.release, product.plek)


def _signs_of(product: Aanlevering, feiten: ZorgFeiten) -> list[Melding]:
    if isinstance(product, StartProduct):
        return []
    return STOPPRODUCT_SIGNALEN.judge(product, feiten, feiten.release, product.plek)


def _sleutels(lezing: Zorgbericht, meldingen: Sequence[Melding]) -> frozenset[str]:
    """The toewijzing of each product; and the product in the list of contracts where there is no number, or where that
    list refuses it. No more, since a message also waits for earlier ones with the same key that are parked."""
    refused = {melding.plek for melding in meldingen if melding.regel.niveau == EXTERNE_BRON}
    found = set()
    for product in lezing.producten:
        start = product.start
        if start.nummer is not None:
            found.add(toewijzing_sleutel(lezing.gemeente, start.nummer))
        if start.nummer is None or product.plek in refused:
            found.add(product_sleutel(lezing.gemeente, start.product.code or ""))
    return frozenset(found)
