"""Subscriptions over HTTP: made, seen by their party alone, given another secret, bounded."""

import base64
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.startstop.tables import EXCHANGE
from shared.exchange import gezondheid
from shared.security import roteren
from shared.security.kluis import Kluis
from shared.webhooks.handtekening import Geheim
from shared.webhooks.meten import meet
from shared.webhooks.opslag import abonnementen, zegel_context
from tests.ontvanger import Melding, Ontvanger, answer
from tests.shared.exchange.verzoeken import KEY
from tests.shared.webhooks.conftest import BASE, Huisgenoot

URL = "https://zorgsysteem.example/hook"


async def test_the_secret_is_shown_once_and_kept_sealed(genoot: Huisgenoot) -> None:
    made = await genoot.abonneer(URL, berichten=["WMO306"])
    secret = made["geheim"]

    one, every = await genoot.request("GET", f"/{made['id']}"), await genoot.request("GET")

    assert every.json()["abonnementen"] == [one.json()]
    assert one.json() == {name: value for name, value in made.items() if name != "geheim"}
    assert secret not in one.text + every.text
    async with genoot.huis.engine.connect() as conn:
        row = (await conn.execute(select(EXCHANGE.abonnement).where(EXCHANGE.abonnement.c.url == URL))).one()
    assert secret.encode() not in row.inhoud
    assert secret not in str(row)


async def test_the_secret_goes_along_when_keys_change(genoot: Huisgenoot) -> None:
    made = await genoot.abonneer(URL)
    fresh = base64.b64encode(b"nieuw" * 6 + b"!!").decode()
    both, new = (Kluis.from_settings(keys, KEY) for keys in (f"b:{fresh},a:{KEY}", f"b:{fresh}"))
    table = EXCHANGE.abonnement

    assert await roteren.rotate(genoot.huis.engine, abonnementen(EXCHANGE), both) == 1

    async with genoot.huis.engine.connect() as conn:
        sealed = await conn.scalar(select(table.c.inhoud).where(table.c.id == UUID(made["id"])))
    assert Geheim.of_bytes(new.open(sealed, zegel_context(UUID(made["id"])))).nu == made["geheim"]


async def test_another_secret_signs_beside_the_old_one(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    made = await genoot.abonneer(ontvanger.url)
    fresh = await genoot.request("POST", f"/{made['id']}/geheim")
    await genoot.ontvangt()
    bezorger = genoot.bezorger()
    await genoot.ronde(bezorger)
    genoot.later(hours=25)
    await genoot.ontvangt()
    await genoot.ronde(bezorger)

    assert fresh.status_code == 200
    assert fresh.json()["geheim"] != made["geheim"]
    assert [len(one.headers["webhook-signature"].split()) for one in ontvanger.meldingen] == [2, 1]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"url": "http://zorgsysteem.example/"}, "body/url"),
        ({"url": "https://10.0.0.1/"}, "body/url"),
        ({"url": ""}, "url"),
        ({"url": URL, "berichten": ["WMO301"]}, "body/berichten/0"),
        ({"url": URL, "berichten": []}, "berichten"),
        ({"url": URL, "geheim": "whsec_eigen"}, "geheim"),
        ({}, "url"),
    ],
)
async def test_what_is_not_taken(genoot: Huisgenoot, body: dict[str, Any], place: str) -> None:
    answer = await genoot.request("POST", json=body)

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:knooppunt:verzoek-ongeldig")
    assert place in answer.json()["fouten"][0]["locatie"]
    assert "10.0.0.1" not in answer.text


async def test_one_to_an_url_and_so_many_of_a_party(genoot: Huisgenoot) -> None:
    for number in range(genoot.huis.settings.webhook_per_partij):
        await genoot.abonneer(f"{URL}/{number}")

    same = await genoot.request("POST", json={"url": f"{URL}/0"})
    more = await genoot.request("POST", json={"url": f"{URL}/meer"})

    assert (same.status_code, more.status_code) == (409, 409)


async def test_another_s_is_not_there(genoot: Huisgenoot) -> None:
    made = await genoot.abonneer(URL)
    stranger = {"headers": {"X-Partij": "agb:79999999"}}

    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/geheim"), ("POST", "/hervatting")):
        answer = await genoot.request(method, f"/{made['id']}{path}", **stranger)
        assert answer.status_code == 404, (method, path)
    assert (await genoot.request("GET", **stranger)).json() == {"abonnementen": []}
    assert (await genoot.stand(made))["status"] == "actief"


async def test_who_acts_by_a_mandate_does_not_get_the_secret(genoot: Huisgenoot) -> None:
    made = await genoot.abonneer(URL)
    by_mandate = {"headers": {"X-Gemachtigd": "ja"}}

    new = await genoot.request("POST", json={"url": f"{URL}/2"}, **by_mandate)
    secret = await genoot.request("POST", f"/{made['id']}/geheim", **by_mandate)
    seen = await genoot.request("GET", f"/{made['id']}", **by_mandate)
    woken = await genoot.request("POST", f"/{made['id']}/hervatting", **by_mandate)

    assert [one.status_code for one in (new, secret, seen, woken)] == [403, 404, 200, 200]


async def test_operations_has_none_and_two_parties_say_which(genoot: Huisgenoot) -> None:
    other = "gemeente:0855"
    beheer = await genoot.request("POST", json={"url": URL}, headers={"X-Partij": "beheer"})
    both = {"headers": {"X-Partij": f"{genoot.partij},{other}"}}
    unsaid = await genoot.request("POST", json={"url": URL}, **both)
    foreign = await genoot.request("POST", json={"url": URL, "partij": "gemeente:0344"}, **both)
    said = await genoot.request("POST", json={"url": URL, "partij": str(genoot.partij)}, **both)

    assert [one.status_code for one in (beheer, unsaid, foreign, said)] == [403, 400, 403, 201]
    assert said.json()["partij"] == str(genoot.partij)
    assert said.headers["Location"] == f"{BASE}/{said.json()['id']}"


async def test_each_deed_is_recorded(genoot: Huisgenoot) -> None:
    made = await genoot.abonneer(URL)
    await genoot.request("POST", f"/{made['id']}/geheim")
    await genoot.request("POST", f"/{made['id']}/hervatting")
    await genoot.request("DELETE", f"/{made['id']}")

    table = EXCHANGE.audit
    async with genoot.huis.engine.connect() as conn:
        own = select(table.c.handeling, table.c.uitkomst).where(table.c.partij == str(genoot.partij))
        rows = (await conn.execute(own.order_by(table.c.id))).all()
    deeds = ["webhook aangevraagd", "geheim vernieuwd", "webhook hervat", "webhook beëindigd"]
    assert [tuple(row) for row in rows] == [(one, f"abonnement {made['id']}") for one in deeds]


async def test_the_figures_show_what_rests(genoot: Huisgenoot, ontvanger: Ontvanger) -> None:
    async def gone(_: Melding) -> bytes:
        return answer(410)

    ontvanger.gedrag = gone
    await genoot.abonneer(ontvanger.url)
    await genoot.ontvangt()
    before = await figures(genoot)
    await genoot.ronde(genoot.bezorger())
    after = await figures(genoot)

    assert after["rust"] == before["rust"] + 1
    assert gezondheid.meet is meet


async def figures(genoot: Huisgenoot) -> dict[str, float]:
    """What the metrics say of webhooks, of all parties together."""
    await meet(genoot.huis)
    return {
        one.name.removeprefix("knooppunt_webhooks_"): one.samples[0].value
        for one in genoot.huis.meters.registry.collect()
        if one.name.startswith("knooppunt_webhooks_")
    }
