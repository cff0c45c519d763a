"""B08: a start right after its toewijzing is never refused, whatever the relay does; one on nothing always is (P4)."""

from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.ruig.grootboek import Grootboek
from tests.ruig.maat import Maat
from tests.ruig.vroeg import Vroeg, speel


async def test_b08_early_is_not_wrong(
    kringen: list[Kring], gewonde_stapel: Stapel, grootboek: Grootboek, maat: Maat
) -> None:
    paren, onbekend, longest = maat.kies((25, 5, 1.0), (1000, 100, 10.0))
    vroeg = Vroeg(grootboek, kringen, maat.loting("b08"))

    await speel(vroeg, gewonde_stapel, paren, onbekend, longest)
    await grootboek.controleer()

    maat.noteer("B08", paren=paren, onbekend=onbekend, pauzes_tot=f"{longest} s", antwoorden=grootboek.antwoorden())
