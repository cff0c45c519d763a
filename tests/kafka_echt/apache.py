"""Apache Kafka itself, as many nodes as a test needs, each a process of its own that can be hurt."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient

from knooppunt.embedded.child import _die_with_parent
from knooppunt.embedded.ports import LOOPBACK, free_port
from shared.kafka.client import KafkaUnavailableError, bounded, stop_quietly
from tests.wachten import eventually

SCRIPT = Path(__file__).parents[2] / "deploy" / "kafka" / "kafka.sh"
START_SECONDS = 150.0
STOP_SECONDS = 30.0
ADMIN_SECONDS = 5.0
HEAP_MB = 256


def chosen() -> bool:
    """Whether this run is to use Apache Kafka instead of the embedded broker (``make kafka``)."""
    return os.environ.get("KNOOPPUNT_TEST_BROKER") == "apache"


class Node:
    """One node: broker and controller in one."""

    def __init__(self, number: int, ports: list[tuple[int, int]], folder: Path) -> None:
        self.port = ports[number - 1][0]
        self.folder = folder
        self.log = folder.with_suffix(".log")
        self._env = {
            "KAFKA_NODE": str(number),
            "KAFKA_POORTEN": " ".join(f"{broker}:{controller}" for broker, controller in ports),
            "KAFKA_HEAP_MB": str(HEAP_MB),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, None when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, *, empty: bool = False) -> None:
        """Start it, with what it had or with nothing; returns at once."""
        if empty:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.log.parent.mkdir(exist_ok=True)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [SCRIPT, "node", self.folder], env=os.environ | self._env, stdout=output, stderr=output,
                preexec_fn=_die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - only a system call
            )  # fmt: skip

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """SIGTERM: it hands over what it leads and writes down what it has; SIGKILL: neither."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(STOP_SECONDS)
            self._process = None

    def replace(self) -> None:
        """As a power cut with the loss of the disk, and a new machine at once: it comes back empty."""
        self.stop(signal.SIGKILL)
        self.start(empty=True)


class Apache:
    """A cluster in a folder of its own."""

    def __init__(self, nodes: int = 1) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="kafka-", dir="/tmp"))
        ports = _ports(nodes)
        self.nodes = [Node(number, ports, self._folder / str(number)) for number in range(1, nodes + 1)]

    @property
    def bootstrap(self) -> str:
        """The addresses of all nodes."""
        return ",".join(f"{LOOPBACK}:{node.port}" for node in self.nodes)

    @property
    def settings(self) -> dict[str, str]:
        """What a service must be told besides the addresses."""
        return {"KNOOPPUNT_KAFKA_REPLICAS": str(len(self.nodes))}

    async def start(self, *, empty: bool = False) -> None:
        """Start every node that does not run; returns when they all take part."""
        for node in self.nodes:
            if node.pid is None:
                node.start(empty=empty)
        try:
            await eventually(self.whole, "Apache Kafka is ready", START_SECONDS, every=0.1)
        except AssertionError as error:
            raise AssertionError(self._last_words()) from error

    def remove(self) -> None:
        """Stop all of it and leave nothing behind."""
        for node in self.nodes:
            node.stop(signal.SIGKILL)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def whole(self) -> bool:
        """Whether every node takes part."""
        with suppress(KafkaUnavailableError):
            async with self.admin() as admin:
                return len((await bounded(admin.describe_cluster(), ADMIN_SECONDS))["brokers"]) == len(self.nodes)
        return False

    async def partitions(self, *topics: str) -> list[dict[str, Any]]:
        """Of each partition who leads it, who have a copy, and whose copies are up to date (`isr`)."""
        async with self.admin() as admin:
            described = await bounded(admin.describe_topics(topics), ADMIN_SECONDS)
        return [partition for topic in described for partition in topic["partitions"]]

    async def in_sync(self, *topics: str) -> bool:
        """Whether every copy is up to date: only then may the next node go."""
        if not await self.whole():
            return False
        with suppress(KafkaUnavailableError):
            partitions = await self.partitions(*topics)
            return all(sorted(one["isr"]) == sorted(one["replicas"]) for one in partitions)
        return False

    async def leader(self, topic: str) -> Node | None:
        """The node that leads the first partition; None while there is none, or nobody says."""
        with suppress(KafkaUnavailableError):
            [number] = [one["leader"] for one in await self.partitions(topic) if one["partition"] == 0]
            return self.nodes[number - 1] if number > 0 else None
        return None

    async def members(self, group: str) -> int:
        """How many readers share the partitions of this group; 0 while they are being dealt out, or nobody says."""
        try:
            async with self.admin() as admin:
                [answer] = await bounded(admin.describe_consumer_groups([group]), ADMIN_SECONDS)
        except KafkaUnavailableError:
            return 0
        [(_, _, state, _, _, members, *_)] = answer.groups
        return len(members) if state == "Stable" else 0

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """A way to ask the cluster about itself; KafkaUnavailableError when it does not answer."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=2_000)
        try:
            await bounded(admin.start(), ADMIN_SECONDS)
            yield admin
        finally:
            await stop_quietly(admin.close())

    def _last_words(self) -> str:
        return "\n".join(f"{node.log.name}: {node.log.read_text()[-2000:]}" for node in self.nodes)


def _ports(nodes: int) -> list[tuple[int, int]]:
    """Free ports, of each node one to its clients and one to its fellow nodes."""
    found: set[int] = set()
    while len(found) < 2 * nodes:
        found.add(free_port())
    return list(zip(*[iter(found)] * 2, strict=True))


class OneNode(Apache):
    """To a test the same as the embedded broker: killed it forgets everything, and it comes back where it was."""

    def kill(self) -> None:
        """As a power cut, with the loss of the disk."""
        self.remove()


@asynccontextmanager
async def running(nodes: int = 1) -> AsyncIterator[Apache]:
    """A cluster, gone afterwards."""
    kafka = Apache(nodes)
    try:
        await kafka.start()
        yield kafka
    finally:
        kafka.remove()


@asynccontextmanager
async def if_chosen() -> AsyncIterator[Apache | None]:
    """One node where this run asks for Apache Kafka."""
    if not chosen():
        yield None
        return
    async with running() as kafka:
        yield kafka
