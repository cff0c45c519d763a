"""The audit trail over HTTP (B22): every operation leaves one row, and everyone sees of it what he may."""

import csv
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.settings import SERVICES
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.berichten.verzoek import a_315
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring, MakeKring
from tests.keten.stapel import Stapel
from tests.keten.test_bad_input import check_problem
from tests.keten.test_wie import REDEN, beheerder
from tests.wachten import eventually

NO_ROW = {
    "GET /codelijsten": "lists of the standard, the same for everyone",
    "GET /codelijsten/{code}": "the same",
    "GET /perioden": "a calendar",
    "GET /catalogus": "what a region offers, and what it costs: about nobody",
    "GET /catalogus/tarieven": "the same",
    "POST /catalogus/advies": "a calculation on numbers alone; nothing of it is kept",
}
"""The operations without a row, and why."""
EIGEN = {"naam": "Gemeente", "iban": "NL91ABNA0417164300", "bic": "ABNANL2A"}


@dataclass
class Wereld:
    """What there is to ask for, of one circle."""

    kring: Kring
    ids: dict[str, str]
    waarden: dict[str, str]

    def path(self, service: str, path: str) -> str:
        """An address with everything filled in."""
        values = self.waarden | {"bericht_id": self.ids[service]}
        for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
            path = path.replace(f"{{{name}}}", values.get(name, str(uuid4())))
        return path


async def a_wereld(kring: Kring) -> Wereld:
    """Every kind of thing: a message in each service, a request, and a payment proposal."""
    nummer = kring.nummer()
    sent = await kring.gemeente.send(a_301(kring, nummer))
    await kring.aanbieder.send(a_315(kring, kring.identificatie()))
    start = await kring.aanbieder.send(a_305(kring, nummer))
    claim = await kring.aanbieder.send(a_declaratie(kring, prestatie(kring, nummer)))
    rekeningen = "/declaratie/v1/betalingen/rekeningen"
    await kring.gemeente.request("PUT", f"{rekeningen}/eigen", json=EIGEN)
    await kring.gemeente.request("PUT", f"{rekeningen}/{kring.aanbieder.code}", json=EIGEN)
    made = await kring.gemeente.request("POST", "/declaratie/v1/betalingen", json={})
    [verzoek] = (await kring.gemeente.get("/toewijzing/v1/verzoeken"))["verzoeken"]
    return Wereld(
        kring,
        {"toewijzing": sent["id"], "startstop": start["id"], "declaratie": claim["id"]},
        {
            "toewijzingNummer": str(nummer),
            "verzoek_id": str(verzoek["id"]),
            "voorstel_id": made.json()["betalingen"][0]["id"],
            "aanbieder": kring.aanbieder.code,
            "code": "WJ756",
        },
    )


def operations(document: Any) -> Iterator[tuple[str, str]]:
    for path, item in document["paths"].items():
        for method in item:
            yield method.upper(), path


def body_of(method: str, path: str, wereld: Wereld) -> Any:
    """What an operation takes, where nothing is not enough."""
    if path.endswith(("/audit/zoek", "/verbruik/zoek")):
        return {"bsn": wereld.kring.bsn}
    return {} if method != "GET" else None


async def rows_by_request(stapel: Stapel, service: str, requests: list[UUID]) -> dict[UUID, int]:
    sql = f"select verzoek, count(*) from {service}.audit where verzoek = any($1) group by verzoek"
    return {row[0]: row[1] for row in await stapel.query(sql, requests)}


async def test_every_operation_leaves_exactly_one_row(kring32: Kring) -> None:
    """As who may, as who may not, and of what is not there; whatever the answer is."""
    wereld = await a_wereld(kring32)
    elsewhere = replace(wereld, ids=dict.fromkeys(SERVICES, str(uuid4())), waarden={"verzoek_id": "99999999"})
    wrong, done = [], set()
    for service in SERVICES:
        asked: dict[UUID, tuple[str, str, int]] = {}
        document = (await kring32.gemeente.http.get(f"{kring32.stapel.url}/{service}/v1/openapi.json")).json()
        for who, world in ((kring32.gemeente, wereld), (kring32.aanbieder, elsewhere)):
            for method, path in operations(document):
                if world is elsewhere and "{" not in path:
                    continue
                verzoek, body = uuid4(), body_of(method, path, wereld)
                answer = await who.request(
                    method, world.path(service, path), json=body, headers={"X-Request-Id": str(verzoek)}
                )
                assert answer.status_code < 500, (method, path, answer.text)
                operation = f"{method} {path.removeprefix(f'/{service}/v1')}"
                asked[verzoek] = (service, operation, answer.status_code)
        found = await rows_by_request(kring32.stapel, service, list(asked))
        for verzoek, (_, operation, status) in asked.items():
            expected = {0} if operation in NO_ROW and status < 300 else {0, 1} if operation in NO_ROW else {1}
            if found.get(verzoek, 0) not in expected:
                wrong.append((service, operation, status, found.get(verzoek, 0)))
            if status < 300:
                done.add((service, operation))
    assert wrong == []
    reads = {one for one in done if one[1].startswith("GET")}
    assert len(reads) >= 40, sorted(reads)
    assert {operation for _, operation in done} >= set(NO_ROW) - {"POST /catalogus/advies"}, "an exception is no more"


async def test_a_send_tells_who_what_and_about_whom(kring: Kring) -> None:
    kring_id = uuid4()
    body = a_301(kring, kring.nummer())
    headers = {"Content-Type": "application/xml", "X-Request-Id": str(kring_id)}
    answer = await kring.gemeente.request("POST", "/toewijzing/v1/berichten", content=body.xml, headers=headers)

    [row] = await kring.stapel.query("select * from toewijzing.audit where verzoek = $1", kring_id)

    assert (row["partij"], row["handeling"], row["uitkomst"]) == (f"gemeente:{kring.gemeente.code}", *SENT)
    assert (row["gemeente"], row["aanbieder"]) == (kring.gemeente.code, kring.aanbieder.code)
    assert str(row["bericht_id"]) == answer.json()["id"]
    assert len(row["client"]) == 32
    assert kring.bsn not in str(dict(row))


SENT = ("verzonden", "verwerkt")


async def test_a_gemeente_sees_what_others_did_with_its_messages(kring32: Kring, make_kring: MakeKring) -> None:
    """Also operations; and no other gemeente or aanbieder does."""
    kring, other = kring32, make_kring("3.2")
    sent = await kring.gemeente.send(a_301(kring, kring.nummer()))
    path = f"/toewijzing/v1/berichten/{sent['id']}"
    await kring.aanbieder.get(path)
    await beheerder(kring).request("GET", path, headers={"Reden": REDEN})

    seen = await trail(kring.gemeente, berichtId=sent["id"])
    own = await trail(kring.aanbieder, berichtId=sent["id"])

    assert [(one["partij"], one["handeling"]) for one in seen] == [
        ("beheer", "gelezen"),
        (f"agb:{kring.aanbieder.code}", "gelezen"),
        (f"gemeente:{kring.gemeente.code}", "verzonden"),
    ]
    assert seen[0]["uitkomst"] == f"inhoud, reden: {REDEN}"
    assert [(one["partij"], one["handeling"]) for one in own] == [(f"agb:{kring.aanbieder.code}", "gelezen")]
    for stranger in (other.gemeente, other.aanbieder):
        assert await trail(stranger, berichtId=sent["id"]) == []
    check_problem(await beheerder(kring).request("GET", "/toewijzing/v1/audit"), 403, "niet-toegestaan")


async def test_everything_about_a_client_is_found_by_his_bsn(kring32: Kring, make_kring: MakeKring) -> None:
    """What named him, what was done with messages about him and with their answers; in each service."""
    wereld, other = await a_wereld(kring32), make_kring("3.2")
    kring = kring32
    for service, bericht_id in wereld.ids.items():
        await kring.aanbieder.get(f"/{service}/v1/berichten/{bericht_id}/retour")
    await kring.aanbieder.get("/toewijzing/v1/toewijzingen")

    found = {service: await search(kring.gemeente, service, kring.bsn) for service in SERVICES}

    for service in SERVICES:
        deeds = {(one["handeling"], one["uitkomst"]) for one in found[service]}
        # What came before its facts had was parked, and judged when they had.
        sent = ({("verzonden", "verwerkt")}, {("verzonden", "geparkeerd"), ("beoordeeld", "verwerkt")})
        assert ("gelezen", "inhoud") in deeds, (service, deeds)
        assert any(one <= deeds for one in sent), (service, deeds)
        assert {one["gemeente"] for one in found[service]} == {kring.gemeente.code}
    assert ("opgevraagd", "1 toewijzingen") in {(one["handeling"], one["uitkomst"]) for one in found["toewijzing"]}
    assert kring.bsn not in str(found)
    assert await search(kring.gemeente, "toewijzing", other.bsn) == []
    assert await search(other.gemeente, "toewijzing", kring.bsn) == []
    answer = await kring.gemeente.request("POST", "/toewijzing/v1/audit/zoek", json={"bsn": "12345"})
    check_problem(answer, 400, "verzoek-ongeldig")
    assert "12345" not in answer.text


async def test_it_comes_in_pages_and_as_csv(kring32: Kring) -> None:
    kring = kring32
    for _ in range(5):
        await kring.gemeente.get("/startstop/v1/zorgperioden")

    rows, cursor = [], None
    while True:
        page = await kring.gemeente.get(
            "/startstop/v1/audit", handeling="opgevraagd", limiet=2, **({"cursor": cursor} if cursor else {})
        )
        rows += page["regels"]
        cursor = page["volgende"]
        if cursor is None:
            break
    answer = await kring.gemeente.request("GET", "/startstop/v1/audit", headers={"Accept": "text/csv"})

    async def has_an_anchor() -> bool:
        zegel = (await kring.gemeente.get("/startstop/v1/audit", limiet=1))["zegel"]
        return zegel is not None and re.fullmatch(r"[1-9][0-9]*:[0-9a-f]{64}", zegel["zegel"]) is not None

    await eventually(has_an_anchor, "a seal is told", every=0.2)
    ids = [one["id"] for one in rows]
    assert ids == sorted(ids, reverse=True)
    assert [one["uitkomst"] for one in rows].count("0 zorgperioden") == 5
    lines = list(csv.DictReader(answer.text.splitlines(), delimiter=";"))
    assert {str(number) for number in ids} <= {line["id"] for line in lines}
    assert lines[0]["partij"] == f"gemeente:{kring.gemeente.code}"
    for wrong in ({"cursor": "x"}, {"cursor": "1-2-3"}, {"van": "2026-02-01", "tot": "2026-01-01"}, {"bsn": "1"}):
        check_problem(await kring.gemeente.request("GET", "/startstop/v1/audit", params=wrong), 400, "verzoek-ongeldig")


async def test_a_period_bounds_it_by_days(kring32: Kring) -> None:
    kring = kring32
    await kring.gemeente.get("/startstop/v1/zorgperioden")

    assert await trail(kring.gemeente, "startstop", tot="2020-01-01") == []
    assert await trail(kring.gemeente, "startstop", van="2999-01-01") == []
    assert await trail(kring.gemeente, "startstop", van="0001-01-01", tot="9999-12-31")


async def test_operations_sees_numbers_and_no_client(kring32: Kring) -> None:
    kring = kring32
    await kring.gemeente.send(a_301(kring, kring.nummer()))

    beheer = await beheerder(kring).get("/toewijzing/v1/audit/cijfers")
    own = await kring.gemeente.get("/toewijzing/v1/audit/cijfers")

    assert set(beheer["aantallen"][0]) == {"dag", "handeling", "aantal"}
    [sent] = [one["aantal"] for one in own["aantallen"] if one["handeling"] == "verzonden"]
    assert sent == 1
    assert sum(one["aantal"] for one in beheer["aantallen"]) > sum(one["aantal"] for one in own["aantallen"])


@pytest.mark.parametrize("path", ["berichten", "berichten/{}", "toewijzingen", "audit"])
async def test_a_read_that_cannot_be_recorded_is_refused(path: str, kring32: Kring) -> None:
    kring = kring32
    sent = await kring.gemeente.send(a_301(kring, kring.nummer()))
    where = f"/toewijzing/v1/{path.format(sent['id'])}"

    async with no_row_of(kring.gemeente):
        answer = await kring.gemeente.request("GET", where)
        check_problem(answer, 503, "niet-beschikbaar")
    assert sent["id"] not in answer.text
    assert (await kring.gemeente.request("GET", where)).status_code == 200


async def test_a_message_that_cannot_be_recorded_is_not_taken(kring32: Kring) -> None:
    kring = kring32
    bericht = a_301(kring, kring.nummer())

    async with no_row_of(kring.gemeente):
        check_problem(await kring.gemeente.post(bericht), 503, "niet-beschikbaar")
    assert (await kring.gemeente.get("/toewijzing/v1/berichten"))["berichten"] == []
    await kring.gemeente.send(bericht)


@asynccontextmanager
async def no_row_of(who: Deelnemer) -> AsyncIterator[None]:
    """The trail of toewijzing takes no rows of this party."""
    await who.stapel.query(
        f"alter table toewijzing.audit add constraint vol check (partij <> '{who.partij}') not valid"
    )
    try:
        yield
    finally:
        await who.stapel.query("alter table toewijzing.audit drop constraint vol")


async def trail(who: Deelnemer, service: str = "toewijzing", **filters: str) -> list[dict[str, Any]]:
    rows = (await who.get(f"/{service}/v1/audit", **filters))["regels"]
    return [one for one in rows if not one["uitkomst"].startswith("auditspoor")]


async def search(who: Deelnemer, service: str, bsn: str) -> list[dict[str, Any]]:
    answer: httpx.Response = await who.request("POST", f"/{service}/v1/audit/zoek", json={"bsn": bsn})
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json()["regels"] if not one["uitkomst"].startswith("auditspoor")]
