"""Whole stories of asking and deciding: a request for toewijzingen, and a request to change them (3.2)."""

from typing import Any

import pytest

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.kop import dag
from tests.keten.berichten.toewijzing import a_301, toegewezen_product
from tests.keten.berichten.verzoek import OMVANG, a_315, a_317, a_319, nieuw_product, te_wijzigen_product
from tests.keten.kring import Kring

VER_WEG = "2099-12-31"


@pytest.fixture
def kring(kring32: Kring) -> Kring:
    return kring32


def refused(uitkomst: dict[str, Any]) -> list[tuple[str, str]]:
    """Rule and code of every melding."""
    return [(one["regel"], one["retourcode"]) for one in uitkomst["meldingen"]]


async def requests(kring: Kring) -> dict[str, str]:
    """How each request of the aanbieder stands, by reference."""
    found = (await kring.aanbieder.get("/toewijzing/v1/verzoeken"))["verzoeken"]
    return {one["referentie"]: one["status"] for one in found}


async def terms(kring: Kring, referentie: str) -> list[tuple[str, str | None]]:
    """The terms that run, or ran, for the answer to a request: rule, and whether it is still open."""
    found = (await kring.gemeente.get("/toewijzing/v1/termijnen", sleutel=referentie))["termijnen"]
    return [(one["regel"], one["afgerond"]) for one in found]


def assigned(kring: Kring, nummer: int, referentie: str | None, **afwijking: Any) -> Inhoud:
    """A toegewezen product that goes on for years, granted on a request or not."""
    named = {"ReferentieAanbieder": referentie} if referentie else {}
    return toegewezen_product(kring, nummer, Einddatum=VER_WEG, **named, **afwijking)


async def test_two_products_are_asked_one_is_investigated_and_assigned_one_refused(kring: Kring) -> None:
    """Each product of a 315 has an answer of its own; only then a next request may come (TR374)."""
    await kring.aanbieder.send(a_315(kring, "HULP", "MEER"))
    await kring.gemeente.send(a_319(kring, "HULP", "2"))
    await kring.gemeente.send(a_319(kring, "MEER", "1"))
    meanwhile = await requests(kring)
    too_soon = await kring.aanbieder.send(a_315(kring, "NOG-EEN"), "afgekeurd")

    await kring.gemeente.send(a_301(kring, assigned(kring, kring.nummer(), "HULP")))
    late = await kring.gemeente.send(a_319(kring, "HULP", "1"), "afgekeurd")
    await kring.aanbieder.send(a_315(kring, "NOG-EEN"))

    assert meanwhile == {"HULP": "in_onderzoek", "MEER": "afgewezen"}
    assert refused(too_soon) == [("TR374", "9374")]
    assert refused(late) == [("TR359", "9359")]
    assert await requests(kring) == {"HULP": "toegewezen", "MEER": "afgewezen", "NOG-EEN": "open"}
    assert [rule for rule, done in await terms(kring, "HULP") if done] == ["OP274"]
    assert await terms(kring, "NOG-EEN") == [("OP274", None)]


async def test_answers_come_in_the_order_that_is_allowed(kring: Kring) -> None:
    """2, then 1; never 2 twice, never anything after 1."""
    await kring.aanbieder.send(a_315(kring, "VOT"))
    outcomes = [
        refused(await kring.gemeente.send(a_319(kring, "VOT", answer), status))
        for answer, status in (("2", "verwerkt"), ("2", "afgekeurd"), ("1", "verwerkt"), ("1", "afgekeurd"))
    ]
    after_1 = await kring.gemeente.send(a_319(kring, "VOT", "2"), "afgekeurd")

    assert outcomes == [[], [("TR360", "9360")], [], [("TR365", "9365")]]
    assert refused(after_1) == [("TR360", "9360"), ("TR365", "9365")]


async def test_a_change_is_granted_as_a_whole(kring: Kring) -> None:
    """One product stays, one gets more hours from a later day, one is new: all in one 301, one reference (IV093)."""
    stays, grows, more, new = (kring.nummer() for _ in range(4))
    other = {"Categorie": "01", "Code": "01A05"}
    await kring.gemeente.send(a_301(kring, assigned(kring, stays, None), assigned(kring, grows, None, Product=other)))
    change = te_wijzigen_product(kring, grows, GewensteIngangsdatum=dag(kring, "06-12"), Omvang={**OMVANG, "Volume": 6})
    await kring.aanbieder.send(
        a_317(kring, [stays], [change], [nieuw_product(kring, Einddatum=VER_WEG)], referentie="VOW")
    )
    asked = await requests(kring)

    ended = assigned(kring, grows, "VOW", Product=other) | {
        "Einddatum": dag(kring, "06-11"), "RedenWijziging": "12", "Toewijzingstijd": "10:00:00",
    }  # fmt: skip
    follows = assigned(
        kring, more, "VOW", Product=other, Ingangsdatum=dag(kring, "06-12"), Omvang={**OMVANG, "Volume": 6}
    )
    added = assigned(kring, new, "VOW", Product={"Categorie": "01", "Code": "01A09"}, Ingangsdatum=dag(kring, "04-05"))
    stays_granted = assigned(kring, stays, "VOW", Toewijzingstijd="10:00:00")
    without = assigned(kring, stays, None, Toewijzingstijd="10:00:00")
    half = await kring.gemeente.send(a_301(kring, without, ended, follows, added), "afgekeurd")
    await kring.gemeente.send(a_301(kring, stays_granted, ended, follows, added))
    again = await kring.gemeente.send(a_301(kring, stays_granted, ended, follows, added))

    assert asked == {"VOW": "open"}
    assert {rule for rule, _ in refused(half)} == {"TR379"}
    assert refused(again) == []
    assert await requests(kring) == {"VOW": "toegewezen"}
    found = (await kring.gemeente.get("/toewijzing/v1/toewijzingen"))["toewijzingen"]
    omvang = {one["toewijzingNummer"]: (one["omvang"]["volume"], one["einddatum"]) for one in found}
    assert omvang == {
        stays: (3, VER_WEG), grows: (3, dag(kring, "06-11")), more: (6, VER_WEG), new: (3, VER_WEG),
    }  # fmt: skip


async def test_a_change_must_tell_the_whole_situation(kring: Kring) -> None:
    """A current toewijzing is left out (TR349), one is withdrawn (TR350): the request is sent anew, better."""
    one, two, gone = (kring.nummer() for _ in range(3))
    products = [
        assigned(kring, nummer, None, Product={"Categorie": "01", "Code": code})
        for nummer, code in ((one, "01A04"), (two, "01A05"), (gone, "01A06"))
    ]
    await kring.gemeente.send(a_301(kring, *products))
    deleted = products[2] | {"Einddatum": dag(kring, "03-01"), "RedenWijziging": "13", "Toewijzingstijd": "11:00:00"}
    await kring.gemeente.send(a_301(kring, *products[:2], deleted))

    missing = await kring.aanbieder.send(a_317(kring, [one]), "afgekeurd")
    withdrawn = await kring.aanbieder.send(a_317(kring, [one, two, gone]), "afgekeurd")
    await kring.aanbieder.send(a_317(kring, [one, two]))

    assert refused(missing) == [("TR349", "9349")]
    assert str(two) in str(missing["meldingen"][0])
    assert refused(withdrawn) == [("TR350", "9350")]
