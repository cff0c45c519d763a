"""Whatever is claimed, credited, proposed and withdrawn: every granted line is paid once, and the sums agree."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.exchange.huis import Huis
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from tests.declaratie.betalingen.boek import APRIL, MAART, Declarant, Mens, saldo
from tests.declaratie.betalingen.test_inzien import all_pages

CENTS = st.integers(1, 99_999)
STEP = st.one_of(
    st.tuples(st.just("declare"), st.lists(CENTS, min_size=1, max_size=4), st.integers(0, 3)),
    st.tuples(st.just("make"), st.booleans()),
    st.tuples(st.sampled_from(["next_period", "withdraw", "release"])),
)


class Loop:
    """One aanbieder's claims and payments, step by step, beside a plain sum of what the answers granted."""

    def __init__(self, huis: Huis, maker: Mens, ander: Mens, gemeente: str, release: Release) -> None:
        self.declarant = Declarant(huis, gemeente, release)
        self.maker, self.ander = maker, ander
        self.granted: list[Inhoud] = []
        self.open: list[Inhoud] = []
        self.periode = MAART
        self.concepts: list[Any] = []
        self.released: list[Any] = []

    async def next_period(self) -> None:
        self.periode = APRIL

    async def declare(self, cents: list[int], backwards: int) -> None:
        """New lines, a line that is refused, and credits of the oldest lines that stand."""
        back, self.open = self.open[:backwards], self.open[backwards:]
        new = [self.declarant.regel(one, periode=self.periode) for one in cents]
        lines = [*new, *(self.declarant.credit(one) for one in back)]
        # A message that has a number and also takes it back is refused as a whole.
        refused = [self.declarant.refused(one) for one in self.granted if one not in back][:1]
        await self.declarant.declare(*lines, *refused, periode=self.periode)
        self.granted += lines
        self.open += new

    async def make(self, per_period: bool = False) -> None:
        asked = {"aanbieder": self.declarant.aanbieder, "perPeriode": per_period}
        self.concepts += (await self.maker.make(**asked))["betalingen"]

    async def withdraw(self) -> None:
        if self.concepts:
            assert (await self.maker.decide(self.concepts.pop(), "intrekking")).status_code == 200

    async def release(self) -> None:
        if self.concepts:
            self.released.append(self.concepts.pop(0))
            assert (await self.ander.decide(self.released[-1], "vrijgave")).status_code == 200

    async def lines_of(self, voorstel: Any) -> list[Any]:
        """In pages that end within a declaration and between two."""
        return await all_pages(self.maker, f"/{voorstel['id']}/regels", "regels")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(release=st.sampled_from(RELEASES), steps=st.lists(STEP, min_size=1, max_size=9))
async def test_every_granted_line_is_paid_once_and_the_totals_agree(
    huis: Huis, maker: Mens, ander: Mens, gemeente: str, release: Release, steps: list[Any]
) -> None:
    loop = Loop(huis, maker, ander, gemeente, release)
    await maker.enter(loop.declarant.aanbieder)
    for name, *arguments in steps:
        await getattr(loop, name)(*arguments)
    # A last claim, large enough to set off every credit, so that nothing is carried over.
    await loop.declare([50_000_000], 0)
    await loop.make()
    while loop.concepts:
        await loop.release()

    paid = [line for voorstel in loop.released for line in await loop.lines_of(voorstel)]
    assert Counter(line["referentie"] for line in paid) == Counter(
        line["ProductReferentie"]["ReferentieNummer"] for line in loop.granted
    )
    assert sum(voorstel["bedrag"] for voorstel in loop.released) == saldo(*loop.granted)
    for voorstel in loop.released:
        assert sum(line["bedrag"] for line in await loop.lines_of(voorstel)) == voorstel["bedrag"] > 0
        agreeing = (await maker.get(f"/{voorstel['id']}/aansluiting"))["declaraties"]
        assert {one["verschil"] for one in agreeing} == {0}
        assert sum(one["toegekendInRetour"] for one in agreeing) == voorstel["bedrag"]
