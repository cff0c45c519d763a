"""Lines wait, the gemeente decides, and the answer is what rules and decisions make together."""

from typing import Any

import pytest
from sqlalchemy import func, select

from services.declaratie.tables import EXCHANGE, PRESTATIE
from shared.exchange.huis import Huis
from shared.exchange.verwerking import reconsider
from shared.iwmo.codec import Inhoud
from tests.declaratie.betalingen.boek import Declarant
from tests.declaratie.handmatig.loket import CODE, Loket, approve, referentie, refuse


def granted(retour: Inhoud) -> int:
    """The granted total of a WMO304 or WMO325."""
    whole = retour.get("DeclaratieAntwoord") or retour["Header"]["RetourBedragen"]
    return int((whole.get("TotaalToegekendBedrag") or whole["ToegekendTotaalBedrag"])["TotaalBedrag"])


def refused(retour: Inhoud) -> dict[str, list[str]]:
    """The codes of every refused line, by its number."""
    clienten = (retour.get("DeclaratieAntwoord") or retour)["Clienten"]["Client"]
    lines = [line for client in clienten for line in client["Prestaties"]["Prestatie"]]
    return {
        referentie(line): line["RetourCodes"]["RetourCode"]
        for line in lines
        if line["RetourCodes"]["RetourCode"] != ["0200"]
    }


async def test_lines_wait_and_the_answer_has_rules_and_decisions(loket: Loket, declarant: Declarant) -> None:
    await loket.set({"bedragVanaf": 500})
    first = declarant.regel(100)
    await declarant.declare(first)
    small, good, bad, wrong = declarant.regel(100), declarant.regel(500), declarant.regel(900), declarant.refused(first)

    uitkomst = await declarant.send(declarant.inhoud(small, good, bad, wrong), small, good, bad, wrong)

    assert (uitkomst.status, uitkomst.wacht_op, uitkomst.retour_id) == ("geparkeerd", ["handmatig"], None)
    assert await loket.recorded(uitkomst.id) is None
    assert [(one["referentie"], one["status"], one["bedrag"]) for one in await loket.lines(uitkomst)] == [
        (referentie(good), "te_beslissen", 500),
        (referentie(bad), "te_beslissen", 900),
    ]
    assert (await loket.term(uitkomst.id)).afgerond is None

    halfway = await loket.decide(uitkomst, approve(good))
    done = await loket.decide(uitkomst, refuse(bad, reden="niet afgesproken"))

    assert (halfway["status"], halfway["teBeslissen"], halfway["bedragTeBeslissen"]) == ("geparkeerd", 1, 900)
    assert (done["status"], done["teBeslissen"], done["goedgekeurd"], done["afgekeurd"]) == ("verwerkt", 0, 1, 1)
    retour, row = await loket.retour(uitkomst.id), await loket.recorded(uitkomst.id)
    assert granted(retour) == row.toegekend == 600
    assert refused(retour) == {referentie(bad): [CODE], referentie(wrong): ["8021"]}
    assert {one["referentie"]: one["retourcodes"] for one in await loket.lines(uitkomst)} == {
        referentie(small): [], referentie(good): [], referentie(bad): [CODE], referentie(wrong): ["8021"]
    }  # fmt: skip
    assert (await loket.term(uitkomst.id)).afgerond is not None
    told = {melding["regel"]: melding["omschrijving"] for melding in (await loket.message(uitkomst.id)).meldingen}
    assert told["HAND"] == "De gemeente heeft deze prestatie afgekeurd: niet afgesproken"


@pytest.mark.parametrize("besluit", [approve, refuse])
async def test_all_lines_go_the_same_way(loket: Loket, declarant: Declarant, besluit: Any) -> None:
    await loket.set()
    lines = declarant.regel(100), declarant.regel(200)
    uitkomst = await declarant.send(declarant.inhoud(*lines), *lines)

    done = await loket.decide(uitkomst, besluit(*lines))

    assert done["status"] == "verwerkt"
    assert granted(await loket.retour(uitkomst.id)) == (300 if besluit is approve else 0)


async def test_what_meets_no_setting_is_answered_at_once(loket: Loket, declarant: Declarant) -> None:
    await loket.set({"code": "99Z99"}, {"aanbieder": "00000000", "bedragVanaf": 0}, {"bedragVanaf": 101})
    debit = declarant.regel(100)

    await declarant.declare(debit)
    await loket.set()
    await declarant.declare(declarant.credit(debit))


async def test_a_decision_may_change_until_the_answer_is_out(loket: Loket, declarant32: Declarant) -> None:
    await loket.set()
    lines = declarant32.regel(100), declarant32.regel(200)
    uitkomst = await declarant32.send(declarant32.inhoud(*lines), *lines)

    await loket.decide(uitkomst, refuse(lines[0], retourcode="9321", reden="te veel"))
    await loket.decide(uitkomst, approve(lines[0]))
    [changed, _] = await loket.lines(uitkomst)
    await loket.decide(uitkomst, approve(lines[1]))
    late = await loket.ask(
        "POST", f"/declaraties/{uitkomst.id}/beslissingen", json={"beslissingen": refuse(lines[0], retourcode="9321")}
    )

    assert (changed["status"], changed["retourcode"], changed["reden"]) == ("goedgekeurd", None, None)
    assert changed["beslistDoor"] == "b.beslisser"
    assert (late.status_code, late.json()["type"]) == (409, "urn:knooppunt:botst")
    assert (await loket.recorded(uitkomst.id)).toegekend == 300
    kept = (await loket.get(f"/declaraties/{uitkomst.id}/beslissingen"))["regels"]
    assert [one["status"] for one in kept] == ["goedgekeurd", "goedgekeurd"]


async def test_one_decision_on_what_a_filter_selects(loket: Loket, declarant32: Declarant) -> None:
    await loket.set()
    lines = [declarant32.regel(cents) for cents in (100, 200, 300, 400)]
    uitkomst = await declarant32.send(declarant32.inhoud(*lines), *lines)

    low = await loket.decided(uitkomst, filter={"bedragTot": 200}, besluit="goedkeuren")
    none = await loket.decided(uitkomst, filter={"code": "99Z99"}, besluit="goedkeuren")
    again = await loket.decided(
        uitkomst,
        filter={"bedragVan": 200, "bedragTot": 300, "ookBesliste": True},
        besluit="afkeuren",
        retourcode="9321",
    )
    one = {"toewijzingNummer": lines[3]["ToewijzingNummer"], "categorie": "01"}
    done = await loket.decided(uitkomst, filter=one, besluit="goedkeuren")

    assert [low["teBeslissen"], none["teBeslissen"], again["teBeslissen"]] == [2, 2, 1]
    assert (done["status"], done["goedgekeurd"], done["afgekeurd"]) == ("verwerkt", 2, 2)
    assert (await loket.recorded(uitkomst.id)).toegekend == 500


@pytest.mark.usefixtures("feiten_binnen")
async def test_volume_that_was_taken_meanwhile_refuses_by_its_own_rule(loket: Loket, declarant: Declarant) -> None:
    await loket.set()
    waiting, first = declarant.regel(100, volume=8), declarant.regel(100, volume=8)
    first["ToewijzingNummer"] = waiting["ToewijzingNummer"]
    await loket.room(declarant, waiting, 10)
    uitkomst = await declarant.send(declarant.inhoud(waiting), waiting)
    assert uitkomst.status == "geparkeerd"
    assert (await loket.ask("DELETE", "/handmatig")).status_code == 204
    if declarant.release == "3.2":  # a second debit over the same days is refused there whatever room there is
        first["ProductPeriode"] = {"Begindatum": "2025-04-01", "Einddatum": "2025-04-30"}
        await declarant.declare(first, periode=("2025-04-01", "2025-04-30"))
    else:
        await declarant.declare(first)

    await loket.decide(uitkomst, approve(waiting))

    # That rests on the toewijzing, a fact of another service: it is final when a barrier has come back.
    row = await loket.message(uitkomst.id)
    assert (row.status, row.wacht_nummer is None) == ("geparkeerd", False)
    assert row.wacht_sleutels[0].startswith(declarant.gemeente)
    assert await loket.recorded(uitkomst.id) is None
    assert await reconsider(loket.huis, uitkomst.id)
    assert refused(await loket.retour(uitkomst.id)) == {referentie(waiting): ["9322"]}
    assert (await loket.recorded(uitkomst.id)).toegekend == 0


@pytest.mark.usefixtures("feiten_binnen")
async def test_a_line_that_fits_now_that_another_is_refused_is_put_to_the_gemeente_as_well(
    loket: Loket, huis: Huis, gemeente: str
) -> None:
    """There is room for one of two lines. The second was refused by a rule, until the gemeente refused the first."""
    await loket.set()
    declarant = Declarant(huis, gemeente, "2.4")
    first, second = declarant.regel(100, volume=8), declarant.regel(100, volume=8)
    first |= {"ProductPeriode": {"Begindatum": "2025-03-01", "Einddatum": "2025-03-15"}}
    second |= {
        "ToewijzingNummer": first["ToewijzingNummer"],
        "ProductPeriode": {"Begindatum": "2025-03-16", "Einddatum": "2025-03-31"},
    }
    await loket.room(declarant, first, 10)
    # The refusal of the second rests on the toewijzing, so first of all it waits for a barrier.
    uitkomst = await declarant.send(declarant.inhoud(first, second), first, second)
    assert uitkomst.status == "geparkeerd"
    assert uitkomst.wacht_op != ["handmatig"]
    assert not await reconsider(huis, uitkomst.id)
    assert (await loket.message(uitkomst.id)).wacht_sleutels == ["handmatig"]

    asked = [[one["referentie"] for one in await loket.lines(uitkomst)]]
    then = await loket.decide(uitkomst, refuse(first))
    asked.append([one["referentie"] for one in await loket.lines(uitkomst)])
    done = await loket.decide(uitkomst, approve(second))

    assert asked == [[referentie(first)], [referentie(first), referentie(second)]]
    assert (then["status"], then["teBeslissen"], done["status"]) == ("geparkeerd", 1, "verwerkt")
    assert (await loket.recorded(uitkomst.id)).toegekend == 800


async def test_a_repeat_gets_the_first_outcome(loket: Loket, declarant: Declarant) -> None:
    await loket.set()
    line = declarant.regel(100)
    inhoud = declarant.inhoud(line)
    first = await declarant.send(inhoud, line)

    waiting = await declarant.send(inhoud, line)
    await loket.decide(first, refuse(line))
    answered = await declarant.send(inhoud, line)

    assert (waiting.id, waiting.status, waiting.herhaald) == (first.id, "geparkeerd", True)
    assert (answered.id, answered.status, answered.herhaald) == (first.id, "verwerkt", True)
    assert len(answered.meldingen) == 1


async def test_every_deed_is_in_the_audit_trail(loket: Loket, declarant32: Declarant) -> None:
    await loket.set()
    line = declarant32.regel(100)
    uitkomst = await declarant32.send(declarant32.inhoud(line), line)
    await loket.lines(uitkomst)
    await loket.decide(uitkomst, approve(line))

    audit = EXCHANGE.audit
    async with loket.huis.engine.connect() as conn:
        rows = await conn.execute(
            select(audit.c.wie, audit.c.handeling, audit.c.uitkomst)
            .where(audit.c.bericht_id == uitkomst.id)
            .order_by(audit.c.id)
        )
    assert [tuple(row) for row in rows] == [
        (declarant32.aanbieder, "verzonden", "geparkeerd"),
        ("b.beslisser", "opgevraagd", "regels"),
        ("b.beslisser", "beslist", "1 regels; 0 te beslissen"),
        ("knooppunt:declaratie", "beoordeeld", "verwerkt"),
    ]


async def test_a_thousand_lines_wait_and_are_decided_at_once(loket: Loket, declarant32: Declarant) -> None:
    await loket.set({"categorie": "01"})
    lines = [declarant32.regel(100) for _ in range(1000)]
    uitkomst = await declarant32.send(declarant32.inhoud(*lines), *lines)

    done = await loket.decide(uitkomst, refuse(*lines[:400]) + approve(*lines[400:]))

    assert (done["status"], done["goedgekeurd"], done["afgekeurd"]) == ("verwerkt", 600, 400)
    async with loket.huis.engine.connect() as conn:
        mine = (PRESTATIE.c.bericht_id == uitkomst.id, PRESTATIE.c.toegekend)
        assert await conn.scalar(select(func.sum(PRESTATIE.c.bedrag)).where(*mine)) == 60_000
