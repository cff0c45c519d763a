"""A message is stored under its key once, also when it comes in ten times at once (P2)."""

import asyncio
from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.startstop.tables import EXCHANGE, KAFKA
from shared.exchange import register
from shared.exchange.dienst import AFGEKEURD, GEPARKEERD, VERWERKT
from shared.exchange.register import Besluit, Claim
from shared.iwmo.canoniek import canonical_hash
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.kop import Kop, read_kop
from shared.kafka.outbox import NewEvent
from shared.payload import LARGE_BYTES, Payload
from shared.security.partij import Beller, Partij
from tests.shared.exchange.verwerken import KLUIS, claim, until_blocked
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, ONTVANGEN, a_301, a_305, a_307, soort

_numbers = count(1)


def a_kop(identificatie: str | None = None, naam: str = "WMO305", release: Release = "3.2") -> Kop:
    build: Any = {"WMO301": a_301, "WMO305": a_305, "WMO307": a_307}[naam]
    name = identificatie or f"REG{next(_numbers):06d}"
    return read_kop(soort(naam, release), build(release, identificatie=name))


async def claimed(conn: AsyncConnection, kop: Kop, body: bytes = b"<x/>") -> tuple[UUID, int]:
    """A new message, by its id and number."""
    bericht_id = uuid4()
    found = await claim(conn, EXCHANGE, kop, body, bericht_id)
    assert found.volgnummer is not None
    return bericht_id, found.volgnummer


async def committed(engine: AsyncEngine, kop: Kop, body: bytes) -> Claim:
    async with engine.begin() as conn:
        return await claim(conn, EXCHANGE, kop, body)


async def test_a_new_message_gets_a_number_and_is_kept_sealed(conn: AsyncConnection) -> None:
    kop = a_kop()

    bericht_id, volgnummer = await claimed(conn, kop, b"<geheim/>")

    row = (await conn.execute(select(EXCHANGE.bericht).where(EXCHANGE.bericht.c.id == bericht_id))).one()
    assert (row.volgnummer, row.status, row.eerste, row.grootte) == (volgnummer, GEPARKEERD, True, 9)
    assert (row.partij_van, row.partij_naar) == (f"agb:{AANBIEDER}", f"gemeente:{GEMEENTE}")
    assert b"geheim" not in row.inhoud
    assert KLUIS.open(row.inhoud, str(bericht_id)) == b"<geheim/>"


async def test_the_same_message_again_is_a_repeat(conn: AsyncConnection) -> None:
    kop = a_kop()
    first, _ = await claimed(conn, kop)

    assert await claim(conn, EXCHANGE, kop) == Claim(herhaling=first)
    assert await claim(conn, EXCHANGE, kop) == Claim(herhaling=first)


async def test_other_content_under_the_key_is_new_and_points_to_the_first(conn: AsyncConnection) -> None:
    kop = a_kop()
    first, volgnummer = await claimed(conn, kop)

    second, third = await claim(conn, EXCHANGE, kop, b"<y/>"), await claim(conn, EXCHANGE, kop, b"<z/>")

    assert (second.eerder, third.eerder) == (first, first)
    assert volgnummer < (second.volgnummer or 0) < (third.volgnummer or 0)


async def test_a_repeat_of_what_clashed_is_a_repeat_of_that(conn: AsyncConnection) -> None:
    kop, clash = a_kop(), uuid4()
    await claimed(conn, kop)
    await claim(conn, EXCHANGE, kop, b"<y/>", clash)

    assert await claim(conn, EXCHANGE, kop, b"<y/>") == Claim(herhaling=clash)


async def test_a_large_message_is_the_same_however_it_is_written(conn: AsyncConnection) -> None:
    """Its hash is that of its bytes; the first, and each that clashed with it, are compared by their content."""
    kop, text = a_kop(), b"<x y='1'>" + b"w" * LARGE_BYTES + b"</x>"
    first, _ = await claimed(conn, kop, text)
    clash = uuid4()
    await claim(conn, EXCHANGE, kop, text.replace(b"w", b"v", 1), clash)

    again = await claim(conn, EXCHANGE, kop, text.replace(b" y='1'", b'  y="1" '))
    clash_again = await claim(conn, EXCHANGE, kop, b"<!-- x -->" + text.replace(b"w", b"v", 1))
    small = await claim(conn, EXCHANGE, kop, b"<x y='1'>w</x>")

    assert (again, clash_again) == (Claim(herhaling=first), Claim(herhaling=clash))
    assert small.eerder == first


async def test_a_large_message_past_its_retention_is_known_by_its_canonical_form(conn: AsyncConnection) -> None:
    kop, text = a_kop(), b"<x y='1'>" + b"w" * LARGE_BYTES + b"</x>"
    first, _ = await claimed(conn, kop, text)
    kept = canonical_hash(Payload.of(text))
    await conn.execute(update(EXCHANGE.bericht).where(EXCHANGE.bericht.c.id == first).values(inhoud=None, hash=kept))

    assert await claim(conn, EXCHANGE, kop, text) == Claim(herhaling=first)
    assert await claim(conn, EXCHANGE, kop, text.replace(b" y", b"  y")) == Claim(herhaling=first)
    assert (await claim(conn, EXCHANGE, kop, text.replace(b"w", b"v", 1))).eerder == first


async def test_a_key_is_of_one_sender_and_one_kind_of_message(conn: AsyncConnection) -> None:
    first = a_kop("GELIJK")

    for kop in (first, a_kop("GELIJK", "WMO307"), Kop(first.soort, "11111111", GEMEENTE, "GELIJK", first.dagtekening)):
        assert (await claim(conn, EXCHANGE, kop)).volgnummer is not None


async def test_a_key_counts_over_both_releases(conn: AsyncConnection) -> None:
    """TR056 knows BerichtCode and Identificatie, no release."""
    first, _ = await claimed(conn, a_kop("GELIJK", release="2.4"))

    assert (await claim(conn, EXCHANGE, a_kop("GELIJK", release="3.2"), b"<y/>")).eerder == first


async def test_a_twin_waits_for_the_first_and_is_its_repeat(engine: AsyncEngine) -> None:
    kop = a_kop()
    async with engine.begin() as conn:
        first, _ = await claimed(conn, kop)
        twin = asyncio.create_task(committed(engine, kop, b"<x/>"))
        await until_blocked(engine)
        assert not twin.done()

    assert await twin == Claim(herhaling=first)


async def test_a_twin_takes_over_when_the_first_is_undone(engine: AsyncEngine) -> None:
    kop = a_kop()
    async with engine.connect() as conn, conn.begin() as transaction:
        await claimed(conn, kop)
        twin = asyncio.create_task(committed(engine, kop, b"<x/>"))
        await until_blocked(engine)
        await transaction.rollback()

    found = await twin
    assert found.volgnummer is not None
    assert (found.herhaling, found.eerder) == (None, None)


async def test_a_twin_with_other_content_waits_too_and_then_clashes(engine: AsyncEngine) -> None:
    kop = a_kop()
    async with engine.begin() as conn:
        first, _ = await claimed(conn, kop)
        twin = asyncio.create_task(committed(engine, kop, b"<y/>"))
        await until_blocked(engine)

    assert (await twin).eerder == first


async def test_of_ten_different_contents_at_once_one_is_first(engine: AsyncEngine) -> None:
    kop = a_kop()

    found = await asyncio.gather(*(committed(engine, kop, f"<x{n}/>".encode()) for n in range(10)))

    assert [one.herhaling for one in found] == [None] * 10
    assert [one.eerder for one in found].count(None) == 1
    assert len({one.eerder for one in found}) == 2
    assert len({one.volgnummer for one in found}) == 10


async def test_of_ten_twins_at_once_one_is_stored(engine: AsyncEngine) -> None:
    kop = a_kop()

    found = await asyncio.gather(*(committed(engine, kop, b"<x/>") for _ in range(10)))

    assert [one.volgnummer is None for one in found].count(False) == 1
    assert len({one.herhaling for one in found if one.herhaling}) == 1
    async with engine.connect() as conn:
        table = EXCHANGE.bericht
        stored = select(func.count()).select_from(table).where(table.c.identificatie == kop.identificatie)
        assert await conn.scalar(stored) == 1


async def conclude(
    conn: AsyncConnection, bericht_id: UUID, kop: Kop, status: str = VERWERKT, **deviations: Any
) -> Besluit:
    """Gives a message its verdict, with its answer."""
    retour = Kop(soort("WMO306", "3.2"), kop.afzender, kop.ontvanger, kop.identificatie, kop.dagtekening)
    right: dict[str, Any] = {
        "bericht_id": bericht_id,
        "kop": kop,
        "status": status,
        "meldingen": [{"regel": "TR019"}],
        "signalen": [],
        "retour_id": uuid4(),
        "retour": retour,
        "retour_body": b"<r/>",
        "beller": Beller("mij", frozenset({Partij.aanbieder(AANBIEDER)})),
        "handeling": "verzonden",
    }
    besluit = Besluit(**(right | deviations))
    await register.conclude(conn, EXCHANGE, KAFKA, besluit, KLUIS, ONTVANGEN)
    return besluit


async def mailbox(conn: AsyncConnection, *ids: UUID) -> list[tuple[UUID, str]]:
    """Who has these messages waiting."""
    box = EXCHANGE.postbus
    statement = select(box.c.bericht_id, box.c.partij).where(box.c.bericht_id.in_(ids)).order_by(box.c.volgnummer)
    return [(row.bericht_id, row.partij) for row in await conn.execute(statement)]


@pytest.mark.parametrize("status", [VERWERKT, AFGEKEURD])
async def test_a_verdict_is_given_once(status: str, conn: AsyncConnection) -> None:
    kop = a_kop()
    bericht_id, _ = await claimed(conn, kop)

    given = await conclude(conn, bericht_id, kop, status)

    with pytest.raises((RuntimeError, IntegrityError)):
        async with conn.begin_nested():
            await conclude(conn, bericht_id, kop, VERWERKT)
    known = await register.outcome(conn, EXCHANGE, bericht_id)
    assert known is not None
    assert (known.status, known.meldingen, known.retour_id) == (status, given.meldingen, given.retour_id)


async def test_a_verdict_needs_a_message_without_one(conn: AsyncConnection) -> None:
    kop = a_kop()
    bericht_id, _ = await claimed(conn, kop)
    await conn.execute(update(EXCHANGE.bericht).where(EXCHANGE.bericht.c.id == bericht_id).values(status=VERWERKT))

    with pytest.raises(RuntimeError):
        await conclude(conn, bericht_id, kop)


async def test_a_message_has_one_answer_which_goes_the_other_way(conn: AsyncConnection) -> None:
    kop = a_kop()
    bericht_id, _ = await claimed(conn, kop)

    given = await conclude(conn, bericht_id, kop)

    known = await register.outcome(conn, EXCHANGE, bericht_id)
    assert known is not None
    assert (known.retour_id, known.retour_bericht) == (given.retour_id, "WMO306")
    row = (await conn.execute(select(EXCHANGE.bericht).where(EXCHANGE.bericht.c.id == given.retour_id))).one()
    assert (row.partij_van, row.partij_naar) == (f"gemeente:{GEMEENTE}", f"agb:{AANBIEDER}")
    assert KLUIS.open(row.inhoud, str(row.id)) == b"<r/>"
    await conn.execute(update(EXCHANGE.bericht).where(EXCHANGE.bericht.c.id == bericht_id).values(status=GEPARKEERD))
    with pytest.raises(IntegrityError):
        async with conn.begin_nested():
            await conclude(conn, bericht_id, kop)


async def test_a_verdict_is_told_to_both_and_recorded(conn: AsyncConnection) -> None:
    kop = a_kop()
    bericht_id, _ = await claimed(conn, kop)

    given = await conclude(conn, bericht_id, kop)

    told = [(given.retour_id, f"agb:{AANBIEDER}"), (bericht_id, f"gemeente:{GEMEENTE}")]
    assert await mailbox(conn, bericht_id, given.retour_id) == told
    row = (await conn.execute(select(EXCHANGE.audit).where(EXCHANGE.audit.c.bericht_id == bericht_id))).one()
    assert (row.wie, row.handeling, row.uitkomst, row.bericht) == ("mij", "verzonden", VERWERKT, "WMO305")


async def test_a_verdict_and_its_events_are_one(conn: AsyncConnection) -> None:
    kop = a_kop()
    bericht_id, _ = await claimed(conn, kop)
    events = [
        NewEvent("wmo.startstop", f"0855:{name}", "iets", number, {"n": number}) for number, name in enumerate("ba")
    ]

    await conclude(conn, bericht_id, kop, events=events)

    outbox = KAFKA.outbox
    rows = await conn.execute(
        select(outbox.c.sleutel, outbox.c.versie, outbox.c.data).order_by(outbox.c.id.desc()).limit(2)
    )
    assert list(reversed(rows.all())) == [("0855:b", 0, {"n": 0}), ("0855:a", 1, {"n": 1})]


async def test_what_is_rejected_does_not_reach_its_addressee(conn: AsyncConnection) -> None:
    kop = a_kop()
    bericht_id, _ = await claimed(conn, kop)

    given = await conclude(conn, bericht_id, kop, AFGEKEURD)

    assert await mailbox(conn, bericht_id, given.retour_id) == [(given.retour_id, f"agb:{AANBIEDER}")]


async def test_an_unknown_message_has_no_outcome(conn: AsyncConnection) -> None:
    assert await register.outcome(conn, EXCHANGE, uuid4()) is None


async def test_a_message_waits_for_an_earlier_one_about_the_same_thing(conn: AsyncConnection) -> None:
    first, first_number = await claimed(conn, a_kop())
    _, second_number = await claimed(conn, a_kop(naam="WMO307"))
    await register.park(conn, EXCHANGE, first, 1, ["0855:1", "0855:2"])

    async def waits(number: int, *sleutels: str) -> bool:
        return await register.earlier_waits(conn, EXCHANGE, a_kop(naam="WMO307"), number, sleutels)

    assert await waits(second_number, "0855:2")
    assert not await waits(second_number, "0855:3")
    assert not await waits(first_number, "0855:2"), "it does not wait for itself or for later ones"
    await conclude(conn, first, a_kop())
    assert not await waits(second_number, "0855:2")


async def test_a_message_does_not_wait_for_one_between_other_parties(conn: AsyncConnection) -> None:
    first, _ = await claimed(conn, a_kop())
    kop = a_kop()
    await register.park(conn, EXCHANGE, first, 1, ["0855:1"])
    other = Kop(kop.soort, "11111111", GEMEENTE, kop.identificatie, kop.dagtekening)

    assert not await register.earlier_waits(conn, EXCHANGE, other, 2**60, ["0855:1"])


async def test_an_audit_row_tells_who_did_what_and_no_content(conn: AsyncConnection) -> None:
    bericht_id = uuid4()
    beller = Beller("mij", frozenset({Partij.gemeente("0855"), Partij.aanbieder("98765432")}))

    await register.note(
        conn, EXCHANGE, beller, "gelezen", "inhoud", bericht_id=bericht_id, soort=soort("WMO305", "3.2")
    )

    row = (await conn.execute(select(EXCHANGE.audit).where(EXCHANGE.audit.c.bericht_id == bericht_id))).one()
    assert (row.wie, row.partij, row.handeling, row.uitkomst, row.bericht) == (
        "mij", "agb:98765432,gemeente:0855", "gelezen", "inhoud", "WMO305"
    )  # fmt: skip


def _directions() -> Iterator[Any]:
    for release in RELEASES:
        yield "WMO301", release, "gemeente"
        yield "WMO302", release, "agb"
        yield "WMO305", release, "agb"
        yield "WMO306", release, "gemeente"
    yield "WMO323", "3.2", "agb"
    yield "WMO325", "3.2", "gemeente"
    yield "WMO304D", "2.4", "gemeente"


@pytest.mark.parametrize(("naam", "release", "sender"), list(_directions()))
def test_the_sender_of_a_message_follows_from_its_kind(naam: str, release: Release, sender: str) -> None:
    """In a retourbericht Afzender and Ontvanger are those of the message that it answers."""
    kind = soort(naam, release)
    first, second = (GEMEENTE, AANBIEDER) if kind.afzender == "gemeente" else (AANBIEDER, GEMEENTE)

    van, naar = register.parties(Kop(kind, first, second, "x", ONTVANGEN.date()))

    assert (van.soort, naar.soort) == (sender, "agb" if sender == "gemeente" else "gemeente")
    assert {van.code, naar.code} == {GEMEENTE, AANBIEDER}
