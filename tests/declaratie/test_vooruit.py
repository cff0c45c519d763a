"""A large declaration, whose lines are written while it is judged, comes to what a small one comes to."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import chain, count
from typing import Any

import pytest
from sqlalchemy import Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.declaratie import vooruit
from services.declaratie.domain.hand import Hand, Instelling
from services.declaratie.processing import DeclaratieDienst
from services.declaratie.tables import DECLARATIE, EXCHANGE, PRESTATIE, TELLING, TOEWIJZING, VERBRUIK
from shared.exchange.dienst import Heen, Oordeel
from shared.feiten import toewijzing_tabel
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.namens import intern, namens
from shared.security.partij import Partij
from shared.statement import back_to_mark, mark
from tests.declaratie.verwerken import NAAM, know_enough, refused_line
from tests.shared.exchange.verwerken import KLUIS, claim, codes
from tests.shared.iwmo.berichten import (
    AANBIEDER,
    ANDER_BSN,
    BSN,
    GEMEENTE,
    a_declaratie_bericht,
    a_heen,
    a_regel,
    soort,
)
from tests.toewijzing.bouw import a_toewijzing, an_event

CLIENTEN = (BSN, ANDER_BSN, "111222333")
EACH = 5
"""Lines of a client; each has a toewijzing of its own."""
FIRST = 7000
DIENST = DeclaratieDienst()
PARTIJEN = (Partij.gemeente(GEMEENTE), Partij.aanbieder(AANBIEDER))
Row = Sequence[Any]


@pytest.fixture(params=["insert", "copy"])
async def conn(engine: AsyncEngine, request: pytest.FixtureRequest) -> AsyncIterator[AsyncConnection]:
    """Lines are written by INSERT where everyone's rows may be, else by COPY."""
    speaking: AbstractContextManager[None] = intern() if request.param == "insert" else namens(PARTIJEN)
    with speaking:
        async with engine.connect() as connection:
            transaction = await connection.begin()
            await know_enough(connection)
            made = [
                a_toewijzing(nummer=FIRST + number, client=KLUIS.pseudoniem(CLIENTEN[number // EACH]))
                for number in range(EACH * len(CLIENTEN))
            ]
            await toewijzing_tabel.apply(connection, TOEWIJZING, [an_event(one, 1) for one in made])
            yield connection
            await transaction.rollback()


@pytest.fixture(autouse=True)
def _a_client_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vooruit, "LEAST", 1)
    monkeypatch.setattr(vooruit, "PARTS", len(CLIENTEN))


def a_line(release: Release, number: int, cents: int = 40300, **deviations: Any) -> Inhoud:
    return a_regel(release, cents, **{"referentie": f"V{number}", "ToewijzingNummer": FIRST + number, **deviations})


async def read(conn: AsyncConnection, inhoud: Inhoud, release: Release, naam: str | None = None) -> tuple[Heen, Any]:
    heen = a_heen(inhoud, soort(naam or NAAM[release], release))
    await claim(conn, EXCHANGE, heen.kop, str(inhoud).encode(), heen.id)
    return heen, DIENST.read(heen, KLUIS)


async def beside(work: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(work)


async def write_ahead(conn: AsyncConnection, heen: Heen, lezing: Any) -> tuple[Oordeel, Any, list[Oordeel]]:
    told: list[Oordeel] = []
    facts = await DIENST.facts(conn, lezing, heen)
    oordeel, events = await DIENST.judge_writing(conn, lezing, facts, heen, beside, told.append)
    return oordeel, events, told


async def written(conn: AsyncConnection, heen: Heen) -> list[list[Row]]:
    """All that the database has of it."""
    of_declaratie = [column for column in DECLARATIE.c if column.name not in ("id", "verwerkt")]
    of_regel = [column for column in PRESTATIE.c if column.name != "id"]
    summed = ("regels", "bedrag", "gekort", "btw")
    sums = [TELLING.c[name] for name in summed]
    kinds = [column for column in TELLING.c if column.name not in ("declaratie_id", *summed)]
    own = select(DECLARATIE.c.id).where(DECLARATIE.c.bericht_id == heen.id).scalar_subquery()
    statements = (
        select(*of_declaratie).where(DECLARATIE.c.bericht_id == heen.id),
        select(*of_regel).where(PRESTATIE.c.bericht_id == heen.id).order_by(PRESTATIE.c.id),
        select(*kinds, *map(func.sum, sums)).where(TELLING.c.declaratie_id == own).group_by(*kinds).order_by(*kinds),
        select(VERBRUIK).where(VERBRUIK.c.aanbieder == AANBIEDER).order_by(*VERBRUIK.primary_key.columns),
    )
    return [list((await conn.execute(one)).all()) for one in statements]


def some_lines(release: Release, seed: int) -> Iterator[list[Inhoud]]:
    """The lines of each client: right ones, and with luck some that are refused whatever other services know."""
    rng = random.Random(seed)
    for client in range(len(CLIENTEN)):
        lines = []
        for number in range(client * EACH, (client + 1) * EACH):
            kind = rng.choice(["right", "right", "right", *(["double", "stranger", "credit"] if seed else [])])
            if kind == "double":
                lines.append(a_line(release, number, referentie="V0"))
            elif kind == "stranger":
                lines.append(a_line(release, number, -40300, referentie=f"C{number}", vorige="onbekend"))
            elif kind == "credit":
                lines.append(a_line(release, number, -40300, referentie=f"C{number}", vorige=f"E{number}"))
            else:
                lines.append(a_line(release, number))
        yield lines


async def earlier(conn: AsyncConnection, release: Release) -> None:
    """Lines that later ones take back; in 2.4 those of the first client were granted in part."""
    lines = [
        [a_line(release, number, referentie=f"E{number}") for number in range(client * EACH, (client + 1) * EACH)]
        for client in range(len(CLIENTEN))
    ]
    heen, lezing = await read(conn, a_declaratie_bericht(release, *lines, nummer="D0"), release)
    facts = await DIENST.facts(conn, lezing, heen)
    await DIENST.record(conn, lezing, facts, DIENST.judge(lezing, facts, heen), heen, KLUIS)
    if release == "2.4":
        first = PRESTATIE.c.toewijzing_nummer < FIRST + EACH
        cut = update(PRESTATIE).where(PRESTATIE.c.bericht_id == heen.id, first)
        await conn.execute(cut.values(gekort=100, retourcodes=["9999"]))


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("seed", range(4))
async def test_it_comes_to_the_same_as_judging_first_and_writing_then(
    conn: AsyncConnection, release: Release, seed: int
) -> None:
    if seed:
        await earlier(conn, release)
    name = {"identificatie": f"VD{seed}"} if release == "3.2" else {}
    inhoud = a_declaratie_bericht(release, *some_lines(release, seed), nummer=f"VD{seed}", **name)
    heen, lezing = await read(conn, inhoud, release)

    await mark(conn)
    facts = await DIENST.facts(conn, lezing, heen)
    oordeel = DIENST.judge(lezing, facts, heen)
    events = await DIENST.record(conn, lezing, facts, oordeel, heen, KLUIS)
    first = await written(conn, heen)
    await back_to_mark(conn)
    ahead, told, whole = await write_ahead(conn, heen, lezing)

    assert (bool(oordeel.meldingen), oordeel.wacht) == (bool(seed), False)
    assert ahead == oordeel
    assert whole == [oordeel]
    assert told == events
    assert [one.tekst for one in told] == [one.tekst for one in events]
    assert await written(conn, heen) == first


async def test_an_invoice_keeps_the_vat_of_lines_that_are_granted(conn: AsyncConnection) -> None:
    lines = list(some_lines("2.4", 0))
    vat: dict[str, int] = {}
    for line in chain(*lines):
        btw = vat[line["ProductReferentie"]["ReferentieNummer"]] = len(vat)
        line["BtwVrijstelling"] = "2"
        line["IngediendeBedragPrestatie"]["BtwBedrag"] = {"Bedrag": btw, "DebetCredit": "D"}
    inhoud = a_declaratie_bericht("2.4", *lines, nummer="VF")
    inhoud["Header"]["BerichtCode"] = "448"
    heen, lezing = await read(conn, inhoud, "2.4", "WMO303F")

    oordeel, _, _ = await write_ahead(conn, heen, lezing)

    _, regels, telling, _ = await written(conn, heen)
    assert oordeel.meldingen == []
    assert {row.referentie: row.btw for row in regels} == vat
    assert sum(row[-1] for row in telling) == sum(vat.values())


@pytest.mark.parametrize("at_fault", range(len(CLIENTEN)))
async def test_what_rests_on_foreign_facts_is_not_recorded(conn: AsyncConnection, at_fault: int) -> None:
    lines = list(some_lines("3.2", 0))
    lines[at_fault][2] = refused_line("3.2", referentie="W1", ToewijzingNummer=FIRST + EACH * at_fault + 2)
    heen, lezing = await read(conn, a_declaratie_bericht("3.2", *lines, identificatie="VW"), "3.2")
    expected = DIENST.judge(lezing, await DIENST.facts(conn, lezing, heen), heen)

    await mark(conn)
    oordeel, events, told = await write_ahead(conn, heen, lezing)

    assert (codes(oordeel), oordeel.wacht, events, told) == (["0611"], True, None, [])
    assert oordeel == expected
    await back_to_mark(conn)
    assert await written(conn, heen) == [[], [], [], []]


STAGES = {"copy": (vooruit, "copy_rows"), "judging": (vooruit.Werk, "part"), "verdict": (vooruit.Werk, "end"),
          "telling": (vooruit.Werk, "tell")}  # fmt: skip


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("stage", "time"),
    [*(("copy", time) for time in (1, 2, 3)), ("judging", 1), ("judging", 3), ("verdict", 1), ("telling", 1)],
)
async def test_what_fails_half_way_leaves_nothing_and_the_retry_succeeds(
    conn: AsyncConnection, release: Release, stage: str, time: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each stage: the database while a part is written, ourselves while the next is judged or all is concluded."""
    name = {"identificatie": "VX"} if release == "3.2" else {}
    inhoud = a_declaratie_bericht(release, *some_lines(release, 0), nummer="VX", **name)
    heen, lezing = await read(conn, inhoud, release)
    before, others = await written(conn, heen), asyncio.all_tasks()
    await mark(conn)
    holder, naam = STAGES[stage]
    real, passed = getattr(holder, naam), count(1)

    def failing(*arguments: Any) -> Any:
        if next(passed) == time:
            raise OSError(stage)
        return real(*arguments)

    with monkeypatch.context() as broken:
        broken.setattr(holder, naam, failing)
        with pytest.raises(OSError, match=stage):
            await write_ahead(conn, heen, lezing)
    assert next(passed) > time
    await until_alone(others)
    await back_to_mark(conn)
    assert await written(conn, heen) == before

    oordeel, events, _ = await write_ahead(conn, heen, lezing)

    [[declaratie], regels, _, _] = await written(conn, heen)
    assert (oordeel.meldingen, bool(events), len(regels)) == ([], True, EACH * len(CLIENTEN))
    assert declaratie.toegekend == declaratie.ingediend == sum(row.bedrag for row in regels)


async def until_alone(others: set[asyncio.Task[Any]]) -> None:
    """Nothing that was begun for a declaration is left behind when it failed."""
    async with asyncio.timeout(5):
        while left := asyncio.all_tasks() - others:
            await asyncio.wait(left)


@pytest.mark.parametrize("parts", [1, 2, 3, 4])
async def test_it_is_written_in_so_many_statements_at_most(
    conn: AsyncConnection, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vooruit, "PARTS", parts)
    heen, lezing = await read(conn, a_declaratie_bericht("3.2", *some_lines("3.2", 0), identificatie="VS"), "3.2")
    sent: list[Sequence[str]] = []
    copy_rows = vooruit.copy_rows

    async def noted(conn: AsyncConnection, table: Table, columns: Sequence[str], records: Any) -> None:
        sent.append(columns)
        await copy_rows(conn, table, columns, records)

    monkeypatch.setattr(vooruit, "copy_rows", noted)
    await write_ahead(conn, heen, lezing)

    assert len(sent) == min(parts, len(CLIENTEN))
    assert len((await written(conn, heen))[1]) == EACH * len(CLIENTEN)


async def test_what_the_gemeente_decides_on_is_judged_first(conn: AsyncConnection) -> None:
    heen, lezing = await read(conn, a_declaratie_bericht("3.2", *some_lines("3.2", 0), identificatie="VH"), "3.2")
    facts = await DIENST.facts(conn, lezing, heen)
    by_hand = replace(facts, hand=Hand((Instelling(),)))
    oordeel, events = await DIENST.judge_writing(conn, lezing, by_hand, heen, beside, _never)

    assert oordeel.hand is not None
    assert events is None
    assert await written(conn, heen) == [[], [], [], []]


def _never(_: Oordeel) -> None:
    raise AssertionError
