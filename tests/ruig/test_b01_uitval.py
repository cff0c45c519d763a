"""B01: messages of all kinds while processes are killed or stand still: nothing lost, nothing doubled (P1, P2, P7)."""

import pytest

from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.ruig.grootboek import Grootboek
from tests.ruig.maat import MAAT, Maat
from tests.ruig.storing import elke, geweld
from tests.ruig.verkeer import verkeer
from tests.wachten import eventually


@pytest.mark.parametrize("seed", MAAT.seeds)
async def test_b01_accepted_survives_the_death_of_any_process(
    kringen: list[Kring], gewonde_stapel: Stapel, grootboek: Grootboek, maat: Maat, seed: int
) -> None:
    loting, stil = maat.loting("b01", seed), maat.kies(1.0, 20.0)
    aantal, om = maat.kies((40, 15), (1000, 25))

    async with elke(grootboek, om, lambda: geweld(gewonde_stapel, loting, stil)) as gedaan:
        await verkeer(grootboek, kringen, aantal, maat.loting("b01 verkeer", seed))
    await eventually(gewonde_stapel.whole, "the stack has recovered", seconds=60, every=0.1)
    await grootboek.controleer()

    maat.noteer(
        "B01", zaad=seed, berichten=grootboek.genomen, storingen=dict(gedaan), antwoorden=grootboek.antwoorden()
    )
