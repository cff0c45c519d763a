"""The short way of a WMO305 or WMO307 (``shared.exchange.vlot``): starts and stops on toewijzingen that are known here.

All that a rule compares such a message with is kept per ToewijzingNummer: the toewijzing, and what was reported on it.
Whoever reports on a toewijzing raises its version, and whoever changes the toewijzing raises that of its row. So if
neither version moved, the verdict stands. The contracts of products have no lock in the ordinary way either.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asyncpg import Record
from sqlalchemy import BigInteger, Delete, Insert, Integer, Text, and_, bindparam, case, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from services.startstop import aanleveringen, bewaking
from services.startstop.bewaking import Terms
from services.startstop.domain import VERWIJDEREN, Gemeld, Zorgbericht
from services.startstop.events import toestand_events
from services.startstop.rules import ZorgFeiten
from services.startstop.tables import AANLEVERING, EXCHANGE, PRODUCT, TOEWIJZING, VERSIE
from shared.exchange.blik import SLEUTEL, beside, for_gemeente, is_first, keys_of, look_for
from shared.exchange.dienst import Heen
from shared.exchange.vlot import AANTAL, Gevolg, Gezien, Schrijven, number_of
from shared.feiten import product_tabel, toewijzing_tabel
from shared.feiten.product import Contracten
from shared.feiten.toewijzing import Toewijzing, sleutel
from shared.kafka import topics
from shared.statement import Statement, as_arrays, given, given_rows

_ASKED: dict[str, TypeEngine[Any]] = {"bericht": Integer(), "nummer": BigInteger(), **SLEUTEL}
_HELD: dict[str, TypeEngine[Any]] = {"nummer": BigInteger(), "epoch": Integer(), "versie": BigInteger()}
_RAISED: dict[str, TypeEngine[Any]] = {"sleutel": Text(), "nummer": BigInteger()}
Gevraagd = tuple[Zorgbericht, Heen]


def _looking() -> Statement:
    """One row for each report on each toewijzing, and one for a toewijzing without."""
    t, a, v = TOEWIJZING.c, AANLEVERING.c, VERSIE.c
    reports = and_(a.gemeente == t.gemeente, a.toewijzing_nummer == t.nummer)
    versions = and_(v.topic == topics.STARTSTOP, v.sleutel == func.concat(t.gemeente, ":", t.nummer))
    asked = given(_ASKED, "gevraagd", small=True)
    shown = (
        *toewijzing_tabel.columns_read(TOEWIJZING),
        asked.c.bericht.label("vraag"),
        t.epoch,
        t.versie,
        v.nummer.label("stand"),
        a.id.label("aanlevering"),
        a.aanbieder.label("van_aanbieder"),
        a.client.label("van_client"),
        *(a[name].label(f"a_{name}") for name in aanleveringen.GEMELD),
        case((is_first(asked), product_tabel.as_column(PRODUCT))).label("contracten"),
        *beside(EXCHANGE, asked),
    )
    joined = (
        asked.join(TOEWIJZING, and_(t.gemeente == bindparam("gemeente"), t.nummer == asked.c.nummer))
        .outerjoin(VERSIE, versions)
        .outerjoin(AANLEVERING, reports)
    )
    return look_for(select(*shown).select_from(joined), "vraag", "nummer", "aanlevering")


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


@dataclass(frozen=True, slots=True, eq=False)
class _Wijziging:
    """What one message changes: by number what was seen of each toewijzing, what is delivered, and the terms."""

    standen: Mapping[int, tuple[int, int, int]]
    geleverd: Iterable[Sequence[Any]]
    terms: Terms


class StartstopVlot:
    """What it looks at, and what it writes."""

    schrijven = _writing()

    def sleutels(self, lezing: Zorgbericht) -> list[str] | None:
        """Its toewijzingen. None for what is taken back, and for what goes without number."""
        nummers = {product.start.nummer for product in lezing.producten}
        if None in nummers or any(product.status == VERWIJDEREN for product in lezing.producten):
            return None
        return [sleutel(lezing.gemeente, nummer) for nummer in nummers if nummer is not None]

    async def look(self, conn: AsyncConnection, gemeente: str, berichten: Sequence[Gevraagd]) -> list[Gezien | None]:
        """None for a repeat, and for what is about a toewijzing that is not known here."""
        asked: list[tuple[Any, ...]] = []
        for number, (lezing, heen) in enumerate(berichten):
            nummers = _nummers(lezing)
            keys = keys_of(heen, len(nummers))
            asked += [(number, nummer, *key) for nummer, key in zip(nummers, keys, strict=True)]
        codes = {product.start.product.code or "" for lezing, _ in berichten for product in lezing.producten}
        values = {"gemeente": gemeente, "codes": sorted(codes), **as_arrays(asked, list(_ASKED))}
        rows: list[list[Record]] = [[] for _ in berichten]
        for row in await _LOOK.rows(conn, values | for_gemeente(gemeente)):
            rows[row["vraag"]].append(row)
        contracten: Contracten | None = None
        found: list[Gezien | None] = []
        for (lezing, heen), own in zip(berichten, rows, strict=True):
            first = own[0] if own else None
            toewijzingen = toewijzing_tabel.made_of(gemeente, own)
            if first is None or first["bekend"] is not False or len(toewijzingen) != len(_nummers(lezing)):
                found.append(None)
                continue
            contracten = contracten or product_tabel.from_column(first["contracten"])
            found.append(Gezien(_feiten(lezing, heen, own, toewijzingen, contracten), first["volgnummer"]))
        return found

    def follow(self, lezing: Zorgbericht, feiten: ZorgFeiten, heen: Heen) -> Gevolg | None:
        """What is delivered, the terms, and the next version of each toewijzing."""
        contracten = bewaking.contracten_of(lezing, feiten)
        if contracten is None:
            return None
        gemeld = aanleveringen.after(feiten.gemeld, lezing, heen)
        terms = bewaking.settled(lezing, feiten, heen, gemeld, contracten)
        versies = {sleutel(lezing.gemeente, nummer): stand + 1 for nummer, (_, _, stand) in feiten.standen.items()}
        events = toestand_events(lezing.gemeente, versies, gemeld)
        changed = _Wijziging(feiten.standen, aanleveringen.rows_of(lezing, heen), terms)
        return Gevolg(len(versies), changed, events)

    def values(self, gemeente: str, waarden: Sequence[_Wijziging]) -> dict[str, Any]:
        """In order of the toewijzingen, of whichever message."""
        standen = sorted((nummer, stand) for one in waarden for nummer, stand in one.standen.items())
        versies = sorted((sleutel(gemeente, nummer), stand + 1) for nummer, (_, _, stand) in standen)
        terms = Terms.together(one.terms for one in waarden)
        columns = [f"geleverd_{name}" for name in aanleveringen.COLUMNS]
        return {
            "gemeente": gemeente,
            "versie_topic": topics.STARTSTOP,
            **as_arrays(versies, ["versie_sleutel", "versie_nummer"]),
            "gezien_nummer": [nummer for nummer, _ in standen],
            "gezien_epoch": [epoch for _, (epoch, _, _) in standen],
            "gezien_versie": [versie for _, (_, versie, _) in standen],
            **bewaking.open_values(terms),
            **bewaking.gone_values(terms.no_more().get(gemeente, ())),
            **as_arrays((row for one in waarden for row in one.geleverd), columns),
        }


def _nummers(lezing: Zorgbericht) -> list[int]:
    """The toewijzingen that it names."""
    return sorted({product.start.nummer or 0 for product in lezing.producten})


def _feiten(
    lezing: Zorgbericht,
    heen: Heen,
    rows: Sequence[Record],
    toewijzingen: dict[int, Toewijzing],
    contracten: Contracten,
) -> ZorgFeiten:
    whose = (lezing.aanbieder, lezing.client)
    reported = [row for row in rows if row["aanlevering"] is not None]
    gemeld = [(_as_gemeld(row), (row["van_aanbieder"], row["van_client"]) == whose) for row in reported]
    return ZorgFeiten(
        release=heen.soort.release,
        aanbieder=lezing.aanbieder,
        client=lezing.client,
        administratie=aanleveringen.as_administratie(gemeld),
        toewijzingen=toewijzingen,
        contracten=contracten,
        gemeld=[one for one, _ in gemeld],
        standen={row["nummer"]: (row["epoch"], row["versie"], row["stand"] or 0) for row in rows},
    )


def _as_gemeld(row: Record) -> Gemeld:
    return aanleveringen.as_gemeld({name: row[f"a_{name}"] for name in aanleveringen.GEMELD})
