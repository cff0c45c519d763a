"""A declaration that is too large for a tree or the event loop: parked, judged again, answered and repeated all the
same."""

from shared.iwmo.codec import Inhoud
from shared.payload import LARGE_BYTES
from tests.keten.berichten.bericht import codes
from tests.keten.berichten.declaratie import a_declaratie, cents, prestatie, referentie
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring

REGELS = 300


def in_the_answer(kring: Kring, antwoord: Inhoud) -> tuple[int, list[Inhoud]]:
    """What was granted, and the lines of the only client."""
    if kring.release == "3.2":
        whole = antwoord["DeclaratieAntwoord"]
        bedrag, clienten = whole["TotaalToegekendBedrag"], whole["Clienten"]
    else:
        bedrag, clienten = antwoord["Header"]["RetourBedragen"]["ToegekendTotaalBedrag"], antwoord["Clienten"]
    [client] = clienten["Client"]
    return int(bedrag["TotaalBedrag"]), client["Prestaties"]["Prestatie"]


async def test_lines_on_unknown_numbers_are_refused_and_the_rest_is_granted(kring: Kring) -> None:
    known = kring.nummer()
    await kring.gemeente.send(a_301(kring, known))
    good = prestatie(kring, known)
    bad = [prestatie(kring, kring.nummer()) for _ in range(REGELS - 1)]
    bericht = a_declaratie(kring, *bad, good)

    uitkomst = await kring.aanbieder.send(bericht)
    granted, lines = in_the_answer(kring, await kring.aanbieder.retour(bericht, uitkomst))

    coded = {referentie(line): codes(line) for line in lines}
    assert {melding["retourcode"] for melding in uitkomst["meldingen"]} == {"9338"}
    assert len(uitkomst["meldingen"]) == REGELS - 1
    assert granted == cents(good)
    assert all(coded[referentie(line)] == ["9338"] for line in bad)
    assert coded.get(referentie(good)) == (None if kring.release == "3.2" else ["0200"])


async def test_the_same_in_other_clothes_is_a_repeat_and_with_another_value_it_is_not(kring: Kring) -> None:
    known = kring.nummer()
    await kring.gemeente.send(a_301(kring, known))
    bericht = a_declaratie(kring, prestatie(kring, known), *(prestatie(kring, kring.nummer()) for _ in range(REGELS)))
    first = await kring.aanbieder.send(bericht)
    start = bericht.xml.index(b"Bericht ") + len(b"Bericht ")
    dressed = bericht.xml[:start] + b"\n   " + bericht.xml[start:]
    spoilt = bericht.xml.replace(b"GeleverdVolume>13<", b"GeleverdVolume>12<", 1)

    again, other = [
        await kring.aanbieder.request(
            "POST", "/declaratie/v1/berichten", content=body, headers={"Content-Type": "application/xml"}
        )
        for body in (dressed, spoilt)
    ]

    assert len(bericht.xml) > LARGE_BYTES
    assert (again.status_code, again.json()) == (200, first)
    assert [(m["regel"], m["botstMet"]) for m in other.json()["meldingen"]] == [("TR056", first["id"])]
