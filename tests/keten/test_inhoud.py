"""The content of a message as JSON: the same as its XML, in both directions."""

from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring


async def test_a_message_is_shown_with_its_content(kring: Kring) -> None:
    bericht = a_301(kring)
    uitkomst = await kring.gemeente.send(bericht)

    shown = await kring.gemeente.get(f"/toewijzing/v1/berichten/{uitkomst['id']}")
    retour = await kring.gemeente.get(f"/toewijzing/v1/berichten/{uitkomst['id']}/retour")

    assert shown["inhoud"] == bericht.inhoud
    assert retour["inhoud"]["Header"]["BerichtIdentificatie"]["Identificatie"] == bericht.identificatie


async def test_content_that_was_shown_can_be_sent_as_json(kring: Kring) -> None:
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    sent = await kring.aanbieder.send(a_305(kring, nummer))
    inhoud = (await kring.aanbieder.get(f"/startstop/v1/berichten/{sent['id']}"))["inhoud"]

    document = {"bericht": "WMO305", "release": kring.release, "inhoud": inhoud}
    answer = await kring.aanbieder.request("POST", "/startstop/v1/berichten", json=document)

    assert (answer.status_code, answer.json()["id"]) == (200, sent["id"])


async def test_an_answer_names_what_it_answers_and_tells_why(kring: Kring) -> None:
    refused = await kring.aanbieder.send(a_305(kring, kring.nummer()), status="afgekeurd")

    box = (await kring.aanbieder.get("/startstop/v1/postbus"))["berichten"]
    answer = await kring.aanbieder.get(f"/startstop/v1/berichten/{refused['retour']['id']}")

    assert [one["antwoordOp"] for one in box] == [refused["id"]]
    assert answer["antwoordOp"] == refused["id"]
    assert answer["meldingen"] == refused["meldingen"] != []


async def test_the_page_to_try_it_at_needs_nothing_from_elsewhere(kring: Kring) -> None:
    page = await kring.aanbieder.request("GET", "/declaratie/v1/docs")
    document = await kring.aanbieder.get("/declaratie/v1/openapi.json")

    assert page.status_code == 200
    assert "https://" not in page.text
    script = await kring.aanbieder.request("GET", "/declaratie/v1/docs/bestanden/swagger-ui-bundle.js")
    assert script.status_code == 200
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
