"""The same message again, one after the other and all at once: one effect, one outcome (P2)."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.keten.berichten.bericht import Bericht, codes
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring

Sent = tuple[Deelnemer, Bericht]


async def toewijzing(kring: Kring) -> Sent:
    return kring.gemeente, a_301(kring)


async def start(kring: Kring) -> Sent:
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    return kring.aanbieder, a_305(kring, nummer)


async def declaratie(kring: Kring) -> Sent:
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    return kring.aanbieder, a_declaratie(kring, prestatie(kring, nummer))


SOORTEN = pytest.mark.parametrize("make", [toewijzing, start, declaratie])
Make = Callable[[Kring], Awaitable[Sent]]


async def check_one_effect(kring: Kring, sender: Deelnemer, bericht: Bericht) -> None:
    """Both mailboxes, the list of messages and the declarations know it once."""
    receiver = kring.gemeente if sender is kring.aanbieder else kring.aanbieder
    assert await receiver.postbus(bericht.dienst) == [bericht.naam]
    assert await sender.postbus(bericht.dienst) == [bericht.soort.retour]
    found = (await sender.get(f"/{bericht.dienst}/v1/berichten"))["berichten"]
    assert sorted(one["bericht"] for one in found) == sorted([bericht.naam, str(bericht.soort.retour)])
    if bericht.dienst == "declaratie":
        assert len((await sender.get("/declaratie/v1/declaraties"))["declaraties"]) == 1


@SOORTEN
async def test_a_repeat_gets_200_and_the_first_outcome(kring: Kring, make: Make) -> None:
    sender, bericht = await make(kring)
    first = await sender.send(bericht)

    answers = [await sender.post(bericht) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert all(answer.json() == first for answer in answers)
    await check_one_effect(kring, sender, bericht)


@SOORTEN
async def test_twenty_at_once_are_one_message(kring: Kring, make: Make) -> None:
    sender, bericht = await make(kring)

    answers = await asyncio.gather(*(sender.deliver(bericht, wait=30) for _ in range(20)))

    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.json()["retour"]["id"] for answer in answers}) == 1
    await check_one_effect(kring, sender, bericht)


async def test_a_repeat_in_other_clothes_is_still_a_repeat(kring: Kring) -> None:
    """The key is the canonical form: white space between attributes and comments do not make it another message."""
    bericht = a_301(kring)
    first = await kring.gemeente.send(bericht)
    dressed = bericht.xml.replace(b"<wmo301:Bericht ", b"<!-- opnieuw -->\n<wmo301:Bericht\n   ", 1)
    assert dressed != bericht.xml

    answer = await kring.gemeente.request(
        "POST", "/toewijzing/v1/berichten", content=dressed, headers={"Content-Type": "application/xml"}
    )

    assert (answer.status_code, answer.json()) == (200, first)


@SOORTEN
async def test_tr056_the_same_name_for_another_message_is_refused(kring: Kring, make: Make) -> None:
    sender, bericht = await make(kring)
    first = await sender.send(bericht)
    _, other = await make(kring)
    other = named_as(bericht, other)

    uitkomst = await sender.send(other, "afgekeurd")
    retour = await sender.retour(other, uitkomst)

    assert [(m["regel"], m["retourcode"]) for m in uitkomst["meldingen"]] == [("TR056", "9056")]
    assert uitkomst["meldingen"][0]["botstMet"] == first["id"]
    assert codes(retour["Header"]) == ["9056"]
    assert set(retour) == {"Header"}
    assert (await sender.post(other)).json() == uitkomst
    assert (await sender.post(bericht)).json() == first


@SOORTEN
async def test_tr056_of_ten_twins_at_once_one_is_accepted(kring: Kring, make: Make) -> None:
    sender, first = await make(kring)
    twins = [first, *[named_as(first, (await make(kring))[1]) for _ in range(9)]]

    answers = await asyncio.gather(*(sender.deliver(twin, wait=30) for twin in twins))

    outcomes = [answer.json() for answer in answers]
    assert [answer.status_code for answer in answers] == [201] * 10
    assert sorted(one["status"] for one in outcomes) == ["afgekeurd"] * 9 + ["verwerkt"]
    assert len({one["id"] for one in outcomes}) == 10
    [winner] = [one["id"] for one in outcomes if one["status"] == "verwerkt"]
    assert {m["botstMet"] for one in outcomes for m in one["meldingen"]} == {winner}
    receiver = kring.gemeente if sender is kring.aanbieder else kring.aanbieder
    assert [one["id"] for one in await receiver.waiting(first.dienst) if one["bericht"] == first.naam] == [winner]


def named_as(first: Bericht, other: Bericht) -> Bericht:
    """The other message under the Identificatie of the first."""
    key = "BerichtIdentificatie" if "BerichtIdentificatie" in first["Header"] else "DeclaratieFactuurIdentificatie"
    return other.with_header(**{key: first["Header"][key]})
