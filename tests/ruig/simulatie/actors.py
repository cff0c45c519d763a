"""What the services of a schedule do: the owner writes and publishes, the reader projects, parks and judges."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import MetaData

from shared.exchange import verwerking
from shared.exchange.wachtkamer import ASK_AGAIN_SECONDS, ROUND_SECONDS
from shared.feiten.volgen import handlers
from shared.kafka import outbox, watermark
from shared.kafka.applier import Applied
from shared.kafka.client import KafkaConfig
from shared.kafka.consumer import Consumer
from shared.kafka.envelope import Event
from shared.kafka.outage import is_outage
from shared.kafka.relay import Relay, Verdeling
from shared.kafka.tables import kafka_tables
from shared.kafka.topics import PRODUCT, TOEWIJZING
from tests.ruig.simulatie.database import Connection, Engine
from tests.ruig.simulatie.loop import Process
from tests.ruig.simulatie.parts import KEYS, PARTITIONS, TABELLEN, TOPICS, Message, Node, Service, told
from tests.ruig.simulatie.promises import Promises
from tests.ruig.simulatie.seams import Silence
from tests.ruig.simulatie.store_reading import next_versions

POLL_SECONDS = 2.0
BATCH = 7
KAFKA = kafka_tables(MetaData(schema="nagebootst"))


class Actors(Promises):
    """The processes of both services, and what senders ask of them."""

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
        await outbox.add(conn, KAFKA, [told(*key, current[key]) for key in (place[1] for place in places)])

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
                    events.append(told(topic, key, versies[key]))
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
                row = {"status": verdict, "nummer": nummer, "ontvangen": self.loop.time()}
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
            await conn.statement(lambda tx: tx.put(*place, {**row, "status": status}))
        self.note("judged", message.number, status)

    def _may_be_refused(self, message: Message, projected: int) -> None:
        if projected < message.floor:
            self._broken(
                f"message {message.number} about {message.key} is refused on version {projected}, while "
                f"{message.floor} was committed before it came in"
            )

    async def _rounds(self) -> None:
        """The slow look round of the waiting room."""
        engine: Any = Engine(self.reader.database)
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                await self._judge(Applied())
                await self._ask_again(engine)
            except Exception as error:
                if not is_outage(error):
                    raise

    async def _ask_again(self, engine: Any) -> None:
        """As the waiting room: one new question for all that wait long."""
        long_ago = self.loop.time() - ASK_AGAIN_SECONDS
        async with engine.begin() as conn:
            if not await conn.statement(lambda tx: _waits_since(tx, long_ago)) or await outbox.is_asking(conn, KAFKA):
                return
            await outbox.ask_barrier(conn, KAFKA, self.reader.name, self.owner.name)
        self._wake(self.reader)


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


def _waits_since(tx: Any, moment: float) -> bool:
    return any(row["status"] == "geparkeerd" and row["ontvangen"] < moment for row in tx.rows("bericht").values())
