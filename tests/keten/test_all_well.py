"""The chain when all is well: each message is taken, answered, forwarded and acknowledged."""

import pytest

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import OFFICIAL, Bericht, codes
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305, a_307
from tests.keten.berichten.toewijzing import a_301
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring

ANTWOORDEN = {"2.4": ("WMO303D", "WMO304D"), "3.2": ("WMO323", "WMO325")}


def test_the_official_schemas_judge_the_retours_too() -> None:
    if not OFFICIAL.is_dir():
        pytest.skip("the official 3.2 schemas are not beside the repository: our own alone judge the retours")

    assert len(list(OFFICIAL.glob("wmo*.xsd"))) == 14


async def accepted_retour(sender: Deelnemer, bericht: Bericht) -> Inhoud:
    """The answer to a message that is accepted."""
    return await sender.retour(bericht, await sender.send(bericht))


def check_header_alone(bericht: Bericht, retour: Inhoud) -> None:
    """Chapter 3: the header of the message itself, not turned round, with what a retour adds and without codes."""
    kop, heen = retour["Header"], bericht["Header"]
    assert list(retour) == ["Header"]
    assert "RetourCodes" not in kop
    assert "XsltVersie" not in kop
    assert kop["BerichtCode"] == str(int(heen["BerichtCode"]) + 1)
    assert kop["IdentificatieRetour"] != bericht.identificatie
    assert {"DagtekeningRetour", "XsdVersieRetour"} <= kop.keys()
    assert {name: kop[name] for name in heen if name != "BerichtCode"} == {
        name: value for name, value in heen.items() if name != "BerichtCode"
    }


async def test_301_gets_a_302_of_the_header_alone(kring: Kring) -> None:
    bericht = a_301(kring)

    retour = await accepted_retour(kring.gemeente, bericht)

    check_header_alone(bericht, retour)


async def test_305_and_307_get_a_header_alone(kring: Kring) -> None:
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    start, stop = a_305(kring, nummer), a_307(kring, nummer)

    after_start = await accepted_retour(kring.aanbieder, start)
    after_stop = await accepted_retour(kring.aanbieder, stop)

    check_header_alone(start, after_start)
    check_header_alone(stop, after_stop)
    [periode] = (await kring.gemeente.get("/startstop/v1/zorgperioden"))["zorgperioden"]
    assert (periode["toewijzingNummer"], periode["status"]) == (nummer, "gestopt")


async def test_323_gets_a_325_with_a_header_of_its_own_and_8001(kring32: Kring) -> None:
    kring = kring32
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    bericht = a_declaratie(kring, prestatie(kring, nummer))

    antwoord = await accepted_retour(kring.aanbieder, bericht)

    kop, inhoud = antwoord["Header"], antwoord["DeclaratieAntwoord"]
    assert (kop["Afzender"], kop["Ontvanger"]) == (kring.gemeente.code, kring.aanbieder.code)
    assert kop["BerichtCode"] == "485"
    assert kop["BerichtIdentificatie"]["Identificatie"] != bericht.identificatie
    assert kop["DeclaratieIdentificatie"] == bericht["Header"]["BerichtIdentificatie"]
    assert codes(kop) == ["0200"]
    assert codes(inhoud) == ["8001"]
    assert inhoud["DeclaratieNummer"] == bericht["Declaratie"]["DeclaratieNummer"]
    assert inhoud["TotaalToegekendBedrag"] == inhoud["TotaalIngediendBedrag"] == {
        "TotaalBedrag": 13 * 3100, "DebetCredit": "D",
    }  # fmt: skip
    assert "Clienten" not in inhoud


@pytest.mark.parametrize("factuur", [False, True], ids=["303D", "303F"])
async def test_303_gets_a_304_of_the_header_alone_and_8001(kring24: Kring, factuur: bool) -> None:
    kring = kring24
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    bericht = a_declaratie(kring, prestatie(kring, nummer), factuur=factuur)

    antwoord = await accepted_retour(kring.aanbieder, bericht)

    kop, heen = antwoord["Header"], bericht["Header"]
    assert list(antwoord) == ["Header"]
    assert kop["BerichtCode"] == ("449" if factuur else "417")
    assert (kop["Afzender"], kop["Ontvanger"]) == (kring.aanbieder.code, kring.gemeente.code)
    assert kop["DeclaratieFactuurIdentificatie"] == heen["DeclaratieFactuurIdentificatie"]
    assert codes(kop) == ["8001"]
    bedrag = {"TotaalBedrag": 13 * 3100, "DebetCredit": "D"}
    assert kop["RetourBedragen"] == {"IngediendTotaalBedrag": bedrag, "ToegekendTotaalBedrag": bedrag}


async def test_both_parties_find_in_their_mailbox_what_is_theirs(kring: Kring) -> None:
    nummer = kring.nummer()
    heen, antwoord = ANTWOORDEN[kring.release]

    await kring.gemeente.send(a_301(kring, nummer))
    await kring.aanbieder.send(a_305(kring, nummer))
    await kring.aanbieder.send(a_declaratie(kring, prestatie(kring, nummer)))
    await kring.aanbieder.send(a_307(kring, nummer))

    for dienst, of_gemeente, of_aanbieder in (
        ("toewijzing", ["WMO302"], ["WMO301"]),
        ("startstop", ["WMO305", "WMO307"], ["WMO306", "WMO308"]),
        ("declaratie", [heen], [antwoord]),
    ):
        assert await kring.gemeente.postbus(dienst) == of_gemeente
        assert await kring.aanbieder.postbus(dienst) == of_aanbieder


async def test_the_addressee_gets_the_exact_bytes_and_acknowledges_them(kring: Kring) -> None:
    bericht = a_301(kring)
    uitkomst = await kring.gemeente.send(bericht)
    [post] = await kring.aanbieder.waiting("toewijzing")

    received = await kring.aanbieder.xml(post["href"])
    ontvangst = f"/toewijzing/v1/postbus/{post['id']}/ontvangst"
    answers = [(await kring.aanbieder.request("POST", ontvangst)).status_code for _ in range(2)]

    assert post["id"] == uitkomst["id"]
    assert received == bericht.xml
    assert answers == [204, 204]
    assert await kring.aanbieder.postbus("toewijzing") == []
    assert await kring.gemeente.postbus("toewijzing") == ["WMO302"]


async def test_accept_xml_gives_the_retour_at_once(kring: Kring) -> None:
    bericht = a_301(kring)
    headers = {"Content-Type": "application/xml", "Accept": "application/xml"}

    answer = await kring.gemeente.request("POST", "/toewijzing/v1/berichten", content=bericht.xml, headers=headers)

    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/xml")
    assert answer.headers["API-Version"]
    assert answer.content == await kring.gemeente.xml(f"{answer.headers['Location']}/retour")
