"""Declarations beside earlier ones, over HTTP: for each rule what just passes, and what just does not."""

from typing import Any

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.declaratie import APRIL, a_declaratie, prestatie, referentie
from tests.keten.kring import Kring
from tests.keten.regels.declaraties import (
    granted,
    grants,
    refused_as_a_whole,
    refused_line,
    toegewezen,
)


async def refuses(kring: Kring, bad: Inhoud, **expected: str) -> None:
    """The line is refused by these rules, and one beside it granted."""
    good = prestatie(kring, await toegewezen(kring))
    await refused_line(kring, a_declaratie(kring, good, bad), bad, **expected)


async def declared(kring: Kring) -> Inhoud:
    """A line that was granted."""
    line = prestatie(kring, await toegewezen(kring))
    await grants(kring, line)
    return line


def credit_of(kring: Kring, line: Inhoud, **afwijking: Any) -> Inhoud:
    """What takes a line back."""
    return prestatie(kring, line["ToewijzingNummer"], vorige=referentie(line), **afwijking)


async def test_tr314_accepts_the_number_of_a_declaration_that_was_refused_as_a_whole(kring: Kring) -> None:
    line = prestatie(kring, await toegewezen(kring))
    await kring.aanbieder.send(a_declaratie(kring, line, totaal=1), "afgekeurd")

    await grants(kring, line)


async def test_tr314_refuses_a_number_of_an_earlier_declaration(kring: Kring) -> None:
    line = await declared(kring)

    await refuses(kring, prestatie(kring, await toegewezen(kring), nieuw=referentie(line)), tr314="8021")


async def test_tr314_refuses_the_number_of_a_refused_line(kring: Kring) -> None:
    refused = prestatie(kring, await toegewezen(kring), bedrag=1)
    await refuses(kring, refused, tr346="9346")

    await refuses(kring, prestatie(kring, await toegewezen(kring), nieuw=referentie(refused)), tr314="8021")


async def test_tr318_accepts_the_same_month_and_the_next(kring: Kring) -> None:
    nummers = [await toegewezen(kring) for _ in range(3)]

    await grants(kring, prestatie(kring, nummers[0]))
    await grants(kring, prestatie(kring, nummers[1]))
    await grants(kring, prestatie(kring, nummers[2], periode=APRIL), periode=APRIL, op="05-04")


async def test_tr318_refuses_a_month_before_the_last(kring: Kring) -> None:
    nummers = [await toegewezen(kring) for _ in range(2)]
    await grants(kring, prestatie(kring, nummers[0], periode=APRIL), periode=APRIL, op="05-04")

    await refused_as_a_whole(kring, a_declaratie(kring, prestatie(kring, nummers[1])), "TR318", "8214")


async def test_tr323_accepts_a_credit_equal_to_its_debit(kring: Kring) -> None:
    await grants(kring, credit_of(kring, await declared(kring)))


async def test_tr323_refuses_a_credit_of_a_part(kring: Kring) -> None:
    await refuses(kring, credit_of(kring, await declared(kring), volume=12), tr323="8017")


async def test_tr323_refuses_a_credit_of_a_refused_line(kring: Kring) -> None:
    refused = prestatie(kring, await toegewezen(kring), bedrag=1)
    await refuses(kring, refused, tr346="9346")

    await refuses(kring, credit_of(kring, refused, bedrag=1), tr323="8017")


async def test_tr333_accepts_the_number_of_a_declaration_that_was_refused_as_a_whole(kring32: Kring) -> None:
    line = prestatie(kring32, await toegewezen(kring32))
    await kring32.aanbieder.send(a_declaratie(kring32, line, nummer="D1", totaal=1), "afgekeurd")

    await grants(kring32, line, nummer="D1")


async def test_tr333_refuses_a_number_used_before(kring32: Kring) -> None:
    nummers = [await toegewezen(kring32) for _ in range(2)]
    await grants(kring32, prestatie(kring32, nummers[0]), nummer="D1")

    await refused_as_a_whole(
        kring32, a_declaratie(kring32, prestatie(kring32, nummers[1]), nummer="D1"), "TR333", "9333"
    )


async def test_tr333_accepts_and_refuses_an_invoice_beside_a_declaration(kring24: Kring) -> None:
    """In 2.4 one number names both message and declaration; a 303F may have that of no 303D."""
    nummers = [await toegewezen(kring24) for _ in range(3)]
    first, other, same = [prestatie(kring24, nummer) for nummer in nummers]
    await grants(kring24, first, identificatie="D1")

    await granted(kring24, a_declaratie(kring24, other, identificatie="D2", factuur=True))
    await refused_as_a_whole(kring24, a_declaratie(kring24, same, identificatie="D1", factuur=True), "TR333", "9333")


async def test_tr389_accepts_a_debit_after_the_credit_of_the_earlier(kring32: Kring) -> None:
    """Also within one message, whatever the order."""
    line = await declared(kring32)

    await grants(kring32, prestatie(kring32, line["ToewijzingNummer"], volume=12), credit_of(kring32, line))


async def test_tr389_refuses_a_debit_beside_the_earlier(kring32: Kring) -> None:
    line = await declared(kring32)

    await refuses(kring32, prestatie(kring32, line["ToewijzingNummer"], volume=1), tr389="9389")


async def test_tr389_accepts_opplussen_in_2_4(kring24: Kring) -> None:
    line = await declared(kring24)

    await grants(kring24, prestatie(kring24, line["ToewijzingNummer"], volume=1))


async def test_tr390_accepts_a_credit_after_one_that_was_refused(kring: Kring) -> None:
    line = await declared(kring)
    await refuses(kring, credit_of(kring, line, volume=12), tr323="8017")

    await grants(kring, credit_of(kring, line))


async def test_tr390_refuses_a_second_credit(kring: Kring) -> None:
    line = await declared(kring)
    await grants(kring, credit_of(kring, line))

    await refuses(kring, credit_of(kring, line), tr390="9390")
