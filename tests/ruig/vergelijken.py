"""The comparison of a ledger with the system: verdicts, answers, mail, state, money, outbox and projections."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import httpx

from shared.settings import SERVICES
from tests.keten.deelnemer import BUSY, Deelnemer
from tests.keten.projecties import check_projections
from tests.ruig import verwachting
from tests.ruig.grootboek import PARKED, TAKEN, Grootboek, Post
from tests.wachten import eventually

AT_ONCE = 8
PAGE = 50
DECLARATIES = ("WMO303D", "WMO303F", "WMO323")
Item = TypeVar("Item")


async def vergelijk(boek: Grootboek, seconds: float) -> None:
    """Everything, the cheapest first; the first difference fails."""
    for post in boek.posten:
        check_answers(post)
    await check_outbox_empty(boek, seconds)
    await check_verdicts(boek, seconds)
    await check_messages(boek)
    await check_mail(boek)
    await check_state(boek)
    await check_money(boek)
    await check_projections(boek.stapel, seconds)
    await check_nothing_stuck(boek)


def check_answers(post: Post) -> None:
    """No 5xx but 503, always with Retry-After; and one outcome however often it was sent."""
    for one in post.antwoorden:
        assert one.status in (0, *TAKEN, *BUSY), f"{post.naam}: {one}"
        assert one.status not in BUSY or (one.wacht or "").isdigit(), f"{post.naam}: {one} without Retry-After"
    ids = {one.uitkomst["id"] for one in post.aangenomen if one.uitkomst}
    assert len(ids) <= 1, f"{post.naam} was stored {len(ids)} times"
    fresh = [one.status for one in post.antwoorden if one.status in (201, 202)]
    assert len(fresh) <= 1, f"{post.naam} was new {len(fresh)} times"
    told = {_verdict(one.uitkomst) for one in post.aangenomen if one.uitkomst and one.uitkomst["status"] != PARKED}
    assert len(told) <= 1, f"{post.naam} had {len(told)} verdicts: {told}"


def _verdict(uitkomst: dict[str, Any]) -> tuple[str, str | None, tuple[str, ...]]:
    retour = uitkomst["retour"]["id"] if uitkomst["retour"] else None
    return uitkomst["status"], retour, tuple(sorted(one["retourcode"] for one in uitkomst["meldingen"]))


async def check_outbox_empty(boek: Grootboek, seconds: float) -> None:
    """All that was to be told has been."""
    sql = " union all ".join(f"select 1 from {one}.outbox where verzonden is null" for one in SERVICES)

    async def empty() -> bool:
        return not await boek.stapel.query(sql)

    await eventually(empty, "the outboxes are empty", seconds=seconds, every=0.1)


async def check_verdicts(boek: Grootboek, seconds: float) -> None:
    """Every message that was taken has the verdict that it should, once, with one valid answer."""
    deadline = time.monotonic() + seconds

    async def judge(post: Post) -> None:
        post.oordeel = await _outcome(post, deadline)
        told = {_verdict(one.uitkomst) for one in post.aangenomen if one.uitkomst and one.uitkomst["status"] != PARKED}
        assert told <= {_verdict(post.oordeel)}, f"{post.naam}: the verdict changed from {told}"
        if post.verwacht is not None:
            told_why = [one["regel"] for one in post.oordeel["meldingen"]]
            assert post.oordeel["status"] == post.verwacht, f"{post.naam}: {post.oordeel['status']} {told_why}"
        if post.codes is not None:
            found = {one["retourcode"] for one in post.oordeel["meldingen"]}
            assert found == post.codes, f"{post.naam}: {found}"
        post.retour = await post.sender.retour(post.bericht, post.oordeel)
        if post.bericht.naam in DECLARATIES and post.verwerkt:
            verwachting.check_totals(post)

    await _each((post for post in boek.posten if post.id), judge)


async def _outcome(post: Post, deadline: float) -> dict[str, Any]:
    """Of a message, once it is not parked any more."""
    assert post.id is not None
    while True:
        try:
            found = await post.sender.outcome(post.bericht.dienst, post.id)
        except httpx.TransportError:
            found = {"status": PARKED}
        if found["status"] != PARKED:
            return found
        assert time.monotonic() < deadline, f"{post.naam} is still parked"
        await asyncio.sleep(0.1)


async def check_messages(boek: Grootboek) -> None:
    """The tables have each message that was taken once, with one answer, and none of our parties' besides."""
    parties = sorted({str(party.partij) for post in boek.posten for party in (post.sender, post.receiver)})
    ours = Counter(post.id for post in boek.posten if post.id)
    assert set(ours.values()) <= {1}, "two messages of the ledger got one id"
    stored: set[str] = set()
    for dienst in SERVICES:
        sql = f"select id, heen_id, status from {dienst}.bericht where partij_van = any($1) or partij_naar = any($1)"
        rows = await boek.stapel.query(sql, parties)
        went = {str(row["id"]) for row in rows if row["heen_id"] is None}
        answered = Counter(str(row["heen_id"]) for row in rows if row["heen_id"] is not None)
        assert answered == Counter(went), f"{dienst}: not one answer to each message"
        stored |= went
    unanswered = {post.id for post in boek.posten if not post.id}
    assert stored >= set(ours), f"lost: {len(set(ours) - stored)} messages that were taken"
    if not unanswered:
        assert stored == set(ours), f"{len(stored - set(ours))} messages that nobody sent"


async def check_mail(boek: Grootboek) -> None:
    """Each party has every answer to its own messages and every message for it, once."""
    expected: dict[tuple[str, str], Counter[str]] = {}
    parties: dict[str, Deelnemer] = {}
    for post in boek.posten:
        if post.oordeel is None:
            continue
        for party in (post.sender, post.receiver):
            parties[party.code] = party
            expected.setdefault((party.code, post.bericht.dienst), Counter())
        expected[post.sender.code, post.bericht.dienst][str(post.oordeel["retour"]["id"])] += 1
        if post.verwerkt:
            expected[post.receiver.code, post.bericht.dienst][str(post.id)] += 1
    for (code, dienst), wanted in expected.items():
        found = Counter([one["id"] for one in await _mail(parties[code], dienst)])
        assert found == wanted, (
            f"mail of {code} at {dienst}: {len(wanted - found)} too few, {len(found - wanted)} too many"
        )


async def _mail(party: Deelnemer, dienst: str) -> list[dict[str, Any]]:
    return await pages(party, f"/{dienst}/v1/postbus", "berichten")


async def pages(party: Deelnemer, path: str, what: str) -> list[dict[str, Any]]:
    """A list, page after page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await party.get(path, limiet=500, **cursor)
        found += page[what]
        if not page.get("volgende"):
            return found
        cursor = {"cursor": page["volgende"]}


async def check_state(boek: Grootboek) -> None:
    """Toewijzingen and care periods are what the accepted messages make of them."""
    stored: dict[Any, Any] = {}
    started: dict[Any, Any] = {}
    for gemeente in _gemeenten(boek):
        for one in await pages(gemeente, "/toewijzing/v1/toewijzingen", "toewijzingen"):
            volume = one["omvang"]["volume"] if one["omvang"] else None
            stored[one["gemeente"], one["toewijzingNummer"]] = (one["ingangsdatum"], one["einddatum"], volume)
        for one in await pages(gemeente, "/startstop/v1/zorgperioden", "zorgperioden"):
            key = (one["gemeente"], one["toewijzingNummer"])
            assert key not in started, f"two care periods on {key}"
            started[key] = (one["begindatum"], one["einddatum"])
    same("toewijzingen", verwachting.toewijzingen(boek.posten), stored)
    same("care periods", verwachting.zorgperioden(boek.posten), started)


async def check_money(boek: Grootboek) -> None:
    """What is consumed is the sum of the granted lines, in cents: as asked, and as the lines are stored."""
    expected = verwachting.toegekend(boek.posten)
    stored: dict[Any, int] = {}
    asked: dict[Any, int] = {}
    for gemeente in _gemeenten(boek):
        sql = (
            "select toewijzing_nummer, sum(case when credit then -bedrag else bedrag end)::bigint from "
            "declaratie.prestatie where gemeente = $1 and toegekend group by 1"
        )
        stored |= {(gemeente.code, row[0]): row[1] for row in await boek.stapel.query(sql, gemeente.code)}
        nummers = sorted(nummer for code, nummer in expected if code == gemeente.code)
        for start in range(0, len(nummers), PAGE):
            some = nummers[start : start + PAGE]
            body = {"gemeente": gemeente.code, "toewijzingNummers": some, "limiet": PAGE}
            answer = await gemeente.request("POST", "/declaratie/v1/verbruik/zoek", json=body)
            assert answer.status_code == 200, answer.text
            for one in answer.json()["verbruik"]:
                asked[one["gemeente"], one["toewijzingNummer"]] = one["toegekend"]["bedrag"]
    expected = {key: amount for key, amount in expected.items() if amount}
    same("granted lines", expected, {key: amount for key, amount in stored.items() if amount})
    same("consumption", expected, {key: amount for key, amount in asked.items() if amount})


async def check_nothing_stuck(boek: Grootboek) -> None:
    """No key waits for an event that could not be applied."""
    for dienst in SERVICES:
        rows = await boek.stapel.query(f"select topic, sleutel, reden from {dienst}.niet_toegepast")
        assert not rows, f"{dienst}: {len(rows)} events could not be applied"


def same(what: str, expected: dict[Any, Any], found: dict[Any, Any]) -> None:
    """Two readings of one state, with the first differences told."""
    wrong = {
        key: (expected.get(key), found.get(key))
        for key in expected.keys() | found.keys()
        if expected.get(key) != found.get(key)
    }
    assert not wrong, f"{what}: {len(wrong)} differ (expected, found): {dict(list(wrong.items())[:5])}"


def _gemeenten(boek: Grootboek) -> list[Deelnemer]:
    return list({post.kring.gemeente.code: post.kring.gemeente for post in boek.posten}.values())


async def _each(items: Iterable[Item], work: Callable[[Item], Awaitable[None]]) -> None:
    """All of them, a few at a time."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(item: Item) -> None:
        async with places:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for item in items:
            group.create_task(one(item))
