"""Messages as they are shown: a large one a little at a time, so that it is never in memory as a whole."""

from collections.abc import Mapping

from fastapi import Response
from fastapi.responses import StreamingResponse

from shared.exchange.huis import Huis
from shared.iwmo.jsonschrijver import json_parts
from shared.iwmo.streaming import read_bounded
from shared.payload import Payload, Writer


def respond(body: Payload, media_type: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """All of it, as an answer."""
    if not body.large:
        return Response(body.whole(), status, headers, media_type)
    length = {"Content-Length": str(len(body))}
    return StreamingResponse(body.chunks(), status, {**(headers or {}), **length}, media_type)


def with_inhoud(huis: Huis, known: str, body: Payload) -> Payload:
    """What is ``known`` of a message, an object in JSON, with its content as ``inhoud``. A large one takes long."""
    inhoud = read_bounded(body, huis.schemas, huis.grenzen).inhoud
    writer = Writer()
    writer.write(f'{known[:-1]},"inhoud":'.encode())
    for part in json_parts(inhoud):
        writer.write(part)
    writer.write(b"}")
    return writer.done()
