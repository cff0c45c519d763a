"""Apache Kafka in the tests is the one that the compose file runs."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_tests_and_compose_run_one_version() -> None:
    image = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["kafka"]["image"]
    pinned = re.findall(r"<kafka.version>(.+)</kafka.version>", (ROOT / "deploy" / "kafka" / "pom.xml").read_text())

    assert [image] == [f"apache/kafka:{version}" for version in pinned]
