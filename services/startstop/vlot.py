"""The short way of a WMO305 or WMO307 (``shared.exchange.vlot``): starts and stops on toewijzingen that are known here.

All that a rule compares such a message with is kept per ToewijzingNummer: the toewijzing, and what was reported on it.
Whoever reports on a toewijzing raises its version, and whoever changes the toewijzing raises that of its row. So if
neither version moved, the verdict stands. The contracts of products have no lock in the ordinary way either.
"""

from typing import Any

from asyncpg import Record
from sqlalchemy import BigInteger, Delete, Insert, Integer, Text, and_, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from services.startstop import aanleveringen, bewaking
from services.startstop.domain import VERWIJDEREN, Gemeld, Zorgbericht
from services.startstop.events import toestand_events
from services.startstop.rules import ZorgFeiten
from services.startstop.tables import AANLEVERING, EXCHANGE, PRODUCT, TOEWIJZING, VERSIE
from shared.exchange.dienst import Heen
from shared.exchange.vlot import AANTAL, Gevolg, Gezien, Schrijven, beside, key_of, look_for, number_of
from shared.feiten import product_tabel, toewijzing_tabel
from shared.feiten.toewijzing import sleutel
from shared.kafka import topics
from shared.statement import Statement, given, given_rows

_HELD: dict[str, TypeEngine[Any]] = {"nummer": BigInteger(), "epoch": Integer(), "versie": BigInteger()}
_RAISED: dict[str, TypeEngine[Any]] = {"sleutel": Text(), "nummer": BigInteger()}


def _looking() -> Statement:
    """One row for each report on each toewijzing, and one for a toewijzing without."""
    t, a, v = TOEWIJZING.c, AANLEVERING.c, VERSIE.c
    reports = and_(a.gemeente == t.gemeente, a.toewijzing_nummer == t.nummer)
    versions = and_(v.topic == topics.STARTSTOP, v.sleutel == func.concat(t.gemeente, ":", t.nummer))
    asked = given({"nummers": BigInteger()}, "gevraagd", small=True)
    shown = (
        *toewijzing_tabel.columns_read(TOEWIJZING),
        t.epoch,
        t.versie,
        v.nummer.label("stand"),
        a.id.label("aanlevering"),
        and_(a.aanbieder == bindparam("aanbieder"), a.client == bindparam("client")).label("van_client"),
        *(a[name].label(f"a_{name}") for name in aanleveringen.GEMELD),
        product_tabel.as_column(PRODUCT).label("contracten"),
        *beside(EXCHANGE),
    )
    joined = (
        asked.join(TOEWIJZING, and_(t.gemeente == bindparam("gemeente"), t.nummer == asked.c.nummers))
        .outerjoin(VERSIE, versions)
        .outerjoin(AANLEVERING, reports)
    )
    return look_for(select(*shown).select_from(joined), "nummer", "aanlevering")


def _writing() -> Schrijven:
    """The toewijzingen held first, as in the ordinary way, and then the versions."""
    seen = given(_HELD, "gezien", "gezien_", small=True)
    t = TOEWIJZING.c
    same = and_(t.nummer == seen.c.nummer, t.epoch == seen.c.epoch, t.versie == seen.c.versie)
    held = (
        select(t.nummer)
        .join(seen, same)
        .where(t.gemeente == bindparam("gemeente"))
        .order_by(t.nummer)
        .with_for_update(of=TOEWIJZING)
        .cte("vastgehouden")
    )
    rows = given(_RAISED, "versies", "versie_", small=True)
    source = select(bindparam("versie_topic", type_=Text()), rows.c.sleutel, rows.c.nummer)
    statement = upsert(VERSIE).from_select(
        ["topic", "sleutel", "nummer"], source.where(number_of(held) == AANTAL).order_by(rows.c.sleutel)
    )
    new = statement.excluded.nummer
    raised = (
        statement.on_conflict_do_update(
            index_elements=["topic", "sleutel"], set_={"nummer": new}, where=VERSIE.c.nummer == new - 1
        )
        .returning(VERSIE.c.sleutel)
        .cte("verhoogd")
    )
    opened, expected = bewaking.opening_parts()
    columns = aanleveringen.COLUMNS
    delivered = insert(AANLEVERING).from_select(columns, given_rows(AANLEVERING, columns, "geleverd_"))
    parts: dict[str, Insert | Delete] = {
        "geleverd": delivered,
        "termijnen": opened,
        "verwacht": expected,
        "vervallen": bewaking.REMOVING,
    }
    return Schrijven((held, raised), parts)


_LOOK = _looking()


def _as_gemeld(row: Record) -> Gemeld:
    return aanleveringen.as_gemeld({name: row[f"a_{name}"] for name in aanleveringen.GEMELD})


class StartstopVlot:
    """What it looks at, and what it writes."""

    schrijven = _writing()

    async def look(self, conn: AsyncConnection, lezing: Zorgbericht, heen: Heen) -> Gezien | None:
        """None for what is taken back, what goes without number, and what is not known here."""
        nummers = {product.start.nummer for product in lezing.producten}
        if None in nummers or any(product.status == VERWIJDEREN for product in lezing.producten):
            return None
        values = {
            "gemeente": lezing.gemeente,
            "aanbieder": lezing.aanbieder,
            "client": lezing.client,
            "nummers": sorted(nummer for nummer in nummers if nummer is not None),
            "codes": sorted({product.start.product.code or "" for product in lezing.producten}),
        }
        rows = await _LOOK.rows(conn, values | key_of(heen.kop))
        if not rows or rows[0]["bekend"]:
            return None
        toewijzingen = toewijzing_tabel.made_of(lezing.gemeente, rows)
        if len(toewijzingen) != len(nummers):
            return None
        gemeld = [(_as_gemeld(row), bool(row["van_client"])) for row in rows if row["aanlevering"] is not None]
        feiten = ZorgFeiten(
            release=heen.soort.release,
            aanbieder=lezing.aanbieder,
            client=lezing.client,
            administratie=aanleveringen.as_administratie(gemeld),
            toewijzingen=toewijzingen,
            contracten=product_tabel.from_column(rows[0]["contracten"]),
            gemeld=[one for one, _ in gemeld],
            standen={row["nummer"]: (row["epoch"], row["versie"], row["stand"] or 0) for row in rows},
        )
        return Gezien(feiten, rows[0]["volgnummer"])

    def follow(self, lezing: Zorgbericht, feiten: ZorgFeiten, heen: Heen) -> Gevolg | None:
        """What is delivered, the terms, and the next version of each toewijzing."""
        contracten = bewaking.contracten_of(lezing, feiten)
        if contracten is None:
            return None
        gemeld = aanleveringen.after(feiten.gemeld, lezing, heen)
        terms = bewaking.settled(lezing, feiten, heen, gemeld, contracten)
        parties = (lezing.gemeente, lezing.aanbieder)
        gone = terms.no_more()
        standen = sorted(feiten.standen.items())
        versies = {sleutel(lezing.gemeente, nummer): stand + 1 for nummer, (_, _, stand) in standen}
        keys = sorted(versies)
        waarden = {
            "aantal": len(standen),
            "gemeente": lezing.gemeente,
            "aanbieder": lezing.aanbieder,
            "gezien_nummer": [nummer for nummer, _ in standen],
            "gezien_epoch": [epoch for _, (epoch, _, _) in standen],
            "gezien_versie": [versie for _, (_, versie, _) in standen],
            "versie_topic": topics.STARTSTOP,
            "versie_sleutel": keys,
            "versie_nummer": [versies[key] for key in keys],
            **bewaking.open_values(terms),
            **bewaking.gone_values(gone.get(parties, ())),
            **aanleveringen.as_values(lezing, heen, "geleverd_"),
        }
        return Gevolg(waarden, toestand_events(lezing.gemeente, versies, gemeld)) if gone.keys() <= {parties} else None
