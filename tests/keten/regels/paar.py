"""Just inside and just outside a rule: what must be accepted, and what must be refused by that rule alone."""

import re

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import Bericht, codes
from tests.keten.deelnemer import Antwoord, Deelnemer
from tests.keten.kring import Kring

_STEP = re.compile(r"([A-Za-z]+)(?:\[(\d+)\])?")


async def accepts(kring: Kring, bericht: Bericht) -> Antwoord:
    """The outcome of a message that breaks no rule; its retour is a header alone without codes."""
    sender = _sender(kring, bericht)
    uitkomst = await sender.send(bericht)
    retour = await sender.retour(bericht, uitkomst)
    assert uitkomst["meldingen"] == []
    assert list(retour) == ["Header"]
    assert "RetourCodes" not in retour["Header"]
    return uitkomst


async def refuses_within(kring: Kring, bericht: Bericht, *regels: str) -> None:
    """A message is wrong in itself by these rules: its retour is a header alone, with 0001."""
    uitkomst, retour = await _refused(kring, bericht)
    assert {(one["regel"], one["retourcode"]) for one in uitkomst["meldingen"]} == {(one, "0001") for one in regels}
    assert list(retour) == ["Header"]
    assert codes(retour["Header"]) == ["0001"]


async def refuses(kring: Kring, bericht: Bericht, klasse: str, **regels: str) -> Antwoord:
    """The outcome of a message that breaks these rules alone, in this class, each given with its retourcode; the class
    has those codes in the retour, or the header when that is the class at fault."""
    uitkomst, retour = await _refused(kring, bericht)
    meldingen = uitkomst["meldingen"]
    assert {one["klasse"] for one in meldingen} == {klasse}
    assert {one["regel"]: one["retourcode"] for one in meldingen} == {
        naam.upper(): code for naam, code in regels.items()
    }
    expected = list(regels.values())
    if klasse == "Header":
        assert list(retour) == ["Header"]
        assert codes(retour["Header"]) == expected
        return uitkomst
    assert codes(retour["Header"]) == ["0200"]
    assert all(codes(_at(retour, one["locatie"])) == expected for one in meldingen)
    return uitkomst


async def _refused(kring: Kring, bericht: Bericht) -> tuple[Antwoord, Inhoud]:
    sender = _sender(kring, bericht)
    uitkomst = await sender.send(bericht, "afgekeurd")
    return uitkomst, await sender.retour(bericht, uitkomst)


def _sender(kring: Kring, bericht: Bericht) -> Deelnemer:
    return kring.gemeente if bericht.soort.afzender == "gemeente" else kring.aanbieder


def _at(inhoud: Inhoud, locatie: str) -> Inhoud:
    """The class at a place as a melding tells it: ``/Bericht/Client/StartProduct[1]``."""
    found = inhoud
    for naam, number in _STEP.findall(locatie.removeprefix("/Bericht")):
        found = found[naam][int(number) - 1] if number else found[naam]
    return found
