"""Whatever is granted, cut, refused and credited: to the cent the same in answer, figures, consumption and payment."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.exchange.huis import Huis
from shared.iwmo.codec import Inhoud
from tests.declaratie.betalingen.boek import Declarant, saldo
from tests.declaratie.handmatig.loket import Loket, approve, in_part, referentie, refuse
from tests.declaratie.totalen import kept, recomputed

DEBET = st.tuples(st.integers(2, 99_999), st.integers(-1, 100_001))
"""Cents that are claimed, and how many of them the gemeente grants: all if it says more, none if less than one."""
STAP = st.tuples(st.lists(DEBET, min_size=1, max_size=4), st.integers(0, 3))
"""The debits of a declaration, and how many of the oldest lines that stand it takes back."""


@dataclass
class Boek:
    """What one aanbieder was granted, added up here."""

    loket: Loket
    declarant: Declarant
    claimed: int = 0
    toegekend: Counter[str] = field(default_factory=Counter)
    lines: dict[str, Inhoud] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)

    async def declare(self, debets: list[tuple[int, int]], backwards: int) -> None:
        """A declaration with its decisions; its answer must say what they come to."""
        back, self.open = self.open[:backwards], self.open[backwards:]
        new = {referentie(line): (line, give) for line, give in self._new(debets)}
        taken = {of: self.declarant.credit(self.lines[of]) for of in back}
        lines = [line for line, _ in new.values()] + list(taken.values())
        uitkomst = await self.declarant.send(self.declarant.inhoud(*lines), *lines)
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
        header = (await self.loket.retour(uitkomst.id))["Header"]["RetourBedragen"]["ToegekendTotaalBedrag"]
        sign = -1 if header["DebetCredit"] == "C" else 1
        assert sign * header["TotaalBedrag"] == row.toegekend == told

    def _new(self, debets: list[tuple[int, int]]) -> list[tuple[Inhoud, int]]:
        return [(self.declarant.regel(cents), give) for cents, give in debets]

    def _decision(self, line: Inhoud, give: int) -> list[dict[str, Any]]:
        if give < 1:
            return refuse(line)
        return approve(line) if give >= saldo(line) else in_part(give, line)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stappen=st.lists(STAP, min_size=1, max_size=4))
async def test_granted_and_refused_are_what_was_claimed(
    loket: Loket, huis: Huis, gemeente: str, stappen: list[Any]
) -> None:
    await loket.set()
    boek = Boek(loket, Declarant(huis, gemeente, "2.4"))
    for debets, backwards in stappen:
        await boek.declare(debets, backwards)
    # A last claim, large enough to set off every credit, so that all of it comes into a proposal.
    await boek.declare([(50_000_000, 40_000_000)], 0)
    aanbieder, granted_cents = boek.declarant.aanbieder, boek.toegekend.total()

    totaal = (await loket.get("/cijfers", aanbieder=aanbieder))["totaal"]
    lines = (await loket.get("/prestaties", aanbieder=aanbieder, limiet=500))["prestaties"]
    proposals = (await loket.ask("POST", "/betalingen", json={"aanbieder": aanbieder})).json()["betalingen"]
    verbruik = (await loket.ask("POST", "/verbruik/zoek", json={"aanbieder": aanbieder, "limiet": 100})).json()
    invoice = {"jaar": 2025, "kalender": "kalenderjaar", "aanbieder": aanbieder, "limiet": 500}
    expected = await loket.get("/verzamelfacturen/verwacht", **invoice)
    async with huis.engine.connect() as conn:
        totals = await kept(conn, aanbieder)
        assert totals == await recomputed(conn, aanbieder)

    assert (totaal["toegekend"], totaal["ingediend"]) == (granted_cents, boek.claimed)
    assert totaal["toegekend"] + totaal["afgekeurd"] == totaal["ingediend"]
    assert {one["referentie"]: _signed(one) for one in lines} == dict(boek.toegekend)
    assert [one["bedrag"] for one in proposals] == [granted_cents]
    assert expected["totaal"] == granted_cents
    assert sum(one["toegekend"]["bedrag"] for one in verbruik["verbruik"]) == granted_cents
    assert sum(cents for _, cents in totals.values()) == granted_cents


def _signed(line: Any) -> int:
    cents: int = line["toegekendBedrag"]
    return -cents if line["debetCredit"] == "C" else cents
