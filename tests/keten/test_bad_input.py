"""Bad input to ``POST /berichten``: a problem document that says what and where; nothing kept, nobody named."""

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import zstandard

from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301, toegewezen_product
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring

XML = {"Content-Type": "application/xml"}
JSON = {"Content-Type": "application/json"}
BERICHTEN = "/toewijzing/v1/berichten"
MakeStranger = Callable[[Kring], Deelnemer]
PROBLEM = {"type", "title", "status", "detail"}


def check_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """A problem document (RFC 9457) of this status and kind."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["API-Version"]
    problem: dict[str, Any] = answer.json()
    assert problem.keys() >= PROBLEM
    assert (problem["status"], problem["type"]) == (status, f"urn:knooppunt:{code}")
    assert all(set(fout) == {"locatie", "reden"} for fout in problem.get("fouten", []))
    return problem


async def check_nothing_kept(kring: Kring, answer: httpx.Response, dienst: str = "toewijzing") -> None:
    """No message is stored for either party, the client is not named, and the service goes on."""
    assert kring.bsn not in answer.text
    for deelnemer in (kring.gemeente, kring.aanbieder):
        assert (await deelnemer.get(f"/{dienst}/v1/berichten"))["berichten"] == []
        assert await deelnemer.postbus(dienst) == []
    health = await kring.gemeente.http.get(f"{kring.stapel.url}/{dienst}/healthz")
    assert (health.status_code, health.json()) == (200, {"status": "ok"})


async def post(sender: Deelnemer, body: bytes, path: str = BERICHTEN, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await sender.request("POST", path, content=body, headers=XML | named)


@dataclass(frozen=True)
class Kapot:
    """How a good message is spoilt, and which problem that must give."""

    naam: str
    code: str
    spoil: Callable[[bytes], bytes]
    status: int = 400
    headers: dict[str, str] = field(default_factory=lambda: XML)


KAPOT = [
    Kapot("empty", "bericht-onleesbaar", lambda _: b""),
    Kapot("not_xml", "bericht-onleesbaar", lambda _: b"geen xml"),
    Kapot("cut_off", "bericht-onleesbaar", lambda xml: xml[: len(xml) // 2]),
    Kapot("two_roots", "bericht-onleesbaar", lambda xml: xml + b"<meer/>"),
    Kapot("doctype", "bericht-onleesbaar", lambda xml: xml.replace(b"?>\n", b"?>\n<!DOCTYPE x>\n", 1)),
    Kapot(
        "entity", "bericht-onleesbaar",
        lambda xml: xml.replace(b"?>\n", b'?>\n<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n', 1),
    ),
    Kapot("latin1", "bericht-onleesbaar", lambda xml: xml.replace(b'"UTF-8"', b'"ISO-8859-1"', 1)),
    Kapot("utf16", "bericht-onleesbaar", lambda xml: xml.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
    Kapot("bad_utf8", "bericht-onleesbaar", lambda xml: xml.replace(b"Tilburg", b"Tilb\xffrg")),
    Kapot("too_deep", "bericht-onleesbaar", lambda _: b"<a>" * 1000 + b"</a>" * 1000),
    Kapot("huge_tag", "bericht-onleesbaar", lambda _: b"<a " + b"".join(b'b%d="" ' % n for n in range(50_000)) + b"/>"),
    Kapot("other_root", "bericht-onbekend", lambda _: b"<Bericht/>"),
    Kapot("other_release", "bericht-onbekend", lambda xml: xml.replace(b"iwmo/2_4/wmo", b"iwmo/9_9/wmo").replace(
        b"iwmo/3_2/wmo", b"iwmo/9_9/wmo")),
    Kapot("other_element", "bericht-onbekend", lambda xml: xml.replace(b":Bericht", b":Briefje")),
    Kapot("empty_element", "schema-ongeldig", lambda xml: xml.replace(b"wmo301:Client>", b"wmo301:Klant>")),
    Kapot("not_gzip", "bericht-onleesbaar", lambda xml: xml, headers={**XML, "Content-Encoding": "gzip"}),
    Kapot("half_gzip", "bericht-onleesbaar", lambda xml: gzip.compress(xml)[:-9],
          headers={**XML, "Content-Encoding": "gzip"}),
    Kapot("not_zstd", "bericht-onleesbaar", lambda xml: xml, headers={**XML, "Content-Encoding": "zstd"}),
    Kapot("half_zstd", "bericht-onleesbaar", lambda xml: zstandard.compress(xml)[:-9],
          headers={**XML, "Content-Encoding": "zstd"}),
    Kapot("gzip_bomb", "te-groot", lambda _: gzip.compress(bytes(20_000_000)), 413,
          {**XML, "Content-Encoding": "gzip"}),
    Kapot("zstd_bomb", "te-groot", lambda _: zstandard.compress(bytes(20_000_000)), 413,
          {**XML, "Content-Encoding": "zstd"}),
    Kapot("brotli", "mediatype-onbekend", lambda xml: xml, 415, {**XML, "Content-Encoding": "br"}),
    Kapot("text", "mediatype-onbekend", lambda xml: xml, 415, {"Content-Type": "text/plain"}),
    Kapot("untyped", "mediatype-onbekend", lambda xml: xml, 415),
    Kapot("not_json", "bericht-onleesbaar", lambda _: b"{", headers=JSON),
    Kapot("json_list", "bericht-onleesbaar", lambda _: b"[]", headers=JSON),
    Kapot("json_nan", "bericht-onleesbaar", lambda _: b'{"bericht": NaN}', headers=JSON),
    Kapot("json_deep", "bericht-onleesbaar", lambda _: b'{"bericht":' * 100_000, headers=JSON),
    Kapot("json_unknown", "bericht-onbekend", lambda _: b'{"bericht": "WMO999", "release": "3.2"}', headers=JSON),
    Kapot("json_empty", "schema-ongeldig", lambda _: b'{"bericht": "WMO301", "release": "3.2"}', headers=JSON),
]  # fmt: skip


@pytest.mark.parametrize("kapot", KAPOT, ids=lambda kapot: kapot.naam)
async def test_a_body_that_is(kring: Kring, kapot: Kapot) -> None:
    """...spoilt gives its problem, at once, and leaves nothing."""
    headers = {} if kapot.naam == "untyped" else kapot.headers
    body = kapot.spoil(a_301(kring).xml)

    answer = await kring.gemeente.request("POST", BERICHTEN, content=body, headers=headers)

    check_problem(answer, kapot.status, kapot.code)
    assert answer.elapsed.total_seconds() < 5
    await check_nothing_kept(kring, answer)


async def test_one_invalid_value_is_told_by_its_place_alone(kring: Kring) -> None:
    xml = a_301(kring).xml.replace(b">5038EA<", b">voor de brug<")

    answer = await post(kring.gemeente, xml)

    [fout] = check_problem(answer, 400, "schema-ongeldig")["fouten"]
    assert fout["locatie"] == "/Bericht/Client/Contactgegevens/Contact[1]/Adres/Postcode"
    assert "voor de brug" not in answer.text
    await check_nothing_kept(kring, answer)


async def test_an_invalid_bsn_is_not_echoed(kring: Kring) -> None:
    xml = a_301(kring).xml.replace(kring.bsn.encode(), kring.bsn.encode() + b"7")

    answer = await post(kring.gemeente, xml)

    [fout] = check_problem(answer, 400, "schema-ongeldig")["fouten"]
    assert fout["locatie"] == "/Bericht/Client/Bsn"
    await check_nothing_kept(kring, answer)


async def test_of_many_faults_the_first_hundred_are_told_with_their_places(kring: Kring) -> None:
    first = kring.nummer()
    bericht = a_301(kring, *(toegewezen_product(kring, first, Toewijzingstijd="laat") for _ in range(150)))

    answer = await post(kring.gemeente, bericht.xml)

    fouten = check_problem(answer, 400, "schema-ongeldig")["fouten"]
    beschikking = "/Beschikking" if kring.release == "2.4" else ""
    place = f"/Bericht/Client{beschikking}/ToegewezenProducten/ToegewezenProduct"
    assert [fout["locatie"] for fout in fouten] == [f"{place}[{n}]/Toewijzingstijd" for n in range(1, 101)]
    await check_nothing_kept(kring, answer)


async def test_faults_of_different_kinds_are_told_together(kring: Kring) -> None:
    bericht = a_301(kring, Geslacht="7", Geboortedatum={"Datum": "gisteren"})

    answer = await post(kring.gemeente, bericht.xml)

    places = {fout["locatie"] for fout in check_problem(answer, 400, "schema-ongeldig")["fouten"]}
    assert places == {"/Bericht/Client/Geslacht", "/Bericht/Client/Geboortedatum/Datum"}


@pytest.mark.parametrize("dienst", ["startstop", "declaratie"])
async def test_a_301_belongs_at_toewijzing_alone(kring: Kring, dienst: str) -> None:
    answer = await kring.gemeente.post(a_301(kring), dienst=dienst)

    check_problem(answer, 400, "bericht-onbekend")
    await check_nothing_kept(kring, answer, dienst)


async def test_a_retour_cannot_be_sent_in(kring: Kring) -> None:
    bericht = a_301(kring)
    uitkomst = await kring.gemeente.send(bericht)
    retour = await kring.gemeente.xml(uitkomst["retour"]["href"])

    answer = await post(kring.aanbieder, retour)

    check_problem(answer, 400, "bericht-onbekend")


async def test_a_message_in_the_name_of_another_gets_403(kring: Kring) -> None:
    answer = await post(kring.aanbieder, a_301(kring).xml)

    check_problem(answer, 403, "niet-toegestaan")
    await check_nothing_kept(kring, answer)


async def test_the_bsn_stays_out_of_a_refusal_for_another_party(kring: Kring) -> None:
    """The addressee may not send it either, nor may a gemeente send what is for an aanbieder to send."""
    answer = await kring.gemeente.post(a_305(kring, kring.nummer()))

    check_problem(answer, 403, "niet-toegestaan")
    await check_nothing_kept(kring, answer, "startstop")


ADDRESSES = ["/berichten/{id}", "/berichten/{retour}", "/berichten/{id}/retour"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("accept", ["application/json", "application/xml"])
async def test_what_belongs_to_others_is_not_there(
    kring: Kring, make_stranger: MakeStranger, address: str, accept: str
) -> None:
    uitkomst = await kring.gemeente.send(a_301(kring))
    path = "/toewijzing/v1" + address.format(id=uitkomst["id"], retour=uitkomst["retour"]["id"])
    stranger = make_stranger(kring)

    answer = await stranger.request("GET", path, headers={"Accept": accept})

    check_problem(answer, 404, "niet-gevonden")


async def test_a_refused_message_is_hidden_from_its_addressee_and_so_is_its_retour(kring: Kring) -> None:
    """It counts as never sent, and the retour repeats all that it says of the client (P10)."""
    uitkomst = await kring.aanbieder.send(a_305(kring, kring.nummer()), "afgekeurd")
    own = f"/startstop/v1/berichten/{uitkomst['id']}"

    answers = [await kring.gemeente.request("GET", path) for path in (own, f"{own}/retour", uitkomst["retour"]["href"])]
    listed = (await kring.gemeente.get("/startstop/v1/berichten"))["berichten"]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert listed == []


async def test_a_mailbox_item_of_another_cannot_be_acknowledged(kring: Kring, make_stranger: MakeStranger) -> None:
    uitkomst = await kring.gemeente.send(a_301(kring))
    path = f"/toewijzing/v1/postbus/{uitkomst['id']}/ontvangst"

    for deelnemer in (make_stranger(kring), kring.gemeente):
        check_problem(await deelnemer.request("POST", path), 404, "niet-gevonden")

    assert await kring.aanbieder.postbus("toewijzing") == ["WMO301"]


async def test_another_partys_declaration_is_not_there(kring: Kring, make_stranger: MakeStranger) -> None:
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    uitkomst = await kring.aanbieder.send(a_declaratie(kring, prestatie(kring, nummer)))
    stranger = make_stranger(kring)

    for path in (f"/declaraties/{uitkomst['id']}", f"/declaraties/{uitkomst['id']}/regels"):
        check_problem(await stranger.request("GET", f"/declaratie/v1{path}"), 404, "niet-gevonden")

    assert (await stranger.get("/declaratie/v1/declaraties"))["declaraties"] == []


async def test_gzip_and_zstd_are_the_same_message(kring: Kring) -> None:
    bericht = a_301(kring)
    first = await kring.gemeente.send(bericht)
    packed = {"gzip": gzip.compress(bericht.xml), "zstd": zstandard.compress(bericht.xml)}

    answers = [await post(kring.gemeente, body, Content_Encoding=name) for name, body in packed.items()]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, first)] * 2


async def test_gzip_comes_first_as_well(kring: Kring) -> None:
    answer = await post(kring.gemeente, zlib.compress(a_301(kring).xml, wbits=31), Content_Encoding="gzip")

    assert (answer.status_code, answer.json()["status"]) == (201, "verwerkt")


@pytest.mark.parametrize("make", [a_301, lambda kring: a_305(kring, kring.nummer())], ids=["WMO301", "WMO305"])
async def test_json_is_the_same_message_as_its_xml(kring: Kring, make: Callable[[Kring], Bericht]) -> None:
    bericht = make(kring)
    sender = kring.gemeente if bericht.naam == "WMO301" else kring.aanbieder
    path = f"/{bericht.dienst}/v1/berichten"

    first = await sender.request("POST", path, json=bericht.json, headers={"Prefer": "wait=30"})
    again = await sender.post(bericht)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


async def test_json_faults_are_told_by_place(kring32: Kring) -> None:
    bericht = a_301(kring32)
    inhoud = json.loads(json.dumps(bericht.inhoud))
    inhoud["Client"]["Schoenmaat"] = 43
    inhoud["Client"]["ToegewezenProducten"]["ToegewezenProduct"] = {}

    answer = await kring32.gemeente.request("POST", BERICHTEN, json={**bericht.json, "inhoud": inhoud})

    places = {fout["locatie"] for fout in check_problem(answer, 400, "schema-ongeldig")["fouten"]}
    assert places == {"/Bericht/Client/Schoenmaat", "/Bericht/Client/ToegewezenProducten/ToegewezenProduct"}
    await check_nothing_kept(kring32, answer)


async def test_a_refusal_at_the_edge_keeps_no_key(kring: Kring) -> None:
    """The same message put right is a first time (P2)."""
    bericht = a_301(kring)
    spoilt = await post(kring.gemeente, bericht.xml.replace(b">5038EA<", b">voor de brug<"))

    uitkomst = await kring.gemeente.send(bericht)

    assert spoilt.status_code == 400
    assert uitkomst["status"] == "verwerkt"
