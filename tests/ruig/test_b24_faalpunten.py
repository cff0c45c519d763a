"""B24: a process dies, or fails, at each named place in the code; nothing is lost, doubled or half done (P1 P2 P7).

One lane per service, all at once: reception, relay and consumer of each; and the large declaration of ``declaratie``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from shared.faalpunten import FAALPUNTEN, Faalpunt
from shared.payload import LARGE_BYTES
from shared.settings import Service
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.dossiers import EINDE, PAD, gebied, tot_voorstel
from tests.keten.kring import Kring, MakeKring
from tests.ruig.grootboek import Grootboek
from tests.ruig.grote_declaratie import a_large_declaratie, products
from tests.ruig.losse_stapel import LosseStapel, resume
from tests.ruig.maat import Maat, alleen_vol
from tests.wachten import eventually

FIRES_SECONDS = 90.0
TOEWIJZINGEN = 4
"""Messages about whose products a large declaration is."""
ONTVANGST: tuple[Faalpunt, ...] = ("na_lezen", "voor_vastleggen", "na_vastleggen")
GROOT: tuple[Faalpunt, ...] = ("tijdens_ontvangst", "na_lezen", "tijdens_copy", "voor_vastleggen", "na_vastleggen")
RELAIS: tuple[Faalpunt, ...] = ("na_publiceren", "na_merken")
LEZER: tuple[Faalpunt, ...] = ("na_ophalen", "toepassen_voor_vastleggen", "na_toepassen")
OORDEEL: tuple[Faalpunt, ...] = ("oordeel_voor_vastleggen", "oordeel_na_vastleggen")


@dataclass
class Baan:
    """What one lane does to one service."""

    los: LosseStapel
    boek: Grootboek
    kring: Kring
    service: Service
    deuren: dict[str, asyncio.Lock]
    """One lane at a time sends to a service: a failpoint of reception must meet the message it is meant for."""
    gedaan: list[str] = field(default_factory=list)

    async def at_reception(self, naam: Faalpunt, actie: str, bericht: Bericht, passage: int = 1) -> None:
        """The failpoint is on the way of this message: its sender hears nothing, or 503, and sends again."""
        async with self.deuren[self.service]:
            await self._at_reception(naam, actie, bericht, passage)

    async def lever(self, bericht: Bericht) -> int:
        """Sends a message that is to be taken; its status."""
        post = self.boek.post(self.kring, bericht)
        async with self.deuren[bericht.dienst]:
            return (await self.boek.lever(post)).status

    async def _at_reception(self, naam: Faalpunt, actie: str, bericht: Bericht, passage: int) -> None:
        pid = self.los.state[self.service]
        mark = self.los.faalpunt(self.service, naam, actie, passage)
        post = self.boek.post(self.kring, bericht)
        first = await self.boek.eenmaal(post)
        assert not mark.exists(), f"{self.service} {naam} was not passed; {first.status}"
        assert first.status in (0, 503), (naam, first)
        committed = naam == "na_vastleggen"
        assert await self.traces(bericht) == ([(1, "verwerkt")] if committed else []), naam
        again = await self.boek.lever(post)
        assert again.status == (200 if committed else 201), (naam, again.status)
        await self.came_through(naam, actie, pid)

    async def beside(self, naam: Faalpunt, actie: str, *berichten: Bericht) -> None:
        """The failpoint is on the way of what follows from messages, which themselves are taken at once."""
        pid = self.los.state[self.service]
        mark = self.los.faalpunt(self.service, naam, actie)
        for bericht in berichten:
            await self.lever(bericht)
        await self.fired(mark, naam)
        await self.came_through(naam, actie, pid)

    async def fired(self, mark: Path, naam: Faalpunt) -> None:
        await eventually(lambda: _gone(mark), f"{self.service} passes {naam}", seconds=FIRES_SECONDS)

    async def came_through(self, naam: Faalpunt, actie: str, pid: int) -> None:
        """A dead process has a successor that works; a failure leaves the process as it is."""

        async def another() -> bool:
            return self.los.state[self.service] not in (None, pid)

        if actie == "stop":
            await eventually(another, f"{self.service} is started again")
            await eventually(self.los.whole, "all are ready", seconds=60, every=0.05)
        else:
            assert self.los.state[self.service] == pid
        self.gedaan.append(f"{self.service} {naam} {actie}")

    async def traces(self, bericht: Bericht) -> list[tuple[int, str]]:
        """How many messages of this name are stored with what status; with lines, those are there too."""
        table, his = f"{self.service}.bericht", "identificatie = $1 and partij_van = $2"
        sql = f"select count(*), status from {table} where {his} group by 2"
        found = [tuple(row) for row in await self.los.query(sql, bericht.identificatie, self.party(bericht))]
        if self.service == "declaratie":
            sql = "select count(*) from declaratie.prestatie p join declaratie.bericht b on b.id = p.bericht_id"
            all_lines = "select count(*) from declaratie.prestatie"
            [(joined,)], [(lines,)] = await self.los.query(sql), await self.los.query(all_lines)
            assert joined == lines, "lines without their message"
        return found

    def party(self, bericht: Bericht) -> str:
        """Who sends it, as the table names him."""
        sender = self.kring.gemeente if bericht.soort.afzender == "gemeente" else self.kring.aanbieder
        return str(sender.partij)

    async def a_known(self) -> int:
        """A toewijzing that every service knows."""
        nummer = self.kring.nummer()
        await self.lever(a_301(self.kring, nummer))
        await self.knows(nummer)
        return nummer

    async def knows(self, *nummers: int) -> None:
        """Waits until this service knows them all: each comes in the order of its own partition."""
        sql = f"select count(*) from {self.service}.toewijzing where gemeente = $1 and nummer = any($2)"

        async def there() -> bool:
            return bool((await self.los.query(sql, self.kring.gemeente.code, nummers))[0][0] == len(nummers))

        await eventually(there, f"{self.service} knows {nummers[0]} and on", seconds=FIRES_SECONDS, every=0.05)


async def toewijzing(baan: Baan, actie: str) -> None:
    """Reception, relay, and the events of declaratie that it reads."""
    for naam in ONTVANGST:
        await baan.at_reception(naam, actie, a_301(baan.kring))
    for naam in RELAIS:
        await baan.beside(naam, actie, a_301(baan.kring))


async def startstop(baan: Baan, actie: str) -> None:
    """Reception; the events of toewijzing that it reads; the verdict on what was parked."""
    for naam in ONTVANGST:
        await baan.at_reception(naam, actie, a_305(baan.kring, await baan.a_known()))
    for naam in LEZER:
        nummer = baan.kring.nummer()
        await baan.beside(naam, actie, a_301(baan.kring, nummer))
        await baan.knows(nummer)
    for naam in OORDEEL:
        nummer = baan.kring.nummer()
        await baan.beside(naam, actie, a_305(baan.kring, nummer), a_301(baan.kring, nummer))


async def declaratie(baan: Baan, actie: str) -> None:
    """A declaration that comes in parts, at every stage of it."""
    nummers = products(baan.kring, TOEWIJZINGEN)
    for some in nummers:
        await baan.lever(a_301(baan.kring, *some))
    await baan.knows(*(one for some in nummers for one in some))
    for maand, naam in enumerate(GROOT, start=3):
        bericht = a_large_declaratie(baan.kring, nummers, maand)
        assert len(bericht.xml) > LARGE_BYTES
        await baan.at_reception(naam, actie, bericht, passage=2 if naam == "tijdens_ontvangst" else 1)


BANEN: dict[Service, Callable[[Baan, str], Awaitable[None]]] = {
    "toewijzing": toewijzing, "startstop": startstop, "declaratie": declaratie,
}  # fmt: skip


async def run(los: LosseStapel, boek: Grootboek, make: MakeKring, acties: Sequence[str], keer: int) -> list[str]:
    """All lanes at once, so many times; what was done."""
    deuren = {service: asyncio.Lock() for service in BANEN}
    banen = [Baan(los, boek, make("3.2"), service, deuren) for service in BANEN]

    async def one(baan: Baan) -> None:
        for turn in range(keer):
            for actie in acties:
                # In both releases when there is more than one turn.
                baan.kring = make("3.2" if bool(turn % 2) != (baan.service == "declaratie") else "2.4")
                await BANEN[baan.service](baan, actie)

    async with asyncio.TaskGroup() as group:
        for baan in banen:
            group.create_task(one(baan))
    return [what for baan in banen for what in baan.gedaan]


async def test_b24_at_every_failpoint(maat: Maat, los: LosseStapel, los_boek: Grootboek, los_kring: MakeKring) -> None:
    keer = maat.kies(1, 20)
    gedaan = await run(los, los_boek, los_kring, maat.kies(("fout",), ("stop", "fout")), keer)

    assert {what.split()[1] for what in gedaan} == set(FAALPUNTEN)
    await los_boek.controleer()
    maat.noteer("B24", keer=keer, faalpunten=len(gedaan), antwoorden=los_boek.antwoorden())


async def test_b24_a_process_that_stands_still_goes_on_where_it_was(
    maat: Maat, los: LosseStapel, los_boek: Grootboek, los_kring: MakeKring
) -> None:
    kring = los_kring("3.2")
    for naam in ONTVANGST * maat.kies(1, 20):
        mark = los.faalpunt("toewijzing", naam, "stil")
        sending = asyncio.create_task(los_boek.eenmaal(los_boek.post(kring, a_301(kring))))
        await eventually(lambda mark=mark: _gone(mark), f"toewijzing passes {naam}")
        assert (await kring.aanbieder.request("GET", "/startstop/v1/postbus")).status_code == 200, "others go on"
        assert not sending.done()
        resume(los.state["toewijzing"])
        assert (await sending).status == 201

    await los_boek.controleer()


@alleen_vol
@pytest.mark.parametrize("naam", ["na_lezen", "na_vastleggen"])
async def test_b24_a_case_gets_its_301_after_a_kill_though_nobody_asks_again(
    los: LosseStapel, los_kring: MakeKring, naam: Faalpunt
) -> None:
    """Between the decision and the WMO301, and between the WMO301 and what the case says of it."""
    kring = los_kring("3.2")
    dossier = await tot_voorstel(kring, gebied("2A", 2))
    await dossier.gemeente("akkoord", versie=1)
    await dossier.gemeente("ondertekening", document="aanvraag", wijze="papier")
    decided = {"besluit": "toegekend", "beschikkingNummer": kring.nummer(), "einddatum": EINDE}
    await dossier.gemeente("beschikking", **decided)
    mark = los.faalpunt("toewijzing", naam)
    with suppress(httpx.TransportError):
        assert (await dossier.probeer(kring.gemeente, "toewijzing")).status_code >= 500
    assert not mark.exists()

    async def assigned() -> bool:
        answer = await kring.gemeente.request("GET", f"{PAD}/{dossier.id}")
        return answer.status_code == 200 and bool(answer.json()["fase"] == "toegewezen")

    await eventually(assigned, "the case goes on by itself", seconds=FIRES_SECONDS)
    waiting = [one["bericht"] for one in await kring.aanbieder.waiting("toewijzing")]
    assert waiting == ["WMO301"]
    sql = "select count(*) from toewijzing.toewijzing where gemeente = $1 and aanbieder = $2"
    assert (await los.query(sql, kring.gemeente.code, kring.aanbieder.code))[0][0] == 1


async def _gone(mark: Path) -> bool:
    return not mark.exists()
