"""Refused starts and stops: where the codes stand, that nothing of it holds, and that it can be put right."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import Bericht, codes
from tests.keten.berichten.kop import dag
from tests.keten.berichten.startstop import a_305, a_307, startproduct, stopproduct
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring

LATER = "04-07"
KLASSEN = {"WMO305": ("StartProducten", "StartProduct"), "WMO307": ("StopProducten", "StopProduct")}
Make = Callable[[Kring, int], Bericht]


async def nothing(kring: Kring, nummer: int) -> None:
    """No message on this toewijzing came before."""


async def started(kring: Kring, nummer: int) -> None:
    await kring.aanbieder.send(a_305(kring, nummer))


async def stopped(kring: Kring, nummer: int) -> None:
    await started(kring, nummer)
    await kring.aanbieder.send(a_307(kring, nummer))


@dataclass(frozen=True)
class Fout:
    """A refused message after what came before, and the corrected one that must then be accepted."""

    naam: str
    retourcode: str
    before: Callable[[Kring, int], Awaitable[None]]
    wrong: Make
    right: Make


def start(**afwijking: str) -> Make:
    days = {name: value for name, value in afwijking.items() if name.endswith("datum")}
    rest = {name: value for name, value in afwijking.items() if name not in days}
    return lambda kring, nummer: a_305(
        kring, startproduct(kring, nummer, **{name: dag(kring, day) for name, day in days.items()}, **rest)
    )


def stop(**afwijking: str) -> Make:
    days = {name: dag_ for name, dag_ in afwijking.items() if name.endswith("datum")}
    return lambda kring, nummer: a_307(
        kring, stopproduct(kring, nummer, **{name: dag(kring, day) for name, day in days.items()})
    )


FOUTEN = [
    Fout("tr063_deletes_what_never_came", "9063", nothing, start(StatusAanlevering="3"), start()),
    Fout("tr071_deletes_a_start_with_a_stop", "9071", stopped, start(StatusAanlevering="3"), start(Begindatum="07-01")),
    Fout("tr074_delivers_the_same_key_again", "9074", stopped, start(), start(Begindatum="07-01")),
    Fout("tr326_starts_while_a_start_is_open", "9326", started, start(Begindatum=LATER), stop()),
    Fout("tr382_stops_what_never_started", "9069", started, stop(Begindatum=LATER), stop()),
]


def products(inhoud: Inhoud, naam: str) -> list[Inhoud]:
    verzameling, klasse = KLASSEN[naam]
    found: list[Inhoud] = inhoud["Client"][verzameling][klasse]
    return found


def check_codes(bericht: Bericht, retour: Inhoud, expected: list[list[str]]) -> None:
    """Chapter 3: Header and Client 0200, every product its own codes, all content as it came."""
    found = products(retour, bericht.naam)
    assert codes(retour["Header"]) == ["0200"]
    assert codes(retour["Client"]) == ["0200"]
    assert [codes(one) for one in found] == expected
    stripped = [{name: value for name, value in one.items() if name != "RetourCodes"} for one in found]
    assert stripped == products(bericht.inhoud, bericht.naam)
    assert retour["Client"]["Bsn"] == bericht["Client"]["Bsn"]


@pytest.mark.parametrize("fout", FOUTEN, ids=lambda fout: fout.naam)
async def test_a_message_that(kring: Kring, fout: Fout) -> None:
    """...is refused with its code, is not forwarded, changes nothing, and can be sent again put right."""
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    await fout.before(kring, nummer)
    forwarded = await kring.gemeente.postbus("startstop")
    perioden = await kring.aanbieder.get("/startstop/v1/zorgperioden")
    bericht = fout.wrong(kring, nummer)

    uitkomst = await kring.aanbieder.send(bericht, "afgekeurd")
    retour = await kring.aanbieder.retour(bericht, uitkomst)

    assert [melding["retourcode"] for melding in uitkomst["meldingen"]] == [fout.retourcode]
    check_codes(bericht, retour, [[fout.retourcode]])
    assert await kring.gemeente.postbus("startstop") == forwarded
    hidden = await kring.gemeente.request("GET", f"/startstop/v1/berichten/{uitkomst['id']}")
    assert hidden.status_code == 404
    assert await kring.aanbieder.get("/startstop/v1/zorgperioden") == perioden
    await kring.aanbieder.send(fout.right(kring, nummer))


async def test_tr019_an_unknown_toewijzing_may_come_later(kring: Kring) -> None:
    nummer = kring.nummer()
    bericht = a_305(kring, nummer)

    uitkomst = await kring.aanbieder.send(bericht, "afgekeurd")
    retour = await kring.aanbieder.retour(bericht, uitkomst)

    check_codes(bericht, retour, [["9019"]])
    assert await kring.gemeente.postbus("startstop") == []
    await kring.gemeente.send(a_301(kring, nummer))
    assert (await kring.aanbieder.post(bericht)).json() == uitkomst
    await kring.aanbieder.send(a_305(kring, nummer))


async def test_a_good_start_beside_a_refused_one_has_0200_and_does_not_hold(kring: Kring) -> None:
    good, unknown = kring.nummer(), kring.nummer()
    await kring.gemeente.send(a_301(kring, good))
    bericht = a_305(kring, good, unknown)

    uitkomst = await kring.aanbieder.send(bericht, "afgekeurd")
    retour = await kring.aanbieder.retour(bericht, uitkomst)

    check_codes(bericht, retour, [["0200"], ["9019"]])
    assert [melding["locatie"] for melding in uitkomst["meldingen"]] == [
        "/Bericht/Client/StartProducten/StartProduct[2]"
    ]
    assert (await kring.aanbieder.get("/startstop/v1/zorgperioden"))["zorgperioden"] == []
    await kring.aanbieder.send(a_305(kring, good))


async def test_several_faults_in_one_start_all_get_their_code(kring: Kring) -> None:
    """The same start again while it runs: its key is used (TR074) and a start is open (TR326)."""
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    await started(kring, nummer)
    bericht = a_305(kring, nummer)

    retour = await kring.aanbieder.retour(bericht, await kring.aanbieder.send(bericht, "afgekeurd"))

    check_codes(bericht, retour, [["9074", "9326"]])


async def test_a_start_is_corrected_by_deleting_and_delivering_in_one_message(kring: Kring) -> None:
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    await started(kring, nummer)
    instead = startproduct(kring, nummer, Begindatum=dag(kring, LATER))

    await kring.aanbieder.send(a_305(kring, instead, startproduct(kring, nummer, StatusAanlevering="3")))

    [periode] = (await kring.aanbieder.get("/startstop/v1/zorgperioden"))["zorgperioden"]
    assert periode["begindatum"] == dag(kring, LATER)


async def test_cs002_a_bsn_that_fails_the_elfproef_gives_0001_on_the_header(kring: Kring) -> None:
    bericht = a_305(kring, kring.nummer(), Bsn="123456789")

    uitkomst = await kring.aanbieder.send(bericht, "afgekeurd")
    retour = await kring.aanbieder.retour(bericht, uitkomst)

    assert list(retour) == ["Header"]
    assert codes(retour["Header"]) == ["0001"]
    assert retour["Header"]["XsltVersie"]
    assert "123456789" not in str(uitkomst)


async def test_tr332_a_number_of_another_toewijzing_is_refused_with_all_classes_coded(kring: Kring) -> None:
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    bericht = a_301(kring, nummer, Bsn=next(kring.tellers.bsns))

    uitkomst = await kring.gemeente.send(bericht, "afgekeurd")
    retour = await kring.gemeente.retour(bericht, uitkomst)

    client = retour["Client"]
    holder = client["Beschikking"] if kring.release == "2.4" else client
    [product] = holder["ToegewezenProducten"]["ToegewezenProduct"]
    assert codes(retour["Header"]) == codes(client) == ["0200"]
    assert codes(product) == ["9332"]
    assert await kring.aanbieder.postbus("toewijzing") == ["WMO301"]
