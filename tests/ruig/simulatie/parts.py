"""What a schedule is made of: the services with their processes, the messages, the things they are about."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import MetaData

from shared.feiten.product_tabel import product_projectie
from shared.feiten.toewijzing_tabel import toewijzing_projectie
from shared.kafka.consumer import Consumer
from shared.kafka.outbox import NewEvent
from shared.kafka.relay import Relay
from shared.kafka.topics import PRODUCT, TOEWIJZING
from tests.ruig.simulatie.database import Database
from tests.ruig.simulatie.loop import Process

TABELLEN = {TOEWIJZING: toewijzing_projectie(MetaData()), PRODUCT: product_projectie(MetaData())}
"""The real tables, as handles: they hold nothing here."""
TOPICS = (PRODUCT, TOEWIJZING)
KEYS = [(TOEWIJZING, "0855:1"), (TOEWIJZING, "0855:2"), (PRODUCT, "0855:01A04"), (PRODUCT, "0855:01A05")]
UNKNOWN = (TOEWIJZING, "0855:9")
PARTITIONS = 2


class BrokenPromiseError(AssertionError):
    """Something that must hold does not."""


@dataclass
class Message:
    """What the reader received: it rests on `key` having at least `versie`. `floor`: what its owner had committed of it
    before the message came in."""

    number: int
    key: tuple[str, str]
    versie: int
    floor: int


@dataclass
class Node:
    """A process of a service."""

    service: "Service"
    process: Process
    relay: Relay | None = None
    consumer: Consumer | None = None


@dataclass
class Service:
    """A service: its database and the processes that run on it."""

    name: str
    database: Database
    nodes: list[Node] = field(default_factory=list)


def told(topic: str, sleutel: str, versie: int) -> NewEvent:
    """The event that says so; its content tells its version as well."""
    gemeente, _, rest = sleutel.partition(":")
    if topic == PRODUCT:
        data: dict[str, Any] = {"gemeente": gemeente, "productCode": rest, "tarieven": [{"versie": versie}]}
        return NewEvent(topic, sleutel, "product-gewijzigd", versie, data)
    data = {
        "gemeente": gemeente,
        "nummer": int(rest),
        "aanbieder": "98765432",
        "client": "pseudoniem",
        "categorie": "01",
        "code": "01A04",
        "ingangsdatum": "2026-01-01",
        "einddatum": None,
        "moment": "2026-01-01T00:00:00",
        "redenWijziging": None,
        "omvang": {"volume": versie, "eenheid": "04", "frequentie": "2"},
        "budget": None,
    }
    return NewEvent(topic, sleutel, "toewijzing-gewijzigd", versie, data)
