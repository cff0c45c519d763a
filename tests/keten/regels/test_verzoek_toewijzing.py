"""What a request for toewijzingen (WMO315) may not be beside what came before it, each rule from both sides."""

from tests.keten.berichten.toewijzing import a_301, toegewezen_product
from tests.keten.berichten.verzoek import a_315, a_319
from tests.keten.contracten import enter
from tests.keten.kring import Kring
from tests.keten.regels.paar import accepts, refuses


async def test_tr347_accepts_a_reference_that_was_used_in_a_refused_message_alone(kring32: Kring) -> None:
    kring = kring32
    await accepts(kring, a_315(kring, "VOT1"))
    await refuses(kring, a_315(kring, "VOT2"), "Client", tr374="9374")
    await accepts(kring, a_319(kring, "VOT1"))

    await accepts(kring, a_315(kring, "VOT2"))


async def test_tr347_refuses_the_reference_of_an_earlier_request(kring32: Kring) -> None:
    kring = kring32
    first = await accepts(kring, a_315(kring, "VOT1"))
    await accepts(kring, a_319(kring, "VOT1"))

    again = await refuses(kring, a_315(kring, "VOT2", "VOT1"), "AangevraagdProduct", tr347="9347")

    [melding] = again["meldingen"]
    assert melding["locatie"].endswith("/AangevraagdProduct[2]")
    assert melding["botstMet"] == first["id"]


async def test_tr374_accepts_a_request_once_each_product_of_the_one_before_is_decided(kring32: Kring) -> None:
    kring = kring32
    await accepts(kring, a_315(kring, "VOT1", "VOT2"))
    await accepts(kring, a_319(kring, "VOT1"))
    await accepts(kring, a_301(kring, toegewezen_product(kring, kring.nummer(), ReferentieAanbieder="VOT2")))

    await accepts(kring, a_315(kring))


async def test_tr374_refuses_a_request_while_one_product_is_undecided(kring32: Kring) -> None:
    kring = kring32
    await accepts(kring, a_315(kring, "VOT1", "VOT2"))
    await accepts(kring, a_319(kring, "VOT1"))
    await accepts(kring, a_319(kring, "VOT2", "2"))

    await refuses(kring, a_315(kring), "Client", tr374="9374")


async def test_tr381_accepts_to_ask_for_a_code_in_its_category(kring32: Kring) -> None:
    await enter(kring32, "01")

    await accepts(kring32, a_315(kring32))


async def test_tr381_refuses_to_ask_for_a_code_in_another_category(kring32: Kring) -> None:
    await enter(kring32, "02")

    await refuses(kring32, a_315(kring32), "AangevraagdProduct", tr381="S329")
