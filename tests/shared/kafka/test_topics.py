"""How topics are made."""

import pytest

from shared.kafka.client import KafkaConfig, new_topic
from shared.kafka.topics import TOPICS, Topic


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.naam)
def test_a_topic_with_watermarks_never_forgets_by_itself(topic: Topic) -> None:
    """A reader that starts years later would take the watermark behind a gap for the word that nothing is missing."""
    configs = new_topic(KafkaConfig("localhost:9092"), topic.naam).topic_configs

    kept = configs["cleanup.policy"] == "compact" or configs.get("retention.ms") == "-1"
    assert kept == topic.watermerk
