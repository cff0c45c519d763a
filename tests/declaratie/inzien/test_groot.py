"""A large declaration through the whole house: recorded while it is judged, or not at all."""

import gc
from typing import Any

import pytest
from sqlalchemy import func, select

from services.declaratie.domain.declaratie import Declaratie, Prestatie
from services.declaratie.domain.feiten import DeclaratieFeiten
from services.declaratie.domain.lopend import Lopend
from services.declaratie.tables import DECLARATIE, EXCHANGE, PRESTATIE
from shared.exchange import verwerking
from shared.exchange.dienst import Uitkomst
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.codec import Inhoud
from shared.namens import intern
from tests.declaratie.betalingen.boek import Declarant


@pytest.fixture(autouse=True)
def _all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verwerking, "INLINE_BYTES", 0)


async def recorded(declarant: Declarant, uitkomst: Uitkomst) -> tuple[Any, int]:
    """Its declaration, and how many lines there are."""
    with intern():
        async with declarant.huis.engine.connect() as conn:
            row = await conn.execute(select(DECLARATIE).where(DECLARATIE.c.bericht_id == uitkomst.id))
            count = select(func.count()).where(PRESTATIE.c.bericht_id == uitkomst.id)
            return row.one_or_none(), int(await conn.scalar(count) or 0)


def codes(uitkomst: Uitkomst) -> list[str]:
    return [melding["retourcode"] for melding in uitkomst.meldingen]


async def test_it_is_recorded_and_answered_with_its_refused_lines(declarant: Declarant) -> None:
    used = declarant.regel()
    first = await declarant.declare(used)
    second = await declarant.declare(declarant.regel(), declarant.refused(used), declarant.regel())

    row, lines = await recorded(declarant, second)

    assert (codes(first), codes(second), second.retour_id is None) == ([], ["8021"], False)
    assert (lines, row.regels, row.regels_toegekend, row.toegekend) == (3, 3, 2, 80600)


async def test_a_fault_within_it_rejects_it_whatever_the_facts_are(declarant: Declarant) -> None:
    lines = [declarant.regel(), declarant.regel()]
    inhoud = declarant.inhoud(*lines)
    _total_of(inhoud)["TotaalBedrag"] += 1

    uitkomst = await declarant.send(inhoud, *lines)

    assert (uitkomst.status, codes(uitkomst)) == ("afgekeurd", ["0001"])
    assert await recorded(declarant, uitkomst) == (None, 0)


def _total_of(inhoud: Inhoud) -> Inhoud:
    if "Declaratie" in inhoud:
        return inhoud["Declaratie"]["TotaalIngediendBedrag"]  # type: ignore[no-any-return]
    return inhoud["Header"]["DeclaratieFactuurBedragen"]["DeclaratieFactuurTotaalBedrag"]  # type: ignore[no-any-return]


async def test_what_waits_for_facts_leaves_nothing_behind(declarant32: Declarant) -> None:
    known, unknown = declarant32.regel(), declarant32.regel()

    uitkomst = await declarant32.send(declarant32.inhoud(known, unknown), known)

    assert uitkomst.status == "geparkeerd"
    assert await recorded(declarant32, uitkomst) == (None, 0)


async def test_what_waits_for_an_earlier_message_leaves_nothing_behind(declarant32: Declarant) -> None:
    """Nothing that it is refused for can change, but it is about a toewijzing for which another waits."""
    used, later = declarant32.regel(), declarant32.regel()
    await declarant32.declare(used)
    waits = await declarant32.send(declarant32.inhoud(later))
    lines = [declarant32.regel() | {"ToewijzingNummer": later["ToewijzingNummer"]}, declarant32.refused(used)]

    uitkomst = await declarant32.send(declarant32.inhoud(*lines), *lines)

    assert (waits.status, uitkomst.status) == ("geparkeerd", "geparkeerd")
    assert await recorded(declarant32, uitkomst) == (None, 0)
    with intern():
        async with declarant32.huis.engine.connect() as conn:
            answer = select(EXCHANGE.bericht.c.id).where(EXCHANGE.bericht.c.heen_id == uitkomst.id)
            assert await conn.scalar(answer) is None


async def test_a_judged_message_leaves_nothing_that_points_to_itself(declarant32: Declarant) -> None:
    """While large ones are under way nobody looks for such memory (``shared.exchange.geheugen``)."""
    many = 100
    await declarant32.declare(declarant32.regel())
    lines = [declarant32.regel() for _ in range(many)]
    inhoud = declarant32.inhoud(*lines)
    gc.collect()
    gc.disable()
    try:
        await declarant32.send(inhoud, *lines)
        found = _unreachable()
    finally:
        gc.enable()

    assert not {type(one) for one in found} & {Declaratie, DeclaratieFeiten, Lopend, Prestatie, Toewijzing}


def _unreachable() -> list[Any]:
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return list(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
