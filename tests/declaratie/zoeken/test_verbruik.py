"""Consumption: the sum of what was granted, as the answers told it, beside what the toewijzing allows."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.cijfers import read_figures
from services.declaratie.domain.telwijze import period_counting, total_counting
from services.declaratie.verbruik import Verbruik, add_up, read_consumption
from services.declaratie.verbruikvragen import VerbruikVraag
from services.declaratie.zoekvragen import CijferVraag
from shared.exchange.dienst import Heen, Oordeel
from shared.iwmo.catalogus import Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.waarden import Omvang, Periode
from shared.security.partij import Beller, Partij
from tests.declaratie.test_antwoord_totalen import all_named, cents, codes, xml_of
from tests.declaratie.totalen import kept, recomputed
from tests.declaratie.verwerken import TWEEDE, hours, know, refused_line, send
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, NUMMER, a_regel, amount_of
from tests.toewijzing.bouw import a_toewijzing

BELLER = Beller("proef", frozenset({Partij.gemeente(GEMEENTE)}))
MAART = Periode(date(2025, 3, 1), date(2025, 3, 31))


async def consumption(conn: AsyncConnection, *nummers: int) -> list[Verbruik]:
    vraag = VerbruikVraag.model_validate({"toewijzingNummers": list(nummers or (NUMMER,)), "aanbieder": AANBIEDER})
    return (await read_consumption(conn, BELLER, vraag, None, None))[0]


async def test_what_is_left_goes_down_with_a_grant_and_up_with_its_credit(conn: AsyncConnection, bekend: None) -> None:
    """26 weeks of three hours; March may have six times three."""
    await send(conn, hours(10, "R1"), nummer="D1")
    [after_debit] = await consumption(conn)
    await send(conn, hours(10, "C1", vorige="R1"), hours(7, "R2"), nummer="D2")
    [after_credit] = await consumption(conn)

    def told(verbruik: Verbruik) -> Any:
        omvang = verbruik.toewijzing.omvang
        whole, [(periode, part)] = verbruik.totaal, verbruik.perioden.items()
        assert periode == MAART
        assert whole.toegekend.gebruik == part.toegekend.gebruik
        return whole.toegekend.volumes, whole.toegekend.bedrag, whole.over(omvang), part.over(omvang)

    assert told(after_debit) == ({"01": 600}, 31_000, (27 * 3 - 10) * 60, (18 - 10) * 60)
    assert told(after_credit) == ({"01": 420}, 21_700, (27 * 3 - 7) * 60, (18 - 7) * 60)
    assert after_credit.totaal.toegekend.regels == 3


async def test_what_was_refused_was_claimed_but_takes_nothing(conn: AsyncConnection, bekend: None) -> None:
    await send(conn, refused_line("3.2"), hours(2, "R2", ToewijzingNummer=TWEEDE), nummer="D1")

    first, second = await consumption(conn, NUMMER, TWEEDE)

    assert (first.totaal.ingediend.regels, first.totaal.toegekend.regels) == (1, 0)
    assert (first.totaal.ingediend.bedrag, first.totaal.toegekend.bedrag) == (13 * 3200, 0)
    assert first.totaal.over(first.toewijzing.omvang) == 27 * 3 * 60
    assert second.totaal.toegekend.bedrag == 6200


async def test_hours_and_minutes_are_added_up(conn: AsyncConnection, bekend: None) -> None:
    await know(conn, NUMMER, omvang=Omvang(20, "04", "6"))
    minutes = a_regel("2.4", 31000, referentie="R2", GeleverdVolume=600, Eenheid="01", ProductTarief=52)
    await send(conn, a_regel("2.4", 9300, GeleverdVolume=3), minutes, nummer="D1", release="2.4")

    [verbruik] = await consumption(conn)

    assert verbruik.totaal.toegekend.volumes == {"01": 780}
    assert verbruik.totaal.over(verbruik.toewijzing.omvang) == 1200 - 780
    assert verbruik.totaal.grens is not None
    assert verbruik.totaal.grens.uitleg == "in totaal 20"


async def test_a_budget_is_used_in_cents(conn: AsyncConnection, bekend: None) -> None:
    await know(conn, NUMMER, omvang=None, budget=100_000)
    await send(conn, hours(10, "R1"), nummer="D1")

    [verbruik] = await consumption(conn)

    assert verbruik.budget_over == 69_000
    assert (verbruik.totaal.grens, verbruik.totaal.over(None)) == (None, None)


async def test_a_later_toewijzing_may_leave_less_than_nothing(conn: AsyncConnection, bekend: None) -> None:
    await send(conn, hours(18, "R1"), nummer="D1")
    await know(conn, NUMMER, omvang=Omvang(10, "04", "6"))

    [verbruik] = await consumption(conn)

    assert verbruik.totaal.over(verbruik.toewijzing.omvang) == -8 * 60


async def test_a_line_of_another_aanbieder_does_not_count(conn: AsyncConnection, bekend: None) -> None:
    await send(conn, hours(5, "R1"), nummer="D1")
    await know(conn, NUMMER, aanbieder="12345678")
    vraag = VerbruikVraag.model_validate({"toewijzingNummers": [NUMMER], "aanbieder": "12345678"})

    [verbruik], _ = await read_consumption(conn, BELLER, vraag, None, None)

    assert (verbruik.totaal.ingediend.regels, verbruik.perioden) == (0, {})


Regel = st.tuples(
    st.sampled_from(["goed", "goed", "goed", "te duur", "minuten", "credit", "credit"]),
    st.sampled_from([NUMMER, TWEEDE]),
    st.integers(1, 20),
)
Declaraties = st.lists(st.lists(Regel, min_size=1, max_size=4), min_size=1, max_size=4)
"""What each line is, on which toewijzing, and how many hours; a credit takes back some earlier line."""


@pytest.mark.parametrize("release", ["2.4", "3.2"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(declaraties=Declaraties)
async def test_consumption_is_what_the_answers_granted(
    conn: AsyncConnection, bekend: None, release: Release, declaraties: list[list[tuple[str, int, int]]]
) -> None:
    """Debits and credits, right and wrong; after each declaration the sum over all answers."""
    async with undone(conn):
        volume, bedrag, lines, sent = Counter[int](), Counter[int](), Counter[bool](), list[Inhoud]()
        for number, some in enumerate(declaraties):
            made = _without_clashes([_line(release, f"L{number}x{p}", sent, *one) for p, one in enumerate(some)])
            sent += made
            heen, oordeel, _ = await send(conn, *made, nummer=f"D{number}", release=release)
            refused = _refused(heen, oordeel, made)
            for line in () if oordeel.afgekeurd else made:
                granted = line["ProductReferentie"]["ReferentieNummer"] not in refused
                lines[granted] += 1
                if granted:
                    sign = 1 if amount_of(line) >= 0 else -1
                    minutes = line["GeleverdVolume"] * (60 if line["Eenheid"] == "04" else 1)
                    volume[line["ToewijzingNummer"]] += sign * minutes
                    bedrag[line["ToewijzingNummer"]] += amount_of(line)

            for verbruik in await consumption(conn, NUMMER, TWEEDE):
                whole, nummer = verbruik.totaal, verbruik.toewijzing.nummer
                parts = [part.toegekend.bedrag for part in verbruik.perioden.values()]
                assert whole.toegekend.volumes.get("01", 0) == volume[nummer]
                assert whole.toegekend.bedrag == bedrag[nummer] == sum(parts)
                assert whole.over(verbruik.toewijzing.omvang) == 27 * 3 * 60 - volume[nummer] >= 0
            assert await kept(conn, AANBIEDER) == await recomputed(conn, AANBIEDER)
            _, figures = await read_figures(conn, BELLER, CijferVraag.model_validate({"aanbieder": AANBIEDER}), 1)
            assert (figures.regels_toegekend, figures.regels_afgekeurd) == (lines[True], lines[False])
            assert figures.toegekend == bedrag.total()


@asynccontextmanager
async def undone(conn: AsyncConnection) -> AsyncIterator[None]:
    """What happens inside is undone: every example begins alike."""
    before = await conn.begin_nested()
    try:
        yield
    finally:
        await before.rollback()


def _without_clashes(lines: list[Inhoud]) -> list[Inhoud]:
    """Without what would refuse the whole message: two debits on one toewijzing, two credits of one line."""
    found: dict[Any, Inhoud] = {}
    for line in lines:
        found.setdefault(line["ProductReferentie"].get("VorigReferentieNummer") or line["ToewijzingNummer"], line)
    return list(found.values())


def _line(release: Release, referentie: str, sent: list[Inhoud], soort: str, nummer: int, uren: int) -> Inhoud:
    if soort == "credit" and sent:
        earlier = sent[(uren * nummer) % len(sent)]
        named = {
            "ReferentieNummer": referentie,
            "VorigReferentieNummer": earlier["ProductReferentie"]["ReferentieNummer"],
        }
        credit = a_regel(release, -abs(amount_of(earlier)), referentie=referentie)
        return credit | {
            naam: earlier[naam] for naam in ("ToewijzingNummer", "GeleverdVolume", "Eenheid", "ProductTarief")
        } | {"ProductReferentie": named}  # fmt: skip
    tarief = 3200 if soort == "te duur" else 3100
    own = {"ToewijzingNummer": nummer, "GeleverdVolume": uren, "ProductTarief": tarief}
    if soort == "minuten":
        own |= {"GeleverdVolume": uren * 60, "Eenheid": "01", "ProductTarief": 52}
    return a_regel(release, uren * tarief, referentie=referentie, **own)


def _refused(heen: Heen, oordeel: Oordeel, lines: list[Inhoud]) -> set[str]:
    """The numbers of the lines that the answer, as XML, does not grant; its total must say the same."""
    told = xml_of(heen, *oordeel.meldingen)
    refused = {
        one.text
        for line in all_named(told, "Prestatie")
        for one in all_named(line, "ReferentieNummer")
        if codes(line) != ["0200"]
    }
    if not oordeel.afgekeurd:
        [total] = all_named(told, "TotaalToegekendBedrag") or all_named(told, "ToegekendTotaalBedrag")
        left = [line for line in lines if line["ProductReferentie"]["ReferentieNummer"] not in refused]
        assert cents(total.getparent(), total.tag.rpartition("}")[2]) == sum(map(amount_of, left))
    return refused


@pytest.mark.parametrize(
    ("omvang", "categorie", "period", "whole"),
    [
        (Omvang(3, "04", "2"), "01", "6 weken voor elke kalendermaand", "elke week"),
        (Omvang(3, "04", "2"), "02", "elke week", "elke week"),
        (Omvang(1, "82", "2"), "02", "elke zondag", "elke zondag"),
        (Omvang(1, "16", "1"), "02", "elke dag", "elke dag"),
        (Omvang(1, "16", "4"), "01", "elke kalendermaand", "elke kalendermaand"),
        (Omvang(1, "16", "6"), "01", "de hele toewijzing", "de hele toewijzing"),
    ],
)
def test_it_says_what_is_counted(omvang: Omvang, categorie: str, period: str, whole: str) -> None:
    assert period_counting(omvang, categorie).startswith(period)
    assert total_counting(omvang).startswith(whole)


def test_without_lines_all_is_left() -> None:
    [verbruik] = add_up([a_toewijzing(budget=5)], [])

    assert (verbruik.budget_over, verbruik.perioden) == (5, {})
    assert verbruik.totaal.over(verbruik.toewijzing.omvang) == 27 * 3 * 60
