"""From toewijzing to payment over HTTP: what was granted is proposed, released by another, and paid to the cent."""

from dataclasses import replace
from typing import Any

from lxml import etree

from services.declaratie.betalingen.sepa import NAMESPACE
from shared.iwmo.codec import Inhoud
from tests.keten.berichten.declaratie import APRIL, TARIEF, a_declaratie, prestatie, referentie
from tests.keten.berichten.toewijzing import a_301
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring

BETALINGEN = "/declaratie/v1/betalingen"
EIGEN = {"naam": "Gemeente", "iban": "NL91ABNA0417164300", "bic": "ABNANL2A"}
VAN_AANBIEDER = {"naam": "Zorg & Zo", "iban": "DE89370400440532013000"}


def colleague(deelnemer: Deelnemer, wie: str) -> Deelnemer:
    """Someone else who speaks for the same party."""
    other = replace(deelnemer)
    other.token = deelnemer.stapel.issuer.token([deelnemer.partij], "knooppunt", "knooppunt", 3600, wie)
    return other


async def do(someone: Deelnemer, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = await someone.request(method, f"{BETALINGEN}{path}", json=body)
    assert answer.status_code == status, (answer.status_code, answer.text)
    return answer.json()


def told(retour: Inhoud) -> int:
    """The granted total of a WMO304 or WMO325, in cents."""
    whole = retour.get("DeclaratieAntwoord") or retour["Header"]["RetourBedragen"]
    bedrag = whole.get("TotaalToegekendBedrag") or whole["ToegekendTotaalBedrag"]
    return int(bedrag["TotaalBedrag"]) * (-1 if bedrag["DebetCredit"] == "C" else 1)


async def test_what_was_granted_is_paid_once_and_by_two_people(kring: Kring) -> None:
    """Two lines granted and one refused; paid; then one of them credited and claimed anew; the difference paid."""
    number, other = kring.nummer(), kring.nummer()
    await kring.gemeente.send(a_301(kring, number))
    await kring.gemeente.send(a_301(kring, other))
    wrong = prestatie(kring, number, volume=13)
    first = a_declaratie(kring, wrong, prestatie(kring, other, volume=2), prestatie(kring, kring.nummer()))
    answers = [await kring.aanbieder.retour(first, await kring.aanbieder.send(first))]
    maker, ander = colleague(kring.gemeente, "m.maker"), colleague(kring.gemeente, "c.controleur")
    await do(maker, "PUT", "/rekeningen/eigen", EIGEN)
    await do(maker, "PUT", f"/rekeningen/{kring.aanbieder.code}", VAN_AANBIEDER)

    [voorstel] = (await do(maker, "POST", "", {}, 201))["betalingen"]
    await do(maker, "POST", f"/{voorstel['id']}/vrijgave", status=403)
    unseen = await do(kring.aanbieder, "GET", "")
    await do(ander, "POST", f"/{voorstel['id']}/vrijgave")

    back = prestatie(kring, number, volume=13, vorige=referentie(wrong))
    second = a_declaratie(kring, back, prestatie(kring, number, volume=12), periode=APRIL, op="05-04")
    answers.append(await kring.aanbieder.retour(second, await kring.aanbieder.send(second)))
    carried = await do(maker, "POST", "", {})
    third = a_declaratie(kring, prestatie(kring, number, volume=9, periode=APRIL), periode=APRIL, op="05-05")
    answers.append(await kring.aanbieder.retour(third, await kring.aanbieder.send(third)))
    [next_one] = (await do(maker, "POST", "", {}, 201))["betalingen"]
    await do(ander, "POST", f"/{next_one['id']}/vrijgave")

    assert [told(one) for one in answers] == [15 * TARIEF, -TARIEF, 9 * TARIEF]
    assert unseen["betalingen"] == []
    assert carried["betalingen"] == []
    assert [one["saldo"] for one in carried["doorgeschoven"]] == [-TARIEF]
    assert (voorstel["bedrag"], next_one["bedrag"]) == (15 * TARIEF, 8 * TARIEF)
    seen = (await do(kring.aanbieder, "GET", ""))["betalingen"]
    assert [one["bedrag"] for one in seen] == [8 * TARIEF, 15 * TARIEF]
    await check_payments(kring, maker, seen)


async def check_payments(kring: Kring, maker: Deelnemer, betalingen: list[Any]) -> None:
    """Each payment order pays what its lines add up to, and agrees with the answers."""
    orders = set()
    for betaling in betalingen:
        path = f"/{betaling['id']}"
        regels = (await do(kring.aanbieder, "GET", f"{path}/regels"))["regels"]
        agreeing = (await do(kring.aanbieder, "GET", f"{path}/aansluiting"))["declaraties"]
        await do(maker, "POST", "/bestanden", {"betalingen": [betaling["id"]]}, 201)
        order = await maker.request("GET", f"{BETALINGEN}{path}/export?vorm=sepa")
        amount = etree.fromstring(order.content).findtext(f".//{{{NAMESPACE}}}InstdAmt")
        orders.add(etree.fromstring(order.content).findtext(f".//{{{NAMESPACE}}}MsgId"))

        assert sum(one["bedrag"] for one in regels) == betaling["bedrag"]
        assert sum(one["toegekendInRetour"] for one in agreeing) == betaling["bedrag"]
        assert {one["verschil"] for one in agreeing} == {0}
        assert amount == f"{betaling['bedrag'] // 100}.{betaling['bedrag'] % 100:02}"
        assert (await kring.aanbieder.request("GET", f"{BETALINGEN}{path}/export?vorm=sepa")).status_code == 403
        for vorm in ("csv", "excel"):
            file = await kring.aanbieder.request("GET", f"{BETALINGEN}{path}/export?vorm={vorm}")
            assert (file.status_code, len(file.content) > 100) == (200, True)
    assert len(orders) == len(betalingen)
