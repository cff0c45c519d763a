"""B27: a service's backup is put back; with a new epoch everybody knows again what its tables say (P7)."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from shared.settings import SERVICES
from tests.keten.kring import Kring
from tests.keten.projecties import check_projections
from tests.keten.stapel import Stapel
from tests.ruig import backup
from tests.ruig.grootboek import Grootboek, Post
from tests.ruig.maat import Maat, alleen_vol
from tests.ruig.vergelijken import check_outbox_empty, check_verdicts
from tests.ruig.verkeer import verkeer


@alleen_vol
@pytest.mark.parametrize("dienst", SERVICES)
async def test_b27_after_a_restored_backup_everybody_agrees_again(
    kringen: list[Kring], gewonde_stapel: Stapel, grootboek: Grootboek, maat: Maat, tmp_path: Path, dienst: str
) -> None:
    """What came in after the backup is gone at that service alone, and its senders send it again: to the service it
    is new. The others had seen its consequences with versions that are now given a second time."""
    aantal = maat.kies(20, 300)
    loting = maat.loting(f"b27 {dienst}")

    await verkeer(grootboek, kringen, aantal, loting)
    await check_verdicts(grootboek, 120)
    kept = len(grootboek.posten)
    taken = await backup.neem(gewonde_stapel, dienst, tmp_path / "backup")
    await verkeer(grootboek, kringen, grootboek.genomen + 2 * aantal, loting)
    await check_outbox_empty(grootboek, 120)
    await check_verdicts(grootboek, 120)
    await check_projections(gewonde_stapel)
    await backup.zet_terug(gewonde_stapel, dienst, taken)
    lost = [post for post in grootboek.posten[kept:] if post.bericht.dienst == dienst]
    for post in lost:
        decided_otherwise(post)
        post.antwoorden.clear()
        await grootboek.lever(post)
    await grootboek.controleer()

    found = await gewonde_stapel.query(f"select epoch from {dienst}.tijdperk")
    assert found[0]["epoch"] > 1
    assert lost
    maat.noteer("B27", dienst=dienst, berichten=len(grootboek.posten), opnieuw=len(lost))


def decided_otherwise(post: Post) -> None:
    """A toewijzing is given again with an hour more. Its version is one that the others saw before, for what is lost:
    without a new epoch they would ignore it."""
    if post.bericht.naam != "WMO301":
        return
    inhoud = deepcopy(post.bericht.inhoud)
    client = inhoud["Client"]
    for product in client.get("Beschikking", client)["ToegewezenProducten"]["ToegewezenProduct"]:
        product["Omvang"]["Volume"] += 1
    post.bericht = replace(post.bericht, inhoud=inhoud)
