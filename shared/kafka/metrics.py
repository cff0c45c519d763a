"""The figures of outbox, relay and consumer of one service; labels hold topics and services, never a key."""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge


class KafkaMeters:
    """Register once per process and service; relay and consumer share it."""

    def __init__(self, service: str, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.service = service
        self._depths: dict[int, int] = {}
        self._outbox = Gauge(
            "knooppunt_outbox_depth",
            "Events not yet acknowledged by the broker",
            ["service"],
            registry=registry,
        )
        self._published = Counter(
            "knooppunt_relay_published",
            "Events the broker acknowledged",
            ["service", "topic"],
            registry=registry,
        )
        self._replaced = Counter(
            "knooppunt_broker_replaced",
            "Times the broker came back without its records",
            ["service"],
            registry=registry,
        )
        self._applied = Counter(
            "knooppunt_consumer_applied",
            "Events applied to projections",
            ["service", "topic"],
            registry=registry,
        )
        self._dlq = Counter("knooppunt_dlq", "Events set aside as poison", ["service", "topic"], registry=registry)
        self._unapplied = Gauge(
            "knooppunt_niet_toegepast",
            "Keys set aside and not healed yet (alarm: above 0)",
            ["service"],
            registry=registry,
        )
        self._age = Gauge(
            "knooppunt_watermark_age_seconds",
            "Since an owner's last watermark",
            ["service", "bron"],
            registry=registry,
        )

    def outbox_depth(self, depth: int, deel: int = 0) -> None:
        """Of one slice of the keys; the gauge is their sum."""
        self._depths[deel] = depth
        self._outbox.labels(self.service).set(sum(self._depths.values()))

    def published(self, topic: str, count: int) -> None:
        self._published.labels(self.service, topic).inc(count)

    def broker_replaced(self) -> None:
        self._replaced.labels(self.service).inc()

    def applied(self, topic: str, count: int) -> None:
        self._applied.labels(self.service, topic).inc(count)

    def set_aside(self, topic: str) -> None:
        self._dlq.labels(self.service, topic).inc()

    def unapplied(self, keys: int) -> None:
        self._unapplied.labels(self.service).set(keys)

    def watermark(self, bron: str) -> None:
        """A watermark of `bron` was applied just now."""
        moment = time.monotonic()
        self._age.labels(self.service, bron).set_function(lambda: time.monotonic() - moment)
