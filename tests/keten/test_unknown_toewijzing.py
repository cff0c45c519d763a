"""Messages on a toewijzing that does not exist: parked first, refused for certain afterwards (P4)."""

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import codes
from tests.keten.berichten.declaratie import a_declaratie, cents, prestatie, referentie
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring, MakeKring
from tests.wachten import eventually


def clients_of(antwoord: Inhoud) -> list[Inhoud]:
    found: list[Inhoud] = antwoord.get("DeclaratieAntwoord", antwoord)["Clienten"]["Client"]
    return found


def granted(antwoord: Inhoud) -> int:
    if "DeclaratieAntwoord" in antwoord:
        return int(antwoord["DeclaratieAntwoord"]["TotaalToegekendBedrag"]["TotaalBedrag"])
    return int(antwoord["Header"]["RetourBedragen"]["ToegekendTotaalBedrag"]["TotaalBedrag"])


async def test_tr019_a_start_is_parked_with_202_and_refused_in_the_end(kring: Kring) -> None:
    answer = await kring.aanbieder.post(a_305(kring, kring.nummer()))
    parked = answer.json()

    async def refused() -> bool:
        status: str = (await kring.aanbieder.outcome("startstop", parked["id"]))["status"]
        return status == "afgekeurd"

    assert answer.status_code == 202
    assert (parked["status"], parked["retour"], parked["meldingen"]) == ("geparkeerd", None, [])
    assert answer.headers["Location"] == f"/startstop/v1/berichten/{parked['id']}"
    await eventually(refused, "the start is refused", every=0.05)
    assert await kring.aanbieder.postbus("startstop") == ["WMO306"]


async def test_tr019_prefer_wait_gives_the_verdict_at_once(kring: Kring) -> None:
    answer = await kring.aanbieder.post(a_305(kring, kring.nummer()), wait=20)

    assert answer.status_code == 201
    assert answer.headers["Preference-Applied"] == "wait=20"
    assert answer.json()["status"] == "afgekeurd"
    assert [(m["regel"], m["retourcode"]) for m in answer.json()["meldingen"]] == [("TR019", "9019")]


async def test_tr338_a_line_on_an_unknown_number_is_refused_with_9338(kring: Kring) -> None:
    known = kring.nummer()
    await kring.gemeente.send(a_301(kring, known))
    good, bad = prestatie(kring, known), prestatie(kring, kring.nummer())
    bericht = a_declaratie(kring, good, bad)

    uitkomst = await kring.aanbieder.send(bericht)
    antwoord = await kring.aanbieder.retour(bericht, uitkomst)

    [client] = clients_of(antwoord)
    coded = {referentie(line): codes(line) for line in client["Prestaties"]["Prestatie"]}
    assert [(m["regel"], m["retourcode"]) for m in uitkomst["meldingen"]] == [("TR338", "9338")]
    assert coded[referentie(bad)] == ["9338"]
    assert granted(antwoord) == cents(good)


async def test_tr304_an_unknown_client_has_8187_and_his_lines_0233(kring: Kring) -> None:
    known, second, other_bsn = kring.nummer(), kring.nummer(), next(kring.tellers.bsns)
    for nummer in (known, second):
        await kring.gemeente.send(a_301(kring, nummer))
    good = prestatie(kring, known)
    lines = [prestatie(kring, kring.nummer()), prestatie(kring, second)]
    bericht = a_declaratie(kring, good, anderen={other_bsn: lines})

    uitkomst = await kring.aanbieder.send(bericht)
    antwoord = await kring.aanbieder.retour(bericht, uitkomst)

    [client] = clients_of(antwoord)
    coded = {referentie(line): codes(line) for line in client["Prestaties"]["Prestatie"]}
    assert [(m["regel"], m["retourcode"]) for m in uitkomst["meldingen"]] == [("TR304", "8187")]
    assert (client["Bsn"], codes(client)) == (other_bsn, ["8187"])
    assert coded == {referentie(line): ["0233"] for line in lines}
    assert granted(antwoord) == cents(good)


async def test_another_aanbieders_toewijzing_is_as_good_as_none(kring: Kring, make_kring: MakeKring) -> None:
    nummer = kring.nummer()
    other = make_kring(kring.release)
    await kring.gemeente.send(a_301(kring, nummer))

    start = a_305(other, nummer, Bsn=kring.bsn).with_header(Ontvanger=kring.gemeente.code)
    uitkomst = await other.aanbieder.send(start, "afgekeurd")

    assert [melding["retourcode"] for melding in uitkomst["meldingen"]] == ["9019"]
