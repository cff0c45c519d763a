"""The topics of the house: who writes them, and how they are kept."""

from dataclasses import dataclass

TOEWIJZING = "wmo.toewijzing"
PRODUCT = "wmo.product"
STARTSTOP = "wmo.startstop"
EVALUATIE = "wmo.evaluatie"
DECLARATIE = "wmo.declaratie"
TERMIJN = "wmo.termijn"
BARRIERE = "wmo.barriere"
DLQ = "wmo.dlq"


@dataclass(frozen=True)
class Topic:
    """`eigenaar` is the one service that writes it, None when every service may. A compact topic carries the
    whole state of its key in each event, so only the newest per key matters; `watermerk` tells whether the
    owner publishes watermarks on it."""

    naam: str
    eigenaar: str | None
    compact: bool
    watermerk: bool


TOPICS = {
    topic.naam: topic
    for topic in (
        Topic(TOEWIJZING, eigenaar="toewijzing", compact=True, watermerk=True),
        Topic(PRODUCT, eigenaar="toewijzing", compact=True, watermerk=True),
        Topic(STARTSTOP, eigenaar="startstop", compact=True, watermerk=True),
        Topic(EVALUATIE, eigenaar="startstop", compact=True, watermerk=True),
        Topic(DECLARATIE, eigenaar="declaratie", compact=False, watermerk=True),
        Topic(TERMIJN, eigenaar=None, compact=False, watermerk=False),
        Topic(BARRIERE, eigenaar=None, compact=False, watermerk=False),
        Topic(DLQ, eigenaar=None, compact=False, watermerk=False),
    )
}


def owned_by(service: str) -> tuple[Topic, ...]:
    """The topics only `service` writes, and on which it publishes its watermarks."""
    return tuple(topic for topic in TOPICS.values() if topic.eigenaar == service)


def of_every_service() -> tuple[Topic, ...]:
    """The topics that every service may write."""
    return tuple(topic for topic in TOPICS.values() if topic.eigenaar is None)
