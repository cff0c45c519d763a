"""The waiting list and its figures are what one finds by going through all that was reported, one by one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from statistics import median
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop.domain import Gemeld, Start, Stop
from services.startstop.gebied import gebied_van
from services.startstop.stand import stand_of
from services.startstop.tables import BEZIEN_TOT, EVALUATIE, EXCHANGE, TE_BEZIEN
from services.startstop.wachtlijst import Filter, Groep, after, area_of, read_cijfers, select_lijst
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.waarden import Omvang, Periode, Product
from shared.security.partij import Beller, Partij
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE
from tests.startstop.verloop import TERUG, Verloop

INGANG, LAST = date(2025, 3, 1), date(2025, 12, 30)
ONTVANGEN = date(2025, 3, 5)
CODES = [("02", "022A3"), ("02", "023B1"), ("01", "01A04"), ("02", "022A1")]
GEMEENTE_ZELF = Beller("g", frozenset({Partij.gemeente(GEMEENTE)}))
AANBIEDER_ZELF = Beller("a", frozenset({Partij.aanbieder(AANBIEDER)}))
NUMBER = 24
Regel = tuple[str, int, str | None, date, bool]
"""Soort, number, area, since when, and whether the term is past."""


@dataclass
class Zaak:
    """A toewijzing as it is last, what holds of the reports on it, and the day of its evaluatie."""

    toewijzing: Toewijzing
    held: list[Gemeld] = field(default_factory=list)
    gegeven: date | None = None

    def wacht(self, vandaag: date) -> Iterable[tuple[str, date]]:
        """What it waits for, and since when."""
        one = self.toewijzing
        stand = stand_of(one.periode.eind, self.held, vandaag)
        still = one.periode.eind is None or one.periode.eind >= vandaag
        if one.omvang is not None and stand.begonnen is None and still:
            yield "niet_gestart", ONTVANGEN
        if stand.pauze is not None:
            yield "pauze", stand.pauze
        einde = stand.geeindigd(vandaag)
        if einde is not None and (self.gegeven is None or self.gegeven < einde):
            yield "zonder_evaluatie", einde


@dataclass
class Toneel:
    """Plays at random what may happen, one day after another, and remembers it."""

    verloop: Verloop
    dice: Random
    zaken: dict[int, Zaak] = field(default_factory=dict)

    async def play(self) -> None:
        for nummer in range(1, NUMBER + 1):
            await self._assign(nummer, self.dice.choice([None, self._day(INGANG, LAST + timedelta(days=90))]))
        day = INGANG + timedelta(days=10)
        while day < LAST:
            await self._one(self.dice.randint(1, NUMBER), day)
            if self.dice.random() < 0.1:
                await self.verloop.look_round(day)
            day += timedelta(days=self.dice.randint(0, 4))
        await self.verloop.look_round(LAST)

    def _day(self, van: date, tot: date) -> date:
        return van + timedelta(days=self.dice.randint(0, max(0, (tot - van).days)))

    async def _assign(self, nummer: int, eind: date | None) -> None:
        before = self.zaken.get(nummer)
        product = before.toewijzing.product if before else Product(*self.dice.choice(CODES))
        omvang = before.toewijzing.omvang if before else self.dice.choice([Omvang(3, "04", "2")] * 5 + [None])
        periode = Periode(INGANG, eind)
        one = await self.verloop.assign(nummer, ontvangen=ONTVANGEN, product=product, omvang=omvang, periode=periode)
        self.zaken[nummer] = Zaak(one, before.held if before else [])

    async def _one(self, nummer: int, day: date) -> None:
        """What comes next, if anything can: in the order in which it may be reported."""
        zaak, chance = self.zaken[nummer], self.dice.random()
        last = zaak.held[-1].wat if zaak.held else None
        if zaak.gegeven is None and chance < 0.1:
            latest = max((_dag(one) for one in zaak.held), default=INGANG)
            await self._assign(nummer, self.dice.choice([None, max(latest, self._day(INGANG, LAST))]))
        elif zaak.gegeven is None and chance < 0.25 and self._is_over(zaak, day):
            await self._evaluate(nummer, day)
        elif zaak.gegeven is None and last is not None and chance < 0.35:
            await self._take_back(nummer, day)
        elif last is None or (isinstance(last, Stop) and last.reden == "20"):
            await self._begin(zaak, self._day(INGANG if last is None else last.einddatum + timedelta(days=1), day), day)
        elif isinstance(last, Start):
            einddatum = min(self._day(last.begindatum, day), zaak.toewijzing.periode.eind or day)
            await self._report(nummer, Stop(last, self.dice.choice(["20", "31"]), einddatum), day)

    def _is_over(self, zaak: Zaak, day: date) -> bool:
        return stand_of(zaak.toewijzing.periode.eind, zaak.held, day).geeindigd(day) is not None

    async def _begin(self, zaak: Zaak, begin: date, day: date) -> None:
        nummer = zaak.toewijzing.nummer
        if begin <= min(day, zaak.toewijzing.periode.eind or day) and nummer % 4:  # some never begin
            await self._report(nummer, Start(nummer, zaak.toewijzing.product, begin), day)

    async def _report(self, nummer: int, wat: Start | Stop, day: date) -> None:
        await self._send(wat, day)
        self.zaken[nummer].held.append(Gemeld(wat, day, uuid4()))

    async def _take_back(self, nummer: int, day: date) -> None:
        await self._send(self.zaken[nummer].held.pop().wat, day, **TERUG)

    async def _send(self, wat: Start | Stop, day: date, **afwijking: str) -> None:
        start = wat.start if isinstance(wat, Stop) else wat
        product = {"Product": {"Categorie": start.product.categorie, "Code": start.product.code}}
        whole: dict[str, Any] = {**product, "Begindatum": start.begindatum.isoformat(), **afwijking}
        if isinstance(wat, Stop):
            einde = {"RedenBeeindiging": wat.reden, "Einddatum": wat.einddatum.isoformat()}
            await self.verloop.stop(day, start.nummer or 0, **whole, **einde)
        else:
            await self.verloop.start(day, start.nummer or 0, **whole)

    async def _evaluate(self, nummer: int, day: date) -> None:
        self.zaken[nummer].gegeven = day
        row = {"id": uuid4(), "gemeente": GEMEENTE, "aanbieder": AANBIEDER, "toewijzing_nummer": nummer, "versie": 1}
        row |= {"einddatum": day, "gegeven": day, "vervolg": False}
        await self.verloop.conn.execute(insert(EVALUATIE.evaluatie).values(**row, ingediend=func.now()))


def _dag(one: Gemeld) -> date:
    return one.wat.einddatum if isinstance(one.wat, Stop) else one.wat.begindatum


@pytest.fixture
async def clean(conn: AsyncConnection) -> AsyncConnection:
    for table in (TE_BEZIEN, BEZIEN_TOT, EXCHANGE.termijn):
        await conn.execute(delete(table))
    return conn


def recomputed(zaken: Iterable[Zaak], vandaag: date) -> dict[tuple[str, int], tuple[str | None, int]]:
    """Area and days, by soort and number."""
    return {
        (soort, zaak.toewijzing.nummer): (
            gebied_van(zaak.toewijzing.product.categorie, zaak.toewijzing.product.code),
            (vandaag - sinds).days,
        )
        for zaak in zaken
        for soort, sinds in zaak.wacht(vandaag)
    }


@pytest.mark.parametrize("seed", range(2))
async def test_the_list_and_its_figures_equal_a_recomputation(clean: AsyncConnection, seed: int) -> None:
    toneel = Toneel(Verloop(clean), Random(seed))
    await toneel.play()

    rows = (await clean.execute(select_lijst(GEMEENTE_ZELF, Filter(), LAST))).all()
    expected = recomputed(toneel.zaken.values(), LAST)
    if seed == 0:
        assert {soort for soort, _ in expected} == {"niet_gestart", "pauze", "zonder_evaluatie"}, "a play of all kinds"

    assert {(row.soort, row.toewijzing_nummer): (row.gebied, row.dagen) for row in rows} == expected
    assert len(rows) == len(expected)
    assert all(row.te_laat == (row.uiterlijk < LAST) for row in rows)
    assert all(row.te_laat == (row.dagen > 28) for row in rows if row.soort == "pauze")
    groups: dict[Any, list[int]] = defaultdict(list)
    for (soort, _), (area, days) in expected.items():
        groups[(area,), soort].append(days)
    cijfers = await read_cijfers(clean, AANBIEDER_ZELF, Filter(), ["gebied"], LAST, 100)
    assert {(one.sleutel, one.soort): (one.aantal, one.mediaan, one.langste) for one in cijfers} == {
        key: (len(days), median(days), max(days)) for key, days in groups.items()
    }
    late = {key: len([row for row in rows if ((row.gebied,), row.soort) == key and row.te_laat]) for key in groups}
    assert {(one.sleutel, one.soort): one.te_laat for one in cijfers} == late


async def waiting(conn: AsyncConnection) -> None:
    """Three who wait: of one area two, one much longer; and one who need not yet be there."""
    verloop = Verloop(conn)
    for nummer, code, ontvangen in (
        (1, "022A3", date(2025, 3, 1)),
        (2, "022A1", date(2025, 4, 1)),
        (3, "01A04", date(2025, 4, 10)),
        (4, "01A04", date(2025, 6, 1)),
    ):
        product = Product(code[:2], code)
        await verloop.assign(nummer, ontvangen=ontvangen, product=product, periode=Periode(ontvangen))


DAG = date(2025, 4, 22)


async def numbers(conn: AsyncConnection, vraag: Filter, dag: date = DAG, wie: Beller = GEMEENTE_ZELF) -> list[int]:
    page = after(select_lijst(wie, vraag, dag), None, 100)
    return [row.toewijzing_nummer for row in await conn.execute(page)]


@pytest.mark.parametrize(
    ("vraag", "expected"),
    [
        (Filter(), [1, 2, 3]),
        (Filter(te_laat=True), [1]),
        (Filter(te_laat=False), [2, 3]),
        (Filter(gebied="2A"), [1, 2]),
        (Filter(gebied="01"), [3]),
        (Filter(soort="niet_gestart", toewijzing_nummer=2), [2]),
        (Filter(soort="pauze"), []),
        (Filter(gemeente=GEMEENTE, aanbieder=AANBIEDER), [1, 2, 3]),
        (Filter(gemeente="0000"), []),
        (Filter(aanbieder="00000000"), []),
    ],
)
async def test_who_waits_longest_comes_first_and_filters_hold(
    clean: AsyncConnection, vraag: Filter, expected: list[int]
) -> None:
    await waiting(clean)

    assert await numbers(clean, vraag) == expected


@pytest.mark.parametrize(("dag", "late"), [(date(2025, 4, 22), [1]), (date(2025, 4, 23), [1, 2])])
async def test_a_start_is_late_the_day_after_its_term(clean: AsyncConnection, dag: date, late: list[int]) -> None:
    """Of the first of April three weeks later: Tuesday after Easter."""
    await waiting(clean)

    assert await numbers(clean, Filter(te_laat=True), dag) == late


async def test_pages_follow_on_each_other(clean: AsyncConnection) -> None:
    await waiting(clean)
    lijst = select_lijst(GEMEENTE_ZELF, Filter(), DAG)
    seen, place = [], None

    while rows := (await clean.execute(after(lijst, place, 1))).all():
        seen += [row.toewijzing_nummer for row in rows]
        place = rows[-1].sinds, rows[-1].id

    assert seen == [1, 2, 3]


@pytest.mark.parametrize("groepen", [[], ["gemeente"], ["aanbieder", "gebied"]])
async def test_figures_are_divided_as_asked(clean: AsyncConnection, groepen: list[Groep]) -> None:
    await waiting(clean)

    found = await read_cijfers(clean, GEMEENTE_ZELF, Filter(), groepen, DAG, 10)

    told = [(one.sleutel, one.aantal, one.te_laat, one.mediaan, one.langste) for one in found]
    if "gebied" in groepen:
        assert told == [((AANBIEDER, "01"), 1, 0, 12.0, 12), ((AANBIEDER, "2A"), 2, 1, 36.5, 52)]
    else:
        assert told == [((GEMEENTE,) if groepen else (), 3, 1, 21.0, 52)]


async def test_nobody_else_is_on_it(clean: AsyncConnection) -> None:
    """By the search itself, on a connection that may see all."""
    await waiting(clean)

    for other in (Partij.gemeente("0000"), Partij.aanbieder("00000000"), Partij("beheer")):
        assert await numbers(clean, Filter(), wie=Beller("x", frozenset({other}))) == []


@pytest.mark.parametrize("code", ["022A3", "01A04", "013B9", "022A0", "02A03", "22A3", "0222A", "02a2A", None])
async def test_the_area_is_the_same_in_the_database(conn: AsyncConnection, code: str | None) -> None:
    found = await conn.scalar(select(area_of(literal("02"), literal(code))))

    assert found == gebied_van("02", code)
