"""The topics that the services made, as the cluster has them."""

import pytest
import pytest_asyncio
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.kafka.client import MAX_EVENT_BYTES
from shared.kafka.topics import TOPICS, Topic
from tests.kafka_echt.apache import Apache
from tests.keten.stapel import Stapel
from tests.wachten import eventually

WEEK_MS = 7 * 24 * 3600 * 1000


@pytest_asyncio.fixture(autouse=True)
async def gemaakt(kafka: Apache, stapel: Stapel) -> None:
    """The services are ready before their relays have made the last topic."""

    async def all_there() -> bool:
        found = await kafka.partitions(*TOPICS)
        return len(found) == 4 * len(TOPICS)

    await eventually(all_there, "the services have made their topics", seconds=60, every=0.1)


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.naam)
async def test_a_topic_is_kept_as_asked(topic: Topic, kafka: Apache) -> None:
    found: dict[str, str] = {}

    async def told() -> bool:
        """Any of the nodes may be asked, and one may be a moment behind."""
        async with kafka.admin() as admin:
            [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.naam)])
        [(_, _, _, _, entries)] = answer.resources
        found.update({entry[0]: entry[1] for entry in entries})
        return bool(found)

    await eventually(told, f"a node tells how {topic.naam} is kept", every=0.1)

    assert found["cleanup.policy"] == ("compact" if topic.compact else "delete")
    assert found["retention.ms"] == str(-1 if topic.watermerk and not topic.compact else WEEK_MS)
    assert found["min.insync.replicas"] == "2"
    assert found["max.message.bytes"] == str(MAX_EVENT_BYTES)


async def test_every_partition_has_three_copies(kafka: Apache) -> None:
    found = await kafka.partitions(*TOPICS)

    assert {len(partition["replicas"]) for partition in found} == {3}
