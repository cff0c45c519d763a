"""A case played over HTTP, as the Toegang of a gemeente and an aanbieder do it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from shared.klok import Klok
from tests.keten.deelnemer import Antwoord, Deelnemer
from tests.keten.kring import Kring

PAD = "/toewijzing/v1/dossiers"
INFORMATIE = {
    "telefonische_informatie": "telefoon",
    "perspectiefplan_gedeeld": "mail",
    "clientondersteuning": "telefoon",
    "invulhulp": "telefoon",
}
_SOON = Klok().today() + timedelta(weeks=6)
_MONDAY = _SOON + timedelta(days=-_SOON.weekday() % 7)
START, EINDE = str(_MONDAY), str(_MONDAY + timedelta(days=181))
"""Twenty-six weeks that are still to come: in seven periods of four weeks, the last of which is not whole."""
DAARNA, LATER = str(_MONDAY + timedelta(days=182)), str(_MONDAY + timedelta(days=361))
"""The day after, and a later last day."""
PERIODEN = 7
GEHEIM = "mijn buurvrouw mag dit niet weten"
"""Stands in a part that is not shared."""


def inwoner(bsn: str) -> dict[str, Any]:
    """A resident who lives in the Netherlands."""
    return {
        "bsn": bsn,
        "voorletters": "JH",
        "voorvoegsel": "van",
        "achternaam": "Berkel",
        "geboortedatum": "1947-11-05",
        "geslacht": "2",
        "adres": {"straat": "Proefstraat", "huisnummer": 7, "postcode": "5038EA", "plaats": "Tilburg"},
    }


@dataclass
class Dossier:
    """One case, with the version that was seen last."""

    kring: Kring
    id: str
    versie: int
    fase: str = "melding"

    @classmethod
    async def gemeld(cls, kring: Kring, **extra: Any) -> "Dossier":
        """A new one."""
        body = {"gemeente": kring.gemeente.code, "inwoner": inwoner(kring.bsn), "hulpvraag": "De post blijft liggen"}
        answer = await kring.gemeente.request("POST", PAD, json=body | extra)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert answer.headers["Location"] == f"{PAD}/{made['id']}"
        return cls(kring, made["id"], made["versie"])

    async def probeer(
        self, wie: Deelnemer, handeling: str, body: dict[str, Any] | None = None, **koppen: str
    ) -> httpx.Response:
        """A deed that may be refused."""
        headers = {"If-Match": f'"{self.versie}"', **koppen}
        return await wie.request("POST", f"{PAD}/{self.id}/{handeling}", json=body or {}, headers=headers)

    async def doe(self, wie: Deelnemer, handeling: str, body: dict[str, Any] | None = None) -> Antwoord:
        """A deed that is done; the case as this party sees it then."""
        answer = await self.probeer(wie, handeling, body)
        assert answer.status_code == 200, (handeling, answer.status_code, answer.text)
        found: Antwoord = answer.json()
        assert answer.headers["ETag"] == f'"{found["versie"]}"'
        self.versie, self.fase = found["versie"], found["fase"]
        return found

    async def gemeente(self, handeling: str, **body: Any) -> Antwoord:
        """The same by the gemeente."""
        return await self.doe(self.kring.gemeente, handeling, body)

    async def aanbieder(self, handeling: str, **body: Any) -> Antwoord:
        """The same by the aanbieder."""
        return await self.doe(self.kring.aanbieder, handeling, body)

    async def lees(self, wie: Deelnemer) -> Antwoord:
        """The case as a party sees it."""
        found: Antwoord = await wie.get(f"{PAD}/{self.id}")
        self.versie, self.fase = found["versie"], found["fase"]
        return found

    async def bespreek(self, *, zelf_ingevuld: bool = False) -> None:
        """Phase 1 and the keukentafelgesprek."""
        for soort, wijze in INFORMATIE.items():
            await self.gemeente("informatie", soort=soort, wijze=wijze)
        await self.gemeente("keukentafelgesprek", zelfIngevuld=zelf_ingevuld, verslag="aan de keukentafel")

    async def analyseer(self) -> None:
        """The integrale vraaganalyse."""
        domains = [
            {"nummer": number, "zelfredzaamheid": "beperkt", "huidigeSituatie": f"nu {number}: {GEHEIM}"}
            for number in range(1, 7)
        ]
        await self.gemeente("vraaganalyse", leefdomeinen=domains)

    async def plan(self, *codes: str) -> None:
        """The plan van aanpak, for which the aanbieder is needed in each of these areas."""
        areas = [
            {"code": code, "resultaat": f"resultaat {code}", "aard": ["ondersteuning"], "maatwerk": True}
            for code in codes
        ]
        await self.gemeente("plan-van-aanpak", gebieden=areas, motivering="het netwerk kan dit niet dragen")

    def delen(self, *codes: str) -> list[dict[str, Any]]:
        """The parts of the plan for these areas, and the name; the second domain has no consent."""
        shared = [{"onderdeel": f"plan/{code}", "doel": "opdracht", "toestemming": True} for code in codes]
        return [*shared, {"onderdeel": "inwoner/persoon", "doel": "contact", "toestemming": True}]

    async def kies(self, *codes: str, soort: str = "ondersteuningsplan", **extra: Any) -> Antwoord:
        """The choice of the aanbieder of the circle, in its release."""
        chosen = {
            "aanbieder": self.kring.aanbieder.code,
            "release": self.kring.release,
            "soort": soort,
            "gekozenDoor": "inwoner",
            "gewensteStart": START,
            "delen": self.delen(*codes),
        }
        return await self.gemeente("aanbieder", **(chosen | extra))

    async def wijs_toe(self, einde: str = EINDE) -> Antwoord:
        """From an agreed proposal to an accepted WMO301."""
        await self.gemeente("ondertekening", document="aanvraag", wijze="papier")
        nummer = self.kring.nummer()
        await self.gemeente("beschikking", besluit="toegekend", beschikkingNummer=nummer, einddatum=einde)
        return await self.gemeente("toewijzing")


def gebied(code: str, intensiteit: int, **extra: Any) -> dict[str, Any]:
    """A result area in an ondersteuningsplan."""
    known = {"werkzaamheden": "samen de post doen", "frequentie": "wekelijks"}
    return {"code": code, "intensiteit": intensiteit, **known, **extra}


def voorstel(*gebieden: dict[str, Any], **extra: Any) -> dict[str, Any]:
    """An ondersteuningsplan."""
    return {
        "gebieden": list(gebieden), "startdatum": START, "einddatum": EINDE, "motivering": "zo lukt het", **extra
    }  # fmt: skip


async def huishoudelijk(kring: Kring, *, gemeld: str, start: str, einde: str) -> Dossier:
    """A case by the way of the resident's own perspectiefplan, up to the normenkader: household help, 01A04."""
    dossier = await Dossier.gemeld(kring, dag=gemeld)
    await dossier.bespreek(zelf_ingevuld=True)
    await dossier.gemeente(
        "perspectiefplan", ingevuldDoor="inwoner", aangevuld=True, enkelvoudig=True,
        samenvatting="het huis wordt niet meer schoon", inzet="hulp bij het huishouden",
    )  # fmt: skip
    await dossier.gemeente("ondertekening", document="perspectiefplan", wijze="digitaal", overDelenGeinformeerd=True)
    await dossier.plan("HO")
    summary = {"onderdeel": "perspectiefplan/samenvatting", "doel": "intake", "toestemming": True}
    await dossier.kies("HO", soort="normenkader", delen=[*dossier.delen("HO"), summary])
    activities = [
        {"activiteit": "stofzuigen", "minuten": 45, "keerPerVierWeken": 4},
        {"activiteit": "ramen", "minuten": 30, "keerPerVierWeken": 1},
    ]
    days = {"intakeDag": gemeld, "startdatum": start, "einddatum": einde}
    await dossier.aanbieder("normenkader", **days, activiteiten=activities, productCode="01A04")
    return dossier


async def tot_voorstel(kring: Kring, *gebieden: dict[str, Any], **extra: Any) -> Dossier:
    """A case by the way of the vraaganalyse, up to the proposal of the aanbieder."""
    dossier = await Dossier.gemeld(kring)
    codes = [one["code"] for one in gebieden]
    await dossier.bespreek()
    await dossier.analyseer()
    await dossier.plan(*codes)
    await dossier.kies(*codes)
    await dossier.aanbieder("ondersteuningsplan", **voorstel(*gebieden, **extra))
    return dossier


def voorwaarden(answer: httpx.Response) -> list[str]:
    """The conditions that a refusal names, each with a place and a reason."""
    fouten = answer.json()["fouten"]
    assert all(fout["locatie"] and fout["reden"] for fout in fouten)
    return [fout["code"] for fout in fouten]
