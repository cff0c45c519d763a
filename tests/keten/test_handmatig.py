"""The gemeente's hand over HTTP: a declaration waits for decisions, and its answer and consumption follow them."""

from typing import Any

from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.declaratie import APRIL, TARIEF, a_declaratie, prestatie, referentie
from tests.keten.berichten.toewijzing import a_301, toegewezen_product
from tests.keten.kring import Kring
from tests.keten.test_betalingen import told
from tests.keten.test_refused_line import granted_and_clients, lines_of, toegewezen
from tests.keten.test_verbruik import of
from tests.keten.verdicts import verdicts

BASE = "/declaratie/v1"


async def by_hand(kring: Kring, **instelling: Any) -> None:
    """The gemeente decides itself on such lines."""
    body = {"instellingen": [instelling or {"bedragVanaf": 0}]}
    answer = await kring.gemeente.request("PUT", f"{BASE}/handmatig", json=body)
    assert answer.status_code == 200, answer.text


async def park(kring: Kring, bericht: Bericht) -> Any:
    """The declaration waits for the gemeente: its POST says so at once, though it asks to wait for the verdict."""
    answer = await kring.aanbieder.post(bericht, wait=20)
    uitkomst = answer.json()
    assert (answer.status_code, uitkomst["status"], uitkomst["wachtOp"]) == (202, "geparkeerd", ["handmatig"])
    return answer


async def decide(kring: Kring, bericht_id: str, *besluiten: dict[str, Any]) -> Any:
    path = f"{BASE}/declaraties/{bericht_id}/beslissingen"
    answer = await kring.gemeente.request("POST", path, json={"beslissingen": list(besluiten)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def goed(line: Any) -> dict[str, Any]:
    return {"referentie": referentie(line), "besluit": "goedkeuren"}


def fout(line: Any) -> dict[str, Any]:
    return {"referentie": referentie(line), "besluit": "afkeuren", "retourcode": "0611", "reden": "niet afgesproken"}


async def test_the_gemeente_decides_and_the_aanbieder_gets_one_answer(kring: Kring) -> None:
    first, second, third = await toegewezen(kring, 3)
    await by_hand(kring, code="01A04", bedragVanaf=5 * TARIEF)
    small, good, bad = prestatie(kring, first, volume=4), prestatie(kring, second), prestatie(kring, third, volume=6)
    bericht = a_declaratie(kring, small, good, bad)

    bericht_id = (await park(kring, bericht)).json()["id"]
    [waits] = (await kring.gemeente.get(f"{BASE}/handmatig/openstaand"))["declaraties"]
    lines = (await kring.gemeente.get(f"{BASE}/declaraties/{bericht_id}/regels"))["regels"]
    again = (await kring.aanbieder.post(bericht)).json()
    postbus, verbruik = await kring.aanbieder.postbus("declaratie"), await of(kring.gemeente, second)
    halfway = await decide(kring, bericht_id, goed(good))
    done = await decide(kring, bericht_id, fout(bad))

    assert (waits["berichtId"], waits["teBeslissen"], waits["bedragTeBeslissen"]) == (bericht_id, 2, 19 * TARIEF)
    assert [one["referentie"] for one in lines] == [referentie(good), referentie(bad)]
    assert (again["id"], again["status"]) == (bericht_id, "geparkeerd")
    assert (postbus, verbruik["toegekend"]["bedrag"]) == ([], 0)
    assert (halfway["status"], done["status"]) == ("geparkeerd", "verwerkt")
    uitkomst = await kring.aanbieder.outcome("declaratie", bericht_id)
    retour = await kring.aanbieder.retour(bericht, uitkomst)
    granted, [client] = granted_and_clients(kring, retour)
    refused = {nummer: codes for nummer, codes in lines_of(client).items() if codes != ["0200"]}
    assert (granted, refused) == (17 * TARIEF, {referentie(bad): ["0611"]})
    assert await kring.aanbieder.postbus("declaratie") == [bericht.soort.retour]
    taken = [(await of(kring.aanbieder, nummer))["toegekend"]["bedrag"] for nummer in (first, second, third)]
    assert taken == [4 * TARIEF, 13 * TARIEF, 0]
    [termijn] = (await kring.aanbieder.get(f"{BASE}/termijnen", sleutel=bericht_id))["termijnen"]
    assert termijn["status"] == "gehaald"
    assert (await kring.gemeente.get(f"{BASE}/handmatig/openstaand"))["declaraties"] == []


async def test_what_no_longer_fits_is_refused_by_its_own_rule(kring: Kring) -> None:
    """There is room for one of two declarations; the second is granted while the first waits for the gemeente."""
    nummer = kring.nummer()
    room = {"Volume": 15, "Eenheid": "04", "Frequentie": "6"}
    await kring.gemeente.send(a_301(kring, toegewezen_product(kring, nummer, Omvang=room)))
    await by_hand(kring)
    waiting = prestatie(kring, nummer)
    bericht = a_declaratie(kring, waiting)
    answer = await park(kring, bericht)
    assert (await kring.gemeente.request("DELETE", f"{BASE}/handmatig")).status_code == 204
    taking = a_declaratie(kring, prestatie(kring, nummer, periode=APRIL), periode=APRIL, op="05-04")
    await kring.aanbieder.send(taking)

    await decide(kring, answer.json()["id"], goed(waiting))
    [uitkomst] = await verdicts(kring.aanbieder, [answer])

    assert [melding["retourcode"] for melding in uitkomst["meldingen"]] == ["9322"]
    assert told(await kring.aanbieder.retour(bericht, uitkomst)) == 0
    assert (await of(kring.gemeente, nummer))["toegekend"]["bedrag"] == 13 * TARIEF


async def test_a_part_is_granted_answered_used_and_paid(kring24: Kring) -> None:
    """Only of a WMO303D: its answer tells of each line what is granted."""
    first, second = await toegewezen(kring24, 2)
    await by_hand(kring24)
    part, whole = prestatie(kring24, first), prestatie(kring24, second)
    bericht = a_declaratie(kring24, part, whole)
    bericht_id = (await park(kring24, bericht)).json()["id"]
    deels = fout(part) | {"besluit": "deels", "toegekendBedrag": 9 * TARIEF}

    done = await decide(kring24, bericht_id, deels, goed(whole))

    assert (done["status"], done["deels"], done["goedgekeurd"]) == ("verwerkt", 1, 1)
    uitkomst = await kring24.aanbieder.outcome("declaratie", bericht_id)
    retour = await kring24.aanbieder.retour(bericht, uitkomst)
    granted, [client] = granted_and_clients(kring24, retour)
    assert (granted, lines_of(client)) == (22 * TARIEF, {referentie(part): ["0611"], referentie(whole): ["0200"]})
    told_of = {referentie(one): one["ToegekendeBedragPrestatie"]["ToegekendBedrag"]["Bedrag"]
               for one in client["Prestaties"]["Prestatie"]}  # fmt: skip
    assert told_of == {referentie(part): 9 * TARIEF, referentie(whole): 13 * TARIEF}
    assert (await of(kring24.aanbieder, first))["toegekend"]["bedrag"] == 9 * TARIEF
    answer = await kring24.gemeente.request("POST", f"{BASE}/betalingen", json={})
    assert [one["bedrag"] for one in answer.json()["betalingen"]] == [22 * TARIEF]
    taken_back = a_declaratie(kring24, prestatie(kring24, first, vorige=referentie(part)))
    assert told(await kring24.aanbieder.retour(taken_back, await kring24.aanbieder.send(taken_back))) == -9 * TARIEF
    assert (await of(kring24.aanbieder, first))["toegekend"]["bedrag"] == 0
