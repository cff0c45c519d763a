"""What travels on Kafka: CloudEvents 1.0 in structured JSON, after the NL GOV profile.

Event       the state of one key, or what happened once (topics that are not compact)
Watermark   the owner's word that all it had committed has been published before this record
Barrier     a reader's numbered question for such a word
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from json.encoder import encode_basestring as _quoted
from typing import Any
from uuid import UUID

SOURCE = "urn:nld:knooppunt:"
TYPE = "nl.wmo-knooppunt."
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
        told = {"partities": message.partities, "na": message.na, "echo": dict(message.echo)}
        subject, soort, versie, data = WATERMARK, WATERMARK, 0, as_json(told)
    else:
        subject, soort, versie, data = message.sleutel, message.soort, message.versie, as_json(message.data)
    return envelope(
        subject, message.bron, soort, versie, data, message.event_id, message.tijd, message.epoch, message.generatie
    )


def envelope(
    subject: str, bron: str, soort: str, versie: int, data: str,
    event_id: UUID, tijd: datetime, epoch: int, generatie: int,
) -> bytes:  # fmt: skip
    """The value of a record whose `data` is JSON already, as the outbox has it: not read and written once more."""
    # versie as a string: CloudEvents integers end at 32 bits.
    return (
        f'{{"specversion":"1.0","id":"{event_id}","source":"{SOURCE}{bron}",'
        f'"type":{_quoted(f"{TYPE}{bron}.{soort}")},"subject":{_quoted(subject)},"time":"{tijd.isoformat()}",'
        f'"datacontenttype":"application/json","epoch":{epoch},"versie":"{versie}","generatie":{generatie},'
        f'"data":{data}}}'
    ).encode()


def as_json(data: Mapping[str, Any], default: Callable[[object], str] | None = None) -> str:
    """JSON as it travels."""
    return _writer(default)(data)


@cache
def _writer(default: Callable[[object], str] | None) -> Callable[[object], str]:
    """Made once: to make it takes as long as to write a small event."""
    return json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=default).encode


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
    bron = document["source"].removeprefix(SOURCE)
    soort = document["type"].removeprefix(f"{TYPE}{bron}.")
    if bron == document["source"] or soort == document["type"]:
        raise EnvelopeError("source of type is niet van het knooppunt")
    return bron, soort
