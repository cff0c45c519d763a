"""The page that plays the process (docs/proces-voorbeeld.md), called as it stands there, in both releases."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.keten.berichten.kop import dag
from tests.keten.berichten.startstop import a_305, a_307
from tests.keten.deelnemer import Antwoord
from tests.keten.dossiers import DAARNA, EINDE, LATER, START
from tests.keten.kring import Kring
from tests.keten.test_dossier import products, the_301

PAGE = Path(__file__).parents[2] / "docs/proces-voorbeeld.md"
CALL = re.compile(r"^POST (\S+) \((gemeente|aanbieder)\)\n(.+?)(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)


def calls(kop: str) -> list[tuple[str, str, str]]:
    """The calls under a heading: address, who, and body."""
    _, _, part = PAGE.read_text(encoding="utf-8").partition(f"## {kop}\n")
    blocks = re.findall(r"```\n(.*?)```", part.partition("\n## ")[0], re.DOTALL)
    return [call for block in blocks for call in CALL.findall(block.strip())]


@dataclass
class Lezer:
    """Who does what the page says, at parties of the test alone."""

    kring: Kring
    id: str = ""
    etag: str = ""
    nummer: int = 0
    last: Antwoord = field(default_factory=dict)

    async def play(self, kop: str, most: int | None = None) -> None:
        """The calls under a heading, the first so many."""
        for address, who, body in calls(kop)[:most]:
            deelnemer = self.kring.gemeente if who == "gemeente" else self.kring.aanbieder
            headers = {"If-Match": self.etag} if self.id else {}
            answer = await deelnemer.request(
                "POST", address.replace("{id}", self.id), json=self._own(body), headers=headers
            )
            assert answer.status_code in (200, 201), (address, answer.status_code, answer.text)
            self.last = answer.json()
            self.id, self.etag = self.id or self.last["id"], answer.headers.get("ETag", "")

    def _own(self, body: str) -> Any:
        kring = self.kring
        places = {
            "0855": kring.gemeente.code, "98765432": kring.aanbieder.code, "123456782": kring.bsn,
            '"3.2"': f'"{kring.release}"', "{nummer}": str(self.nummer),
            "2027-01-04": START, "2027-07-04": EINDE, "2027-07-05": DAARNA, "2027-12-31": LATER,
            '"2025-': f'"{dag(kring, "")}',
        }  # fmt: skip
        for there, here in places.items():
            body = body.replace(there, here)
        return json.loads(body)


async def test_the_stappenplan_and_the_vervolgdeel_as_the_page_plays_them(kring: Kring) -> None:
    lezer = Lezer(kring)
    await lezer.play("Het Stappenplan, van melding tot WMO301")
    first = {one["Product"]["Code"]: one["ToewijzingNummer"] for one in products(await the_301(kring), kring.release)}
    assert first.keys() == {"022A1", "074A1", "08VVD"}
    assert {one["nummer"] for one in lezer.last["toegewezen"]} == set(first.values())

    await lezer.play("Het vervolgdeel: verlengen en wijzigen")

    found = {one["Product"]["Code"]: one for one in products(await the_301(kring), kring.release)}
    assert found.keys() == {"022A1", "022A2", "074A1", "08VVD"}
    for code in ("074A1", "08VVD"):
        assert (found[code]["ToewijzingNummer"], found[code]["RedenWijziging"]) == (first[code], "04")
        assert found[code]["Einddatum"] == LATER
    assert found["022A2"]["ToewijzingNummer"] not in first.values()
    assert (found["022A1"]["ToewijzingNummer"], found["022A1"]["Einddatum"]) == (first["022A1"], EINDE)


async def test_the_perspectiefplan_as_the_page_plays_it_up_to_the_evaluatie(kring: Kring) -> None:
    lezer = Lezer(kring)
    heading = "Het perspectiefplan, van melding tot evaluatie"
    *_, evaluatie = calls(heading)
    assert evaluatie[0].endswith("/evaluaties")
    await lezer.play(heading, most=-1)
    [assigned] = lezer.last["toegewezen"]
    lezer.nummer = assigned["nummer"]
    await kring.aanbieder.send(a_305(kring, lezer.nummer))
    await kring.aanbieder.send(a_307(kring, lezer.nummer))
    given = await kring.aanbieder.request("POST", evaluatie[0], json=lezer._own(evaluatie[2]))
    # What follows from it: test_dossier.
    assert given.status_code == 201, given.text
