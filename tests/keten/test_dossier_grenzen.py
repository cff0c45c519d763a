"""What a case refuses, and what each party may see of it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from tests.keten.deelnemer import Deelnemer
from tests.keten.dossiers import EINDE, GEHEIM, PAD, START, Dossier, gebied, inwoner, tot_voorstel, voorwaarden
from tests.keten.dossiers import voorstel as a_voorstel
from tests.keten.kring import Kring

MakeStranger = Callable[[Kring], Deelnemer]


async def test_the_aanbieder_reads_what_was_shared_for_a_purpose_and_nothing_else(
    kring32: Kring, make_stranger: MakeStranger
) -> None:
    dossier = await Dossier.gemeld(kring32)
    await dossier.bespreek()
    await dossier.analyseer()
    await dossier.plan("2A")
    assert (await kring32.aanbieder.request("GET", f"{PAD}/{dossier.id}")).status_code == 404
    delen = [
        *dossier.delen("2A"),
        {"onderdeel": "vraaganalyse/1", "doel": "", "toestemming": True},
        {"onderdeel": "vraaganalyse/2", "doel": "begeleiding", "toestemming": False},
    ]
    await dossier.kies("2A", delen=delen)

    seen = await dossier.lees(kring32.aanbieder)
    assert [one["onderdeel"] for one in seen["gedeeld"]] == ["plan/2A", "inwoner/persoon"]
    text = json.dumps(seen)
    assert GEHEIM not in text
    assert kring32.bsn not in text
    assert "aan de keukentafel" not in text
    assert (await make_stranger(kring32).request("GET", f"{PAD}/{dossier.id}")).status_code == 404

    wider = [*dossier.delen("2A"), {"onderdeel": "vraaganalyse/2", "doel": "begeleiding", "toestemming": True}]
    await dossier.gemeente("doelbinding", delen=wider)
    assert GEHEIM in json.dumps(await dossier.lees(kring32.aanbieder))
    await dossier.gemeente("doelbinding", delen=dossier.delen("2A"))
    assert GEHEIM not in json.dumps(await dossier.lees(kring32.aanbieder))

    given_back = await dossier.probeer(kring32.aanbieder, "teruggave", {"reden": "wachtlijst"})
    assert given_back.status_code == 200, given_back.text
    assert (await kring32.aanbieder.request("GET", f"{PAD}/{dossier.id}")).status_code == 404
    assert (await dossier.lees(kring32.gemeente))["fase"] == "plan"


async def test_a_deed_of_the_other_party_or_at_another_time_is_refused(
    kring32: Kring, make_stranger: MakeStranger
) -> None:
    dossier = await Dossier.gemeld(kring32)
    early = await dossier.probeer(kring32.gemeente, "akkoord", {"versie": 1})
    assert (early.status_code, early.json()["type"], voorwaarden(early)) == (409, "urn:knooppunt:botst", ["fase"])
    talk = await dossier.probeer(kring32.gemeente, "keukentafelgesprek", {"zelfIngevuld": False, "verslag": "x"})
    assert (talk.status_code, set(voorwaarden(talk))) == (400, {"informatie_ontbreekt"})
    assert len(talk.json()["fouten"]) == 4
    await dossier.bespreek()
    await dossier.analyseer()
    await dossier.plan("2A")
    await dossier.kies("2A")
    proposal = a_voorstel(gebied("2A", 2))
    his = await dossier.probeer(kring32.gemeente, "ondersteuningsplan", proposal)
    assert (his.status_code, voorwaarden(his)) == (403, ["niet_van_u"])
    for who in (make_stranger(kring32),):
        assert (await dossier.probeer(who, "ondersteuningsplan", proposal)).status_code == 404
    other = await kring32.aanbieder.request("POST", PAD, json={
        "gemeente": kring32.gemeente.code, "inwoner": inwoner(kring32.bsn), "hulpvraag": "x",
    })  # fmt: skip
    assert other.status_code == 403


async def test_every_condition_of_the_catalogue_is_told_with_its_place(kring32: Kring) -> None:
    dossier = await Dossier.gemeld(kring32)
    await dossier.bespreek()
    await dossier.analyseer()
    await dossier.plan("2A")
    await dossier.kies("2A")

    answer = await dossier.probeer(
        kring32.aanbieder,
        "ondersteuningsplan",
        a_voorstel(
            gebied("2A", 5),
            gebied("3A", 1),
            producten=[{"code": "vervoer", "omvang": 4, "werkelijkVervoer": False}],
        ),
    )

    assert answer.status_code == 400
    assert {(one["code"], one["locatie"]) for one in answer.json()["fouten"]} == {
        ("intensiteit_bestaat_niet", "/gebieden/0"),
        ("gebied_niet_in_opdracht", "/gebieden/1"),
        ("alleen_met_dagbesteding", "/producten/0"),
        ("werkelijk_vervoer", "/producten/0"),
    }
    without_end = await dossier.probeer(
        kring32.aanbieder, "ondersteuningsplan", a_voorstel(gebied("2A", 1), einddatum=None)
    )
    assert voorwaarden(without_end) == ["einddatum_ontbreekt"]


async def test_individual_and_group_change_only_with_the_clients_consent(kring32: Kring) -> None:
    dossier = await tot_voorstel(kring32, gebied("2A", 2, vorm="individueel"))
    await dossier.gemeente("akkoord", versie=1)
    await dossier.wijs_toe()
    await dossier.gemeente("vervolg", aanleiding="wijziging", toelichting="liever in een groep")
    await dossier.plan("2A")
    await dossier.kies("2A")

    refused = await dossier.probeer(kring32.aanbieder, "ondersteuningsplan", a_voorstel(gebied("2A", 2, vorm="groep")))
    agreed = a_voorstel(gebied("2A", 2, vorm="groep", clientAkkoord=True))
    taken = await dossier.probeer(kring32.aanbieder, "ondersteuningsplan", agreed)

    assert (refused.status_code, voorwaarden(refused)) == (400, ["vorm_zonder_akkoord"])
    assert taken.status_code == 200, taken.text


async def test_a_request_sent_again_is_done_once_and_an_old_version_is_refused(kring32: Kring) -> None:
    key = {"Idempotency-Key": f"proef-{uuid4()}"}
    body = {"gemeente": kring32.gemeente.code, "inwoner": inwoner(kring32.bsn), "hulpvraag": "x"}
    first, again = [await kring32.gemeente.request("POST", PAD, json=body, headers=key) for _ in range(2)]
    other = await kring32.gemeente.request("POST", PAD, json=body | {"hulpvraag": "y"}, headers=key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json()["id"] == again.json()["id"]

    dossier = Dossier(kring32, first.json()["id"], 1)
    deed = {"soort": "invulhulp", "wijze": "telefoon"}
    key = {"Idempotency-Key": f"proef-{uuid4()}"}
    answers = [await dossier.probeer(kring32.gemeente, "informatie", deed, **key) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert {one.json()["versie"] for one in answers} == {2}
    stale = await dossier.probeer(kring32.gemeente, "informatie", deed)
    assert (stale.status_code, voorwaarden(stale)) == (409, ["versie"])
    blind = await kring32.gemeente.request("POST", f"{PAD}/{dossier.id}/informatie", json=deed)
    assert blind.status_code == 400
    steps = (await kring32.gemeente.get(f"{PAD}/{dossier.id}/verloop"))["stappen"]
    assert [one["handeling"] for one in steps] == ["melding", "informatie"]


async def test_of_two_at_once_one_goes_on_and_the_other_is_told_to_look_again(kring32: Kring) -> None:
    dossier = await Dossier.gemeld(kring32)
    deed = {"soort": "invulhulp", "wijze": "telefoon"}

    both = await asyncio.gather(*(dossier.probeer(kring32.gemeente, "informatie", deed) for _ in range(4)))
    assert sorted(one.status_code for one in both) == [200, 409, 409, 409]
    dossier.versie = 2
    key = {"Idempotency-Key": f"proef-{uuid4()}"}
    same = await asyncio.gather(*(dossier.probeer(kring32.gemeente, "informatie", deed, **key) for _ in range(4)))
    assert [(one.status_code, one.json()["versie"]) for one in same] == [(200, 3)] * 4


async def test_reading_a_case_and_its_deeds_stands_with_the_client(kring32: Kring) -> None:
    dossier = await tot_voorstel(kring32, gebied("2A", 2))
    await dossier.lees(kring32.aanbieder)
    await kring32.aanbieder.get(f"{PAD}/{dossier.id}/verloop")

    answer = await kring32.gemeente.request("POST", "/toewijzing/v1/audit/zoek", json={"bsn": kring32.bsn})
    assert answer.status_code == 200, answer.text
    his = [one["uitkomst"] for one in answer.json()["regels"] if one["partij"] == str(kring32.aanbieder.partij)]
    assert {"dossier als aanbieder", "verloop van een dossier", "dossier: ondersteuningsplan"} <= set(his)


async def test_a_case_is_found_by_bsn_in_its_own_gemeente_alone(
    kring32: Kring, make_kring: Callable[..., Kring]
) -> None:
    dossier = await Dossier.gemeld(kring32)
    elsewhere = make_kring("3.2")

    async def found_by(who: Deelnemer) -> list[str]:
        answer = await who.request("POST", f"{PAD}/zoek", json={"bsn": kring32.bsn})
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["dossiers"]]

    assert await found_by(kring32.gemeente) == [dossier.id]
    assert await found_by(elsewhere.gemeente) == await found_by(kring32.aanbieder) == []
    listed = await kring32.gemeente.get(PAD, fase="melding")
    assert dossier.id in {one["id"] for one in listed["dossiers"]}
    assert kring32.bsn not in json.dumps(listed)


async def test_nothing_of_the_resident_stands_in_the_clear(kring32: Kring) -> None:
    dossier = await tot_voorstel(kring32, gebied("2A", 1))
    await dossier.gemeente("akkoord", versie=1)
    await dossier.wijs_toe()

    rows = [
        str(dict(row))
        for table in ("dossier", "dossier_stap", "dossier_nummer", "audit", "termijn", "outbox")
        for row in await kring32.stapel.query(f"select * from toewijzing.{table}")
    ]
    log = (Path(kring32.stapel.data).parent / "up.log").read_text(errors="replace")
    for secret in (kring32.bsn, "Berkel", GEHEIM, "De post blijft liggen"):
        assert not [row for row in rows if secret in row]
        assert secret not in log


async def test_terms_run_while_a_step_waits(kring32: Kring) -> None:
    async def running(who: Deelnemer) -> set[str]:
        found = await who.get("/toewijzing/v1/termijnen", status="open", limiet=500)
        return {one["regel"] for one in found["termijnen"] if one["sleutel"].startswith(dossier.id)}

    dossier = await Dossier.gemeld(kring32)
    assert await running(kring32.gemeente) == {"SEED-MELDING"}
    await dossier.bespreek()
    await dossier.analyseer()
    await dossier.plan("2A")
    await dossier.kies("2A")
    assert await running(kring32.gemeente) == await running(kring32.aanbieder) == {"SEED-ONDERSTEUNINGSPLAN"}
    await dossier.aanbieder("ondersteuningsplan", **a_voorstel(gebied("2A", 2)))
    assert await running(kring32.gemeente) == set()
    await dossier.gemeente("akkoord", versie=1)
    assert await running(kring32.gemeente) == {"SEED-BESCHIKKEN"}
    await dossier.wijs_toe()
    assert await running(kring32.gemeente) == set()


async def test_a_refused_message_leaves_the_case_where_it_was(kring32: Kring) -> None:
    """A client who has this product there already: two of it may not overlap (TR302)."""
    first = await tot_voorstel(kring32, gebied("2A", 2))
    await first.gemeente("akkoord", versie=1)
    await first.wijs_toe()
    second = await tot_voorstel(kring32, gebied("2A", 2))
    await second.gemeente("akkoord", versie=1)
    await second.gemeente("ondertekening", document="aanvraag", wijze="papier")
    decided = {"besluit": "toegekend", "beschikkingNummer": kring32.nummer(), "einddatum": EINDE}
    await second.gemeente("beschikking", **decided, ingangsdatum=START)

    refused = await second.probeer(kring32.gemeente, "toewijzing")

    assert (refused.status_code, set(voorwaarden(refused))) == (400, {"TR302"})
    seen = await second.lees(kring32.gemeente)
    assert (seen["fase"], seen["toegewezen"]) == ("beschikt", [])
