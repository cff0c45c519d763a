"""What a reader got from the broker, before anything is decided about it."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka import ConsumerRecord

from shared.kafka.envelope import EnvelopeError, Event, Message, Watermark, decode
from shared.kafka.publisher import Partition
from shared.kafka.topics import TOPICS


@dataclass(frozen=True, slots=True)
class Received:
    """One record. `message` is None for a tombstone of the broker's own, an EnvelopeError for what is
    malformed."""

    partition: Partition
    offset: int
    sleutel: str
    waarde: bytes
    message: Message | EnvelopeError | None

    @property
    def generatie(self) -> int:
        """The generation its publisher spoke in; 0 where there is none to follow."""
        return self.message.generatie if isinstance(self.message, Event | Watermark) else 0


def receive(record: "ConsumerRecord[bytes, bytes]") -> Received:
    """Read a record; never fails, a malformed one says so in `message`."""
    return Received(
        partition=(record.topic, record.partition),
        offset=record.offset,
        sleutel=(record.key or b"").decode(errors="replace"),
        waarde=record.value or b"",
        message=_read(record.topic, record.value),
    )


def newest(events: Iterable[Event]) -> list[Event]:
    """Per key the event with the highest version, in order of key: the order in which rows are to be
    locked."""
    kept: dict[str, Event] = {}
    for event in events:
        before = kept.get(event.sleutel)
        if before is None or (before.epoch, before.versie) <= (event.epoch, event.versie):
            kept[event.sleutel] = event
    return [kept[sleutel] for sleutel in sorted(kept)]


def _read(topic: str, value: bytes | None) -> Message | EnvelopeError | None:
    if value is None:
        return None
    try:
        message = decode(topic, value)
    except EnvelopeError as error:
        return error
    owner = TOPICS[topic].eigenaar if topic in TOPICS else None
    if owner is not None and getattr(message, "bron", owner) != owner:
        return EnvelopeError("niet van de eigenaar van het topic")
    return message
