"""What a webhook carries: a CloudEvent (structured JSON, after the NL GOV profile) that says what waits and where to
fetch it. A reference, never content: no BSN, no name, and nothing that a sender may write as he likes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.kafka.envelope import SOURCE, TYPE, as_json

MEDIA_TYPE = "application/cloudevents+json"
KLAAR = "bericht-klaar"
"""The last part of the type."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message in the mailbox of a party."""

    volgnummer: int
    id: UUID
    bericht: str
    release: str
    afzender: str
    ontvanger: str
    antwoord_op: UUID | None
    geplaatst: datetime
    pogingen: int
    """How often it was tried to tell of it."""
    eerste: datetime | None
    """When that was first tried."""


def event(service: str, post: Post) -> bytes:
    """The body. Its ``id`` is that of the message: telling of one twice is one event, whoever tells it when."""
    base = f"/{service}/v1"
    document = {
        "specversion": "1.0",
        "id": str(post.id),
        "source": f"{SOURCE}{service}",
        "type": f"{TYPE}{service}.{KLAAR}",
        "subject": str(post.id),
        "time": post.geplaatst.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "bericht": post.bericht,
            "release": post.release,
            "afzender": post.afzender,
            "ontvanger": post.ontvanger,
            "antwoordOp": str(post.antwoord_op) if post.antwoord_op else None,
            "href": f"{base}/berichten/{post.id}",
            "ontvangst": f"{base}/postbus/{post.id}/ontvangst",
        },
    }
    return as_json(document).encode()
