"""Whatever is granted, cut, refused, credited and claimed again: to the cent the same in answer, figures, consumption,
payment and verzamelfactuur."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.exchange.huis import Huis
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from tests.declaratie.betalingen.boek import APRIL, MAART, Declarant, Periode, saldo
from tests.declaratie.handmatig.loket import Loket, approve, in_part, referentie, refuse
from tests.declaratie.totalen import kept, recomputed

SAMEN = ("toewijzingNummer", "begindatum", "einddatum")
CENTS = st.integers(2, 99_999)
DEBET = st.tuples(CENTS, st.integers(-1, 99_999) | st.just(100_000), st.integers(0, 3))
"""Cents that are claimed, and how many of them the gemeente grants: all if it says more, none if less than one; and on
which toewijzing: a new one, or again on so many back."""
STAP = st.tuples(st.lists(DEBET, min_size=1, max_size=4), st.integers(0, 3), st.booleans())
"""The debits of a declaration, how many of the oldest lines that stand it takes back, and whether it is of the next
period, which those that follow are as well."""


@dataclass
class Boek:
    """What one aanbieder was granted, added up here."""

    loket: Loket
    declarant: Declarant
    claimed: int = 0
    toegekend: Counter[str] = field(default_factory=Counter)
    lines: dict[str, Inhoud] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    periode: Periode = MAART

    async def declare(self, debets: list[tuple[int, int, int]], backwards: int, later: bool) -> None:
        """A declaration with its decisions; its answer must say what they come to."""
        self.periode = APRIL if later else self.periode
        back, self.open = self.open[:backwards], self.open[backwards:]
        new = {referentie(line): (line, give) for line, give in self._new(debets)}
        taken = {of: self.declarant.credit(self.lines[of]) for of in back}
        lines = [line for line, _ in new.values()] + list(taken.values())
        uitkomst = await self.declarant.send(self.declarant.inhoud(*lines, periode=self.periode), *lines)
        await self.loket.decide(uitkomst, [one for line, give in new.values() for one in self._decision(line, give)])
        for number, (line, give) in new.items():
            self.lines[number] = line
            self.toegekend[number] = min(max(give, 0), saldo(line))
            self.open += [number] if self.toegekend[number] else []
        for of, credit in taken.items():
            self.toegekend[referentie(credit)] = -self.toegekend[of]
        self.claimed += saldo(*lines)
        told = sum(self.toegekend[number] for number in (*new, *map(referentie, taken.values())))
        row = await self.loket.recorded(uitkomst.id)
        assert granted_in(await self.loket.retour(uitkomst.id)) == row.toegekend == told

    def _new(self, debets: list[tuple[int, int, int]]) -> Iterator[tuple[Inhoud, int]]:
        """In 3.2 a line is granted whole or refused, and what stands is not claimed again (TR389, TR416)."""
        in_24 = self.declarant.release == "2.4"
        known = [line["ToewijzingNummer"] for line in self.lines.values()]
        standing = set() if in_24 else {self.lines[number]["ToewijzingNummer"] for number in self.open}
        for cents, give, back in debets:
            again = known[-back] if 0 < back <= len(known) and known[-back] not in standing else None
            line = self.declarant.regel(cents, periode=self.periode, nummer=again)
            if not in_24:
                standing.add(line["ToewijzingNummer"])
            yield line, give if in_24 or give >= cents else 0

    def _decision(self, line: Inhoud, give: int) -> list[dict[str, Any]]:
        if give < 1:
            return refuse(line)
        return approve(line) if give >= saldo(line) else in_part(give, line)


def granted_in(retour: Inhoud) -> int:
    """The granted total that a WMO304 or WMO325 states, in cents."""
    if "DeclaratieAntwoord" in retour:
        bedrag = retour["DeclaratieAntwoord"]["TotaalToegekendBedrag"]
    else:
        bedrag = retour["Header"]["RetourBedragen"]["ToegekendTotaalBedrag"]
    cents: int = bedrag["TotaalBedrag"]
    return -cents if bedrag["DebetCredit"] == "C" else cents


@pytest.mark.parametrize("release", RELEASES)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stappen=st.lists(STAP, min_size=1, max_size=4), where=st.integers(0, 99), cent=st.sampled_from([1, -1]))
async def test_granted_and_refused_are_what_was_claimed(
    loket: Loket, huis: Huis, gemeente: str, release: Release, stappen: list[Any], where: int, cent: int
) -> None:
    await loket.set()
    boek = Boek(loket, Declarant(huis, gemeente, release))
    for stap in stappen:
        await boek.declare(*stap)
    # A last claim, large enough to set off every credit, so that all of it comes into a proposal.
    await boek.declare([(50_000_000, 40_000_000 if release == "2.4" else 50_000_000, 0)], 0, later=False)
    aanbieder, granted_cents = boek.declarant.aanbieder, boek.toegekend.total()

    totaal = (await loket.get("/cijfers", aanbieder=aanbieder))["totaal"]
    lines = (await loket.get("/prestaties", aanbieder=aanbieder, limiet=500))["prestaties"]
    proposals = (await loket.ask("POST", "/betalingen", json={"aanbieder": aanbieder})).json()["betalingen"]
    verbruik = await consumption(loket, aanbieder)
    async with huis.engine.connect() as conn:
        totals = await kept(conn, aanbieder)
        assert totals == await recomputed(conn, aanbieder)

    assert (totaal["toegekend"], totaal["ingediend"]) == (granted_cents, boek.claimed)
    assert totaal["toegekend"] + totaal["afgekeurd"] == totaal["ingediend"]
    assert {one["referentie"]: _signed(one) for one in lines} == dict(boek.toegekend)
    assert [one["bedrag"] for one in proposals] == [granted_cents]
    assert sum(one["toegekend"]["bedrag"] for one in verbruik) == granted_cents
    assert sum(cents for _, cents in totals.values()) == granted_cents
    if release == "2.4":
        await close_the_year(boek, granted_cents, where, cent)
    assert await consumption(loket, aanbieder) == verbruik
    assert (await loket.get("/cijfers", aanbieder=aanbieder))["totaal"] == totaal


async def close_the_year(boek: Boek, granted_cents: int, where: int, cent: int) -> None:
    """An invoice that is a cent off is refused there alone; the right one is granted whole."""
    loket, declarant = boek.loket, boek.declarant
    asked = {"jaar": 2025, "kalender": "kalenderjaar", "aanbieder": declarant.aanbieder, "limiet": 500}
    expected = await loket.get("/verzamelfacturen/verwacht", **asked)
    assert expected["totaal"] == sum(one["bedrag"] for one in expected["regels"]) == granted_cents

    at = where % len(expected["regels"])
    made, uitkomst = await declarant.close(expected, meer={at: cent})
    seen = await loket.get(f"/verzamelfacturen/{uitkomst.id}")
    # Lines on one toewijzing over one period, at different tariffs, are compared together.
    alike = [all(one[name] == expected["regels"][at][name] for name in SAMEN) for one in expected["regels"]]
    assert [(one["referentie"], one["verschil"]) for one in seen["inhoud"]] == [
        (referentie(line), cent) for line, refused in zip(made, alike, strict=True) if refused
    ]
    assert (seen["verschil"], seen["verwacht"], seen["ontbreekt"]) == (cent, granted_cents, 0)
    rest = [one["bedrag"] for one, refused in zip(expected["regels"], alike, strict=True) if not refused]
    assert granted_in(await loket.retour(uitkomst.id)) == sum(rest)

    _, uitkomst = await declarant.close(expected)
    retour = await loket.retour(uitkomst.id)
    assert (granted_in(retour), retour["Header"]["RetourCodes"]["RetourCode"]) == (granted_cents, ["8001"])


async def consumption(loket: Loket, aanbieder: str) -> Any:
    asked = {"aanbieder": aanbieder, "limiet": 100}
    return (await loket.ask("POST", "/verbruik/zoek", json=asked)).json()["verbruik"]


def _signed(line: Any) -> int:
    cents: int = line["toegekendBedrag"]
    return -cents if line["debetCredit"] == "C" else cents
