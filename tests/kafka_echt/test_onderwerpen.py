"""The topics that the services made, as the cluster has them."""

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.kafka.client import MAX_EVENT_BYTES
from shared.kafka.topics import TOPICS, Topic
from tests.kafka_echt.apache import Apache
from tests.keten.stapel import Stapel

WEEK_MS = 7 * 24 * 3600 * 1000


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.naam)
async def test_a_topic_is_kept_as_asked(topic: Topic, kafka: Apache, stapel: Stapel) -> None:
    async with kafka.admin() as admin:
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.naam)])
    [(_, _, _, _, entries)] = answer.resources
    found = {entry[0]: entry[1] for entry in entries}

    assert found["cleanup.policy"] == ("compact" if topic.compact else "delete")
    assert found["retention.ms"] == str(-1 if topic.watermerk and not topic.compact else WEEK_MS)
    assert found["min.insync.replicas"] == "2"
    assert found["max.message.bytes"] == str(MAX_EVENT_BYTES)


async def test_every_partition_has_three_copies(kafka: Apache, stapel: Stapel) -> None:
    found = await kafka.partitions(*TOPICS)

    assert len(found) == 4 * len(TOPICS)
    assert {len(partition["replicas"]) for partition in found} == {3}
