"""One schedule: an owner and a reader with their processes, what they do, what goes wrong, and what must hold.

`toewijzing` owns toewijzingen and products, writes them under its row locks and publishes them; `startstop` projects
them and judges messages that rest on them: it parks what it cannot find and asks a barrier. A schedule has a stretch in
which things go wrong and then a quiet one, at the end of which everything must be where it belongs.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from aiokafka.structs import TopicPartition
from sqlalchemy import MetaData

from shared.exchange import verwerking
from shared.feiten.product_tabel import product_projectie
from shared.feiten.toewijzing_tabel import toewijzing_projectie
from shared.feiten.volgen import handlers
from shared.kafka import outbox, watermark
from shared.kafka.applier import Applied
from shared.kafka.client import KafkaConfig
from shared.kafka.consumer import Consumer
from shared.kafka.envelope import Event
from shared.kafka.outage import is_outage
from shared.kafka.outbox import NewEvent
from shared.kafka.relay import Relay, Verdeling
from shared.kafka.tables import kafka_tables
from shared.kafka.topics import PRODUCT, TOEWIJZING
from tests.ruig.simulatie.broker import Broker, Record
from tests.ruig.simulatie.client import Client
from tests.ruig.simulatie.database import Connection, Database, Engine
from tests.ruig.simulatie.faults import HOUR, Faults
from tests.ruig.simulatie.loop import Process, VirtualLoop
from tests.ruig.simulatie.producer import Producer
from tests.ruig.simulatie.seams import Silence, simulated
from tests.ruig.simulatie.store_reading import next_versions

QUIET_SECONDS = 30.0
ROUND_SECONDS = 15.0
POLL_SECONDS = 2.0
BATCH = 7
PARTITIONS = 2
KAFKA = kafka_tables(MetaData(schema="nagebootst"))
TABELLEN = {TOEWIJZING: toewijzing_projectie(MetaData()), PRODUCT: product_projectie(MetaData())}
"""The real tables, as handles: they hold nothing here."""
TOPICS = (PRODUCT, TOEWIJZING)
KEYS = [(TOEWIJZING, "0855:1"), (TOEWIJZING, "0855:2"), (PRODUCT, "0855:01A04"), (PRODUCT, "0855:01A05")]
TRANSPORT = frozenset({"request_lost", "ack_lost", "broker_down", "broker_empty", "slow_network"})
UNKNOWN = (TOEWIJZING, "0855:9")


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


class World:
    """Play it once."""

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
        self.verdicts: dict[int, str] = {}
        self.poisoned: set[str] = set()
        self.writers: set[asyncio.Task[Any]] = set()
        self.slices = self.dice.choice((1, 1, 1, 2))
        self.quiet_after = -1.0
        self.broken: list[str] = []
        self.published: dict[tuple[str, str], int] = {}
        self._names = 0

    # What must hold at each moment.

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

    # The services.

    def start_node(self, service: Service) -> None:
        """One process more."""
        self._names += 1
        process = Process(f"{service.name}-{self._names}")
        node = Node(service, process)
        service.nodes.append(node)
        self.note("start", process.name)
        self.loop.spawn(process, self._main(node))

    async def _main(self, node: Node) -> None:
        service = node.service
        engine: Any = Engine(service.database)
        config = KafkaConfig("simulated", partities=PARTITIONS)
        meters: Any = Silence()
        republish = self._republish if service is self.owner else _nothing
        node.relay = Relay(
            engine, KAFKA, service.name, config, republish,
            meters=meters, poll=POLL_SECONDS, batch=BATCH, verdeling=Verdeling(self.slices),
        )  # fmt: skip
        projecting = handlers(TABELLEN[TOEWIJZING], TABELLEN[PRODUCT]) if service is self.reader else {}
        own = {topic: self._poisonable(handler) for topic, handler in projecting.items()}
        after = self._judge if service is self.reader else _after
        node.consumer = Consumer(
            engine, KAFKA, service.name, config, own, after, node.relay.wake, meters=meters, batch=BATCH
        )
        running = [node.relay.run(), node.consumer.run()]
        if service is self.reader:
            running.append(self._rounds())
        await asyncio.gather(*running)

    def _poisonable(self, handler: Any) -> Any:
        async def apply(conn: Any, events: Sequence[Event]) -> None:
            if any(event.sleutel in self.poisoned for event in events):
                raise LookupError("simulated")
            await handler(conn, events)

        return apply

    async def _republish(self, conn: Any) -> None:
        """The whole state, with its rows locked, as the services do."""

        def rows(tx: Any) -> Any:
            return {key: row["nummer"] for key, row in tx.rows("versie").items()}

        places = [("versie", key) for key in await conn.statement(lambda tx: sorted(tx.rows("versie")))]
        current = await conn.statement(rows, lambda _: places)
        await outbox.add(conn, KAFKA, [_told(*key, current[key]) for key in (place[1] for place in places)])

    # What the owner does.

    async def write(self, hold: float) -> None:
        """A transaction of the owner: one or two keys get their next version."""
        keys = self.dice.sample(KEYS, self.dice.choice((1, 1, 2)))
        fails = self.dice.random() < 0.1
        engine: Any = Engine(self.owner.database)
        try:
            async with engine.begin() as conn:
                events = []
                for topic, key in sorted(keys):
                    versies = await next_versions(conn, None, topic, [key])
                    events.append(_told(topic, key, versies[key]))
                await outbox.add(conn, KAFKA, events)
                await self._hold(hold)
                _think_again(fails)
        except _ChangedMindError:
            return
        except Exception as error:
            if not is_outage(error):
                raise
            return
        self._wake(self.owner)
        if self.dice.random() < 0.5:
            await asyncio.sleep(0.05 * self.dice.random())
            await self.receive(self.dice.choice(keys))

    async def _hold(self, seconds: float) -> None:
        """Leave a transaction open for so long; those behind each other on one key would outlast the quiet."""
        until = self.loop.time() + seconds
        await asyncio.sleep(0)
        while self.faults.on and self.loop.time() < until:
            await asyncio.sleep(min(0.5, until - self.loop.time()))

    def _wake(self, service: Service) -> None:
        """The relay of the process that did it; at times that is not the one at work."""
        node = self.dice.choice(service.nodes) if service.nodes else None
        if node is not None and node.relay is not None:
            node.relay.wake()

    # What the reader does.

    async def receive(self, key: tuple[str, str]) -> None:
        """A message comes in that rests on what its owner has committed of a key, or on what is not there."""
        floor = self._committed(key)
        versie = floor or 1
        message = Message(len(self.messages), key, versie, floor)
        self.messages.append(message)
        engine: Any = Engine(self.reader.database)
        try:
            async with engine.begin() as conn:
                verdict = "verwerkt" if await self._knows(conn, message) else "geparkeerd"
                nummer = None
                if verdict == "geparkeerd":
                    nummer = await outbox.ask_barrier(conn, KAFKA, self.reader.name, self.owner.name)
                row = {"status": verdict, "nummer": nummer}
                await conn.statement(lambda tx: tx.put("bericht", message.number, row))
        except Exception as error:
            if not is_outage(error):
                raise
            return  # the sender gets 503; whether it was kept, the table says
        self.note("received", message.number, verdict)
        self._wake(self.reader)

    def _committed(self, key: tuple[str, str]) -> int:
        row = self.owner.database.tables.get("versie", {}).get(key)
        return row["nummer"] if row else 0

    async def _knows(self, conn: Connection, message: Message) -> bool:
        return await self._projected(conn, message.key) >= message.versie

    @staticmethod
    async def _projected(conn: Connection, key: tuple[str, str]) -> int:
        topic, sleutel = key
        gemeente, _, rest = sleutel.partition(":")
        place = (gemeente, int(rest) if topic == TOEWIJZING else rest)
        row = await conn.statement(lambda tx: tx.get(TABELLEN[topic].name, place))
        return row["versie"] if row else 0

    async def _judge(self, applied: Applied) -> None:
        """As the waiting room: what waits for these keys, and what waits for a barrier that has come back."""
        engine: Any = Engine(self.reader.database)
        async with engine.connect() as conn:
            echo = await watermark.lowest_echo(conn, KAFKA, self.owner.name, TOPICS)
            parked = await conn.statement(_parked)
        for number, nummer in parked:
            if self.messages[number].key in applied.keys or (echo is not None and nummer <= echo):
                await self._reconsider(engine, self.messages[number], nummer)

    async def _reconsider(self, engine: Any, message: Message, nummer: int) -> None:
        """The order of the real one: lock the message, ask whether the facts are complete, then read them."""
        async with engine.begin() as conn:
            place = ("bericht", message.number)
            row = await conn.statement(lambda tx: tx.get(*place), lambda _: [place])
            if row["status"] != "geparkeerd":
                return
            huis: Any = SimpleNamespace(dienst=SimpleNamespace(bron=self.owner.name), kafka=KAFKA, bron_topics=TOPICS)
            final = await verwerking._facts_are_complete(conn, huis, nummer, [message.key[1]])
            projected = await self._projected(conn, message.key)
            if projected >= message.versie:
                status = "verwerkt"
            elif final:
                status = "afgekeurd"
                self._may_be_refused(message, projected)
            else:
                return
            await conn.statement(lambda tx: tx.put(*place, {"status": status, "nummer": nummer}))
        self.note("judged", message.number, status)

    def _may_be_refused(self, message: Message, projected: int) -> None:
        if projected < message.floor:
            self._broken(
                f"message {message.number} about {message.key} is refused on version {projected}, while "
                f"{message.floor} was committed before it came in"
            )

    async def _rounds(self) -> None:
        """The slow look round of the waiting room."""
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                await self._judge(Applied())
            except Exception as error:
                if not is_outage(error):
                    raise

    # How a schedule goes.

    async def _play(self) -> None:
        try:
            await self._schedule()
        finally:
            self.faults.ending = True

    async def _schedule(self) -> None:
        for service in (self.owner, self.reader):
            for _ in range(self.dice.choice((1, 1, 2))):
                self.start_node(service)
        end = self.dice.choice((3.0, 8.0, 15.0))
        deeds = [self._deed for _ in range(self.dice.randrange(4, 16))]
        deeds += [self._mishap for _ in range(self.dice.randrange(2, 8))]
        bursts = [self.dice.random() * end for _ in range(self.dice.randrange(1, 5))]
        moments = sorted((self._moment(bursts, end), number) for number in range(len(deeds)))
        for moment, number in moments:
            await asyncio.sleep(max(0.0, moment - self.loop.time()))
            deeds[number]()
        await self._quiet()

    def _moment(self, bursts: Sequence[float], end: float) -> float:
        """When something happens: mostly where more does."""
        if self.dice.random() < 0.3:
            return self.dice.random() * end
        return self.dice.choice(bursts) + 0.5 * self.dice.random()

    def _deed(self) -> None:
        if self.dice.random() < 0.55:
            hold = 8.0 * self.dice.random() if self.faults.strikes_often("held_open") else 0.0
            self._begin(self.write(hold))
        else:
            self._begin(self.receive(self.dice.choice([*KEYS, UNKNOWN])))

    def _begin(self, deed: Any) -> None:
        task = asyncio.create_task(deed)
        self.writers.add(task)

    def _mishap(self) -> None:
        chosen = [kind for kind in sorted(self.faults.kinds) if hasattr(self, f"_do_{kind}")]
        if chosen:
            kind = self.dice.choice(chosen)
            self.note("mishap", kind)
            getattr(self, f"_do_{kind}")()

    def _node(self) -> Node | None:
        nodes = [*self.owner.nodes, *self.reader.nodes]
        return self.dice.choice(nodes) if nodes else None

    def _do_kill(self) -> None:
        """At once, or in the middle of what it does next."""
        node = self._node()
        if node is not None:
            node.process.fuse = self.dice.choice((1, 5, 20, 60))
            node.process.on_fuse = lambda _: self._kill(node)

    def _kill(self, node: Node) -> None:
        service = node.service
        if not self.faults.on or node not in service.nodes:
            return
        self.note("killed", node.process.name)
        service.nodes.remove(node)
        self.loop.kill(node.process)
        seconds = self.dice.choice((0.0, 0.0, 3.0)) * self.dice.random()
        self.loop.later(seconds, service.database.lose_sessions_of, node.process)
        self.loop.later(4 * self.dice.random(), self.start_node, service)

    def _do_stall(self) -> None:
        node = self._node()
        if node is not None:
            node.process.stalled_until = self.loop.time() + 20 * self.dice.random()

    def _do_database_restart(self) -> None:
        database = self.dice.choice((self.owner, self.reader)).database
        database.crash()
        self.loop.later(4 * self.dice.random(), setattr, database, "up", True)

    def _do_broker_down(self) -> None:
        self.broker.up = False
        self.loop.later(12 * self.dice.random(), self._broker_back)

    def _do_broker_empty(self) -> None:
        self.broker.up = False
        self.broker.lose_all()
        self.loop.later(self.dice.choice((0.0, 4.0)) * self.dice.random(), self._broker_back)

    def _broker_back(self) -> None:
        self.broker.up = True
        self.broker.stir()

    def _do_clock_jump(self) -> None:
        self.owner.database.clock_offset += self.dice.choice((-HOUR, HOUR, -300.0, 300.0))

    def _do_rebalance(self) -> None:
        self.start_node(self.dice.choice((self.owner, self.reader)))

    def _do_poison(self) -> None:
        self.poisoned.add(self.dice.choice(KEYS)[1])

    async def _quiet(self) -> None:
        """Nothing goes wrong any more; within thirty seconds all must be well."""
        self.note("quiet")
        self.faults.on = False
        for node in (*self.owner.nodes, *self.reader.nodes):
            node.process.stalled_until = 0.0
        self.owner.database.up = self.reader.database.up = True
        self._broker_back()
        await self._replay_poison()
        began = self.loop.time()
        while wrong := self._wrong():
            if self.loop.time() - began > QUIET_SECONDS:
                raise BrokenPromiseError(f"after {QUIET_SECONDS:.0f} quiet seconds: " + "; ".join(wrong))
            await asyncio.sleep(0.5)
        self.quiet_after = self.loop.time() - began

    async def _replay_poison(self) -> None:
        """The fault in the code is mended, and somebody gives `knooppunt replay`."""
        if not self.poisoned:
            return
        self.poisoned.clear()
        engine: Any = Engine(self.owner.database)
        async with engine.begin() as conn:
            await self._republish(conn)

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

    def play(self) -> str:
        """Play it; returns the digest of its trace. BrokenPromiseError when something did not hold."""
        ids = Random(f"ids:{self.seed}")
        Client.broker = self.broker
        Producer.on_ack = self._acknowledged
        self.loop.set_exception_handler(self._failed)
        with simulated(self.loop.time, lambda: UUID(int=ids.getrandbits(128))):
            self.loop.play(self._play())
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def _failed(self, loop: Any, context: dict[str, Any]) -> None:
        """A callback or a task failed that nobody waits for."""
        self._broken(f"{context.get('message')}: {context.get('exception')!r}")


class _ChangedMindError(Exception):
    """The deed is not to be after all."""


def _think_again(fails: bool) -> None:
    if fails:
        raise _ChangedMindError


async def _nothing(conn: Any) -> None:
    """A reader owns nothing here."""


async def _after(applied: Applied) -> None:
    """An owner judges nothing here."""


def _parked(tx: Any) -> list[tuple[int, int]]:
    rows = sorted(tx.rows("bericht").items())
    return [(number, row["nummer"]) for number, row in rows if row["status"] == "geparkeerd"]


def _id(value: bytes) -> str:
    """The id in an envelope, without reading all of it."""
    return value.split(b'"id":"', 1)[1][:36].decode()


def _versie(value: bytes) -> int:
    """The version in an envelope."""
    return int(value.split(b'"versie":"', 1)[1].split(b'"', 1)[0])


def _told(topic: str, sleutel: str, versie: int) -> NewEvent:
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
