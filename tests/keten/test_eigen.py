"""Parties of another circle try every operation on what is not theirs: they see and change nothing of it (B14)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.settings import SERVICES
from tests.keten.berichten.declaratie import APRIL, a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.berichten.verzoek import a_315
from tests.keten.deelnemer import Deelnemer
from tests.keten.dossiers import Dossier
from tests.keten.kring import Kring, MakeKring
from tests.keten.regels.zorg import gestopt
from tests.keten.test_betalingen import EIGEN, VAN_AANBIEDER, colleague, do
from tests.keten.test_evaluatie import BASE as EVALUATIES
from tests.keten.test_evaluatie import form
from tests.keten.test_handmatig import by_hand, park

METHODS = ("get", "post", "put", "delete", "patch")
OF_ALL = {
    "/codelijsten": "lists of the standard",
    "/codelijsten/{code}": "lists of the standard",
    "/catalogus": "the catalogue of a region, for everyone",
    "/catalogus/advies": "worked out from the catalogue; nothing is kept",
    "/validaties": "a message that the caller brings himself; nothing is kept",
}
"""Operations that are about nobody in particular."""
OWN_BOOK = {
    ("PUT", "/betalingen/rekeningen/{aanbieder}"): "a gemeente writes down in its own book where it pays an aanbieder",
}
"""Operations that name another party, and rightly are done for the caller himself."""
PROJECTIES = ("startstop.toewijzing", "declaratie.toewijzing", "toewijzing.gedeclareerd", "startstop.termijn")
NIET_VERGELEKEN = ("audit", "audit_zegel", "te_bezien", "bezien_tot", "abonnement", "bezorging")
"""Tables that are not compared, nor are projections: a refusal is recorded, and the service itself goes on working."""
NERGENS = {"toewijzing": "WMO316", "startstop": "WMO308", "declaratie": "WMO325"}
"""A message that goes to aanbieders alone: the webhook of a gemeente that is never sent."""
NOWHERE = "00000000-0000-4000-8000-000000000000"
COLUMNS = """
    select table_name::text as name, array_agg(column_name::text order by column_name) as columns
    from information_schema.columns where table_schema = $1
      and column_name in ('gemeente', 'aanbieder', 'partij_van', 'partij_naar', 'partij')
    group by 1 order by 1
"""


@dataclass
class Bezit:
    """What a circle has at the node, by the names that paths have for it."""

    kring: Kring
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    """What stands in no answer to others."""

    def own(self, service: str, name: str) -> str:
        """The id of this circle that a path asks for."""
        return self.ids.get((service, name)) or self.ids.get(("", name)) or NOWHERE


async def fill(kring: Kring) -> Bezit:
    """Something of each kind, made as parties do."""
    found, number = Bezit(kring), kring.nummer()
    sent = {"toewijzing": await kring.gemeente.send(a_301(kring, number))}
    sent["startstop"] = await kring.aanbieder.send(a_305(kring, number))
    sent["declaratie"] = await kring.aanbieder.send(a_declaratie(kring, prestatie(kring, number, volume=2)))
    await kring.aanbieder.send(a_315(kring, kring.identificatie()))
    [verzoek] = (await kring.gemeente.get("/toewijzing/v1/verzoeken"))["verzoeken"]
    maker = colleague(kring.gemeente, "m.maker")
    await do(maker, "PUT", "/rekeningen/eigen", EIGEN)
    await do(maker, "PUT", f"/rekeningen/{kring.aanbieder.code}", VAN_AANBIEDER)
    [voorstel] = (await do(maker, "POST", "", {}, 201))["betalingen"]
    await do(colleague(kring.gemeente, "c.controleur"), "POST", f"/{voorstel['id']}/vrijgave")
    bestand = await do(maker, "POST", "/bestanden", {"betalingen": [voorstel["id"]]}, 201)
    await by_hand(kring)
    line = prestatie(kring, number, volume=1, periode=APRIL)
    waiting = (await park(kring, a_declaratie(kring, line, periode=APRIL, op="05-04"))).json()
    dossier = await Dossier.gemeld(kring)
    given = await kring.aanbieder.request("POST", EVALUATIES, json=form(kring, await gestopt(kring)))
    found.ids = {(service, "bericht_id"): one["id"] for service, one in sent.items()}
    found.ids |= {
        ("declaratie", "wachtend"): waiting["id"],
        ("", "voorstel_id"): voorstel["id"],
        ("", "bestand_id"): bestand["id"],
        ("", "dossier_id"): dossier.id,
        ("", "evaluatie_id"): given.json()["id"],
        **{(service, "machtiging_id"): await authorise(kring, service) for service in SERVICES},
        **{(service, "abonnement_id"): await subscribe(kring, service) for service in SERVICES},
        ("", "verzoek_id"): str(verzoek["id"]),
        ("", "toewijzingNummer"): str(number),
        ("", "aanbieder"): kring.aanbieder.code,
        ("", "gemeente"): kring.gemeente.code,
    }
    uuids = {one for (_, name), one in found.ids.items() if name.endswith("_id") and "-" in one}
    found.secrets = {*uuids, kring.aanbieder.code, waiting["id"]}
    return found


async def authorise(kring: Kring, service: str) -> str:
    """The id of a mandate that the gemeente gives."""
    name = f"organisatie:{kring.nummer():020}"
    made = await kring.gemeente.request("POST", f"/{service}/v1/machtigingen", json={"organisatie": name})
    found: str = made.json()["id"]
    return found


async def subscribe(kring: Kring, service: str) -> str:
    """The id of a webhook of the gemeente, that leads nowhere."""
    body = {"url": f"https://{kring.gemeente.code}.invalid/hook", "berichten": [NERGENS[service]]}
    made = await kring.gemeente.request("POST", f"/{service}/v1/abonnementen", json=body)
    found: str = made.json()["id"]
    return found


async def kept(bezit: Bezit) -> dict[str, str]:
    """A digest of all that the database has of a circle, by table."""
    parties = [bezit.kring.gemeente.partij, bezit.kring.aanbieder.partij]
    names = [*map(str, parties), *(one.code for one in parties)]
    found = {}
    for service in SERVICES:
        for row in await bezit.kring.stapel.query(COLUMNS, service):
            if row["name"] in NIET_VERGELEKEN or f"{service}.{row['name']}" in PROJECTIES:
                continue
            mine = " or ".join(f"{column} = any($1)" for column in row["columns"])
            sql = f"select t::text as line from {service}.{row['name']} as t where {mine} order by 1"
            lines = [one["line"] for one in await bezit.kring.stapel.query(sql, names)]
            found[f"{service}.{row['name']}"] = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return found


def body_for(method: str, path: str, bezit: Bezit) -> Any:
    """A body about what the circle has, for some operations; to others none is right."""
    bodies: Mapping[tuple[str, str], Any] = {
        ("POST", "/betalingen"): {"aanbieder": bezit.own("", "aanbieder")},
        ("POST", "/betalingen/bestanden"): {"betalingen": [bezit.own("", "voorstel_id")]},
        ("POST", "/declaraties/{bericht_id}/beslissingen"): {"filter": {}, "besluit": "goedkeuren"},
        ("PUT", "/handmatig"): {"instellingen": []},
        ("PUT", "/betalingen/rekeningen/eigen"): EIGEN,
        ("POST", "/verbruik/zoek"): {"toewijzingNummers": [int(bezit.own("", "toewijzingNummer"))]},
    }
    return bodies.get((method, path), {})


async def attempt(
    who: Deelnemer, service: str, method: str, path: str, operation: Mapping[str, Any], bezit: Bezit
) -> httpx.Response:
    """One operation with the ids of a circle in its path, its query and its body."""
    parameters = operation.get("parameters", [])
    asked = "wachtend" if "beslissingen" in path else "bericht_id"
    values = {one["name"]: bezit.own(service, one["name"]) for one in parameters if one["in"] == "path"}
    if "bericht_id" in values:
        values["bericht_id"] = bezit.own(service, asked)
    params = {"vorm": "csv", "jaar": "2025"} | {
        name: bezit.own("", name) for name in ("gemeente", "aanbieder", "toewijzingNummer")
    }
    known = {one["name"] for one in parameters if one["in"] == "query"}
    query = {name: value for name, value in params.items() if name in known}
    address = f"/{service}/v1{path.format(**values)}"
    if "requestBody" not in operation:
        return await who.request(method, address, params=query)
    if path == "/berichten":
        xml = a_305(bezit.kring, bezit.kring.nummer()).xml
        return await who.request(method, address, content=xml, headers={"Content-Type": "application/xml"})
    return await who.request(method, address, params=query, json=body_for(method, path, bezit))


async def test_every_operation_with_the_ids_of_others_shows_and_changes_nothing(make_kring: MakeKring) -> None:
    mine, other = await fill(make_kring("3.2")), await fill(make_kring("3.2"))
    before = [await kept(one) for one in (mine, other)]
    tried, wrong = 0, []

    for service in SERVICES:
        document = await mine.kring.gemeente.get(f"/{service}/v1/openapi.json")
        for full, operations in document["paths"].items():
            path = full.removeprefix(f"/{service}/v1")
            for method in (one.upper() for one in operations if one in METHODS):
                if path in OF_ALL or (method, path) in OWN_BOOK:
                    continue
                for who, whose in (
                    (mine.kring.gemeente, other), (mine.kring.aanbieder, other), (other.kring.aanbieder, mine)
                ):  # fmt: skip
                    answer = await attempt(who, service, method, path, operations[method.lower()], whose)
                    tried += 1
                    brought = answer.request.content.decode()
                    shown = [one for one in whose.secrets if one in answer.text and one not in brought]
                    # Who asks for another's by its id is told that it is not there, whatever he brings.
                    good = answer.status_code == 404 if "{" in path else answer.status_code < 500
                    if not good or shown:
                        wrong.append((who.partij.soort, method, full, answer.status_code, shown))

    assert wrong == []
    assert tried > 200
    after = [await kept(one) for one in (mine, other)]
    changed = [name for was, now in zip(before, after, strict=True) for name in was if was[name] != now[name]]
    assert changed == []
