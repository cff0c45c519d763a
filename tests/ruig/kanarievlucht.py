"""Where canaries fly besides messages: cases, evaluaties, mandates, webhooks, payments, lists, files, DLQ (B18)."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import httpx

from shared.settings import SERVICES
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.toewijzing import a_301
from tests.keten.deelnemer import Deelnemer
from tests.keten.dossiers import PAD, Dossier, inwoner
from tests.keten.kring import Kring
from tests.keten.regels.zorg import gestopt
from tests.keten.test_betalingen import BETALINGEN, EIGEN, VAN_AANBIEDER, colleague, do
from tests.keten.test_evaluatie import BASE as EVALUATIES
from tests.keten.test_evaluatie import INHOUD, form
from tests.ontvanger import Ontvanger
from tests.wachten import eventually

OVER = "Berkel, Proefstraat 7, kan niet meer alleen"
"""What parties write of a client, in whatever field takes words."""
LIJSTEN = {
    "toewijzing": (
        "dossiers", "audit", "machtigingen", "abonnementen", "termijnen", "termijnen.ics", "verzoeken", "toewijzingen",
    ),
    "startstop": (
        "evaluaties", "wachtlijst", "wachtlijst/cijfers", "audit", "machtigingen", "abonnementen", "termijnen",
        "termijnen.ics",
    ),
    "declaratie": (
        "declaraties", "prestaties", "cijfers?groep=maand", "betalingen", "handmatig", "audit", "machtigingen",
        "abonnementen", "termijnen", "termijnen.ics",
    ),
}  # fmt: skip
"""Lists, in JSON and where there is one as a file: they tell nobody's name, to the parties neither."""


class Luisteraar(Protocol):
    """Who keeps what was answered, to be searched afterwards."""

    def in_place(self, kring: Kring, xml: bytes) -> bytes:
        """A body with the canaries of this client in it."""
        ...

    def heard(self, what: str, answer: httpx.Response) -> None:
        """An answer in which no canary may be."""
        ...


@dataclass
class Zanger(Deelnemer):
    """A party that writes the name and street of its client in every body."""

    sings: Callable[[bytes], bytes] = bytes

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request, with the canaries in its body."""
        if options.get("json") is not None:
            body = json.dumps(options.pop("json"), default=str).encode()
            headers = {"Content-Type": "application/json", **options.pop("headers", {})}
            options |= {"content": self.sings(body), "headers": headers}
        elif options.get("content"):
            options["content"] = self.sings(options["content"])
        return await super().request(method, path, **options)


def singing(kring: Kring, kanaries: Luisteraar) -> Kring:
    """The same circle, whose parties write the canaries."""

    def sings(body: bytes) -> bytes:
        return kanaries.in_place(kring, body)

    both = (Zanger(one.partij, one.stapel, one.http, sings) for one in (kring.gemeente, kring.aanbieder))
    gemeente, aanbieder = both
    return replace(kring, gemeente=gemeente, aanbieder=aanbieder)


async def fly(quiet: Kring, other: Deelnemer, kanaries: Luisteraar) -> None:
    """One client through all of it."""
    kring = singing(quiet, kanaries)
    ontvanger, webhooks = await webhooks_of(kring, kanaries)
    paths = [await a_case(kring, kanaries), await an_evaluatie(kring, kanaries)]
    await a_mandate(kring, kanaries)
    paths += await payments(kring, kanaries)
    for path in paths:
        answer = await other.request("GET", path)
        assert answer.status_code == 404, (path, answer.status_code)
        kanaries.heard(f"een ander: {path}", answer)
    await lists(kring, kanaries)
    await told(ontvanger, kanaries)
    for path in webhooks:
        await kring.aanbieder.request("DELETE", path)
    await ontvanger.close()


async def webhooks_of(kring: Kring, kanaries: Luisteraar) -> tuple[Ontvanger, list[str]]:
    """A receiver of the aanbieder that is told of all his mail, and his subscriptions; and what is wrong about one."""
    ontvanger, made = await Ontvanger().open(), []
    for service in SERVICES:
        path = f"/{service}/v1/abonnementen"
        answer = await kring.aanbieder.request("POST", path, json={"url": ontvanger.url})
        assert answer.status_code == 201, answer.text
        kanaries.heard("webhook", answer)
        made.append(f"{path}/{answer.json()['id']}")
        for wrong in ({"url": OVER}, {"url": ontvanger.url, "berichten": [OVER]}, {"url": OVER, kring.bsn: OVER}):
            answer = await kring.aanbieder.request("POST", path, json=wrong)
            assert answer.status_code == 400
            kanaries.heard("webhook", answer)
    return ontvanger, made


async def told(ontvanger: Ontvanger, kanaries: Luisteraar) -> None:
    """What the receiver got is searched like an answer."""

    async def heard() -> bool:
        sources = {one.event["source"] for one in ontvanger.aangenomen}
        return len(sources) == len(SERVICES)

    await eventually(heard, "the aanbieder is told of mail of each service")
    for one in ontvanger.meldingen:
        kanaries.heard("webhook", httpx.Response(200, headers=one.headers, content=one.body))


async def a_case(kring: Kring, kanaries: Luisteraar) -> str:
    """A case with a contact person; and what is wrong about one."""
    dossier = await Dossier.gemeld(kring, hulpvraag=OVER)
    await dossier.bespreek(zelf_ingevuld=True)
    await dossier.gemeente(
        "perspectiefplan", ingevuldDoor="inwoner", aangevuld=True, enkelvoudig=True, samenvatting=OVER, inzet=OVER,
        contactpersonen=[{"naam": "Berkel", "relatie": "dochter van Berkel", "telefoon": kring.bsn}],
    )  # fmt: skip
    seen = await dossier.lees(kring.gemeente)
    assert "Kanarie" in json.dumps(seen), "the canaries are in the case"
    person = inwoner(kring.bsn)
    melding = {"gemeente": kring.gemeente.code, "inwoner": person, "hulpvraag": OVER}
    wrong = {
        "bsn": melding | {"inwoner": person | {"bsn": f"{kring.bsn}1"}},
        "naam": melding | {"inwoner": person | {"geslacht": "Berkel"}},
        "veld": melding | {"Proefstraat7": "Berkel", kring.bsn: 1},
        "datum": melding | {"dag": "Berkel"},
        "gemeente": melding | {"gemeente": kring.bsn},
    }
    for what, body in wrong.items():
        answer = await kring.gemeente.request("POST", PAD, json=body)
        assert answer.status_code in (400, 403), (what, answer.status_code)
        kanaries.heard(f"dossier: {what}", answer)
    for what in ("sluiting", "plan-van-aanpak", "ondertekening"):
        kanaries.heard(what, await dossier.probeer(kring.gemeente, what, {"document": OVER, kring.bsn: OVER}))
    kanaries.heard("verloop", await kring.gemeente.request("GET", f"{PAD}/{dossier.id}/verloop"))
    kanaries.heard("zoek", await kring.gemeente.request("POST", f"{PAD}/zoek", json={"bsn": kring.bsn}))
    return f"{PAD}/{dossier.id}"


async def an_evaluatie(kring: Kring, kanaries: Luisteraar) -> str:
    """An evaluatie that says who the client is; and what is wrong about one."""
    body = form(kring, await gestopt(kring)) | {"client": {"oordeel": "tevreden", "toelichting": OVER}}
    made = await kring.aanbieder.request("POST", EVALUATIES, json=body)
    assert made.status_code == 201, made.text
    path = f"{EVALUATIES}/{made.json()['id']}"
    for wrong in ({**INHOUD, "verbetert": OVER}, {**INHOUD, "verbetert": 1, kring.bsn: OVER}, {"client": kring.bsn}):
        answer = await kring.aanbieder.request("PUT", path, json=wrong)
        assert answer.status_code == 400
        kanaries.heard("evaluatie", answer)
    kanaries.heard("versies", await kring.gemeente.request("GET", f"{path}/versies"))
    return path


async def a_mandate(kring: Kring, kanaries: Luisteraar) -> None:
    """A mandate; and one with a client where the organisation should be."""
    right = f"organisatie:{kring.nummer():020}"
    for given in (right, f"organisatie:{kring.bsn}", OVER, kring.bsn):
        body = {"organisatie": given, **({} if given == right else {kring.bsn: OVER})}
        answer = await kring.gemeente.request("POST", "/declaratie/v1/machtigingen", json=body)
        assert (answer.status_code == 201) == (given == right)
        kanaries.heard("machtiging", answer)


async def payments(kring: Kring, kanaries: Luisteraar) -> Sequence[str]:
    """What is paid, in every form: a bank need not know whose care it was."""
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    await kring.aanbieder.send(a_declaratie(kring, prestatie(kring, nummer, volume=2)))
    maker = colleague(kring.gemeente, "m.maker")
    await do(maker, "PUT", "/rekeningen/eigen", EIGEN)
    await do(maker, "PUT", f"/rekeningen/{kring.aanbieder.code}", VAN_AANBIEDER)
    [voorstel] = (await do(maker, "POST", "", {}, 201))["betalingen"]
    await do(colleague(kring.gemeente, "c.controleur"), "POST", f"/{voorstel['id']}/vrijgave")
    bestand = await do(maker, "POST", "/bestanden", {"betalingen": [voorstel["id"]]}, 201)
    paths = [f"{BETALINGEN}/{voorstel['id']}", f"{BETALINGEN}/bestanden/{bestand['id']}"]
    for path in (*paths, f"{BETALINGEN}/bestanden"):
        kanaries.heard(path, await maker.request("GET", path))
    for path in paths:
        for vorm in ("sepa", "csv", "excel"):
            answer = await maker.request("GET", f"{path}/export?vorm={vorm}")
            assert answer.status_code == 200, (path, vorm, answer.text)
            kanaries.heard(vorm, unpacked(answer) if vorm == "excel" else answer)
    for tail in ("regels", "aansluiting"):
        kanaries.heard(tail, await maker.request("GET", f"{paths[0]}/{tail}"))
    kanaries.heard("regels als csv", await maker.request("GET", f"{paths[0]}/regels", headers={"Accept": "text/csv"}))
    return paths


def unpacked(answer: httpx.Response) -> httpx.Response:
    """A workbook with its parts as they are read."""
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        parts = b"\n".join(name.encode() + b"\n" + book.read(name) for name in book.namelist())
    return httpx.Response(answer.status_code, headers=answer.headers, content=parts)


async def lists(kring: Kring, kanaries: Luisteraar) -> None:
    """All lists of both parties, as JSON and as a file; and what is found by BSN."""
    for who in (kring.gemeente, kring.aanbieder):
        for service in SERVICES:
            for name in LIJSTEN[service]:
                for accept in ("*/*", "text/csv"):
                    answer = await who.request("GET", f"/{service}/v1/{name}", headers={"Accept": accept})
                    assert answer.status_code in (200, 403, 406), (service, name, accept, answer.text)
                    kanaries.heard(f"{name} {accept}", answer)
    for service, path in (("toewijzing", "audit/zoek"), ("declaratie", "audit/zoek"), ("declaratie", "verbruik/zoek")):
        for accept in ("application/json", "text/csv"):
            answer = await kring.gemeente.request(
                "POST", f"/{service}/v1/{path}", json={"bsn": kring.bsn}, headers={"Accept": accept}
            )
            assert answer.status_code in (200, 406), (path, answer.text)
            kanaries.heard(path, answer)
