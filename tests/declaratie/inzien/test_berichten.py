"""What is told of a message with many meldingen, and of a large one: never all at once in memory."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared import payload
from shared.exchange.huis import Huis
from shared.iwmo.codec import Inhoud
from shared.iwmo.lezer import read
from tests.declaratie.betalingen.boek import Declarant
from tests.declaratie.verwerken import NAAM
from tests.shared.iwmo.berichten import BSN, GRENZEN, as_xml, soort

MOST = 3
BERICHTEN = "/declaratie/v1/berichten"


class Inzage:
    """An aanbieder who sends, and looks at what he sent."""

    def __init__(self, client: httpx.AsyncClient, declarant: Declarant) -> None:
        self.client, self.declarant = client, declarant

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        own = {"X-Partij": f"agb:{self.declarant.aanbieder}", "X-Wie": "administratie"}
        answer = await self.client.request(
            method, f"{BERICHTEN}{path}", **{**options, "headers": own | options.get("headers", {})}
        )
        assert answer.status_code < 300, answer.text
        return answer

    async def get(self, path: str, **params: Any) -> Any:
        return (await self.ask("GET", path, params=params)).json()

    async def all(self, path: str, name: str, limiet: int) -> list[Any]:
        """Every page, one after the other."""
        found: list[Any] = []
        page = await self.get(path, limiet=limiet)
        while True:
            assert len(page[name]) <= limiet
            found += page[name]
            if page["volgende"] is None:
                return found
            page = await self.get(path, limiet=limiet, cursor=page["volgende"])

    def xml(self, inhoud: Inhoud) -> bytes:
        release = self.declarant.release
        return as_xml(inhoud, soort(NAAM[release], release), self.declarant.huis.schemas)


@pytest.fixture
def inzage(client: httpx.AsyncClient, declarant: Declarant) -> Inzage:
    return Inzage(client, declarant)


@pytest.fixture
async def refused(inzage: Inzage) -> tuple[Inhoud, Any]:
    """A declaration of five lines with numbers that were used before, and a good one; and what came of it."""
    declarant = inzage.declarant
    used = [declarant.regel() for _ in range(5)]
    await declarant.declare(*used)
    lines = [*(declarant.refused(one) for one in used), declarant.regel()]
    inhoud = declarant.inhoud(*lines)
    return inhoud, await declarant.send(inhoud, *lines)


async def test_of_many_meldingen_the_first_are_told_and_how_many_there_are(
    app: FastAPI, inzage: Inzage, refused: tuple[Inhoud, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    inhoud, uitkomst = refused
    for huis in (app.state.huis, app.state.huis_lezend):
        monkeypatch.setattr(huis, "settings", huis.settings.model_copy(update={"max_meldingen": MOST}))

    told = await inzage.get(f"/{uitkomst.id}")
    answer = await inzage.get(f"/{uitkomst.id}/retour")
    again = await inzage.declarant.send(inhoud)

    every = await inzage.all(f"/{uitkomst.id}/meldingen", "meldingen", 2)
    assert len(every) == 5
    assert {one["retourcode"] for one in every} == {"8021"}
    assert (again.herhaald, len(again.meldingen), again.totalen) == (True, MOST, (5, 0))
    for shown in (told, answer):
        assert (shown["meldingen"], shown["meldingenTotaal"], shown["signalenTotaal"]) == (every[:MOST], 5, 0)
    assert await inzage.all(f"/{answer['id']}/meldingen", "meldingen", 500) == every
    assert await inzage.all(f"/{uitkomst.id}/signalen", "signalen", 2) == []


async def test_a_list_does_not_look_as_if_nothing_was_told(inzage: Inzage, refused: tuple[Inhoud, Any]) -> None:
    listed = (await inzage.get(""))["berichten"]
    known = await inzage.get(f"/{refused[1].id}")

    assert not {"meldingen", "signalen", "meldingenTotaal", "signalenTotaal"} & set().union(*listed)
    [one] = [one for one in listed if one["id"] == known["id"]]
    assert one == {name: known[name] for name in one}


async def test_the_meldingen_of_another_are_not_found(
    client: httpx.AsyncClient, inzage: Inzage, refused: tuple[Inhoud, Any]
) -> None:
    headers = {"X-Partij": "agb:98765432", "X-Wie": "een ander"}

    for name in ("meldingen", "signalen"):
        answer = await client.get(f"{BERICHTEN}/{refused[1].id}/{name}", headers=headers)
        assert answer.status_code == 404


@pytest.mark.parametrize("held", [0, 10**9])
async def test_a_large_message_is_shown_as_a_small_one(
    huis: Huis, inzage: Inzage, refused: tuple[Inhoud, Any], held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    inhoud, uitkomst = refused
    body = inzage.xml(inhoud)
    paths = [f"/{uitkomst.id}", f"/{uitkomst.id}/retour"]
    small = [await inzage.get(path) for path in paths]
    xml = {"Accept": "application/xml"}
    small_xml = [(await inzage.ask("GET", path, headers=xml)).content for path in paths]

    monkeypatch.setattr(payload, "LARGE_BYTES", 0)
    monkeypatch.setattr(payload, "HELD_BYTES", held)

    large = [await inzage.ask("GET", path) for path in paths]
    large_xml = [await inzage.ask("GET", path, headers=xml) for path in paths]

    assert [one.json() for one in large] == small
    assert small[0]["inhoud"] == read(body, huis.schemas, GRENZEN).inhoud
    assert [one.content for one in large_xml] == small_xml
    assert small_xml[0] == body
    for one in (*large, *large_xml):
        assert one.headers["content-length"] == str(len(one.content))


async def test_a_large_message_is_validated_as_a_small_one(
    inzage: Inzage, refused: tuple[Inhoud, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also an answer, which is held against the declaration that is stored here."""
    inhoud, uitkomst = refused
    body = inzage.xml(inhoud)
    antwoord = (await inzage.ask("GET", f"/{uitkomst.id}/retour", headers={"Accept": "application/xml"})).content
    not_copied = antwoord.replace(b"GeleverdVolume>1<", b"GeleverdVolume>2<", 1)
    bodies = [body, antwoord, body.replace(BSN.encode(), b"999990018"), not_copied]
    small = [await _validated(inzage, one) for one in bodies]

    monkeypatch.setattr(payload, "LARGE_BYTES", 0)
    monkeypatch.setattr(payload, "HELD_BYTES", 0)

    assert [await _validated(inzage, one) for one in bodies] == small
    assert [one["geldig"] for one in small] == [True, True, False, inzage.declarant.release == "2.4"]


async def _validated(inzage: Inzage, body: bytes) -> Any:
    """The report on a message."""
    answer = await inzage.ask("POST", "/../validaties", content=body, headers={"Content-Type": "application/xml"})
    return answer.json()
