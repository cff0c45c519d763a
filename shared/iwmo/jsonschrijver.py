"""The content of a message as JSON, a piece at a time: a ``Reeks`` in it is never in memory as a whole."""

import json
from collections.abc import Iterator
from typing import Any

from shared.iwmo.inhoud import Reeks


def json_parts(inhoud: Any) -> Iterator[bytes]:
    """The bytes, in order. Of a ``Reeks`` each element is a piece."""
    if isinstance(inhoud, dict):
        yield b"{"
        for number, (naam, value) in enumerate(inhoud.items()):
            yield (b"," if number else b"") + _json(naam) + b":"
            yield from json_parts(value)
        yield b"}"
    elif isinstance(inhoud, Reeks):
        yield b"["
        for number, value in enumerate(inhoud):
            yield (b"," if number else b"") + _json(value)
        yield b"]"
    else:
        yield _json(inhoud)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
