"""Large bodies: a sender that hangs up half-way leaves nothing, and 100,000 lines fit in 1 GiB (P1, P2, P9)."""

import asyncio
import gzip
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from bench.declaraties import TARIEF, VOLUME, Reeks
from bench.meten import forget_peak, resident
from shared.feiten.toewijzing_tabel import as_row
from shared.security.kluis import Kluis
from tests.keten.berichten.bericht import SCHEMAS, Bericht, read_valid
from tests.keten.berichten.toewijzing import a_301
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring, MakeKring
from tests.ruig.grootboek import Grootboek
from tests.ruig.grote_declaratie import a_large_declaratie, known_products
from tests.ruig.losse_stapel import LosseStapel
from tests.ruig.maat import MAAT, Maat
from tests.wachten import eventually

GIB = 1024**3
MB = 1024**2


async def hang_up(sender: Deelnemer, bericht: Bericht, part: float, *, packed: bool) -> None:
    """Sends this part of the body, less than all of it, and is gone."""
    body = gzip.compress(bericht.xml) if packed else bericht.xml
    address = urlsplit(sender.stapel.url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    head = [
        f"POST /{bericht.dienst}/v1/berichten HTTP/1.1",
        f"Host: {address.netloc}",
        f"Authorization: Bearer {sender.token}",
        "Content-Type: application/xml",
        f"Content-Length: {len(body)}",
        *(["Content-Encoding: gzip"] if packed else []),
    ]
    writer.write("\r\n".join([*head, "", ""]).encode() + body[: min(int(part * len(body)), len(body) - 1)])
    await writer.drain()
    writer.close()


async def test_a_sender_that_hangs_up_half_way_leaves_nothing(
    maat: Maat, los: LosseStapel, los_boek: Grootboek, los_kring: MakeKring
) -> None:
    many = maat.kies(4, 60)
    loting = maat.loting("afgebroken")
    kring = los_kring("3.2")
    products = await known_products(los_boek, kring, 4)
    stored = "select count(*) from {0}.bericht where identificatie = $1 and partij_van = $2"
    noted = "select count(*) from {0}.audit where partij = $1 and handeling = 'geweigerd'"

    for turn in range(many):
        large = a_large_declaratie(kring, products, 3) if turn == 0 else None
        bericht = large or a_301(kring)
        sender = kring.aanbieder if large else kring.gemeente
        dienst, party = bericht.dienst, str(sender.partij)
        before = (await los.query(noted.format(dienst), party))[0][0]
        await hang_up(sender, bericht, loting.random(), packed=bool(turn % 2))

        async def noticed(dienst: str = dienst, party: str = party, before: int = before) -> bool:
            return bool((await los.query(noted.format(dienst), party))[0][0] > before)

        await eventually(noticed, "the service noticed that he is gone")
        assert (await los.query(stored.format(dienst), bericht.identificatie, party))[0][0] == 0
        again = await los_boek.eenmaal(los_boek.post(kring, bericht))
        assert again.status == 201, "the retry is a first time"

    await los_boek.controleer()
    maat.noteer("sender hangs up half-way", aantal=many, antwoorden=los_boek.antwoorden())


@asynccontextmanager
async def known(los: LosseStapel, reeks: Reeks) -> AsyncIterator[None]:
    """Puts the toewijzingen of a declaration straight into the projection, for as long as it takes: a 301 each would
    take hours."""
    kluis = Kluis.from_settings(los.geheimen.sleutels_setting, los.geheimen.pseudoniem_sleutel)
    rows = [as_row(one) | {"versie": 1} for one in reeks.toewijzingen(kluis)]
    records = [tuple(row.values()) for row in rows]
    conn = await los.connect()
    try:
        await conn.copy_records_to_table("toewijzing", schema_name="declaratie", columns=[*rows[0]], records=records)
        await conn.execute("analyze declaratie.toewijzing")
        yield
        await conn.execute("delete from declaratie.toewijzing where aanbieder = $1", reeks.aanbieder)
    finally:
        await conn.close()


@pytest.mark.skipif(not MAAT.vol, reason="only at full size: make ruig")
async def test_a_declaration_of_100_000_lines_fits_in_1_gib(maat: Maat, los: LosseStapel, los_kring: MakeKring) -> None:
    """The address space of the service is limited (RLIMIT_AS), which counts more than the memory it has in use. Of the
    lines a tenth is refused, so that the retour is large as well."""
    lines = 100_000
    kring: Kring = los_kring("3.2")
    reeks = Reeks("3.2", kring.aanbieder.code, lines, 50_000_000, dubbel_elke=20)
    body = reeks.bericht(0, SCHEMAS)
    await los.restart("declaratie", (resource.RLIMIT_AS, GIB))
    pid = los.state["declaratie"]
    assert resource.prlimit(pid, resource.RLIMIT_AS) == (GIB, GIB)
    forget_peak(pid)
    idle = resident("VmRSS", pid)

    async with known(los, reeks):
        since = time.monotonic()
        answer = await kring.aanbieder.request(
            "POST", "/declaratie/v1/berichten", content=body, headers={"Content-Type": "application/xml"}, timeout=300
        )
    took = time.monotonic() - since
    assert answer.status_code == 201, (answer.status_code, answer.text[:300])
    uitkomst = answer.json()
    retour = await kring.aanbieder.xml(uitkomst["retour"]["href"])
    peak = resident("VmHWM", pid)

    assert uitkomst["status"] == "verwerkt"
    antwoord = read_valid(retour, "WMO325", "3.2")["DeclaratieAntwoord"]
    told = sum(len(client["Prestaties"]["Prestatie"]) for client in antwoord["Clienten"]["Client"])
    stored = "select count(*), sum(bedrag) from declaratie.prestatie where aanbieder = $1 and toegekend"
    [(granted, total)] = await los.query(stored, kring.aanbieder.code)
    assert told == lines - granted > 0
    assert total == int(antwoord["TotaalToegekendBedrag"]["TotaalBedrag"]) == granted * TARIEF * VOLUME
    assert los.state["declaratie"] == pid, "the service died"
    maat.noteer(
        "large declaration in 1 GiB", regels=lines, geweigerd=told, mb=f"{len(body) / MB:.1f}", seconden=f"{took:.1f}",
        rust_mb=f"{idle / MB:.0f}", piek_mb=f"{peak / MB:.0f}", retour_mb=f"{len(retour) / MB:.2f}",
    )  # fmt: skip
    await los.restart("declaratie")
