"""The group in which the processes of one service share the partitions, and leaving it when it lets nobody in."""

import time
from collections.abc import Awaitable, Callable, Collection

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition

from shared.kafka.client import KafkaUnavailableError, bounded

JOIN_SECONDS = 30.0

log = structlog.get_logger()


class Groep(ConsumerRebalanceListener):
    """Of one consumer. `dealt` is called when partitions were dealt out anew.

    The embedded broker never lets anybody in again once two members have left while they were joining. A member that
    is not let in therefore goes to the next group by name. Nothing is lost with the old one: how far each partition
    was applied is in the tables. Processes that are in different groups for a while all read everything, and what two
    of them apply changes nothing the second time.
    """

    def __init__(self, service: str, dealt: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._service = service
        self._dealt = dealt
        self._clock = clock
        self._left = 0
        self._joining_since: float | None = None

    @property
    def naam(self) -> str:
        """As the broker knows it."""
        name = f"knooppunt-{self._service}"
        return f"{name}-{self._left}" if self._left else name

    async def join(self, joining: Awaitable[None]) -> None:
        """Wait until the client is a member. KafkaUnavailableError when it is not let in; then the next one is to
        try the next group."""
        self._joining_since = None
        try:
            await bounded(joining, JOIN_SECONDS)
        except KafkaUnavailableError:
            self._left += 1
            log.warning("group_left", service=self._service, nummer=self._left)
            raise

    @property
    def locked_out(self) -> bool:
        """Whether a member has been joining again for longer than that takes. A broker that is away looks the same, so
        it stays with this group: a new client finds out."""
        return self._joining_since is not None and self._clock() - self._joining_since > JOIN_SECONDS

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """What is under way may be finished: whoever applies it again is not harmed."""
        self._joining_since = self._clock()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Somebody else may have read on meanwhile."""
        self._joining_since = None
        self._dealt()
