"""The signature of a webhook, after Standard Webhooks: HMAC-SHA256 over id, moment and body, with a secret that the
node makes. While a secret is being changed a delivery has two signatures, one of each."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

PREFIX = "whsec_"
SECRET_BYTES = 32
OVERGANG = timedelta(hours=24)
"""How long the secret before it still signs along."""


@dataclass(frozen=True, slots=True, repr=False)
class Geheim:
    """The secret of a subscription, and until when the one before it signs along. Never shown in a log or an error."""

    nu: str
    vorig: str | None = None
    vorig_tot: datetime | None = None

    @classmethod
    def make(cls) -> "Geheim":
        """A new one."""
        return cls(PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode())

    def changed(self, now: datetime) -> "Geheim":
        """Another one, beside which this one holds for a day."""
        return Geheim(Geheim.make().nu, self.nu, now + OVERGANG)

    def valid(self, now: datetime) -> list[str]:
        """Those with which is signed at this moment, newest first."""
        also = self.vorig is not None and self.vorig_tot is not None and now < self.vorig_tot
        return [self.nu, *([self.vorig] if also and self.vorig else [])]

    def as_bytes(self) -> bytes:
        """As it is sealed."""
        until = self.vorig_tot and self.vorig_tot.isoformat()
        return json.dumps({"nu": self.nu, "vorig": self.vorig, "vorigTot": until}).encode()

    @classmethod
    def of_bytes(cls, kept: bytes) -> "Geheim":
        """The other way round."""
        told = json.loads(kept)
        until = told["vorigTot"]
        return cls(told["nu"], told["vorig"], datetime.fromisoformat(until) if until else None)


def headers(geheim: Geheim, event_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers of Standard Webhooks; a delivery that is tried again has the same id and another moment."""
    moment = str(int(now.timestamp()))
    signatures = (sign(one, event_id, moment, body) for one in geheim.valid(now))
    return {"webhook-id": event_id, "webhook-timestamp": moment, "webhook-signature": " ".join(signatures)}


def sign(geheim: str, event_id: str, moment: str, body: bytes) -> str:
    """One signature, with its version before it."""
    key = base64.b64decode(geheim.removeprefix(PREFIX))
    digest = hmac.new(key, f"{event_id}.{moment}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
