"""Consumption as both parties see it, against what the answers of the node say was granted."""

from collections.abc import Callable
from typing import Any

from tests.keten.berichten.declaratie import APRIL, TARIEF, a_declaratie, cents, prestatie, referentie
from tests.keten.berichten.toewijzing import a_301
from tests.keten.contracten import contract
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring
from tests.keten.test_refused_line import granted_and_clients

VERBRUIK = "/declaratie/v1/verbruik"


async def of(party: Deelnemer, nummer: int) -> dict[str, Any]:
    return dict(await party.get(f"{VERBRUIK}/{nummer}"))


async def test_consumption_follows_what_the_answers_grant(kring: Kring) -> None:
    """A grant, a refusal, a credit: the sum of the granted totals of the 304s or 325s, at every moment."""
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    await contract(kring)
    first = prestatie(kring, nummer)
    te_duur = prestatie(kring, nummer, tarief=TARIEF + 300, periode=APRIL)
    credit = prestatie(kring, nummer, vorige=referentie(first))
    instead = prestatie(kring, nummer, volume=11)
    granted = 0
    seen = []

    for lines, dagen in (([first], None), ([te_duur], APRIL), ([credit, instead], APRIL)):
        bericht = a_declaratie(kring, *lines, **({"periode": dagen, "op": "05-02"} if dagen else {}))
        uitkomst = await kring.aanbieder.send(bericht)
        if uitkomst["meldingen"]:
            granted += granted_and_clients(kring, await kring.aanbieder.retour(bericht, uitkomst))[0]
        else:
            granted += sum(map(cents, lines))
        verbruik = await of(kring.gemeente, nummer)
        assert verbruik == await of(kring.aanbieder, nummer)
        assert verbruik["toegekend"]["bedrag"] == granted
        seen.append((verbruik["toegekend"]["volumes"], verbruik["over"]["volume"], verbruik["ingediend"]["regels"]))

    weeks = verbruik["maximum"]["aantal"]
    minutes = weeks * 3 * 60
    assert verbruik["maximum"]["uitleg"] == f"{weeks} weken × 3"
    assert [(volumes[0]["volume"], over, regels) for volumes, over, regels in seen] == [
        (780, minutes - 780, 1),
        (780, minutes - 780, 2),
        (660, minutes - 660, 4),
    ]
    assert granted == 11 * TARIEF


async def test_consumption_is_found_by_client_and_by_nobody_else(
    kring: Kring, make_stranger: Callable[[Kring], Deelnemer]
) -> None:
    nummer, other, stranger = kring.nummer(), kring.nummer(), make_stranger(kring)
    await kring.gemeente.send(a_301(kring, nummer))
    await kring.gemeente.send(a_301(kring, other, Bsn=next(kring.tellers.bsns)))
    await kring.aanbieder.send(a_declaratie(kring, prestatie(kring, nummer)))

    async def found(party: Deelnemer) -> list[int]:
        answer = await party.request("POST", f"{VERBRUIK}/zoek", json={"bsn": kring.bsn})
        assert answer.status_code == 200
        assert kring.bsn not in answer.text
        return [one["toewijzingNummer"] for one in answer.json()["verbruik"]]

    assert await found(kring.gemeente) == await found(kring.aanbieder) == [nummer]
    assert await found(stranger) == []
    assert (await stranger.request("GET", f"{VERBRUIK}/{nummer}")).status_code == 404
