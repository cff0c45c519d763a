"""B04: the disk of the database is full, and then there is room again (P1, P8).

Two ways: Postgres may make no larger files, which needs no rights and leaves the log and reading alone; and in full a
real disk (tmpfs, which root can mount) on which not a byte is left, so that Postgres itself gives up and is started
again until there is room.
"""

import asyncio
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring, MakeKring, Tellers
from tests.ruig.grootboek import Grootboek, Post
from tests.ruig.grote_declaratie import PRODUCTEN, a_large_declaratie, known_products, products
from tests.ruig.losse_stapel import WAL_MB, LosseStapel
from tests.ruig.maat import MAAT, Maat
from tests.ruig.opzet import kringen_op, losse_stapel
from tests.wachten import eventually

MB = 1024 * 1024
SENDERS = 4
REFUSED = 10
DISK_MB = 400
"""Of the real disk: the stack takes a third of it, and a file the rest."""
FEW = 15
"""Products of a message where not a byte is left: those take room soon enough."""
only_full = pytest.mark.skipif(not MAAT.vol, reason="only at full size: make ruig")
LARGEST = "select max(pg_relation_size(oid)) from pg_class where relkind in ('r', 'i', 't')"


async def send(boek: Grootboek, posten: list[Post]) -> None:
    """All of them, each until it is taken."""
    left = iter(posten)

    async def sender() -> None:
        for post in left:
            await boek.lever(post)

    async with asyncio.TaskGroup() as group:
        for _ in range(SENDERS):
            group.create_task(sender())


def messages(boek: Grootboek, kring: Kring, many: int, producten: int = PRODUCTEN) -> list[Post]:
    """Of many products each: what takes room must be more than what was left over."""
    return [boek.post(kring, a_301(kring, *some[:producten])) for some in products(kring, many)]


def refused(boek: Grootboek) -> int:
    """How many answers were 503."""
    return boek.antwoorden().get(503, 0)


async def fill(los: LosseStapel, boek: Grootboek, kring: Kring) -> int:
    """Sends until some table is as large as a file of the log, which must fit; its size is the limit for files."""
    while (largest := (await los.query(LARGEST))[0][0]) < WAL_MB * MB:
        await send(boek, messages(boek, kring, 8))
    return int(largest)


async def across(
    boek: Grootboek, posten: list[Post], full: AbstractContextManager[None], meanwhile: Callable[[], Awaitable[None]]
) -> int:
    """The messages, with no room from a third of them on until many were refused; how many were."""
    before = refused(boek)
    sending = asyncio.create_task(send(boek, posten))

    async def a_third() -> bool:
        return sum(bool(post.aangenomen) for post in posten) >= len(posten) // 3

    async def many_refused() -> bool:
        return refused(boek) - before >= REFUSED

    await eventually(a_third, "a third was taken", seconds=120)
    with full:
        await eventually(many_refused, "many were refused", seconds=120)
        await meanwhile()
        assert not sending.done()
    await asyncio.wait_for(sending, 180)
    return refused(boek) - before


async def check_reading(kring: Kring) -> None:
    """Reading goes on."""
    for path in ("toewijzingen", "berichten", "postbus"):
        answer = await kring.gemeente.request("GET", f"/toewijzing/v1/{path}")
        assert answer.status_code == 200, (path, answer.status_code)


async def refused_large(los: LosseStapel, boek: Grootboek, post: Post) -> None:
    """A large declaration finds no room: 503, and nothing of it is stored."""
    answer = await boek.eenmaal(post)
    assert answer.status == 503, answer.status
    half = (
        "select 1 from declaratie.prestatie p left join declaratie.bericht b on b.id = p.bericht_id "
        "where p.aanbieder = $1 and (b.id is null or b.identificatie = $2)"
    )
    with suppress(OSError):  # the database itself may be away
        assert not await los.query(half, post.sender.code, post.bericht.identificatie)


async def test_b04_no_larger_files(maat: Maat, los: LosseStapel, los_boek: Grootboek, los_kring: MakeKring) -> None:
    many = maat.kies(24, 200)
    kring = los_kring("3.2")
    limit = await fill(los, los_boek, kring)

    posten = messages(los_boek, kring, many)
    count = await across(los_boek, posten, los.file_limit(limit), partial(check_reading, kring))

    await los_boek.controleer()
    maat.noteer("B04 file limit", aantal=many, grens=limit, geweigerd=count)


@only_full
async def test_b04_no_room_for_the_lines_of_a_declaration(
    maat: Maat, los: LosseStapel, los_boek: Grootboek, los_kring: MakeKring
) -> None:
    kring = los_kring("3.2")
    assigned = await known_products(los_boek, kring, 100)
    await fill(los, los_boek, kring)
    # What was rolled back would else be room again.
    await los.query("alter table declaratie.prestatie set (autovacuum_enabled = off)")
    maanden = range(3, 8)

    for maand in maanden:
        post = los_boek.post(kring, a_large_declaratie(kring, assigned, maand))
        size = (await los.query("select pg_relation_size('declaratie.prestatie')"))[0][0]
        with los.file_limit(max(size, WAL_MB * MB)):
            await refused_large(los, los_boek, post)
        assert (await los_boek.lever(post)).status == 201

    await los_boek.controleer()
    maat.noteer("B04 file limit, large declaration", aantal=len(maanden), regels=sum(map(len, assigned)))


@only_full
async def test_b04_not_a_byte_left(maat: Maat, http: httpx.AsyncClient, tellers: Tellers) -> None:
    with a_disk() as disk:
        async with losse_stapel(str(disk)) as los:
            boek, kring = Grootboek(los), kringen_op(los, http, tellers)("3.2")
            assigned = await known_products(boek, kring, 4)
            large = boek.post(kring, a_large_declaratie(kring, assigned, 3))

            async def try_large() -> None:
                await refused_large(los, boek, large)

            posten = messages(boek, kring, 200, FEW)
            count = await across(boek, posten, no_room(disk), meanwhile=try_large)
            await eventually(los.whole, "the stack has recovered", seconds=60, every=0.1)
            assert (await boek.lever(large)).status == 201
            await boek.controleer()
    maat.noteer("B04 disk full", aantal=len(posten), geweigerd=count)


@contextmanager
def a_disk() -> Iterator[Path]:
    """A disk of its own; without the right to mount one the test is skipped."""
    with tempfile.TemporaryDirectory(prefix="schijf-", dir="/tmp") as name:
        options = ["-o", f"size={DISK_MB}m,mode=711"]
        made = subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", name], capture_output=True, check=False)
        if made.returncode:
            pytest.skip("no right to mount a disk")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


@contextmanager
def no_room(disk: Path) -> Iterator[None]:
    """Meanwhile a file takes all that is left."""
    filler = disk / "vulling"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(64 * 1024))
    try:
        yield
    finally:
        filler.unlink()
