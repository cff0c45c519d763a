# mypy: allow-untyped-calls
"""The connection to the broker: its settings, its topics, and an end to every wait.

aiokafka retries for ever where it can; everything here gives up after a while with KafkaUnavailableError, so
that the caller decides what a broker that is away means.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from shared.kafka.topics import TOPICS
from shared.settings import Settings

T = TypeVar("T")
START_SECONDS = 10.0
STOP_SECONDS = 5.0
REQUEST_SECONDS = 8.0
MAX_EVENT_BYTES = 16 * 1024 * 1024
"""Of a record with all that goes around it."""
_CREATE_ATTEMPTS = 5
_TOPIC_IS_THERE = (0, 36)

# While a broker is away aiokafka logs every attempt of every client; relay and consumer say it once.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


class KafkaUnavailableError(Exception):
    """The broker is away, slow, or refuses; nothing is known about what was under way."""


@dataclass(frozen=True)
class KafkaConfig:
    """Where the broker is, how to log in, and how topics are made."""

    bootstrap: str
    partities: int = 4
    replicas: int = 1
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    username: str | None = None
    password: str | None = None
    ssl_cafile: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> "KafkaConfig":
        """The part of a service's settings that is about Kafka."""
        return cls(
            bootstrap=settings.kafka_bootstrap,
            partities=settings.kafka_partities,
            replicas=settings.kafka_replicas,
            security_protocol=settings.kafka_security_protocol,
            sasl_mechanism=settings.kafka_sasl_mechanism,
            username=settings.kafka_sasl_username,
            password=settings.kafka_sasl_password,
            ssl_cafile=str(settings.kafka_ssl_cafile) if settings.kafka_ssl_cafile else None,
        )

    def arguments(self) -> dict[str, Any]:
        """What every aiokafka client is made with."""
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.security_protocol,
            "request_timeout_ms": int(REQUEST_SECONDS * 1000),
        }
        if self.security_protocol.endswith("SSL"):
            arguments["ssl_context"] = ssl.create_default_context(cafile=self.ssl_cafile)
        if self.security_protocol.startswith("SASL"):
            arguments["sasl_mechanism"] = self.sasl_mechanism or "PLAIN"
            arguments["sasl_plain_username"] = self.username
            arguments["sasl_plain_password"] = self.password
        return arguments


async def bounded(work: Awaitable[T], seconds: float) -> T:
    """Await aiokafka for at most `seconds`; every failure of it is one KafkaUnavailableError."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    # AssertionError: aiokafka's way of saying that its metadata does not know a partition (yet).
    except (KafkaError, OSError, TimeoutError, AssertionError) as error:
        raise KafkaUnavailableError(type(error).__name__) from error


async def stop_quietly(stop: Awaitable[None]) -> None:
    """Let a client close itself, but neither wait for a broker that is gone nor mind how the closing went.

    A task of its own: aiokafka lets the cancellation of its inner tasks escape from `stop()`, which here
    would look like a cancellation of the caller.
    """
    task = asyncio.ensure_future(stop)
    await asyncio.wait({task}, timeout=STOP_SECONDS)
    if not task.done():
        task.cancel()
    elif not task.cancelled():
        task.exception()


async def ensure_topics(config: KafkaConfig, names: Iterable[str]) -> None:
    """Create those of `names` that are missing; what is there stays as it is. KafkaUnavailableError when it
    fails."""
    admin = AIOKafkaAdminClient(**config.arguments())
    try:
        await bounded(admin.start(), START_SECONDS)
        missing = [new_topic(config, name) for name in names]
        for attempt in range(_CREATE_ATTEMPTS):
            answer: Any = await bounded(admin.create_topics(missing), START_SECONDS)
            codes = {error[0]: error[1] for error in answer.topic_errors}
            missing = [topic for topic in missing if codes.get(topic.name) not in _TOPIC_IS_THERE]
            if not missing:
                return
            await asyncio.sleep(0.1 * 2**attempt)  # a broker that has just started answers "unknown error" at times
        raise KafkaUnavailableError(f"topic {missing[0].name} not created: {codes.get(missing[0].name)}")
    finally:
        await stop_quietly(admin.close())


def new_topic(config: KafkaConfig, name: str) -> NewTopic:
    """How a topic is made: what it keeps, and of how many copies."""
    topic = TOPICS.get(name)
    # A watermark says that all before it has been published, also to a reader that starts years later: of a topic that
    # has them nothing may go by itself. The default of a broker is a week.
    kept = {"retention.ms": "-1"} if topic and topic.watermerk and not topic.compact else {}
    return NewTopic(
        name,
        config.partities,
        config.replicas,
        topic_configs={
            "cleanup.policy": "compact" if topic and topic.compact else "delete",
            **kept,
            # With three copies one may be away and two must have it; with fewer there is no such choice.
            "min.insync.replicas": str(max(1, config.replicas - 1)),
            "max.message.bytes": str(MAX_EVENT_BYTES),
        },
    )
