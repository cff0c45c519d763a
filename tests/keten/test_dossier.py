"""Both seeds, from melding to a WMO301 that the aanbieder finds in his mailbox, in his release."""

from typing import Any

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import read_valid
from tests.keten.berichten.kop import dag
from tests.keten.berichten.startstop import a_305, a_307
from tests.keten.dossiers import DAARNA, EINDE, LATER, PAD, PERIODEN, START, gebied, huishoudelijk, tot_voorstel
from tests.keten.kring import Kring
from tests.wachten import eventually


async def the_301(kring: Kring) -> Inhoud:
    """The last WMO301 in the mailbox of the aanbieder; he acknowledges all."""
    waiting = [one for one in await kring.aanbieder.waiting("toewijzing") if one["bericht"] == "WMO301"]
    body = await kring.aanbieder.xml(waiting[-1]["href"])
    for one in waiting:
        answer = await kring.aanbieder.request("POST", f"/toewijzing/v1/postbus/{one['id']}/ontvangst")
        assert answer.status_code == 204
    return read_valid(body, "WMO301", kring.release)


def products(inhoud: Inhoud, release: str) -> list[Inhoud]:
    client = inhoud["Client"]
    found: list[Inhoud] = (client["Beschikking"] if release == "2.4" else client)["ToegewezenProducten"][
        "ToegewezenProduct"
    ]
    return found


def omvang(release: str, aantal: int = 1, eenheid: str = "82") -> dict[str, Any]:
    if release == "2.4":
        return {"Volume": aantal, "Eenheid": eenheid, "Frequentie": "3"}
    return {"Volume": aantal * PERIODEN, "Eenheid": eenheid, "Frequentie": "6"}


async def test_the_stappenplan_from_melding_to_toewijzing(kring: Kring) -> None:
    dossier = await tot_voorstel(
        kring,
        gebied("2A", 2),
        gebied("4A", 1, vorm="groep"),
        producten=[{"code": "vervoer", "omvang": 8, "werkelijkVervoer": True}],
    )
    await dossier.gemeente("overleg", uitkomst="eerst wat lichter")
    await dossier.aanbieder(
        "ondersteuningsplan",
        gebieden=[gebied("2A", 1), gebied("4A", 1, vorm="groep")],
        producten=[{"code": "vervoer", "omvang": 8, "werkelijkVervoer": True}],
        startdatum=START,
        einddatum=EINDE,
        motivering="lichter",
    )
    await dossier.gemeente("akkoord", versie=2)
    done = await dossier.wijs_toe()

    sent = await the_301(kring)
    found = {one["Product"]["Code"]: one for one in products(sent, kring.release)}
    assert (done["fase"], dossier.fase) == ("toegewezen", "toegewezen")
    assert found.keys() == {"022A1", "074A1", "08VVD"}
    assert found["022A1"]["Omvang"] == omvang(kring.release)
    assert found["08VVD"]["Omvang"] == omvang(kring.release, 8, "82" if kring.release == "2.4" else "84")
    assert {(one["Ingangsdatum"], one["Einddatum"]) for one in found.values()} == {(START, EINDE)}
    assert sent["Client"]["Bsn"] == kring.bsn
    assert {one["nummer"] for one in done["toegewezen"]} == {one["ToewijzingNummer"] for one in found.values()}
    known = (await kring.aanbieder.get("/toewijzing/v1/toewijzingen"))["toewijzingen"]
    assert {one["toewijzingNummer"] for one in known} == {one["nummer"] for one in done["toegewezen"]}


async def test_the_perspectiefplan_of_the_resident_leads_to_household_help(kring: Kring) -> None:
    dossier = await huishoudelijk(kring, gemeld="2026-11-02", start=START, einde=EINDE)
    proposed = await dossier.lees(kring.aanbieder)
    await dossier.gemeente("akkoord", versie=1)
    await dossier.wijs_toe()

    [product] = products(await the_301(kring), kring.release)
    assert [one["onderdeel"] for one in proposed["gedeeld"]] == [
        "plan/HO", "inwoner/persoon", "perspectiefplan/samenvatting",
    ]  # fmt: skip
    assert product["Product"] == {"Categorie": "01", "Code": "01A04"}
    # Three and a half hours per four weeks: whole hours are assigned.
    assert product["Omvang"] == omvang(kring.release, 4, "04")


async def test_an_extension_keeps_its_number_and_what_changes_gets_another(kring: Kring) -> None:
    dossier = await tot_voorstel(kring, gebied("2A", 2), gebied("3B", 1))
    await dossier.gemeente("akkoord", versie=1)
    first = {one["productCode"]: one["nummer"] for one in (await dossier.wijs_toe())["toegewezen"]}
    await the_301(kring)

    await dossier.aanbieder("vervolg", aanleiding="verlenging", toelichting="het gaat de goede kant op")
    await dossier.plan("2A", "3B")
    await dossier.kies("2A", "3B")
    later = {"startdatum": DAARNA, "einddatum": LATER, "motivering": "door"}
    await dossier.aanbieder("ondersteuningsplan", gebieden=[gebied("2A", 2), gebied("3B", 2)], **later)
    await dossier.gemeente("akkoord", versie=1)
    await dossier.wijs_toe(LATER)

    found = {one["Product"]["Code"]: one for one in products(await the_301(kring), kring.release)}
    # 3B + ends as planned, so it is current and goes along unchanged (OP087).
    assert found.keys() == {"022A2", "023B1", "023B2"}
    longer, old, new = found["022A2"], found["023B1"], found["023B2"]
    assert (longer["ToewijzingNummer"], longer["RedenWijziging"]) == (first["022A2"], "04")
    assert (longer["Ingangsdatum"], longer["Einddatum"]) == (START, LATER)
    assert (old["ToewijzingNummer"], old["Einddatum"], "RedenWijziging" in old) == (first["023B1"], EINDE, False)
    assert (new["Ingangsdatum"], "RedenWijziging" in new) == (DAARNA, False)
    assert new["ToewijzingNummer"] not in first.values()
    known = (await kring.gemeente.get("/toewijzing/v1/toewijzingen"))["toewijzingen"]
    assert {one["code"]: one["einddatum"] for one in known} == {
        "022A2": LATER, "023B1": EINDE, "023B2": LATER,
    }  # fmt: skip


async def test_the_evaluatie_brings_a_question_that_follows_back_to_toegang(kring: Kring) -> None:
    """The whole way, from melding to evaluatie (step 10), in the year in which the other messages play."""
    dossier = await huishoudelijk(
        kring, gemeld=dag(kring, "01-20"), start=dag(kring, "03-01"), einde=dag(kring, "08-31")
    )
    await dossier.gemeente("akkoord", versie=1)
    [assigned] = (await dossier.wijs_toe(dag(kring, "08-31")))["toegewezen"]
    await kring.aanbieder.send(a_305(kring, assigned["nummer"]))
    await kring.aanbieder.send(a_307(kring, assigned["nummer"]))
    given = await kring.aanbieder.request("POST", "/startstop/v1/evaluaties", json={
        "gemeente": kring.gemeente.code, "toewijzingNummer": assigned["nummer"],
        "resultaten": [{"gebied": "01", "uitkomst": "deels"}], "client": {"oordeel": "tevreden"},
        "vervolg": {"gevraagd": True, "reden": "meer_ondersteuning"},
    })  # fmt: skip
    assert given.status_code == 201, given.text

    async def followed() -> bool:
        return len((await kring.gemeente.get(PAD, fase="melding"))["dossiers"]) == 1

    await eventually(followed, "a melding that follows")
    [new] = (await kring.gemeente.get(PAD, fase="melding"))["dossiers"]
    assert new["vorigDossier"] == dossier.id
    seen = await kring.gemeente.get(f"{PAD}/{new['id']}")
    assert "meer_ondersteuning" in seen["inhoud"]["hulpvraag"]
    assert seen["inhoud"]["inwoner"]["bsn"] == kring.bsn
