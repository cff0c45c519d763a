"""Nodes of the cluster go and come back under traffic: nothing lost, nothing doubled, no 5xx (P1, P2, P7, P8)."""

import signal

import pytest

from shared.kafka.topics import STARTSTOP, TOEWIJZING, TOPICS
from tests.kafka_echt.apache import Apache
from tests.kafka_echt.onder_verkeer import generations, onder_verkeer, taken
from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.ruig.grootboek import Grootboek
from tests.wachten import eventually


@pytest.mark.parametrize(
    ("topic", "how"), [(TOEWIJZING, signal.SIGTERM), (STARTSTOP, signal.SIGKILL)], ids=["stopped", "killed"]
)
async def test_a_leader_that_goes_is_followed_up(
    gewond: Apache, stapel: Stapel, kringen: list[Kring], grootboek: Grootboek, topic: str, how: signal.Signals
) -> None:
    """And it is not taken for a broker that has lost what it had: nobody publishes everything again."""
    before = await generations(stapel)

    async with onder_verkeer(grootboek, kringen, "leider weg", hoe=how.name):
        await leader_goes(gewond, topic, how)
        await taken(grootboek, 5)
        await gewond.start()
        await eventually(lambda: gewond.in_sync(*TOPICS), "every copy is up to date", seconds=60, every=0.2)

    assert await generations(stapel) == before


async def leader_goes(kafka: Apache, topic: str, how: signal.Signals) -> None:
    """Back when another node leads."""
    node = await kafka.leader(topic)
    assert node is not None
    node.stop(how)

    async def another() -> bool:
        return await kafka.leader(topic) not in (None, node)

    await eventually(another, "another node leads", seconds=30, every=0.1)


async def test_a_cluster_that_lost_its_power_still_has_everything(
    gewond: Apache, stapel: Stapel, kringen: list[Kring], grootboek: Grootboek
) -> None:
    """All three at once: for a while there is no Kafka, and when it is back it has what it acknowledged."""
    before = await generations(stapel)

    async with onder_verkeer(grootboek, kringen, "stroom weg"):
        for node in gewond.nodes:
            node.stop(signal.SIGKILL)
        await taken(grootboek, 20)
        await gewond.start()

    assert await generations(stapel) == before
