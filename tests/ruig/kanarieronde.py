"""Every operation that there is, with canaries wherever a caller can write something (B18): taken from the OpenAPI
documents, so that a new operation comes along by itself, and is missed when nobody ever flew it."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from shared.security.partij import Partij
from shared.settings import SERVICES
from tests.keten.berichten.declaratie import APRIL, a_declaratie, prestatie
from tests.keten.berichten.toewijzing import a_301
from tests.keten.berichten.verzoek import a_315
from tests.keten.contracten import enter
from tests.keten.deelnemer import Deelnemer
from tests.keten.dossiers import EINDE, START, gebied, huishoudelijk, tot_voorstel, voorstel
from tests.keten.kring import Kring
from tests.keten.regels.zorg import gestopt
from tests.keten.test_betalingen import colleague, do
from tests.keten.test_catalogus import enter as enter_price
from tests.keten.test_evaluatie import BASE as EVALUATIES
from tests.keten.test_evaluatie import INHOUD, form
from tests.keten.test_handmatig import by_hand, decide, goed, park

METHODS = ("get", "post", "put", "patch", "delete")
NIET_GELUKT: Mapping[str, str] = {
    "GET /declaratie/v1/verzamelfacturen/{bericht_id}": "of a WMO303F (2.4) alone: amounts, as the lines "
    "of a declaration, which are flown",
    **{
        f"{one} /{service}/v1/abonnementen/{{abonnement_id}}{tail}": "an address and a secret, and no word of anybody"
        for service in SERVICES
        for one, tail in (("GET", ""), ("POST", "/geheim"), ("POST", "/hervatting"))
    },
}
"""Operations that no flight brings to a good end, and why that is no loss."""
HEADERS = (
    "X-Request-Id", "traceparent", "Reden", "Prefer", "Accept", "Content-Type", "If-Match", "Idempotency-Key",
    "User-Agent", "X-Forwarded-For", "Origin", "Cookie", "Client-Cert",
)  # fmt: skip
"""In which a caller may write what he likes."""


@dataclass(frozen=True)
class Operatie:
    """One operation of one service."""

    dienst: str
    methode: str
    pad: str
    parameters: tuple[str, ...]
    """Of its query."""

    @property
    def naam(self) -> str:
        return f"{self.methode} {self.pad}"

    def matches(self, methode: str, pad: str) -> bool:
        """Whether a request was one of these."""
        return methode == self.methode and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", self.pad), pad) is not None


@dataclass
class Logboek:
    """Which operations came to a good end, whoever asked for them."""

    operaties: list[Operatie]
    gelukt: set[str] = field(default_factory=set)

    async def __call__(self, answer: httpx.Response) -> None:
        """Told of each answer."""
        if answer.status_code < 300:
            methode, pad = answer.request.method, answer.request.url.path
            # What has words of its own goes before what has a name there: betalingen/rekeningen, betalingen/{id}.
            found = sorted((one for one in self.operaties if one.matches(methode, pad)), key=lambda one: "{" in one.pad)
            self.gelukt |= {one.naam for one in found[:1]}

    @property
    def nooit(self) -> set[str]:
        """Those that never did."""
        return {one.naam for one in self.operaties} - self.gelukt


async def alle_operaties(who: Deelnemer) -> list[Operatie]:
    """As the three documents tell them."""
    found = []
    for service in SERVICES:
        document = await who.get(f"/{service}/v1/openapi.json")
        for path, item in document["paths"].items():
            for method in METHODS:
                if method in item:
                    told = item[method].get("parameters", [])
                    query = tuple(one["name"] for one in told if one.get("in") == "query")
                    found.append(Operatie(service, method.upper(), path, query))
    return found


@contextmanager
def opgeschreven(http: httpx.AsyncClient, logboek: Logboek) -> Iterator[None]:
    """What is answered within, in the book."""
    http.event_hooks["response"].append(logboek)
    try:
        yield
    finally:
        http.event_hooks["response"].remove(logboek)


async def overal_verkeerd(kring: Kring, operaties: list[Operatie], heard: Any, woorden: list[str]) -> int:
    """Asks for each operation with canaries where they do not belong: in the address, its query, headers and body, by
    both parties and by operations. How many requests."""
    who, asked = [kring.gemeente, kring.aanbieder, beheerder(kring)], 0
    for number, one in enumerate(operaties):
        word = woorden[number % len(woorden)]
        path = re.sub(r"\{[^}]+\}", quote(word, safe=""), one.pad)
        known = re.sub(r"\{[^}]+\}", str(uuid4()), one.pad)
        # A field that is not ours is named to who sent it, if it has letters alone: so he finds his typing error.
        body = {kring.bsn: word, f"{word}7": word, "bsn": word, "inhoud": [word], "van": word}
        attempts: list[tuple[str, dict[str, Any]]] = [
            (path, {"params": dict.fromkeys(one.parameters, word) | {f"{word}7": word}}),
            (known, {"headers": {name: _ascii(word) for name in HEADERS}}),
            (known, {"headers": {"Reden": f"klacht van {_ascii(word)} zelf"}}),
        ]
        if one.methode != "GET":
            headers = {"Content-Type": "application/json", "If-Match": '"1"'}
            attempts += [
                (known, {"content": json.dumps(body).encode(), "headers": headers}),
                (known, {"content": json.dumps([word, body]).encode()[:-1], "headers": headers}),
                (known, {"content": f"{word}7;bsn\n{word};{word}\n".encode(), "headers": {"Content-Type": "text/csv"}}),
            ]
        for at, (address, options) in enumerate(attempts):
            answer = await who[(number + at) % len(who)].request(one.methode, address, **options)
            assert answer.status_code < 500, (one.naam, at, answer.status_code, answer.text)
            if answer.status_code >= 400:
                heard(f"verkeerd {at}: {one.naam}", answer)
            asked += 1
    return asked


def beheerder(kring: Kring) -> Deelnemer:
    """Operations."""
    return Deelnemer(Partij("beheer"), kring.stapel, kring.gemeente.http)


def _ascii(word: str) -> str:
    return word.encode("ascii", "ignore").decode()


async def alles_goed(kring: Kring, heard: Any) -> None:
    """What the other flights do not bring to a good end: tariffs, mail, decisions, cases to their last deed, mandates
    that end, payments that are taken back."""
    await dossiers(kring)
    await evaluaties(kring)
    await met_de_hand(kring, heard)
    await betalingen(kring, heard)
    await lezen(kring, heard)
    # Last: once a gemeente has entered a product, what has no contract is refused.
    await tarieven(kring)


async def lezen(kring: Kring, heard: Any) -> None:
    """Mail, fetched and acknowledged; messages tried; lists of codes; a mandate that ends."""
    sent = {"toewijzing": a_301(kring, kring.nummer())}
    await kring.gemeente.send(sent["toewijzing"])
    await kring.aanbieder.send(a_315(kring, kring.identificatie()) if kring.release == "3.2" else sent_by(kring))
    for service in SERVICES:
        base = f"/{service}/v1"
        for who in (kring.gemeente, kring.aanbieder):
            for one in (await who.get(f"{base}/berichten", limiet=3))["berichten"]:
                await who.get(f"{base}/berichten/{one['id']}")
                for tail in ("meldingen", "signalen"):
                    heard(tail, await who.request("GET", f"{base}/berichten/{one['id']}/{tail}"))
                await who.request("GET", f"{base}/berichten/{one['id']}/retour")
            for one in await who.waiting(service):
                heard("ontvangst", await who.request("POST", f"{base}/postbus/{one['id']}/ontvangst"))
        for list_ in ("codelijsten", "codelijsten/WJ756?release=3.2", "audit/cijfers"):
            heard(list_, await kring.gemeente.request("GET", f"{base}/{list_}"))
        body, headers = sent["toewijzing"].xml, {"Content-Type": "application/xml"}
        heard("toets", await kring.gemeente.request("POST", f"{base}/validaties", content=body, headers=headers))
        zoek = await kring.gemeente.request("POST", f"{base}/audit/zoek", json={"bsn": kring.bsn})
        heard("audit/zoek", zoek)
        given = {"organisatie": f"organisatie:{kring.nummer():020}"}
        made = (await kring.gemeente.request("POST", f"{base}/machtigingen", json=given)).json()
        for method in ("GET", "DELETE"):
            heard("machtiging", await kring.gemeente.request(method, f"{base}/machtigingen/{made['id']}"))
    for path in ("verzoeken", "toewijzingen", "producten"):
        heard(path, await kring.gemeente.request("GET", f"/toewijzing/v1/{path}"))
    for one in (await kring.gemeente.get("/toewijzing/v1/verzoeken"))["verzoeken"]:
        heard("verzoek", await kring.gemeente.request("GET", f"/toewijzing/v1/verzoeken/{one['id']}"))


def sent_by(kring: Kring) -> Any:
    """A message of an aanbieder, in the release in which there are no requests: over the period that he declared last,
    since an earlier one would be refused (TR318)."""
    return a_declaratie(kring, prestatie(kring, kring.nummer(), periode=APRIL), periode=APRIL, op="05-04")


async def tarieven(kring: Kring) -> None:
    """Products and prices, and the advice that rests on them."""
    await enter(kring, geldigVan="2019-01-01", geldigTot="2019-12-31")
    price = {"gemeente": kring.gemeente.code, "code": "2A", "intensiteit": 2, "tarief": 1, "geldigTot": "2026-01-31"}
    assert await enter_price(kring.gemeente, price) == 201
    for path in ("catalogus", f"catalogus/tarieven?gemeente={kring.gemeente.code}"):
        await kring.aanbieder.get(f"/toewijzing/v1/{path}")
    vraag = {"gemeente": kring.gemeente.code, "gebieden": [{"gebied": "2A", "uren": 2}]}
    assert (await kring.aanbieder.request("POST", "/toewijzing/v1/catalogus/advies", json=vraag)).status_code == 200


async def dossiers(kring: Kring) -> None:
    """Cases by both ways to their last deed; and one that comes back, and ends."""
    own = await huishoudelijk(kring, gemeld="2026-11-02", start=START, einde=EINDE)
    await own.gemeente("akkoord", versie=1)
    await own.wijs_toe()
    await own.aanbieder("vervolg", aanleiding="verlenging", toelichting="Berkel blijft in de Proefstraat")
    other = await tot_voorstel(_ander(kring), gebied("2A", 2))
    await other.gemeente("overleg", uitkomst="Berkel wil eerst wat lichter")
    await other.aanbieder("ondersteuningsplan", **voorstel(gebied("2A", 1)))
    await other.gemeente("doelbinding", delen=other.delen("2A"))
    await other.aanbieder("teruggave", reden="wachtlijst")
    await other.gemeente("sluiting", reden="ingetrokken")
    for one in (own, other):
        await one.kring.gemeente.get(f"/toewijzing/v1/dossiers/{one.id}/verloop")
    await kring.gemeente.get("/toewijzing/v1/dossiers")


def _ander(kring: Kring) -> Kring:
    return replace(kring, bsn=next(kring.tellers.bsns))


async def evaluaties(kring: Kring) -> None:
    """One that is mended, and received."""
    made = await kring.aanbieder.request("POST", EVALUATIES, json=form(kring, await gestopt(kring)))
    path = f"{EVALUATIES}/{made.json()['id']}"
    better = {**INHOUD, "client": {"oordeel": "tevreden", "toelichting": "Berkel is tevreden"}, "verbetert": 1}
    assert (await kring.aanbieder.request("PUT", path, json=better)).status_code == 200
    await kring.gemeente.get(path)
    assert (await kring.gemeente.request("POST", f"{path}/ontvangst")).status_code == 204
    for name in ("zorgperioden", "wachtlijst", "wachtlijst/cijfers"):
        await kring.gemeente.get(f"/startstop/v1/{name}")


async def met_de_hand(kring: Kring, heard: Any) -> None:
    """A line that the gemeente decides on, with a reason that names the client."""
    base, number = "/declaratie/v1", kring.nummer()
    await kring.gemeente.send(a_301(kring, number))
    await by_hand(kring)
    line = prestatie(kring, number)
    bericht_id = (await park(kring, a_declaratie(kring, line))).json()["id"]
    for path in ("handmatig", "handmatig/openstaand", f"declaraties/{bericht_id}/beslissingen"):
        heard(path, await kring.gemeente.request("GET", f"{base}/{path}"))
    await decide(kring, bericht_id, goed(line))
    assert (await kring.gemeente.request("DELETE", f"{base}/handmatig")).status_code == 204
    for path in (
        f"declaraties/{bericht_id}",
        f"declaraties/{bericht_id}/regels",
        f"verbruik/{number}",
        "perioden?jaar=2026",
    ):
        heard(path, await kring.gemeente.request("GET", f"{base}/{path}"))
    zoek = await kring.gemeente.request("POST", f"{base}/verbruik/zoek", json={"bsn": kring.bsn})
    heard("verbruik/zoek", zoek)
    for path in ("verzamelfacturen", f"verzamelfacturen/verwacht?jaar=2025&aanbieder={kring.aanbieder.code}"):
        heard(path, await kring.gemeente.request("GET", f"{base}/{path}"))


async def betalingen(kring: Kring, heard: Any) -> None:
    """A proposal that is taken back; what there is to see of accounts and files."""
    number = kring.nummer()
    await kring.gemeente.send(a_301(kring, number))
    await kring.aanbieder.send(a_declaratie(kring, prestatie(kring, number, periode=APRIL), periode=APRIL, op="05-04"))
    maker = colleague(kring.gemeente, "m.maker")
    await do(maker, "PUT", "/rekeningen/eigen", {"naam": "Gemeente", "iban": "NL91ABNA0417164300", "bic": "ABNANL2A"})
    rekening = {"naam": "Zorg & Zo", "iban": "DE89370400440532013000"}
    await do(maker, "PUT", f"/rekeningen/{kring.aanbieder.code}", rekening)
    for voorstel_ in (await do(maker, "POST", "", {}, 201))["betalingen"]:
        heard("voorstel", await maker.request("GET", f"/declaratie/v1/betalingen/{voorstel_['id']}"))
        await do(maker, "POST", f"/{voorstel_['id']}/intrekking", {})
    heard("betalingen", await kring.aanbieder.request("GET", "/declaratie/v1/betalingen"))
    await do(maker, "GET", "/rekeningen")
