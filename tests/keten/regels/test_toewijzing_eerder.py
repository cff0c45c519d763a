"""What a WMO301 may not be beside what came before it, each rule from both sides."""

from typing import Any

from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.declaratie import a_declaratie, prestatie, referentie
from tests.keten.berichten.kop import dag
from tests.keten.berichten.toewijzing import a_301, lopend_product, toegewezen_product
from tests.keten.berichten.verzoek import a_315, a_317, a_319, nieuw_product
from tests.keten.contracten import enter
from tests.keten.deelnemer import Antwoord
from tests.keten.kring import Kring
from tests.keten.regels.paar import accepts, refuses
from tests.keten.stapel import Stapel
from tests.keten.verdicts import verdicts
from tests.wachten import eventually

OTHER = {"Categorie": "01", "Code": "01A05"}
LATER: dict[str, Any] = {"Toewijzingstijd": "10:00:00"}
"""Decided after what the builder makes."""


def deleted(kring: Kring, nummer: int, *, tijd: str = "10:00:00") -> Bericht:
    """The toewijzing is taken back."""
    day = dag(kring, "03-01")
    return a_301(kring, toegewezen_product(kring, nummer, Toewijzingstijd=tijd, Einddatum=day, RedenWijziging="13"))


async def test_tr332_accepts_a_number_with_another_end(kring: Kring) -> None:
    nummer = kring.nummer()
    await accepts(kring, a_301(kring, nummer))

    await accepts(kring, a_301(kring, toegewezen_product(kring, nummer, **LATER, Einddatum=dag(kring, "07-31"))))


async def test_tr332_refuses_a_number_with_another_beginning(kring: Kring) -> None:
    nummer = kring.nummer()
    first = await accepts(kring, a_301(kring, nummer))
    moved = toegewezen_product(kring, nummer, **LATER, Ingangsdatum=dag(kring, "03-02"))

    refused = await refuses(kring, a_301(kring, moved), "ToegewezenProduct", tr332="9332")

    assert refused["meldingen"][0]["botstMet"] == first["id"]


async def test_tr379_accepts_the_reference_of_an_open_request_and_that_version_again(kring32: Kring) -> None:
    kring = kring32
    await accepts(kring, a_315(kring, "VOT"))
    await accepts(kring, a_319(kring, "VOT", "2"))
    granted = toegewezen_product(kring, kring.nummer(), ReferentieAanbieder="VOT")
    await accepts(kring, a_301(kring, granted))

    await accepts(kring, a_301(kring, granted))


async def test_tr379_refuses_a_reference_of_no_open_request(kring32: Kring) -> None:
    kring = kring32
    await accepts(kring, a_315(kring, "VOT1", "VOT2"))
    await accepts(kring, a_319(kring, "VOT1", "1"))
    await accepts(kring, a_301(kring, toegewezen_product(kring, kring.nummer(), ReferentieAanbieder="VOT2")))

    for name in ("GEEN", "VOT1", "VOT2"):
        product = toegewezen_product(kring, kring.nummer(), Product=OTHER, ReferentieAanbieder=name)
        await refuses(kring, a_301(kring, product), "ToegewezenProduct", tr379="9379")


async def test_tr379_accepts_a_change_that_is_granted_whole(kring32: Kring) -> None:
    kring, nummer = kring32, kring32.nummer()
    await accepts(kring, a_301(kring, lopend_product(kring, nummer)))
    await accepts(kring, a_317(kring, [nummer], [], [nieuw_product(kring)], referentie="VOW"))
    stays = lopend_product(kring, nummer, **LATER, ReferentieAanbieder="VOW")
    new = lopend_product(kring, kring.nummer(), Product=OTHER, ReferentieAanbieder="VOW")

    await accepts(kring, a_301(kring, stays, new))


async def test_tr379_refuses_a_change_that_is_granted_in_part(kring32: Kring) -> None:
    kring, nummer = kring32, kring32.nummer()
    await accepts(kring, a_301(kring, lopend_product(kring, nummer)))
    await accepts(kring, a_317(kring, [nummer], [], [nieuw_product(kring)], referentie="VOW"))
    stays = lopend_product(kring, nummer, **LATER)
    new = lopend_product(kring, kring.nummer(), Product=OTHER, ReferentieAanbieder="VOW")

    await refuses(kring, a_301(kring, stays, new), "ToegewezenProduct", tr379="9379")


async def test_tr381_accepts_a_code_in_its_category(kring: Kring) -> None:
    await enter(kring, "01")

    await accepts(kring, a_301(kring))


async def test_tr381_refuses_a_code_in_another_category(kring: Kring) -> None:
    await enter(kring, "02")

    await refuses(kring, a_301(kring), "ToegewezenProduct", tr381="S329")


async def declared(kring: Kring) -> tuple[int, str]:
    """A toewijzing on which a line is granted, and the reference of the line."""
    nummer = kring.nummer()
    await accepts(kring, a_301(kring, nummer))
    line = prestatie(kring, nummer)
    assert (await kring.aanbieder.send(a_declaratie(kring, line)))["meldingen"] == []
    return nummer, referentie(line)


async def credited(kring: Kring, nummer: int, line: str) -> None:
    """That line is taken back."""
    uitkomst = await kring.aanbieder.send(a_declaratie(kring, prestatie(kring, nummer, vorige=line)))
    assert uitkomst["meldingen"] == []


async def known_here(kring: Kring, nummer: int, debet: int, credit: int) -> bool:
    sql = "select sum(debet) debet, sum(credit) credit from toewijzing.gedeclareerd where gemeente = $1 and nummer = $2"
    [row] = await kring.stapel.query(sql, kring.gemeente.code, nummer)
    return (row["debet"], row["credit"]) == (debet, credit)


async def test_tr385_accepts_to_delete_what_was_claimed_and_credited(kring32: Kring) -> None:
    nummer, line = await declared(kring32)
    await credited(kring32, nummer, line)

    await accepts(kring32, deleted(kring32, nummer))


async def test_tr385_refuses_to_delete_what_was_claimed(kring32: Kring) -> None:
    nummer, _ = await declared(kring32)
    await _eventually_known(kring32, nummer, 1, 0)

    await refuses(kring32, deleted(kring32, nummer), "ToegewezenProduct", tr385="9385")


async def test_tr385_accepts_other_changes_of_what_was_claimed(kring32: Kring) -> None:
    nummer, _ = await declared(kring32)
    await _eventually_known(kring32, nummer, 1, 0)

    shorter = toegewezen_product(kring32, nummer, **LATER, Einddatum=dag(kring32, "04-30"), RedenWijziging="02")
    await accepts(kring32, a_301(kring32, shorter))


async def test_tr385_waits_for_a_credit_that_is_under_way(kring32: Kring, gewonde_stapel: Stapel) -> None:
    """The claim is known here, its credit cannot travel yet: no refusal rests on that (P4)."""
    first, line = await declared(kring32)
    second, _ = await declared(kring32)
    for nummer in (first, second):
        await _eventually_known(kring32, nummer, 1, 0)
    with gewonde_stapel.frozen("broker"):
        await credited(kring32, first, line)
        answers = [await kring32.gemeente.post(deleted(kring32, nummer)) for nummer in (first, second)]
        parked: list[Antwoord] = [answer.json() for answer in answers]

    outcomes = await verdicts(kring32.gemeente, answers)

    assert [answer.status_code for answer in answers] == [202, 202]
    assert [one["wachtOp"] for one in parked] == [[f"{kring32.gemeente.code}:{nummer}"] for nummer in (first, second)]
    assert [(one["status"], [m["retourcode"] for m in one["meldingen"]]) for one in outcomes] == [
        ("verwerkt", []),
        ("afgekeurd", ["9385"]),
    ]


async def _eventually_known(kring: Kring, nummer: int, debet: int, credit: int) -> None:
    async def known() -> bool:
        return await known_here(kring, nummer, debet, credit)

    await eventually(known, "the claim is known to the toewijzingen", every=0.05)


async def test_op087_tells_which_current_toewijzing_a_message_lacks(kring: Kring) -> None:
    """Signals, for both parties to see; the message is accepted."""
    first = kring.nummer()
    await accepts(kring, a_301(kring, first))
    message = a_301(kring, toegewezen_product(kring, kring.nummer(), Product=OTHER))

    accepted = await accepts(kring, message)

    [signaal] = accepted["signalen"]
    seen = await kring.aanbieder.outcome("toewijzing", accepted["id"])
    assert (signaal["regel"], signaal["klasse"], signaal["gevonden"]) == ("OP087", "Client", str(first))
    assert seen["signalen"] == [signaal]


async def test_op307_tells_that_what_is_asked_for_is_assigned(kring32: Kring) -> None:
    kring, nummer = kring32, kring32.nummer()
    await accepts(kring, a_301(kring, lopend_product(kring, nummer)))

    accepted = await accepts(kring, a_315(kring, "VOT1", "VOT2"))

    [signaal] = accepted["signalen"]
    assert (signaal["regel"], signaal["klasse"]) == ("OP307", "AangevraagdProduct")
    assert signaal["locatie"].endswith("/AangevraagdProduct[1]")
    assert str(nummer) in signaal["omschrijving"]
