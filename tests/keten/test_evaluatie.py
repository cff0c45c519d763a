"""The evaluatie after every end, through the whole chain: the aanbieder gives it, the gemeente reads it."""

from collections.abc import Callable
from typing import Any

from tests.keten.berichten.kop import dag
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring
from tests.keten.regels.zorg import gestart, gestopt, toegewezen

BASE = "/startstop/v1/evaluaties"
INHOUD: dict[str, Any] = {
    "resultaten": [{"gebied": "01", "uitkomst": "behaald", "toelichting": "Het huis blijft schoon"}],
    "client": {"oordeel": "tevreden", "toelichting": None},
    "vervolg": {"gevraagd": True, "reden": "minder_ondersteuning", "toelichting": "Om de week is genoeg"},
}


def form(kring: Kring, nummer: int) -> dict[str, Any]:
    return {"gemeente": kring.gemeente.code, "toewijzingNummer": nummer, **INHOUD}


async def waits(kring: Kring) -> list[Any]:
    found: list[Any] = (await kring.gemeente.get("/startstop/v1/wachtlijst", soort="zonder_evaluatie"))["wachtlijst"]
    return found


async def test_after_a_stop_the_aanbieder_evaluates_and_the_gemeente_signs(
    kring: Kring, make_stranger: Callable[[Kring], Deelnemer]
) -> None:
    nummer = await gestopt(kring)
    assert [one["toewijzingNummer"] for one in await waits(kring)] == [nummer]

    answer = await kring.aanbieder.request("POST", BASE, json=form(kring, nummer))
    made = answer.json()
    assert answer.status_code == 201, answer.text
    assert (await kring.aanbieder.request("POST", BASE, json=form(kring, nummer))).status_code == 200
    corrected = {**INHOUD, "vervolg": {"gevraagd": False, "reden": "doel_bereikt"}, "verbetert": 1}
    better = await kring.aanbieder.request("PUT", f"{BASE}/{made['id']}", json=corrected)
    assert (better.status_code, better.json()["versie"]) == (200, 2)

    [notice] = (await kring.gemeente.get(BASE, ontvangen="false"))["evaluaties"]
    assert (notice["id"], notice["versie"], notice["vervolgGevraagd"]) == (made["id"], 2, False)
    read = await kring.gemeente.get(f"{BASE}/{made['id']}")
    assert read["resultaten"] == INHOUD["resultaten"]
    assert (await kring.gemeente.request("POST", f"{BASE}/{made['id']}/ontvangst")).status_code == 204
    assert (await kring.gemeente.get(BASE, ontvangen="false"))["evaluaties"] == []

    assert await waits(kring) == []
    [term] = (await kring.gemeente.get("/startstop/v1/termijnen", regel="SEED-EVALUATIE"))["termijnen"]
    assert (term["sleutel"], term["vanaf"], term["status"]) == (str(nummer), dag(kring, "08-31"), "te_laat")
    stranger = make_stranger(kring)
    assert (await stranger.request("GET", f"{BASE}/{made['id']}")).status_code == 404
    assert (await stranger.request("POST", BASE, json=form(kring, nummer))).status_code == 404


async def test_a_planned_end_needs_no_stop(kring: Kring) -> None:
    """Of a past year: its last day has passed by the time it is reported begun."""
    nummer = await gestart(kring)
    assert [(one["toewijzingNummer"], one["sinds"]) for one in await waits(kring)] == [(nummer, dag(kring, "08-31"))]

    answer = await kring.aanbieder.request("POST", BASE, json=form(kring, nummer))

    assert (answer.status_code, answer.json()["einddatum"]) == (201, dag(kring, "08-31"))
    assert await waits(kring) == []


async def test_what_did_not_end_is_refused_and_the_gemeente_gives_none(kring: Kring) -> None:
    nummer = await toegewezen(kring)
    ended = await gestopt(kring)

    not_begun = await kring.aanbieder.request("POST", BASE, json=form(kring, nummer))
    by_gemeente = await kring.gemeente.request("POST", BASE, json=form(kring, ended))

    assert (not_begun.status_code, by_gemeente.status_code) == (409, 403)
    assert (
        await kring.stapel.query(
            "select 1 from startstop.outbox where topic = 'wmo.evaluatie' and sleutel like $1",
            f"{kring.gemeente.code}:%",
        )
        == []
    )


async def test_it_is_told_to_others_without_a_word_about_the_client(kring: Kring) -> None:
    nummer = await gestopt(kring)
    await kring.aanbieder.request("POST", BASE, json=form(kring, nummer))

    sql = (
        "select soort, versie, data::text as data from startstop.outbox where topic = 'wmo.evaluatie' and sleutel = $1"
    )
    [event] = await kring.stapel.query(sql, f"{kring.gemeente.code}:{nummer}")

    assert (event["soort"], event["versie"]) == ("evaluatie-ingediend", 1)
    assert '"vervolg": true' in event["data"]
    assert not any(word in event["data"] for word in (kring.bsn, "schoon", "genoeg", "tevreden"))
