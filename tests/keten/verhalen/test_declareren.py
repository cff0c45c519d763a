"""Whole stories of claiming: correcting to the cent, a toewijzing that grows, shrinks, moves or vanishes."""

from calendar import monthrange
from dataclasses import replace
from typing import Any

import pytest

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import Bericht, codes
from tests.keten.berichten.declaratie import TARIEF, a_declaratie, cents, prestatie, referentie
from tests.keten.berichten.kop import dag
from tests.keten.berichten.toewijzing import a_301, toegewezen_product
from tests.keten.contracten import contract
from tests.keten.kring import Kring
from tests.wachten import eventually

JAAR = 2025


def maand(number: int, *, van: int = 1, tot: int | None = None) -> dict[str, str]:
    """The days of a month of the year in which 3.2 plays, or a part of it."""
    last = tot or monthrange(JAAR, number)[1]
    return {"Begindatum": f"{JAAR}-{number:02}-{van:02}", "Einddatum": f"{JAAR}-{number:02}-{last:02}"}


def over(periode: dict[str, str], bericht: Bericht) -> Bericht:
    """The declaration over another month than March, sent in January of the next year."""
    kop, declaratie = bericht["Header"], bericht["Declaratie"]
    na = f"{JAAR + 1}-01-05"
    return replace(
        bericht,
        inhoud={
            "Header": {**kop, "BerichtIdentificatie": {**kop["BerichtIdentificatie"], "Dagtekening": na}},
            "Declaratie": {**declaratie, "DeclaratiePeriode": periode, "DeclaratieDagtekening": na},
        },
    )


def regel(kring: Kring, nummer: int, periode: dict[str, str], volume: int, **afwijking: Any) -> Inhoud:
    """A line over a period; ``vorige`` makes it a credit."""
    return prestatie(kring, nummer, volume=volume, ProductPeriode=periode, **afwijking)


async def claim(kring: Kring, number: int, *lines: Inhoud) -> dict[str, Any]:
    """Sends the declaration over a month; its outcome."""
    return await kring.aanbieder.send(over(maand(number), a_declaratie(kring, *lines)))


def refused(uitkomst: dict[str, Any]) -> list[tuple[str, str]]:
    """Rule and code of every melding."""
    return [(one["regel"], one["retourcode"]) for one in uitkomst["meldingen"]]


async def granted(kring: Kring, uitkomst: dict[str, Any]) -> int:
    """What a declaration granted, in cents."""
    return int((await kring.gemeente.get(f"/declaratie/v1/declaraties/{uitkomst['id']}"))["toegekend"])


async def decide(kring: Kring, nummer: int, tijd: str, **afwijking: Any) -> None:
    """The gemeente sends a version of a toewijzing, decided on a later moment of the day."""
    await assign(kring, toegewezen_product(kring, nummer, Toewijzingstijd=tijd, **afwijking))


async def assign(kring: Kring, *producten: Inhoud) -> None:
    """Sends a WMO301, and waits until the declarations are judged by it: a version that takes something away may come
    later there than a claim, which is then granted by what is known (P4: only a refusal waits)."""
    await kring.gemeente.send(a_301(kring, *producten))

    async def known() -> bool:
        sql = "select nummer, moment::time::text, einddatum::text from %s.toewijzing where gemeente = $1 order by 1"
        owner, reader = [
            [tuple(row) for row in await kring.stapel.query(sql % schema, kring.gemeente.code)]
            for schema in ("toewijzing", "declaratie")
        ]
        return owner == reader

    await eventually(known, "the declarations know the toewijzingen as they are", every=0.05)


@pytest.fixture
def kring(kring32: Kring) -> Kring:
    """These stories play in 3.2, whose months and numbers they are about."""
    return kring32


async def test_a_claim_is_credited_and_claimed_anew_to_the_cent(kring: Kring) -> None:
    """Claimed 14 hours, 11 were delivered: a credit of the whole line and a new one, in one message (OP366)."""
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    first = regel(kring, nummer, maand(3), 14)
    before = await claim(kring, 3, first)
    double = regel(kring, nummer, maand(3), 11)
    too_soon = await claim(kring, 4, double)

    back, instead = regel(kring, nummer, maand(3), 14, vorige=referentie(first)), regel(kring, nummer, maand(3), 11)
    after = await claim(kring, 4, back, instead)
    again = await claim(kring, 4, regel(kring, nummer, maand(3), 14, vorige=referentie(first)))

    assert (await granted(kring, before), await granted(kring, after)) == (14 * TARIEF, -3 * TARIEF)
    assert refused(too_soon) == [("TR389", "9389")]
    assert (too_soon["meldingen"][0]["botstMet"], await granted(kring, too_soon)) == (before["id"], 0)
    assert refused(again) == [("TR390", "9390")]


async def test_the_weeks_of_a_toewijzing_are_the_limit_of_all_its_months(kring: Kring) -> None:
    """IV077: three hours a week from 7 October to 30 December may be 12, 15 and 15, but together no more than 39."""
    nummer = kring.nummer()
    periode = {"Ingangsdatum": f"{JAAR}-10-07", "Einddatum": f"{JAAR}-12-30"}
    begeleiding = {"Categorie": "02", "Code": "02A03"}
    await decide(kring, nummer, "09:00:00", **periode, Product=begeleiding)

    def line(volume: int, periode: dict[str, str]) -> Inhoud:
        return regel(kring, nummer, periode, volume, ProductCategorie="02", ProductCode="02A03")

    october, november, december = maand(10, van=7), maand(11), maand(12, tot=30)
    outcomes = [
        await claim(kring, 10, line(13, october)),
        await claim(kring, 10, line(12, october)),
        await claim(kring, 11, line(15, november)),
        await claim(kring, 12, line(13, december)),
        await claim(kring, 12, line(12, december)),
    ]

    assert [refused(one) for one in outcomes] == [[("TR321", "9321")], [], [], [("TR322", "9322")], []]
    assert sum([await granted(kring, one) for one in outcomes]) == 39 * TARIEF


async def test_a_longer_toewijzing_makes_room(kring: Kring) -> None:
    """September is beyond the last day, until the gemeente moves that day; the same line under a new number is good."""
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    beyond = await claim(kring, 9, regel(kring, nummer, maand(9), 12))

    await decide(kring, nummer, "10:00:00", Einddatum=f"{JAAR}-10-31", RedenWijziging="04")
    after = await claim(kring, 9, regel(kring, nummer, maand(9), 12))

    assert refused(beyond) == [("TR308", "9308"), ("TR388", "9388")]
    assert (refused(after), await granted(kring, after)) == ([], 12 * TARIEF)


async def test_a_shorter_toewijzing_refuses_what_is_past_it_but_never_an_old_credit(kring: Kring) -> None:
    """The gemeente ends it on 31 May; what was granted over June can still be taken back."""
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    june = regel(kring, nummer, maand(6), 12)
    await claim(kring, 6, june)

    await decide(kring, nummer, "11:00:00", Einddatum=f"{JAAR}-05-31", RedenWijziging="05")
    july = await claim(kring, 7, regel(kring, nummer, maand(7), 12))
    back = await claim(kring, 7, regel(kring, nummer, maand(6), 12, vorige=referentie(june)))

    assert {code for _, code in refused(july)} == {"9308", "9388"}
    assert (refused(back), await granted(kring, back)) == ([], -12 * TARIEF)


async def test_an_older_version_that_comes_later_does_not_win(kring: Kring) -> None:
    """What counts is the moment of decision, not of arrival (OP080)."""
    nummer = kring.nummer()
    await decide(kring, nummer, "12:00:00", Einddatum=f"{JAAR}-10-31")
    await decide(kring, nummer, "11:00:00", Einddatum=f"{JAAR}-05-31")

    uitkomst = await claim(kring, 9, regel(kring, nummer, maand(9), 12))

    assert refused(uitkomst) == []


async def test_more_hours_from_a_day_on_are_a_number_of_their_own(kring: Kring) -> None:
    """Three hours a week until 11 June, six from then on: June has two lines, each within its own toewijzing."""
    old, new = kring.nummer(), kring.nummer()
    await kring.gemeente.send(a_301(kring, old))
    ended = toegewezen_product(kring, old, Toewijzingstijd="10:00:00", Einddatum=f"{JAAR}-06-11", RedenWijziging="12")
    more = toegewezen_product(
        kring, new, Ingangsdatum=f"{JAAR}-06-12", Omvang={"Volume": 6, "Eenheid": "04", "Frequentie": "2"}
    )
    await assign(kring, ended, more)

    whole = await claim(kring, 6, regel(kring, old, maand(6), 12))
    parts = await claim(kring, 6, regel(kring, old, maand(6, tot=11), 5), regel(kring, new, maand(6, van=12), 16))

    assert refused(whole) == [("TR308", "9308"), ("TR388", "9388")]
    assert (refused(parts), await granted(kring, parts)) == ([], 21 * TARIEF)


async def test_a_toewijzing_is_deleted_only_when_its_claims_are_taken_back(kring: Kring) -> None:
    """Deleted means never sent: refused while money stands on it (TR385), and no claim after it (TR384)."""
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    line = regel(kring, nummer, maand(3), 12)
    await claim(kring, 3, line)
    begin = dag(kring, "03-01")
    gone = toegewezen_product(kring, nummer, Toewijzingstijd="10:00:00", Einddatum=begin, RedenWijziging="13")

    async def projected() -> bool:
        sql = "select 1 from toewijzing.gedeclareerd where gemeente = $1 and nummer = $2"
        return bool(await kring.stapel.query(sql, kring.gemeente.code, nummer))

    await eventually(projected, "the claim is known where toewijzingen are", every=0.05)
    bericht = a_301(kring, gone)
    too_soon = await kring.gemeente.send(bericht, "afgekeurd")
    retour = await kring.gemeente.retour(bericht, too_soon)
    await claim(kring, 4, regel(kring, nummer, maand(3), 12, vorige=referentie(line)))
    # At once: the node waits by itself until it surely knows of the credit (P4).
    await assign(kring, gone)
    after = await claim(kring, 4, regel(kring, nummer, maand(4), 12))

    assert refused(too_soon) == [("TR385", "9385")]
    [product] = retour["Client"]["ToegewezenProducten"]["ToegewezenProduct"]
    assert codes(product) == ["9385"]
    assert ("TR384", "9384") in refused(after)


async def test_a_budget_holds_over_all_claims_on_it(kring: Kring) -> None:
    """Aspecifiek with a budget: several products in a month, together within the budget, a credit makes room again."""
    nummer = kring.nummer()
    product = toegewezen_product(kring, nummer, Product={"Categorie": "01"}, Budget=20 * TARIEF)
    del product["Omvang"]
    await kring.gemeente.send(a_301(kring, product))
    one = regel(kring, nummer, maand(3), 12)
    other = regel(kring, nummer, maand(3), 9, ProductCode="01A05")
    less = regel(kring, nummer, maand(3), 8, ProductCode="01A05")

    over_it = await claim(kring, 3, one, other)
    within = await claim(kring, 3, less)
    back = regel(kring, nummer, maand(3), 12, vorige=referentie(one))
    room = await claim(kring, 4, regel(kring, nummer, maand(4), 12), back)

    assert refused(over_it) == [("TR369", "9369")]
    assert over_it["meldingen"][0]["locatie"].endswith("Prestatie[2]")
    assert refused(within) == []
    assert (refused(room), await granted(kring, room)) == ([], 0)
    assert cents(one) + cents(less) == 20 * TARIEF


async def test_minutes_on_hours_are_paid_by_the_tariff_per_hour(kring: Kring) -> None:
    """IV081: 64.37 an hour, 95 minutes: 107 cents a minute is shown, 10192 cents is paid, not 10165."""
    nummer = kring.nummer()
    await contract(kring, tarief=6437)
    await kring.gemeente.send(a_301(kring, nummer))

    def line(bedrag: int) -> Inhoud:
        money = {"IngediendBedrag": {"Bedrag": bedrag, "DebetCredit": "D"}, "ProductTarief": 107, "Eenheid": "01"}
        return regel(kring, nummer, maand(3), 95, **money)

    wrong, right = await claim(kring, 3, line(95 * 107)), await claim(kring, 3, line(10192))

    assert refused(wrong) == [("TR346", "9346")]
    assert wrong["meldingen"][0]["verwacht"] == "10192"
    assert (refused(right), await granted(kring, right)) == ([], 10192)
