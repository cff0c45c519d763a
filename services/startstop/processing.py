"""How a WMO305 or WMO307 is judged and recorded."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop import bewaking, messages
from services.startstop.controle import judge_zorgbericht
from services.startstop.domain import (
    VERWIJDEREN,
    Aanlevering,
    Administratie,
    Herkomst,
    Start,
    StartProduct,
    Stop,
    Zorgbericht,
)
from services.startstop.events import toestand_events
from services.startstop.rules import (
    STARTPRODUCT_REGELS,
    STOPPRODUCT_REGELS,
    STOPPRODUCT_SIGNALEN,
    ZorgFeiten,
)
from services.startstop.tables import AANLEVERING, PRODUCT, TOEWIJZING
from shared.exchange.dienst import Heen, Oordeel
from shared.feiten import product_tabel, toewijzing_tabel
from shared.feiten.product import sleutel as product_sleutel
from shared.feiten.toewijzing import sleutel as toewijzing_sleutel
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Ingangsdata
from shared.iwmo.regels import Melding
from shared.iwmo.retour import RetourGegevens, make_retour
from shared.iwmo.schemas import Schema
from shared.iwmo.waarden import Product
from shared.kafka.outbox import NewEvent
from shared.security.kluis import Kluis

EXTERNE_BRON = 4
"""The level of rules that judge by a list outside the messages: here that of the contracts."""


class StartstopDienst:
    """The service startstop, as the shared reception knows it."""

    soorten = frozenset({"WMO305", "WMO307"})
    bron: str | None = "toewijzing"

    def read(self, heen: Heen, kluis: Kluis) -> Zorgbericht:
        """The message in domain terms."""
        return messages.read_zorgbericht(heen.kop, heen.inhoud, kluis.pseudoniem)

    def in_message(self, lezing: Zorgbericht, heen: Heen) -> list[Melding]:
        """Level 2."""
        return judge_zorgbericht(lezing, heen.kop)

    async def facts(self, conn: AsyncConnection, lezing: Zorgbericht, heen: Heen) -> ZorgFeiten:
        """What holds for this client at this aanbieder; one message at a time may change it (P5)."""
        lock = func.hashtextextended(f"{lezing.gemeente}:{lezing.aanbieder}:{lezing.client}", 0)
        await conn.execute(select(func.pg_advisory_xact_lock(lock)))
        starts = [product.start for product in lezing.producten]
        nummers = [start.nummer for start in starts if start.nummer is not None]
        codes = [start.product.code for start in starts if start.product.code]
        return ZorgFeiten(
            release=heen.soort.release,
            aanbieder=lezing.aanbieder,
            client=lezing.client,
            administratie=await _read_administratie(conn, lezing),
            toewijzingen=await toewijzing_tabel.read(conn, TOEWIJZING, lezing.gemeente, nummers),
            contracten=await product_tabel.read(conn, PRODUCT, lezing.gemeente, codes),
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
        taken_back = [product for product in lezing.producten if product.status == VERWIJDEREN]
        if taken_back:
            await conn.execute(
                update(AANLEVERING)
                .where(
                    *_of_client(lezing),
                    AANLEVERING.c.verwijderd_door.is_(None),
                    or_(*(and_(*_same_key(lezing, product)) for product in taken_back)),
                )
                .values(verwijderd_door=heen.id)
            )
        rows = [
            {**_row(lezing, product), "bericht_id": heen.id, "aangeleverd": heen.ontvangen}
            for product in lezing.producten
            if product.status != VERWIJDEREN
        ]
        if rows:
            await conn.execute(insert(AANLEVERING), rows)
        await bewaking.record_reports(conn, lezing, feiten.administratie, heen)
        nummers = {product.start.nummer for product in lezing.producten if product.start.nummer is not None}
        return await toestand_events(conn, lezing.gemeente, nummers)

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


async def _read_administratie(conn: AsyncConnection, lezing: Zorgbericht) -> Administratie:
    table = AANLEVERING
    statement = select(table).where(*_of_client(lezing), table.c.verwijderd_door.is_(None))
    starts, stops = {}, {}
    for row in await conn.execute(statement.order_by(table.c.id)):
        start = Start(row.toewijzing_nummer, Product(row.categorie, row.code), row.begindatum)
        herkomst = Herkomst(str(row.bericht_id))
        if row.soort == "start":
            starts[start] = herkomst
        else:
            stops[Stop(start, row.reden_beeindiging, row.einddatum)] = herkomst
    return Administratie.of(starts, stops)


def _row(lezing: Zorgbericht, product: Aanlevering) -> dict[str, Any]:
    start = product.start
    is_start = isinstance(product, StartProduct)
    return {
        "soort": "start" if is_start else "stop",
        "gemeente": lezing.gemeente,
        "aanbieder": lezing.aanbieder,
        "client": lezing.client,
        "toewijzing_nummer": start.nummer,
        "categorie": start.product.categorie,
        "code": start.product.code,
        "toewijzing_ingangsdatum": product.toewijzing_ingangsdatum,
        "begindatum": start.begindatum,
        "reden_beeindiging": None if isinstance(product, StartProduct) else product.stop.reden,
        "einddatum": None if isinstance(product, StartProduct) else product.stop.einddatum,
    }


def _of_client(lezing: Zorgbericht) -> list[ColumnElement[bool]]:
    table = AANLEVERING
    return [
        table.c.gemeente == lezing.gemeente,
        table.c.aanbieder == lezing.aanbieder,
        table.c.client == lezing.client,
    ]


def _same_key(lezing: Zorgbericht, product: Aanlevering) -> list[ColumnElement[bool]]:
    """Equal in the whole logical key; what is absent compares as absent. Within one client these are few rows."""
    row = _row(lezing, product)
    return [AANLEVERING.c[name].is_not_distinct_from(row[name]) for name in _KEY]


_KEY = ("soort", "toewijzing_nummer", "categorie", "code", "begindatum", "reden_beeindiging", "einddatum")
