"""Secrecy at rest: payloads sealed with AES-256-GCM, and the BSN as a keyed pseudonym."""

import base64
import binascii
import hmac
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.payload import Payload
from shared.problems import NietBeschikbaarError

KEY_BYTES = 32
NONCE_BYTES = 12
PSEUDONYM_MIN_BYTES = 32


class SleutelError(Exception):
    """A key setting that is not usable; the message (Dutch) says which one and why."""


@dataclass(frozen=True)
class Kluis:
    """Seals and opens; the first key seals, every key opens. Without keys both answer 503, never clear text."""

    sleutels: tuple[tuple[str, AESGCM], ...]
    pseudoniem_sleutel: bytes

    @classmethod
    def from_settings(cls, sleutels: str, pseudoniem_sleutel: str) -> "Kluis":
        """``sleutels`` is ``id:base64,id:base64``, newest first, 32 bytes each; raises SleutelError."""
        keys = tuple(_parse_key(part) for part in sleutels.split(",") if part.strip())
        secret = _decode(pseudoniem_sleutel, "KNOOPPUNT_PSEUDONIEM_SLEUTEL") if pseudoniem_sleutel else b""
        if secret and len(secret) < PSEUDONYM_MIN_BYTES:
            raise SleutelError("KNOOPPUNT_PSEUDONIEM_SLEUTEL is te kort: minstens 32 bytes")
        return cls(keys, secret)

    @property
    def usable(self) -> bool:
        """Whether both keys are there."""
        return bool(self.sleutels and self.pseudoniem_sleutel)

    def seal(self, clear: bytes | Payload, context: str) -> bytes:
        """Compressed and encrypted; ``context`` (a table and id) is bound to it, so rows cannot be swapped."""
        payload = clear if isinstance(clear, Payload) else Payload((clear,), None, len(clear))
        return self._encrypt(lambda: payload.packed, context)

    def reseal(self, sealed: bytes, context: str) -> bytes:
        """The same under the newest key; 503 when its own key is not among the keys."""
        return self._encrypt(lambda: self._decrypt(sealed, context), context)

    def is_newest(self, sealed: bytes) -> bool:
        """Whether this stands under the newest key."""
        return bool(self.sleutels) and key_id(sealed) == self.sleutels[0][0]

    def open(self, sealed: bytes, context: str) -> bytes:
        """What was sealed; 503 when its key is not among the keys."""
        # Not at once: what was compressed as it came does not tell its size beforehand.
        return zstandard.ZstdDecompressor().decompressobj().decompress(self._decrypt(sealed, context))

    def open_payload(self, sealed: bytes, context: str, size: int) -> Payload:
        """The same without unpacking what is large; ``size`` is what it has unpacked."""
        return Payload.unpacked(self._decrypt(sealed, context), size)

    def _encrypt(self, packed: Callable[[], bytes], context: str) -> bytes:
        if not self.sleutels:
            raise NietBeschikbaarError("Er is geen sleutel om berichten versleuteld te bewaren", 30)
        kid, aead = self.sleutels[0]
        name = kid.encode()
        nonce = os.urandom(NONCE_BYTES)
        return struct.pack("B", len(name)) + name + nonce + aead.encrypt(nonce, packed(), context.encode())

    def _decrypt(self, sealed: bytes, context: str) -> bytes:
        kid = key_id(sealed)
        rest = sealed[1 + sealed[0] :]
        aead = next((key for known, key in self.sleutels if known == kid), None)
        if aead is None:
            raise NietBeschikbaarError("De sleutel van dit bericht ontbreekt", 30)
        try:
            return aead.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], context.encode())
        except InvalidTag:
            raise NietBeschikbaarError("Dit bericht is niet te ontsleutelen", 30) from None

    def pseudoniem(self, bsn: str) -> str:
        """The same 32 characters for the same BSN in every service; not to be undone without the key."""
        if not self.pseudoniem_sleutel:
            raise NietBeschikbaarError("Er is geen sleutel voor pseudoniemen", 30)
        digest = hmac.digest(self.pseudoniem_sleutel, bsn.encode(), "sha256")
        return base64.b32encode(digest[:20]).decode().lower()


def key_id(sealed: bytes) -> str:
    """Under which key something is sealed; it stands before it in the clear."""
    return sealed[1 : 1 + sealed[0]].decode(errors="replace")


def _parse_key(part: str) -> tuple[str, AESGCM]:
    kid, _, encoded = part.strip().partition(":")
    key = _decode(encoded, "KNOOPPUNT_SLEUTELS")
    if not kid or len(kid.encode()) > 255 or len(key) != KEY_BYTES:
        raise SleutelError("KNOOPPUNT_SLEUTELS moet zijn: id:base64,id:base64 met sleutels van 32 bytes")
    return kid, AESGCM(key)


def _decode(text: str, setting: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SleutelError(f"{setting} is geen geldige base64") from None
