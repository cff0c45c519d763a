"""A message past its retention: what it was is still told, its content is not there."""

from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring


async def test_content_that_has_gone_is_told_as_gone(kring32: Kring) -> None:
    bericht = a_301(kring32)
    sent = await kring32.gemeente.send(bericht)
    retour = sent["retour"]["id"]
    for one in (sent["id"], retour):
        await kring32.stapel.query("update toewijzing.bericht set inhoud = null where id = $1", one)

    path = f"/toewijzing/v1/berichten/{sent['id']}"
    for who, address in ((kring32.gemeente, path), (kring32.gemeente, f"{path}/retour"), (kring32.aanbieder, path)):
        shown = await who.get(address)
        assert (shown["status"], shown.get("inhoud")) == ("verwerkt", None)
        gone = await who.request("GET", address, headers={"Accept": "application/xml"})
        assert (gone.status_code, gone.json()["type"]) == (410, "urn:knooppunt:vervallen")
        assert "bewaartermijn" in gone.json()["detail"]

    again = await kring32.gemeente.request(
        "POST",
        "/toewijzing/v1/berichten",
        content=bericht.xml,
        headers={"Content-Type": "application/xml", "Accept": "application/xml"},
    )
    assert (again.status_code, again.json()["id"]) == (200, sent["id"]), "a repeat is still known, without its answer"
