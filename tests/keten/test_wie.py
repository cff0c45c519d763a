"""Who a caller is: one party, several at once, or operations."""

from typing import Any

import httpx
import pytest

from shared.security.partij import Partij
from tests.keten.berichten.toewijzing import a_301
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring, MakeKring
from tests.keten.test_bad_input import check_problem

REDEN = "Melding 4711: retour is niet leesbaar bij de ontvanger"


def beheerder(kring: Kring) -> Deelnemer:
    return Deelnemer(Partij("beheer"), kring.stapel, kring.gemeente.http)


def samen(kring: Kring, *partijen: Partij) -> Deelnemer:
    """Who speaks for several parties with one token."""
    made = Deelnemer(partijen[0], kring.stapel, kring.gemeente.http)
    made.token = kring.stapel.token(*partijen)
    return made


async def audit(kring: Kring, bericht_id: str) -> list[dict[str, Any]]:
    sql = "select partij, handeling, uitkomst from toewijzing.audit where bericht_id = $1 and partij = 'beheer'"
    return [dict(row) for row in await kring.stapel.query(sql, bericht_id)]


async def test_operations_sees_no_payload_without_a_reason(kring32: Kring) -> None:
    kring, beheer = kring32, beheerder(kring32)
    sent = await kring.gemeente.send(a_301(kring))
    path = f"/toewijzing/v1/berichten/{sent['id']}"
    nowhere = "/toewijzing/v1/berichten/00000000-0000-4000-8000-000000000000"

    for where in (path, f"{path}/retour", nowhere, f"{nowhere}/retour"):
        refused = await beheer.request("GET", where)
        check_problem(refused, 403, "niet-toegestaan")
        assert "www-authenticate" not in refused.headers  # the same token would do, with a reason
    for where in (f"{path}/meldingen", f"{path}/signalen"):
        check_problem(await beheer.request("GET", where), 404, "niet-gevonden")

    assert [one["handeling"] for one in await audit(kring, sent["id"])] == ["geweigerd"] * 4


async def test_operations_sees_a_payload_with_a_reason_that_is_recorded(kring32: Kring) -> None:
    kring, beheer = kring32, beheerder(kring32)
    sent = await kring.gemeente.send(a_301(kring))
    path = f"/toewijzing/v1/berichten/{sent['id']}"
    headers = {"Reden": REDEN, "Accept": "application/xml"}

    heen = await beheer.request("GET", path, headers=headers)
    terug = await beheer.request("GET", f"{path}/retour", headers=headers)

    assert (heen.content, terug.content) == (await kring.gemeente.xml(path), await kring.gemeente.xml(f"{path}/retour"))
    row = {"partij": "beheer", "handeling": "gelezen", "uitkomst": f"inhoud, reden: {REDEN}"}
    assert await audit(kring, sent["id"]) == [row]
    assert await audit(kring, sent["retour"]["id"]) == [row]


@pytest.mark.parametrize(
    "reden", ["", "kort", "x" * 201, "<script>alert(1)</script>", "BSN 999990019", "9 9999.0019 nu"]
)
async def test_a_reason_that_tells_nothing_or_too_much_is_refused(reden: str, kring32: Kring) -> None:
    kring = kring32
    sent = await kring.gemeente.send(a_301(kring))

    answer = await beheerder(kring).request("GET", f"/toewijzing/v1/berichten/{sent['id']}", headers={"Reden": reden})

    check_problem(answer, 400, "verzoek-ongeldig")
    row = {"partij": "beheer", "handeling": "geweigerd", "uitkomst": "verzoek-ongeldig"}
    assert await audit(kring, sent["id"]) == [row]


async def test_a_reason_opens_nothing_for_another(kring32: Kring, make_kring: MakeKring) -> None:
    kring, other = kring32, make_kring("3.2")
    sent = await kring.gemeente.send(a_301(kring))

    for caller in (other.gemeente, other.aanbieder, samen(kring, other.gemeente.partij, other.aanbieder.partij)):
        answer = await caller.request("GET", f"/toewijzing/v1/berichten/{sent['id']}", headers={"Reden": REDEN})
        check_problem(answer, 404, "niet-gevonden")


async def test_operations_sends_nothing_and_lists_nothing(kring32: Kring) -> None:
    kring, beheer = kring32, beheerder(kring32)
    await kring.gemeente.send(a_301(kring))

    refused = await beheer.post(a_301(kring))
    check_problem(refused, 403, "niet-toegestaan")
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert (await beheer.get("/toewijzing/v1/berichten"))["berichten"] == []
    assert await beheer.waiting("toewijzing") == []


async def test_one_sender_acts_for_several_parties(kring32: Kring, make_kring: MakeKring) -> None:
    """It sends, lists, looks and acknowledges for each of them, and for nobody else."""
    kring, other, stranger = kring32, make_kring("3.2"), make_kring("3.2")
    gemeenten = samen(kring, kring.gemeente.partij, other.gemeente.partij)
    zorg = samen(kring, kring.aanbieder.partij, other.aanbieder.partij)

    sent = [await gemeenten.send(a_301(one)) for one in (kring, other)]
    await stranger.gemeente.send(a_301(stranger))

    listed = {one["id"] for one in (await gemeenten.get("/toewijzing/v1/berichten"))["berichten"]}
    assert listed == {one["id"] for one in sent} | {one["retour"]["id"] for one in sent}
    waiting = [one for one in await zorg.waiting("toewijzing") if one["bericht"] == "WMO301"]
    assert [one["id"] for one in waiting] == [one["id"] for one in sent]
    assert {one["aanbieder"] for one in (await zorg.get("/toewijzing/v1/toewijzingen"))["toewijzingen"]} == {
        kring.aanbieder.code,
        other.aanbieder.code,
    }
    for one in sent:
        await zorg.xml(f"/toewijzing/v1/berichten/{one['id']}")
        taken: httpx.Response = await zorg.request("POST", f"/toewijzing/v1/postbus/{one['id']}/ontvangst")
        assert taken.status_code == 204
    assert "WMO301" not in await zorg.postbus("toewijzing")
    check_problem(await gemeenten.post(a_301(stranger)), 403, "niet-toegestaan")
