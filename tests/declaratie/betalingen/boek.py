"""Claims that the running service judges and answers, and people who ask it for payments."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.tables import TOEWIJZING
from shared.exchange.dienst import Uitkomst
from shared.exchange.huis import Huis
from shared.exchange.verwerking import accept
from shared.feiten import toewijzing_tabel
from shared.iwmo.catalogus import Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.codelijsten import codelijst
from shared.iwmo.kop import read_kop
from shared.security.kluis import Kluis
from shared.security.partij import Beller, Partij
from tests.declaratie.verwerken import NAAM
from tests.shared.iwmo.berichten import BSN, a_declaratie_bericht, a_regel, amount_of, as_xml, soort, through_schema
from tests.toewijzing.bouw import a_toewijzing, an_event

Periode = tuple[str, str]
MAART, APRIL = ("2025-03-01", "2025-03-31"), ("2025-04-01", "2025-04-30")
ADDRESS = "/declaratie/v1/betalingen"
EIGEN = {"naam": "Gemeente Dun & Co", "iban": "NL91 ABNA 0417 1643 00", "bic": "ABNANL2A"}
VAN_AANBIEDER = {"naam": "Zorg één B.V.", "iban": "DE89 3704 0044 0532 0130 00"}
MAKER, ANDER = "m.maker", "c.controleur"

_nummers = count(910_001)
_aanbieders = count(31_000_001)


def gemeenten() -> Iterator[str]:
    """Codes of gemeenten, the last first, each once: what one test enters for a gemeente must not meet another."""
    lijst = codelijst("3.2", "CBS")
    assert lijst is not None
    return (one.code for one in reversed(lijst.codes) if one.code not in ("0855", "0344"))


@dataclass
class Declarant:
    """An aanbieder who claims of a gemeente; nobody else knows him."""

    huis: Huis
    gemeente: str
    release: Release = "3.2"
    aanbieder: str = field(default_factory=lambda: str(next(_aanbieders)))

    def regel(self, cents: int = 40300, volume: int = 1, periode: Periode = MAART, nummer: int | None = None) -> Inhoud:
        """A line that is granted, so much each, ``volume`` times; on a toewijzing of its own, or on this one."""
        return a_regel(
            self.release,
            cents * volume,
            referentie=f"R{next(_nummers)}",
            ToewijzingNummer=nummer or next(_nummers),
            ProductTarief=cents,
            GeleverdVolume=volume,
            ProductPeriode=_days(periode),
        )

    def credit(self, of: Inhoud) -> Inhoud:
        """The line that takes another one back."""
        line = deepcopy(of)
        line["ProductReferentie"] = {
            "ReferentieNummer": f"R{next(_nummers)}",
            "VorigReferentieNummer": of["ProductReferentie"]["ReferentieNummer"],
        }
        bedrag = line.get("IngediendBedrag") or line["IngediendeBedragPrestatie"]["DeclaratieFactuurBedrag"]
        bedrag["DebetCredit"] = "C"
        return line

    def refused(self, used: Inhoud) -> Inhoud:
        """A line that is refused at once, since it has the number of another (TR314)."""
        return self.regel() | {"ProductReferentie": dict(used["ProductReferentie"])}

    async def declare(self, *lines: Inhoud, periode: Periode = MAART) -> Uitkomst:
        """Sends a declaration; it is judged and answered."""
        uitkomst = await self.send(self.inhoud(*lines, periode=periode), *lines)
        assert uitkomst.status == "verwerkt", uitkomst
        return uitkomst

    async def send(self, inhoud: Inhoud, *lines: Inhoud, naam: str | None = None) -> Uitkomst:
        """Sends a declaration of these lines, whose toewijzingen are known; what came of it."""
        kind = soort(naam or NAAM[self.release], self.release)
        gelezen = through_schema(inhoud, kind, self.huis.schemas)
        await self._assign(lines)
        body = as_xml(inhoud, kind, self.huis.schemas)
        beller = Beller(self.aanbieder, frozenset({Partij.aanbieder(self.aanbieder)}))
        return await accept(self.huis, gelezen, read_kop(kind, gelezen.inhoud), body, beller)

    def inhoud(self, *lines: Inhoud, periode: Periode = MAART, dagtekening: str = "2025-06-01") -> Inhoud:
        """The declaration of these lines."""
        nummer = f"D{next(_nummers)}"
        name = {"identificatie": nummer} if self.release == "3.2" else {}
        inhoud = a_declaratie_bericht(self.release, lines, nummer=nummer, **name)
        inhoud["Header"] |= {"Afzender": self.aanbieder, "Ontvanger": self.gemeente}
        last = {"Begindatum": periode[0], "Einddatum": periode[1]}
        if self.release == "3.2":
            inhoud["Declaratie"] |= {"DeclaratiePeriode": last, "DeclaratieDagtekening": dagtekening}
            inhoud["Header"]["BerichtIdentificatie"]["Dagtekening"] = dagtekening
        else:
            inhoud["Header"]["DeclaratieFactuurPeriode"] = last
            inhoud["Header"]["DeclaratieFactuurIdentificatie"]["FactuurDagtekening"] = dagtekening
        return inhoud

    async def close(self, verwacht: Any, *, meer: Mapping[int, int] | None = None) -> tuple[list[Inhoud], Uitkomst]:
        """Sends the verzamelfactuur that ``/verzamelfacturen/verwacht`` tells of, the lines at these places so many
        cents more; its lines, and what came of it."""
        lines = []
        for at, row in enumerate(verwacht["regels"]):
            dagen = (row["begindatum"], row["einddatum"])
            line = self.regel(row["bedrag"] + (meer or {}).get(at, 0), periode=dagen, nummer=row["toewijzingNummer"])
            lines.append(line | {"BtwVrijstelling": "1"})
        year = (verwacht["begindatum"], verwacht["einddatum"])
        inhoud = self.inhoud(*lines, periode=year, dagtekening=str(date.fromisoformat(year[1]) + timedelta(days=5)))
        inhoud["Header"]["BerichtCode"] = "448"
        return lines, await self.send(inhoud, *lines, naam="WMO303F")

    async def _assign(self, lines: tuple[Inhoud, ...]) -> None:
        async with self.huis.engine.begin() as conn:
            nummers = {line["ToewijzingNummer"] for line in lines}
            await assign(conn, self.huis.kluis, self.gemeente, self.aanbieder, nummers)


async def assign(conn: AsyncConnection, kluis: Kluis, gemeente: str, aanbieder: str, nummers: set[int]) -> None:
    """Makes these toewijzingen known, with room for whatever is claimed."""
    client = kluis.pseudoniem(BSN)
    made = [
        a_toewijzing(gemeente=gemeente, aanbieder=aanbieder, nummer=nummer, client=client) for nummer in sorted(nummers)
    ]
    await toewijzing_tabel.apply(conn, TOEWIJZING, [an_event(one, 1) for one in made])


def _days(periode: Periode) -> Inhoud:
    return {"Begindatum": periode[0], "Einddatum": periode[1]}


def saldo(*lines: Inhoud) -> int:
    """Cents, credits negative."""
    return sum(amount_of(line) for line in lines)


@dataclass
class Mens:
    """Someone who speaks for a party."""

    client: httpx.AsyncClient
    partij: str
    wie: str = MAKER

    async def ask(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        headers = {"X-Partij": self.partij, "X-Wie": self.wie, **options.pop("headers", {})}
        return await self.client.request(method, f"{ADDRESS}{path}", headers=headers, **options)

    async def get(self, path: str = "", **params: Any) -> Any:
        answer = await self.ask("GET", path, params=params)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    async def make(self, **asked: Any) -> Any:
        """What came of making proposals."""
        answer = await self.ask("POST", json=asked)
        made = answer.json()
        assert answer.status_code == (201 if made.get("betalingen") else 200), answer.text
        return made

    async def decide(self, voorstel: Any, what: str, **body: Any) -> httpx.Response:
        return await self.ask("POST", f"/{voorstel['id']}/{what}", **({"json": body} if body else {}))

    async def place(self, *voorstellen: Any) -> httpx.Response:
        """Makes a file for the bank of these proposals."""
        return await self.ask("POST", "/bestanden", json={"betalingen": [one["id"] for one in voorstellen]})

    async def enter(self, aanbieder: str) -> None:
        """Enters both accounts."""
        for whose, account in (("eigen", EIGEN), (aanbieder, VAN_AANBIEDER)):
            answer = await self.ask("PUT", f"/rekeningen/{whose}", json=account)
            assert answer.status_code == 200, answer.text
