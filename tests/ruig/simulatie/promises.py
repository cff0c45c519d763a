"""What must hold in a schedule: at each moment, and when all is quiet again."""

import asyncio
from random import Random
from typing import Any

from aiokafka.structs import TopicPartition

from shared.kafka.topics import TOEWIJZING
from tests.ruig.simulatie.broker import Broker, Record
from tests.ruig.simulatie.database import Database
from tests.ruig.simulatie.faults import Faults
from tests.ruig.simulatie.loop import VirtualLoop
from tests.ruig.simulatie.parts import PARTITIONS, TABELLEN, TOPICS, BrokenPromiseError, Message, Service

TRANSPORT = frozenset({"request_lost", "ack_lost", "broker_down", "broker_empty", "slow_network"})


class Promises:
    """What there is in a schedule, and the watch over it."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = Random(f"schedule:{seed}")
        self.faults = Faults(self.dice)
        self.loop = VirtualLoop(self.dice)
        self.trace: list[str] = []
        self.acked: set[str] = set()
        self.broker = Broker(self.faults, PARTITIONS, self._appended)
        self.owner = Service("toewijzing", Database(self.faults, self._owner_changed))
        self.reader = Service("startstop", Database(self.faults, self._reader_changed))
        self.messages: list[Message] = []
        self.poisoned: set[str] = set()
        self.writers: set[asyncio.Task[Any]] = set()
        self.slices = self.dice.choice((1, 1, 1, 2))
        self.quiet_after = -1.0
        self.broken: list[str] = []
        self.published: dict[tuple[str, str], int] = {}
        self._names = 0

    def note(self, *what: object) -> None:
        """A line of the trace."""
        if not self.faults.ending:
            self.trace.append(f"{self.loop.time():.6f} " + " ".join(map(str, what)))

    def _broken(self, what: str) -> None:
        """Kept and not raised: relay and consumer outlive whatever comes out of a transaction."""
        if not self.faults.ending:
            self.note("BROKEN", what)
            self.broken.append(what)

    def _appended(self, partition: TopicPartition, offset: int, record: Record) -> None:
        self.note("log", partition.topic, partition.partition, offset, _id(record.value))
        if partition.topic in TOPICS and not self.faults.kinds & TRANSPORT and record.key != b"watermerk":
            self._in_order((partition.topic, str(record.key)), _versie(record.value))

    def _in_order(self, key: tuple[str, str], versie: int) -> None:
        """As long as no request is lost on the way, a key is published in the order of its versions, repeats aside."""
        if versie > self.published.get(key, 0) + 1 and versie > 1:
            self._broken(f"{key} is published in version {versie} before {self.published.get(key, 0) + 1}")
        self.published[key] = max(versie, self.published.get(key, 0))

    def _acknowledged(self, record: Record) -> None:
        self.acked.add(_id(record.value))

    def _sent_is_acknowledged(self, table: str, after: Any) -> None:
        if table == "outbox" and after is not None and after["verzonden"] is not None:
            self.note("sent", after["id"])
            if str(after["event_id"]) not in self.acked:
                self._broken(f"outbox row {after['id']} is marked as sent, and no broker acknowledged it")

    def _owner_changed(self, table: str, key: Any, before: Any, after: Any) -> None:
        self._sent_is_acknowledged(table, after)
        if table == "versie":
            self.note("owner", *key, after["nummer"])

    def _reader_changed(self, table: str, key: Any, before: Any, after: Any) -> None:
        self._sent_is_acknowledged(table, after)
        if table in ("toewijzing", "product") and after is not None:
            self.note("projected", *key, after["versie"])
            if before is not None and (before["epoch"], before["versie"]) >= (after["epoch"], after["versie"]):
                self._broken(f"{key} went from version {before['versie']} to {after['versie']}")

    def _wrong(self) -> list[str]:
        """What is not yet as it must be."""
        self._raise_what_failed()
        if self.broken:
            raise BrokenPromiseError("; ".join(self.broken))
        wrong = [f"{len(self.writers)} deeds under way"] if self.writers else []
        for service in (self.owner, self.reader):
            rows: Any = service.database.tables.get("outbox", {}).values()
            unsent = sum(row["verzonden"] is None for row in rows)
            if unsent:
                wrong.append(f"{unsent} rows of {service.name} unsent")
        owned = {key: row["nummer"] for key, row in self.owner.database.tables.get("versie", {}).items()}
        projected = self._projection()
        if owned != projected:
            wrong.append(f"projected {projected}, owned {owned}")
        for number, row in sorted(self.reader.database.tables.get("bericht", {}).items()):  # type: ignore[type-var]
            floor = self.messages[number].floor  # type: ignore[index,call-overload]
            if row["status"] == "geparkeerd" or (floor and row["status"] == "afgekeurd"):
                wrong.append(f"message {number} with {floor} committed before it is {row['status']}")
        if self.reader.database.tables.get("niet_toegepast"):
            wrong.append("a key is set aside")
        return wrong

    def _projection(self) -> dict[Any, int]:
        found = {}
        for topic in TOPICS:
            for (gemeente, rest), row in self.reader.database.tables.get(TABELLEN[topic].name, {}).items():  # type: ignore[misc]
                content = row["volume"] if topic == TOEWIJZING else row["tarieven"][0]["versie"]
                if content != row["versie"]:
                    self._broken(f"version {row['versie']} of {rest} has the content of {content}")
                found[(topic, f"{gemeente}:{rest}")] = row["versie"]
        return found

    def _raise_what_failed(self) -> None:
        for task in [task for task in self.writers if task.done()]:
            self.writers.discard(task)
            task.result()


def _id(value: bytes) -> str:
    """The id in an envelope, without reading all of it."""
    return value.split(b'"id":"', 1)[1][:36].decode()


def _versie(value: bytes) -> int:
    """The version in an envelope."""
    return int(value.split(b'"versie":"', 1)[1].split(b'"', 1)[0])
