"""Requests and answers as both parties see them: their mail, and how each request stands."""

from collections.abc import Callable
from datetime import date

from shared.klok import Klok
from shared.werkdagen import plus_weken, plus_werkdagen
from tests.keten.berichten.kop import dag
from tests.keten.berichten.toewijzing import a_301, lopend_product
from tests.keten.berichten.verzoek import OP, a_315, a_317, a_319
from tests.keten.deelnemer import Antwoord, Deelnemer
from tests.keten.kring import Kring
from tests.keten.regels.paar import accepts

VERZOEKEN = "/toewijzing/v1/verzoeken"


async def verzoeken(party: Deelnemer, **params: str | int) -> list[Antwoord]:
    found: list[Antwoord] = (await party.get(VERZOEKEN, **params))["verzoeken"]
    return found


async def referenties(party: Deelnemer, **params: str | int) -> list[str]:
    return [one["referentie"] for one in await verzoeken(party, **params)]


async def test_each_party_has_the_mail_that_is_his(kring32: Kring) -> None:
    kring = kring32
    await accepts(kring, a_315(kring, "VOT"))
    await accepts(kring, a_319(kring, "VOT"))

    assert await kring.gemeente.postbus("toewijzing") == ["WMO315", "WMO320"]
    assert await kring.aanbieder.postbus("toewijzing") == ["WMO316", "WMO319"]


async def test_a_refused_request_is_not_there_and_does_not_reach_the_gemeente(kring32: Kring) -> None:
    kring = kring32
    await kring.aanbieder.send(a_317(kring, [kring.nummer()], referentie="VOW"), "afgekeurd")

    assert await referenties(kring.aanbieder) == await referenties(kring.gemeente) == []
    assert await kring.gemeente.postbus("toewijzing") == []


async def test_a_request_from_question_to_toewijzing(kring32: Kring) -> None:
    kring = kring32
    before = Klok().today()
    asked = await accepts(kring, a_315(kring, "VOT"))
    [opened] = await verzoeken(kring.gemeente)
    investigated = await accepts(kring, a_319(kring, "VOT", "2"))
    [waiting] = await verzoeken(kring.gemeente)
    granted = await accepts(kring, a_301(kring, lopend_product(kring, kring.nummer(), ReferentieAanbieder="VOT")))
    done = await kring.aanbieder.get(f"{VERZOEKEN}/{opened['id']}")
    today = Klok().today()

    days = [before, today]
    assert opened["ontvangen"] in [day.isoformat() for day in days]
    assert opened["uiterlijk"] in [plus_werkdagen(day, 5).isoformat() for day in days]
    assert waiting["uiterlijk"] == plus_weken(date(2025, 4, 4), 8).isoformat()
    assert [one["status"] for one in (opened, waiting, done)] == ["open", "in_onderzoek", "toegewezen"]
    assert done["besloten"] in [day.isoformat() for day in days]
    assert (done["berichtId"], done["antwoordBerichtId"], done["toewijzingBerichtId"]) == (
        asked["id"],
        investigated["id"],
        granted["id"],
    )
    assert (done["bericht"], done["dagtekening"], done["reden"]) == ("WMO315", dag(kring, OP), None)
    [product] = done["producten"]
    assert (product["soort"], product["categorie"], product["code"]) == ("AangevraagdProduct", "01", "01A04")
    assert product["omvang"] == {"volume": 3, "eenheid": "04", "frequentie": "2"}


async def test_a_change_shows_what_stays_and_what_is_new(kring32: Kring) -> None:
    kring, nummer = kring32, kring32.nummer()
    await accepts(kring, a_301(kring, lopend_product(kring, nummer)))
    await accepts(kring, a_317(kring, [nummer], referentie="VOW"))
    await accepts(kring, a_319(kring, "VOW"))

    [verzoek] = await verzoeken(kring.aanbieder)

    assert (verzoek["bericht"], verzoek["reden"], verzoek["status"]) == ("WMO317", "1", "afgewezen")
    assert verzoek["redenAfwijzing"] == "7"
    stays, new = verzoek["producten"]
    assert (stays["soort"], stays["toewijzingNummer"], stays["toewijzingIngangsdatum"]) == (
        "OngewijzigdProduct",
        nummer,
        dag(kring, "03-01"),
    )
    assert (new["soort"], new["code"], new["ingangsdatum"]) == ("NieuwProduct", "01A09", dag(kring, "04-05"))


async def test_requests_come_in_pages_and_by_what_they_are(kring32: Kring) -> None:
    kring = kring32
    names = [f"VOT{number}" for number in range(5)]
    await accepts(kring, a_315(kring, *names))
    await accepts(kring, a_319(kring, "VOT1"))

    first = await kring.aanbieder.get(VERZOEKEN, limiet=3)
    second = await kring.aanbieder.get(VERZOEKEN, limiet=3, cursor=first["volgende"])

    assert [one["referentie"] for one in first["verzoeken"] + second["verzoeken"]] == names[::-1]
    assert second["volgende"] is None
    assert await referenties(kring.gemeente, status="afgewezen") == ["VOT1"]
    assert await referenties(kring.gemeente, referentie="VOT3") == ["VOT3"]
    assert await referenties(kring.gemeente, status="toegewezen") == []


async def test_nobody_else_sees_a_request_and_nobody_sees_the_client(
    kring32: Kring, make_stranger: Callable[[Kring], Deelnemer]
) -> None:
    kring, stranger = kring32, make_stranger(kring32)
    await accepts(kring, a_315(kring, "VOT"))
    answer = await kring.aanbieder.request("GET", VERZOEKEN)
    [one] = answer.json()["verzoeken"]

    hidden = await stranger.request("GET", f"{VERZOEKEN}/{one['id']}")
    unknown = await kring.aanbieder.request("GET", f"{VERZOEKEN}/{2**62}")

    assert await referenties(stranger) == []
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert hidden.json()["detail"] == unknown.json()["detail"] == "Dit verzoek is er niet"
    assert kring.bsn not in answer.text
    assert "client" not in answer.text.lower()


async def test_a_question_that_makes_no_sense_is_told_so(kring32: Kring) -> None:
    party = kring32.aanbieder
    asked = [("", {"cursor": "x"}), ("", {"status": "weg"}), ("", {"limiet": 0}), ("/0", {}), (f"/{2**70}", {})]

    answers = [await party.request("GET", f"{VERZOEKEN}{path}", params=params) for path, params in asked]

    assert {answer.status_code for answer in answers} <= {400, 422}
    assert all(answer.headers["Content-Type"] == "application/problem+json" for answer in answers)


async def test_both_addresses_are_described(kring32: Kring) -> None:
    document = await kring32.aanbieder.get("/toewijzing/v1/openapi.json")

    shown = document["paths"]
    assert {VERZOEKEN, f"{VERZOEKEN}/{{verzoek_id}}"} <= set(shown)
    accepted = str(shown["/toewijzing/v1/berichten"]["post"]["requestBody"])
    assert all(naam in accepted for naam in ("WMO301", "WMO315", "WMO317", "WMO319"))


async def test_a_reference_that_no_message_can_have_is_a_fault_of_the_question(kring: Kring) -> None:
    answer = await kring.gemeente.request("GET", VERZOEKEN, params={"referentie": "VOT\x00"})

    assert answer.status_code == 400
