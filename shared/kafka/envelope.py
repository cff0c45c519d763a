"""What travels on Kafka: CloudEvents 1.0 in structured JSON, after the NL GOV profile.

Event       the state of one key, or what happened once (topics that are not compact)
Watermark   the owner's word that all it had committed has been published before this record
Barrier     a reader's numbered question for such a word
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

_SOURCE = "urn:nld:knooppunt:"
_TYPE = "nl.wmo-knooppunt."
WATERMARK = "watermerk"
BARRIER = "barriere"


class EnvelopeError(Exception):
    """A record that is not one of ours; the message names the attribute, never its value."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as a reader gets it. `(epoch, versie)` orders the events of one key; `bron` is the publishing
    service; `generatie` counts how often the broker came back empty."""

    topic: str
    sleutel: str
    soort: str
    versie: int
    data: dict[str, Any]
    epoch: int
    event_id: UUID
    generatie: int
    bron: str
    tijd: datetime


@dataclass(frozen=True, slots=True)
class Watermark:
    """`tijd` is the owner's database clock; `echo` the highest barrier it had read, per requesting service;
    `partities` how many partitions it is sent to; `na` the offset of the owner's record before it in this
    partition (-1: none)."""

    topic: str
    bron: str
    event_id: UUID
    tijd: datetime
    epoch: int
    generatie: int
    partities: int
    na: int
    echo: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Barrier:
    """`aanvrager` asks `bron` to echo `nummer`."""

    aanvrager: str
    bron: str
    nummer: int
    event_id: UUID


Message = Event | Watermark | Barrier


def encode(message: Event | Watermark) -> bytes:
    """The record's value. A barrier leaves through the outbox and is encoded as the event it is there."""
    if isinstance(message, Watermark):
        data = {"partities": message.partities, "na": message.na, "echo": dict(message.echo)}
        return _envelope(message, WATERMARK, subject=WATERMARK, versie=0, data=data)
    return _envelope(message, message.soort, subject=message.sleutel, versie=message.versie, data=message.data)


def decode(topic: str, value: bytes) -> Message:
    """Read one record's value; EnvelopeError when it is malformed."""
    try:
        document = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise EnvelopeError("geen JSON") from error
    if not isinstance(document, dict) or document.get("specversion") != "1.0":
        raise EnvelopeError("geen CloudEvent 1.0")
    try:
        return _message(topic, document)
    except KeyError as error:
        raise EnvelopeError(f"{error.args[0]} ontbreekt") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise EnvelopeError("attribuut van een verkeerde soort") from error


def _envelope(message: Event | Watermark, soort: str, subject: str, versie: int, data: Mapping[str, Any]) -> bytes:
    document = {
        "specversion": "1.0",
        "id": str(message.event_id),
        "source": _SOURCE + message.bron,
        "type": f"{_TYPE}{message.bron}.{soort}",
        "subject": subject,
        "time": message.tijd.isoformat(),
        "datacontenttype": "application/json",
        "epoch": message.epoch,
        "versie": str(versie),  # CloudEvents integers end at 32 bits
        "generatie": message.generatie,
        "data": data,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _message(topic: str, document: dict[str, Any]) -> Message:
    bron, soort = _origin(document)
    data = document["data"]
    if not isinstance(data, dict):
        raise EnvelopeError("data is geen object")
    event_id, tijd = UUID(document["id"]), datetime.fromisoformat(document["time"])
    if soort == BARRIER:
        return Barrier(str(data["aanvrager"]), str(data["bron"]), int(data["nummer"]), event_id)
    epoch, generatie = int(document["epoch"]), int(document["generatie"])
    if soort == WATERMARK:
        echo = {str(aanvrager): int(nummer) for aanvrager, nummer in data["echo"].items()}
        partities, na = int(data["partities"]), int(data["na"])
        return Watermark(topic, bron, event_id, tijd, epoch, generatie, partities, na, echo)
    sleutel, versie = str(document["subject"]), int(document["versie"])
    return Event(topic, sleutel, soort, versie, data, epoch, event_id, generatie, bron, tijd)


def _origin(document: dict[str, Any]) -> tuple[str, str]:
    """The publishing service and the last part of the type."""
    bron = document["source"].removeprefix(_SOURCE)
    soort = document["type"].removeprefix(f"{_TYPE}{bron}.")
    if bron == document["source"] or soort == document["type"]:
        raise EnvelopeError("source of type is niet van het knooppunt")
    return bron, soort
