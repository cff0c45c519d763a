"""The rules on an answer (WMO319), each from both sides."""

from tests.keten.berichten.toewijzing import a_301, lopend_product, toegewezen_product
from tests.keten.berichten.verzoek import a_315, a_317, a_319
from tests.keten.kring import Kring, MakeKring
from tests.keten.regels.paar import accepts, refuses

AFGEWEZEN, IN_ONDERZOEK = "1", "2"


async def asked(kring: Kring, *antwoorden: str) -> str:
    """The reference of a request that got these answers."""
    referentie = kring.identificatie()
    await accepts(kring, a_315(kring, referentie))
    for antwoord in antwoorden:
        await accepts(kring, a_319(kring, referentie, antwoord))
    return referentie


async def test_tr355_accepts_an_answer_to_a_request_of_either_kind(kring32: Kring) -> None:
    kring, nummer = kring32, kring32.nummer()
    first = await asked(kring)
    await accepts(kring, a_319(kring, first))
    await accepts(kring, a_301(kring, lopend_product(kring, nummer)))
    await accepts(kring, a_317(kring, [nummer], referentie="VOW"))

    await accepts(kring, a_319(kring, "VOW"))


async def test_tr355_refuses_an_answer_to_no_request_and_to_one_at_another_gemeente(
    kring32: Kring, make_kring: MakeKring
) -> None:
    kring, other = kring32, make_kring("3.2")
    referentie = await asked(other)

    await refuses(kring, a_319(kring, "GEEN"), "Antwoord", tr355="9355")
    to_other = a_319(kring, referentie).with_header(Ontvanger=other.aanbieder.code)
    await refuses(kring, to_other, "Antwoord", tr355="9355")


async def test_tr359_accepts_an_answer_while_nothing_is_assigned(kring32: Kring) -> None:
    kring = kring32
    referentie = await asked(kring)
    await accepts(kring, a_301(kring, toegewezen_product(kring, kring.nummer())))

    await accepts(kring, a_319(kring, referentie))


async def test_tr359_refuses_an_answer_to_what_is_assigned(kring32: Kring) -> None:
    kring = kring32
    referentie = await asked(kring)
    await accepts(kring, a_301(kring, toegewezen_product(kring, kring.nummer(), ReferentieAanbieder=referentie)))

    await refuses(kring, a_319(kring, referentie), "Antwoord", tr359="9359")


async def test_tr360_accepts_an_investigation_first(kring32: Kring) -> None:
    await asked(kring32, IN_ONDERZOEK)


async def test_tr360_refuses_an_investigation_after_an_answer(kring32: Kring) -> None:
    kring = kring32
    investigated = await asked(kring, IN_ONDERZOEK)

    await refuses(kring, a_319(kring, investigated, IN_ONDERZOEK), "Antwoord", tr360="9360")
    await accepts(kring, a_319(kring, investigated, AFGEWEZEN))
    again = a_319(kring, investigated, IN_ONDERZOEK)
    await refuses(kring, again, "Antwoord", tr360="9360", tr365="9365")


async def test_tr365_accepts_a_refusal_after_an_investigation(kring32: Kring) -> None:
    await asked(kring32, IN_ONDERZOEK, AFGEWEZEN)


async def test_tr365_refuses_a_second_refusal(kring32: Kring) -> None:
    kring = kring32
    refused = await asked(kring, AFGEWEZEN)

    await refuses(kring, a_319(kring, refused, AFGEWEZEN), "Antwoord", tr365="9365")
