"""A grant in part: what the gemeente cuts is refused everywhere, and what is left counts everywhere."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select, update

from services.declaratie.tables import KAFKA, PRESTATIE
from shared.exchange.huis import Huis
from shared.exchange.verwerking import reconsider
from shared.iwmo.codec import Inhoud
from tests.declaratie.betalingen.boek import Declarant
from tests.declaratie.handmatig.loket import CODE, Loket, approve, in_part, referentie, refuse
from tests.declaratie.handmatig.test_beslissen import granted
from tests.declaratie.totalen import kept, recomputed

pytestmark = pytest.mark.usefixtures("feiten_binnen")


@pytest.fixture
def declarant24(huis: Huis, gemeente: str) -> Declarant:
    return Declarant(huis, gemeente, "2.4")


def told(retour: Inhoud) -> Mapping[str, tuple[int, str, list[str]]]:
    """Of every line in a WMO304 what it grants, and why not all."""
    lines = [line for client in retour["Clienten"]["Client"] for line in client["Prestaties"]["Prestatie"]]
    found = {}
    for line in lines:
        bedrag = line["ToegekendeBedragPrestatie"]["ToegekendBedrag"]
        found[referentie(line)] = bedrag["Bedrag"], bedrag["DebetCredit"], line["RetourCodes"]["RetourCode"]
    return found


async def decide_in_part(loket: Loket, declarant: Declarant, line: Inhoud, cents: int) -> Any:
    """One line, declared and granted for so much."""
    await loket.set()
    uitkomst = await declarant.send(declarant.inhoud(line), line)
    await loket.decide(uitkomst, in_part(cents, line))
    return uitkomst


async def test_the_304_the_lines_and_the_events_say_the_same(loket: Loket, declarant24: Declarant) -> None:
    await loket.set()
    lines = whole, part, none = [declarant24.regel(cents) for cents in (100, 250, 400)]
    uitkomst = await declarant24.send(declarant24.inhoud(*lines), *lines)

    waiting = await loket.decide(uitkomst, approve(whole) + in_part(90, part, reden="twee van vijf keer"))
    done = await loket.decide(uitkomst, refuse(none))

    assert (waiting["teBeslissen"], waiting["deels"]) == (1, 1)
    assert (done["status"], done["goedgekeurd"], done["deels"], done["afgekeurd"]) == ("verwerkt", 1, 1, 1)
    retour, row = await loket.retour(uitkomst.id), await loket.recorded(uitkomst.id)
    assert told(retour) == {
        referentie(whole): (100, "D", ["0200"]),
        referentie(part): (90, "D", [CODE]),
        referentie(none): (0, "D", [CODE]),
    }
    assert granted(retour) == row.toegekend == 190
    assert (row.ingediend, row.regels, row.regels_toegekend, row.regels_deels) == (750, 3, 2, 1)
    assert [(one["toegekend"], one["toegekendBedrag"], one["retourcodes"]) for one in await loket.lines(uitkomst)] == [
        (True, 100, []), (True, 90, [CODE]), (False, 0, [CODE])
    ]  # fmt: skip
    [melding] = [one for one in (await loket.message(uitkomst.id)).meldingen if one.get("verwacht") == "90"]
    assert (melding["regel"], melding["gevonden"]) == ("HAND", "250")
    assert "deels toegekend: twee van vijf keer" in melding["omschrijving"]
    kept_lines = (await loket.get(f"/declaraties/{uitkomst.id}/beslissingen"))["regels"]
    assert [(one["status"], one["toegekendBedrag"]) for one in kept_lines] == [
        ("goedgekeurd", None), ("deels", 90), ("afgekeurd", None)
    ]  # fmt: skip
    first, consumption = await events(loket.huis, declarant24)
    assert (first["toegekend"], first["regelsToegekend"], first["regelsDeels"]) == (190, 2, 1)
    assert {one["toewijzingNummer"]: one["bedrag"] for one in consumption["verbruik"]} == {
        whole["ToewijzingNummer"]: 100, part["ToewijzingNummer"]: 90
    }  # fmt: skip


async def events(huis: Huis, declarant: Declarant) -> list[Any]:
    """The data of what his declarations told, in order."""
    table = KAFKA.outbox
    mine = table.c.sleutel.like(f"{declarant.gemeente}:{declarant.aanbieder}:%")
    async with huis.engine.connect() as conn:
        return list(await conn.scalars(select(table.c.data).where(mine).order_by(table.c.id)))


async def test_a_filter_gives_each_line_the_amount(loket: Loket, declarant24: Declarant) -> None:
    await loket.set()
    lines = [declarant24.regel(cents) for cents in (100, 200, 300)]
    uitkomst = await declarant24.send(declarant24.inhoud(*lines), *lines)
    body = {"besluit": "deels", "retourcode": CODE, "toegekendBedrag": 150}

    too_much = await loket.ask(
        "POST", f"/declaraties/{uitkomst.id}/beslissingen", json={**body, "filter": {"bedragTot": 200}}
    )
    assert [one["status"] for one in await loket.lines(uitkomst)] == ["te_beslissen"] * 3
    await loket.decided(uitkomst, filter={"bedragVan": 151}, **body)
    await loket.decide(uitkomst, approve(lines[0]))

    assert too_much.status_code == 400
    assert too_much.json()["fouten"] == [
        {"locatie": "body/toegekendBedrag", "reden": "is niet minder dan het bedrag van 1 van deze regels"}
    ]
    assert granted(await loket.retour(uitkomst.id)) == 400


async def test_all_of_a_line_is_not_a_part_of_it(loket: Loket, declarant24: Declarant) -> None:
    await loket.set()
    lines = declarant24.regel(100), declarant24.regel(100)
    uitkomst = await declarant24.send(declarant24.inhoud(*lines), *lines)

    body = {"beslissingen": in_part(99, lines[0]) + in_part(100, lines[1])}
    answer = await loket.ask("POST", f"/declaraties/{uitkomst.id}/beslissingen", json=body)

    assert answer.status_code == 400
    assert answer.json()["fouten"] == [
        {"locatie": "body/beslissingen/1/toegekendBedrag", "reden": "is niet minder dan het ingediende bedrag"}
    ]
    assert [one["status"] for one in await loket.lines(uitkomst)] == ["te_beslissen"] * 2


async def test_a_later_release_grants_whole_or_not_at_all(loket: Loket, declarant32: Declarant) -> None:
    await loket.set()
    line = declarant32.regel(100)
    uitkomst = await declarant32.send(declarant32.inhoud(line), line)

    path = f"/declaraties/{uitkomst.id}/beslissingen"
    each = await loket.ask("POST", path, json={"beslissingen": in_part(60, line)})
    all_ = {"filter": {}, "besluit": "deels", "retourcode": CODE, "toegekendBedrag": 60}
    by_filter = await loket.ask("POST", path, json=all_)

    assert (each.status_code, by_filter.status_code) == (400, 400)
    assert each.json()["fouten"] == [
        {
            "locatie": "body/beslissingen/0/besluit",
            "reden": "een regel van een WMO323 (3.2) wordt geheel toegekend of afgekeurd",
        }
    ]
    assert by_filter.json()["fouten"][0]["locatie"] == "body/besluit"
    assert [one["status"] for one in await loket.lines(uitkomst)] == ["te_beslissen"]


async def test_a_credit_takes_back_what_was_granted(loket: Loket, declarant24: Declarant) -> None:
    line = declarant24.regel(100, volume=3)
    await decide_in_part(loket, declarant24, line, 200)
    wrong = declarant24.credit(line)
    wrong["IngediendeBedragPrestatie"]["DeclaratieFactuurBedrag"]["Bedrag"] = 200
    credit = declarant24.credit(line)

    refusal = await declarant24.declare(wrong)
    uitkomst = await declarant24.declare(credit)

    assert told(await loket.retour(refusal.id)) == {referentie(wrong): (0, "D", ["8017"])}
    assert told(await loket.retour(uitkomst.id)) == {referentie(credit): (200, "C", [CODE])}
    row = await loket.recorded(uitkomst.id)
    assert (row.ingediend, row.toegekend, row.regels_toegekend, row.regels_deels) == (-300, -200, 1, 1)
    verbruik = await loket.get(f"/verbruik/{line['ToewijzingNummer']}")
    assert (verbruik["toegekend"]["bedrag"], verbruik["toegekend"]["volumes"]) == (0, [{"eenheid": "01", "volume": 0}])


@pytest.mark.parametrize("release", ["2.4", "3.2"])
async def test_only_a_message_that_can_tell_takes_back_a_part(
    loket: Loket, declarant24: Declarant, release: Any
) -> None:
    line = declarant24.regel(100)
    await decide_in_part(loket, declarant24, line, 60)
    as_323 = Declarant(loket.huis, declarant24.gemeente, release, declarant24.aanbieder)
    credit = as_323.credit(as_323.regel(100) | {name: line[name] for name in ("ProductReferentie", "ToewijzingNummer")})

    await as_323.send(as_323.inhoud(credit), credit)

    async with loket.huis.engine.connect() as conn:
        own = PRESTATIE.c.referentie == referentie(credit)
        row = (await conn.execute(select(PRESTATIE).where(PRESTATIE.c.aanbieder == as_323.aanbieder, own))).one()
    expected = {"2.4": (True, 40, [CODE]), "3.2": (False, 0, ["8017"])}
    assert (row.toegekend, row.gekort, row.retourcodes) == expected[release]


async def test_volume_is_used_whole_and_what_is_paid_is_the_part(loket: Loket, declarant24: Declarant) -> None:
    """TR322 adds up GeleverdVolume, of which no answer grants a part."""
    line, next_ = declarant24.regel(100, volume=8), declarant24.regel(100, volume=3)
    next_["ToewijzingNummer"] = line["ToewijzingNummer"]
    await loket.room(declarant24, line, 10)
    await decide_in_part(loket, declarant24, line, 500)
    assert (await loket.ask("DELETE", "/handmatig")).status_code == 204

    uitkomst = await declarant24.send(declarant24.inhoud(next_), next_)
    assert await reconsider(loket.huis, uitkomst.id)
    verbruik = await loket.get(f"/verbruik/{line['ToewijzingNummer']}")
    proposal = (await loket.ask("POST", "/betalingen", json={"aanbieder": declarant24.aanbieder})).json()

    assert [one["retourcode"] for one in (await loket.message(uitkomst.id)).meldingen] == ["9322"]
    assert (verbruik["toegekend"]["bedrag"], verbruik["over"]["volume"]) == (500, 2 * 60)
    assert verbruik["toegekend"]["volumes"] == [{"eenheid": "01", "volume": 8 * 60}]
    assert verbruik["ingediend"]["bedrag"] == 1100
    assert [one["bedrag"] for one in proposal["betalingen"]] == [500]
    async with loket.huis.engine.connect() as conn:
        assert await kept(conn, declarant24.aanbieder) == await recomputed(conn, declarant24.aanbieder) != {}


def in_euros(declarant: Declarant, cents: int, nummer: int) -> Inhoud:
    """A line whose volume is its amount."""
    line = declarant.regel(cents) | {"Eenheid": "83", "GeleverdVolume": cents, "ToewijzingNummer": nummer}
    del line["ProductTarief"]
    return line


async def test_what_is_cut_of_a_line_leaves_room_for_the_next(loket: Loket, declarant24: Declarant) -> None:
    """Two lines of 200 euro cents in one declaration, and room for 300: the second fits once half of the first is cut,
    and only then is put to the gemeente."""
    await loket.set()
    first, second = in_euros(declarant24, 200, 980_001), in_euros(declarant24, 200, 980_001)
    await loket.room(declarant24, first, 300, eenheid="83")
    uitkomst = await declarant24.send(declarant24.inhoud(first, second), first, second)
    assert not await reconsider(loket.huis, uitkomst.id)
    asked = [one["referentie"] for one in await loket.lines(uitkomst)]

    waiting = await loket.decide(uitkomst, in_part(100, first))
    done = await loket.decide(uitkomst, approve(second))

    assert asked == [referentie(first)]
    assert (waiting["status"], waiting["teBeslissen"], done["status"]) == ("geparkeerd", 1, "verwerkt")
    assert told(await loket.retour(uitkomst.id)) == {
        referentie(first): (100, "D", [CODE]),
        referentie(second): (200, "D", ["0200"]),
    }


@pytest.mark.parametrize(("cents", "retourcode"), [(200, "0200"), (201, "9322")])
async def test_a_credit_gives_back_no_more_room_than_was_used(
    loket: Loket, declarant24: Declarant, cents: int, retourcode: str
) -> None:
    """Of the 300 there are 200 used: 100 by a line that was cut, and 100 by one that stands."""
    stands, line, again = (in_euros(declarant24, one, 980_002) for one in (100, 200, cents))
    await loket.room(declarant24, line, 300, eenheid="83")
    await declarant24.declare(stands)
    await decide_in_part(loket, declarant24, line, 100)
    assert (await loket.ask("DELETE", "/handmatig")).status_code == 204
    credit = declarant24.credit(line)

    uitkomst = await declarant24.send(declarant24.inhoud(credit, again), credit, again)
    await reconsider(loket.huis, uitkomst.id)

    granted_cents = cents if retourcode == "0200" else 0
    assert told(await loket.retour(uitkomst.id)) == {
        referentie(credit): (100, "C", [CODE]),
        referentie(again): (granted_cents, "D", [retourcode]),
    }
    async with loket.huis.engine.connect() as conn:
        totals = await kept(conn, declarant24.aanbieder)
        assert totals == await recomputed(conn, declarant24.aanbieder)
    assert list(totals.values()) == [(100 + granted_cents, 100 + granted_cents)]


async def test_the_totals_follow_whatever_is_done_to_lines(loket: Loket, declarant24: Declarant) -> None:
    """Of euros the volume is the amount, so only what was granted counts."""
    lines = [declarant24.regel(100) for _ in range(3)]
    await declarant24.declare(*lines)
    own = PRESTATIE.c.aanbieder == declarant24.aanbieder
    async with loket.huis.engine.connect() as conn, conn.begin() as undone:
        in_euros = {"eenheid": "83", "volume": PRESTATIE.c.bedrag}
        await conn.execute(update(PRESTATIE).where(own).values(**in_euros, gekort=30))
        one = await kept(conn, declarant24.aanbieder)
        expected = await recomputed(conn, declarant24.aanbieder)
        await undone.rollback()

    assert one == expected
    assert set(one.values()) == {(70, 70)}
    assert {eenheid for *_, eenheid in one} == {"83"}
