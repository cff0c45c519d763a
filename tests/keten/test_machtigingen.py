"""A gemeente lets a service organisation act for it, and ends that: it holds at once, and stands in the audit trail."""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.keten.berichten.toewijzing import a_301
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring, MakeKring
from tests.keten.test_bad_input import check_problem
from tests.keten.test_wie import beheerder, samen

PATH = "/toewijzing/v1/machtigingen"
POSTBUS = "/toewijzing/v1/postbus"


def organisatie(kring: Kring) -> tuple[Deelnemer, str]:
    """An organisation that is no party itself, with its name."""
    name = f"organisatie:{kring.nummer():020}"
    made = Deelnemer(kring.gemeente.partij, kring.stapel, kring.gemeente.http)
    made.token = kring.stapel.issuer.token([name], "knooppunt", "knooppunt", 3600, "dienst")
    return made, name


async def give(who: Deelnemer, name: str, **given: Any) -> httpx.Response:
    return await who.request("POST", PATH, json={"organisatie": name, **given})


async def given(who: Deelnemer, name: str, **more: Any) -> dict[str, Any]:
    answer = await give(who, name, **more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"{PATH}/{made['id']}"
    return made


async def trail(kring: Kring) -> list[Mapping[str, Any]]:
    """What the gemeente sees of what was done for it, oldest first."""
    found: list[Mapping[str, Any]] = (await kring.gemeente.get("/toewijzing/v1/audit", limiet=100))["regels"]
    return found[::-1]


async def test_a_mandate_holds_at_once_and_ends_at_once(kring32: Kring) -> None:
    kring = kring32
    org, name = organisatie(kring)
    check_problem(await org.request("GET", POSTBUS), 403, "niet-toegestaan")

    made = await given(kring.gemeente, name)
    sent = await org.send(a_301(kring))
    seen = await org.get(f"/toewijzing/v1/berichten/{sent['id']}")
    elsewhere = await org.request("GET", "/startstop/v1/postbus")
    ended = await kring.gemeente.request("DELETE", f"{PATH}/{made['id']}")
    after = await org.request("GET", POSTBUS)

    assert (seen["afzender"], ended.status_code) == (kring.gemeente.code, 204)
    check_problem(elsewhere, 403, "niet-toegestaan")  # a mandate is of one service
    check_problem(after, 403, "niet-toegestaan")
    told = [(one["wie"], one["handeling"]) for one in await trail(kring)]
    own, org_name = str(kring.gemeente.partij), f"{name},dienst"
    assert told[:3] == [(own, "gemachtigd"), (org_name, "verzonden"), (org_name, "gelezen")]
    assert (own, "machtiging beëindigd") in told


async def test_who_acts_for_another_passes_it_on_to_nobody(kring32: Kring) -> None:
    kring = kring32
    org, name = organisatie(kring)
    made = await given(kring.gemeente, name)
    _, third = organisatie(kring)

    check_problem(await give(org, third), 403, "niet-toegestaan")
    check_problem(await give(org, third, partij=str(kring.gemeente.partij)), 403, "niet-toegestaan")
    check_problem(await org.request("DELETE", f"{PATH}/{made['id']}"), 404, "niet-gevonden")
    assert (await org.get(PATH))["machtigingen"] == []
    check_problem(await give(beheerder(kring), third), 403, "niet-toegestaan")


async def test_a_mandate_is_its_party_s_alone(make_kring: MakeKring) -> None:
    kring, other = make_kring("3.2"), make_kring("3.2")
    _, name = organisatie(kring)
    made = await given(kring.gemeente, name)

    for method in ("GET", "DELETE"):
        answer = await other.gemeente.request(method, f"{PATH}/{made['id']}")
        check_problem(answer, 404, "niet-gevonden")
    check_problem(await give(other.gemeente, name, partij=str(kring.gemeente.partij)), 403, "niet-toegestaan")
    assert (await other.gemeente.get(PATH))["machtigingen"] == []
    assert [one["geldig"] for one in (await kring.gemeente.get(PATH))["machtigingen"]] == [True]


async def test_a_mandate_has_days_and_is_given_once(kring32: Kring) -> None:
    kring = kring32
    org, name = organisatie(kring)
    later = {"begindatum": "2099-01-01", "einddatum": "2099-12-31"}
    ahead = await given(kring.gemeente, name, **later)

    check_problem(await org.request("GET", POSTBUS), 403, "niet-toegestaan")
    check_problem(await give(kring.gemeente, name, begindatum="2099-12-31"), 409, "botst")
    check_problem(
        await give(kring.gemeente, name, begindatum="2099-02-01", einddatum="2099-01-01"), 400, "verzoek-ongeldig"
    )
    check_problem(await give(kring.gemeente, "organisatie:1"), 400, "verzoek-ongeldig")
    check_problem(
        await give(samen(kring, kring.gemeente.partij, kring.aanbieder.partij), name), 400, "verzoek-ongeldig"
    )
    past = await given(kring.gemeente, name, begindatum="2020-01-01", einddatum="2020-12-31")
    check_problem(await org.request("GET", POSTBUS), 403, "niet-toegestaan")
    await kring.gemeente.request("DELETE", f"{PATH}/{ahead['id']}")
    again = await given(kring.gemeente, name, **later)

    first = await kring.gemeente.get(PATH, limiet=2)
    rest = await kring.gemeente.get(PATH, limiet=2, cursor=first["volgende"])
    assert [one["id"] for one in first["machtigingen"] + rest["machtigingen"]] == [again["id"], past["id"], ahead["id"]]
    assert [one["beeindigd"] is None for one in first["machtigingen"] + rest["machtigingen"]] == [True, True, False]


async def test_an_aanbieder_gives_them_too_and_two_parties_say_which(kring32: Kring) -> None:
    kring = kring32
    org, name = organisatie(kring)
    both = samen(kring, kring.gemeente.partij, kring.aanbieder.partij)

    made = await given(both, name, partij=str(kring.aanbieder.partij))

    assert made["partij"] == str(kring.aanbieder.partij)
    assert (await org.get(POSTBUS))["berichten"] == []
    check_problem(await org.post(a_301(kring)), 403, "niet-toegestaan")
