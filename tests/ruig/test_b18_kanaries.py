"""B18: canary BSNs, names and addresses through every kind of message, JSON and XML, good, refused and parked, and
through cases, evaluaties, mandates, payments, lists, files and dead letters (``kanarievlucht``); then a search of logs,
topics, metrics, problems, answers to others, the database and its files: nowhere in clear (P10)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer

from shared.iwmo.catalogus import RELEASES
from shared.kafka.client import KafkaConfig
from shared.kafka.topics import DLQ, EVALUATIE, PRODUCT, TOPICS
from shared.settings import SERVICES, Settings
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.berichten.startstop import a_305, a_307
from tests.keten.berichten.toewijzing import a_301
from tests.keten.berichten.verzoek import a_315, a_317
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring, MakeKring
from tests.keten.stapel import Stapel
from tests.ruig.kanarieronde import NIET_GELUKT, Logboek, alle_operaties, alles_goed, opgeschreven, overal_verkeerd
from tests.ruig.kanarievlucht import fly, singing
from tests.ruig.maat import Maat
from tests.shared.kafka.log import records_on
from tests.wachten import eventually

VREEMD = "Kanarie van niemand"
"""In an event of nobody's making."""
NAAM, STRAAT = b"Berkel", b"Proefstraat"
"""What the builders of messages write; each client gets its own instead."""
_LIKE = re.compile(rb"Kanarie[a-j]{9}|Vinkenslag[a-j]{9}|[0-9]{9,}")
"""What a canary looks like: to look for each apart takes hours at full size."""


@dataclass
class Kanaries:
    """What must not be found, and what is said to others than the parties, or about what went wrong."""

    sporen: set[bytes] = field(default_factory=set)
    antwoorden: list[tuple[str, bytes]] = field(default_factory=list)

    def in_place(self, kring: Kring, xml: bytes) -> bytes:
        """The body with the client's own name and street."""
        number = kring.bsn.encode()
        naam, straat = b"Kanarie" + letters(number), b"Vinkenslag" + letters(number)
        self.sporen |= {number, naam, straat}
        return xml.replace(NAAM, naam).replace(STRAAT, straat)

    def heard(self, what: str, answer: httpx.Response) -> None:
        self.antwoorden.append((what, answer.content + repr(answer.headers.multi_items()).encode()))

    def found_in(self, data: bytes) -> list[str]:
        words = _LIKE.findall(data)
        # A BSN may stand in a longer row of digits.
        parts = {word[at : at + 9] for word in words if word.isdigit() for at in range(len(word) - 8)}
        return sorted(one.decode() for one in self.sporen & (parts | set(words)))


def letters(digits: bytes) -> bytes:
    """A number as a word: names have no digits."""
    return bytes(digit + ord("a") - ord("0") for digit in digits)


async def send(who: Deelnemer, kanaries: Kanaries, kring: Kring, bericht: Bericht, *, as_json: bool = False) -> int:
    """The status; what the POST answers is kept: it has no content."""
    body = kanaries.in_place(kring, bericht.xml)
    kind = "application/xml"
    if as_json:
        kind = "application/json"
        body = kanaries.in_place(kring, json.dumps(bericht.json, default=str).encode())
    answer = await who.request(
        "POST", f"/{bericht.dienst}/v1/berichten", content=body, headers={"Content-Type": kind, "Prefer": "wait=10"}
    )
    kanaries.heard(f"{bericht.naam} {bericht.release} {kind}", answer)
    return answer.status_code


def berichten(kring: Kring) -> Iterator[tuple[Deelnemer, Bericht]]:
    """Every kind, right; and refused by a rule, and about what is not there."""
    nummer = kring.nummer()
    yield kring.gemeente, a_301(kring, nummer)
    yield kring.aanbieder, a_305(kring, nummer)
    yield kring.aanbieder, a_declaratie(kring, prestatie(kring, nummer))
    yield kring.aanbieder, a_declaratie(kring, prestatie(kring, kring.nummer(), bedrag=1))
    yield kring.aanbieder, a_307(kring, nummer)
    if kring.release == "3.2":
        yield kring.aanbieder, a_315(kring)
        yield kring.aanbieder, a_317(kring)
    yield kring.aanbieder, a_305(kring, kring.nummer())


async def go_wrong(kring: Kring, kanaries: Kanaries) -> None:
    """A canary in every place where a fault could quote it."""
    xml = kanaries.in_place(kring, a_301(kring).xml)
    bsn, who, url = kring.bsn, kring.gemeente, "/toewijzing/v1/berichten"
    bodies = {
        "geslacht": xml.replace(b"Geslacht>2<", b"Geslacht>" + bsn.encode() + b"<"),
        "lange naam": xml.replace(b"Kanarie", b"Kanarie" * 60),
        "element": xml.replace(b"Straatnaam>", b"x" + bsn.encode() + b">"),
        "kapot": xml[: len(xml) // 2] + b"&Kanarie;",
        "niet utf-8": b"\xff" + xml,
    }
    for what, body in bodies.items():
        answer = await who.request("POST", url, content=body, headers={"Content-Type": "application/xml"})
        assert answer.status_code == 400, (what, answer.status_code)
        kanaries.heard(what, answer)
    known = a_301(kring).json
    for what, wrong in {"sleutel": {**known, bsn: 1}, "waarde": {**known, "inhoud": {"Client": bsn}}}.items():
        kanaries.heard(what, await who.request("POST", url, json=wrong))
    for service, path in (("declaratie", "verbruik/zoek"), ("toewijzing", "audit/zoek")):
        for body in ({"bsn": bsn}, {"bsn": f"{bsn}9"}, {"bsn": [bsn]}, {bsn: bsn}):
            kanaries.heard(path, await who.request("POST", f"/{service}/v1/{path}", json=body))
    kanaries.heard("reden", await who.request("GET", f"/toewijzing/v1/berichten?cursor={'9' * 30}"))


async def snoop(kring: Kring, other: Deelnemer, kanaries: Kanaries) -> None:
    """What somebody else gets to see."""
    for service in SERVICES:
        for one in (await kring.gemeente.get(f"/{service}/v1/berichten"))["berichten"]:
            for tail in ("", "/retour", "/meldingen"):
                answer = await other.request("GET", f"/{service}/v1/berichten/{one['id']}{tail}")
                assert answer.status_code == 404
                kanaries.heard("een ander", answer)
        for path in ("berichten", "postbus", "audit", "termijnen"):
            kanaries.heard(f"ander: {path}", await other.request("GET", f"/{service}/v1/{path}"))


async def test_b18_canaries_are_found_nowhere_in_clear(stapel: Stapel, make_kring: MakeKring, maat: Maat) -> None:
    kanaries, statuses = Kanaries(), dict[int, int]()
    other = make_kring("3.2").gemeente
    kringen = [make_kring(release) for release in RELEASES for _ in range(maat.kies(2, 250))]
    for number, kring in enumerate(kringen):
        for place, (who, bericht) in enumerate(berichten(kring)):
            status = await send(who, kanaries, kring, bericht, as_json=(number + place) % 2 == 1)
            statuses[status] = statuses.get(status, 0) + 1
        await go_wrong(kring, kanaries)
        await snoop(kring, other, kanaries)
    assert {201} <= set(statuses) <= {201, 202}, statuses
    operaties = await alle_operaties(other)
    logboek = Logboek(operaties)
    with opgeschreven(other.http, logboek):
        for kring in (make_kring(release) for release in RELEASES for _ in range(maat.kies(1, 25))):
            await fly(kring, other, kanaries)
            await alles_goed(singing(make_kring(kring.release), kanaries), kanaries.heard)
    # A new operation? Let ``kanarieronde`` fly it.
    assert logboek.nooit - NIET_GELUKT.keys() == set()
    assert logboek.gelukt & NIET_GELUKT.keys() == set()
    words = [one.decode() for one in sorted(kanaries.sporen)]
    wrong_asked = await overal_verkeerd(kringen[-1], operaties, kanaries.heard, words)
    await a_dead_letter(stapel)
    await eventually(lambda: nothing_left(stapel), "all events have left", seconds=30, every=0.1)

    wrong = [(what, text[:600]) for what, text in kanaries.antwoorden if kanaries.found_in(text)]
    assert wrong == []
    assert await in_topics(stapel, kanaries) == []
    assert await in_database(stapel, kanaries) == []
    assert await in_metrics(stapel, other, kanaries) == []
    checked = await in_files(stapel, kanaries)
    maat.noteer(
        "B18",
        clienten=len(kringen),
        berichten=sum(statuses.values()),
        antwoorden=len(kanaries.antwoorden),
        kanaries=len(kanaries.sporen),
        operaties=len(operaties),
        overal_verkeerd=wrong_asked,
        bestanden=checked,
    )


async def a_dead_letter(stapel: Stapel) -> None:
    """An event that no reader can apply, which says who it is about where it should say what: set aside, with a reason
    that does not repeat it."""
    config = kafka_of(stapel)
    producer = AIOKafkaProducer(**config.arguments())
    await producer.start()
    try:
        await producer.send_and_wait(PRODUCT, json.dumps({"specversion": VREEMD}).encode(), key=b"b18:gif")
    finally:
        await producer.stop()
    aside = "select reden from declaratie.niet_toegepast where sleutel = 'b18:gif'"
    await eventually(lambda: stapel.query(aside), "the event is set aside", seconds=30, every=0.1)
    try:
        assert VREEMD not in (await stapel.query(aside))[0]["reden"]
    finally:
        # Other tests look whether anything lies aside.
        for service in ("startstop", "declaratie"):
            await stapel.query(f"delete from {service}.niet_toegepast where sleutel = 'b18:gif'")


async def nothing_left(stapel: Stapel) -> bool:
    counts = [await stapel.query(f"select count(*) from {one}.outbox where verzonden is null") for one in SERVICES]
    return not any(row[0][0] for row in counts)


def kafka_of(stapel: Stapel) -> KafkaConfig:
    """The broker of the stack."""
    where = stapel.kafka.bootstrap if stapel.kafka else f"127.0.0.1:{stapel.state['broker_poort']}"
    more = stapel.kafka.settings if stapel.kafka else {}
    own: dict[str, Any] = {name.removeprefix("KNOOPPUNT_").lower(): value for name, value in more.items()}
    return KafkaConfig.of(Settings(**(own | {"kafka_bootstrap": where})))


async def in_topics(stapel: Stapel, kanaries: Kanaries) -> list[str]:
    """All records of all topics, key and value."""
    seen: dict[str, list[bytes]] = {}
    for one in await records_on(TOPICS, kafka_of(stapel)):
        seen.setdefault(one.topic, []).append((one.key or b"") + b" " + (one.value or b""))
    assert {DLQ, EVALUATIE, PRODUCT} <= seen.keys()
    return [f"{topic}: {found}" for topic, said in seen.items() for found in kanaries.found_in(b"\n".join(said))]


async def in_database(stapel: Stapel, kanaries: Kanaries) -> list[str]:
    """All rows of all tables, as text: what is compressed in the files shows here."""
    wrong = []
    schemas = ", ".join(f"'{one}'" for one in SERVICES)
    tables = await stapel.query(
        f"select table_schema, table_name from information_schema.tables where table_schema in ({schemas})"
    )
    assert len(tables) > 30
    for schema, table in tables:
        rows = await stapel.query(f'select t::text from {schema}."{table}" t')
        text = "\n".join(row[0] for row in rows).encode()
        wrong += [f"{schema}.{table}: {found}" for found in kanaries.found_in(text)]
    return wrong


async def in_metrics(stapel: Stapel, who: Deelnemer, kanaries: Kanaries) -> list[str]:
    texts = [(await who.request("GET", f"/{one}/metrics")).content for one in SERVICES]
    assert all(b"knooppunt_berichten" in text for text in texts)
    return [found for text in texts for found in kanaries.found_in(text)]


async def in_files(stapel: Stapel, kanaries: Kanaries) -> int:
    """Logs, and the files of the database with its write-ahead log, names too."""
    await stapel.query("checkpoint")
    files = [path for path in stapel.data.parent.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(path.suffix == ".log" and path.stat().st_size for path in files)
    wrong = [(str(path), found) for path in files if (found := kanaries.found_in(_read(path) + str(path).encode()))]
    assert wrong == []
    return len(files)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""  # the server puts its files in other places while it works
