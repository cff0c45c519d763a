"""A declaration with refused lines: which come back, and whether all amounts agree."""

from typing import Any

import pytest

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import Bericht, codes
from tests.keten.berichten.declaratie import TARIEF, a_declaratie, cents, prestatie, referentie
from tests.keten.berichten.toewijzing import a_301
from tests.keten.contracten import contract
from tests.keten.kring import Kring

TE_HOOG = TARIEF + 300


async def toegewezen(kring: Kring, count: int) -> list[int]:
    """So many toewijzingen of the client: in one message two lines never claim the same (TR416)."""
    nummers = [kring.nummer() for _ in range(count)]
    for nummer in nummers:
        await kring.gemeente.send(a_301(kring, nummer))
    return nummers


def granted_and_clients(kring: Kring, antwoord: Inhoud) -> tuple[int, list[Inhoud]]:
    """The granted total and the clients that come back, from a 304 or a 325."""
    if kring.release == "3.2":
        inhoud = antwoord["DeclaratieAntwoord"]
        bedrag, clienten = inhoud["TotaalToegekendBedrag"], inhoud["Clienten"]
        assert codes(inhoud) == ["0200"]
    else:
        bedrag, clienten = antwoord["Header"]["RetourBedragen"]["ToegekendTotaalBedrag"], antwoord["Clienten"]
    assert codes(antwoord["Header"]) == ["0200"]
    return int(bedrag["TotaalBedrag"]) * (-1 if bedrag["DebetCredit"] == "C" else 1), clienten["Client"]


def lines_of(client: Inhoud) -> dict[str, list[str]]:
    """ReferentieNummer and codes of every line that came back."""
    return {referentie(line): codes(line) for line in client["Prestaties"]["Prestatie"]}


async def judged(kring: Kring, bericht: Bericht) -> tuple[dict[str, Any], Inhoud]:
    uitkomst = await kring.aanbieder.send(bericht)
    return uitkomst, await kring.aanbieder.retour(bericht, uitkomst)


@pytest.fixture
def nummer(kring: Kring) -> int:
    return kring.nummer()


async def test_0611_a_tariff_too_high_costs_its_line_alone(kring: Kring) -> None:
    first, second = await toegewezen(kring, 2)
    await contract(kring)
    good, bad = prestatie(kring, first), prestatie(kring, second, tarief=TE_HOOG, volume=2)

    uitkomst, antwoord = await judged(kring, a_declaratie(kring, good, bad))

    granted, [client] = granted_and_clients(kring, antwoord)
    assert [(m["regel"], m["retourcode"]) for m in uitkomst["meldingen"]] == [("TR418", "0611")]
    assert granted == cents(good)
    assert codes(client) == ["0200"]
    refused = {referentie(bad): ["0611"]}
    # 2.4 returns every line of a client with a refused one, 3.2 the refused lines alone.
    assert lines_of(client) == (refused if kring.release == "3.2" else {referentie(good): ["0200"], **refused})


async def test_tr342_submitted_less_refused_is_granted_everywhere(kring: Kring) -> None:
    nummers = await toegewezen(kring, 4)
    await contract(kring)
    amounts = ((3, TARIEF), (5, TE_HOOG), (7, TARIEF), (11, TE_HOOG))
    lines = [
        prestatie(kring, nummer, volume=volume, tarief=tarief)
        for nummer, (volume, tarief) in zip(nummers, amounts, strict=True)
    ]
    good = cents(lines[0]) + cents(lines[2])

    uitkomst, antwoord = await judged(kring, a_declaratie(kring, *lines))
    declaratie = await kring.gemeente.get(f"/declaratie/v1/declaraties/{uitkomst['id']}")
    regels = (await kring.gemeente.get(f"/declaratie/v1/declaraties/{uitkomst['id']}/regels"))["regels"]

    granted, _ = granted_and_clients(kring, antwoord)
    assert granted == good == declaratie["toegekend"] == sum(one["bedrag"] for one in regels if one["toegekend"])
    assert declaratie["ingediend"] == sum(map(cents, lines)) == sum(one["bedrag"] for one in regels)
    assert (declaratie["regels"], declaratie["regelsToegekend"]) == (4, 2)
    assert [(one["referentie"], one["retourcodes"]) for one in regels] == [
        (referentie(line), code) for line, code in zip(lines, ([], ["0611"], [], ["0611"]), strict=True)
    ]


async def test_2_4_tells_per_line_what_is_granted(kring24: Kring) -> None:
    kring = kring24
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    await contract(kring)
    good, bad = prestatie(kring, nummer), prestatie(kring, nummer, tarief=TE_HOOG)

    _, antwoord = await judged(kring, a_declaratie(kring, good, bad))

    [client] = antwoord["Clienten"]["Client"]
    told = [line["ToegekendeBedragPrestatie"]["ToegekendBedrag"] for line in client["Prestaties"]["Prestatie"]]
    assert told == [{"Bedrag": cents(good), "DebetCredit": "D"}, {"Bedrag": 0, "DebetCredit": "D"}]


async def test_a_client_without_refused_lines_does_not_come_back(kring: Kring, nummer: int) -> None:
    other_bsn, other_nummer = next(kring.tellers.bsns), kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    await kring.gemeente.send(a_301(kring, other_nummer, Bsn=other_bsn))
    await contract(kring)
    bad = prestatie(kring, other_nummer, tarief=TE_HOOG)

    _, antwoord = await judged(kring, a_declaratie(kring, prestatie(kring, nummer), anderen={other_bsn: [bad]}))

    granted, clients = granted_and_clients(kring, antwoord)
    assert [client["Bsn"] for client in clients] == [other_bsn]
    assert granted == 13 * TARIEF


async def test_a_credit_takes_back_a_granted_line_to_the_cent(kring: Kring, nummer: int) -> None:
    await kring.gemeente.send(a_301(kring, nummer))
    first = prestatie(kring, nummer, volume=13)
    await kring.aanbieder.send(a_declaratie(kring, first))
    credit = prestatie(kring, nummer, volume=13, vorige=referentie(first))
    instead = prestatie(kring, nummer, volume=11)

    uitkomst = await kring.aanbieder.send(a_declaratie(kring, credit, instead))

    declaratie = await kring.aanbieder.get(f"/declaratie/v1/declaraties/{uitkomst['id']}")
    assert uitkomst["meldingen"] == []
    assert declaratie["ingediend"] == declaratie["toegekend"] == -2 * TARIEF


async def test_tr333_a_number_used_before_refuses_the_whole(kring: Kring, nummer: int) -> None:
    """Afterwards the ReferentieNummer is free again: the declaration counts as never sent."""
    await kring.gemeente.send(a_301(kring, nummer))
    await kring.aanbieder.send(a_declaratie(kring, prestatie(kring, nummer), identificatie="EEN", nummer="D1"))
    [other] = await toegewezen(kring, 1)
    line = prestatie(kring, other)

    # In 2.4 the number of a declaration is the name of its message: used again it is TR056 that sees it first.
    bericht = a_declaratie(kring, line, identificatie="TWEE" if kring.release == "3.2" else "EEN", nummer="D1")
    uitkomst = await kring.aanbieder.send(bericht, "afgekeurd")
    antwoord = await kring.aanbieder.retour(bericht, uitkomst)
    again = await kring.aanbieder.send(a_declaratie(kring, line, identificatie="DRIE", nummer="D2"))

    assert again["meldingen"] == []
    if kring.release == "3.2":
        assert codes(antwoord["DeclaratieAntwoord"]) == ["9333"]
        assert antwoord["DeclaratieAntwoord"]["TotaalToegekendBedrag"] == {"TotaalBedrag": 0, "DebetCredit": "D"}
    else:
        assert codes(antwoord["Header"]) == ["9056"]
        assert antwoord["Header"]["RetourBedragen"]["ToegekendTotaalBedrag"] == {
            "TotaalBedrag": 0, "DebetCredit": "D",
        }  # fmt: skip
