"""The chain over the audit trail (NEN 7513): a hash per row over it and all before it, under seals with a key.

A deed writes its row as it is, without waiting for another (``shared.exchange.register``). Rows are chained
afterwards, in the order of their transactions, so many at a time: one seal each (``shared.exchange.verzegeling``).
The chain is as follows.

- The first row of a seal is hashed with the ``zegel`` of the seal before, each other one with the hash of the row
  before it: SHA-256 over those 32 bytes and the row as JSON (``row_text``).
- ``zegel`` is an HMAC-SHA-256 over the seal itself and the hashes of its rows. Its key comes from a setting, so who
  has the database alone, all rights in it included, can break the chain but not make another.
- ``tx_tot`` and ``id_tot``: all rows up to that transaction and number are in this seal or an older one.
- ``opgeruimd_tot`` (soort ``opgeruimd``): the rows of that seal and of older ones are past their retention. It
  stays itself, as what the next one hangs on; the older ones are gone.
- ``na_id`` (soort ``hervat``): the database was put back on another server, which counts transactions anew. Rows up
  to this number were counted there.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

HASH_BYTES = 32
START = bytes(HASH_BYTES)
"""What the first seal hangs on."""
KOLOMMEN = (
    "id", "tx", "tijd", "wie", "partij", "handeling", "uitkomst", "bericht_id", "bericht", "client", "verzoek",
    "gemeente", "aanbieder", "betreft",
)  # fmt: skip
"""What is hashed of a row: all of it."""
Soort = Literal["rijen", "opgeruimd", "hervat"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Rij(Protocol):
    """A row of the trail, with all of ``KOLOMMEN``."""

    def __getitem__(self, name: str, /) -> Any:
        """The value of a column."""
        ...


@dataclass(frozen=True, slots=True)
class Zegel:
    """One seal; fields as the columns of ``audit_zegel``."""

    nummer: int
    tijd: datetime
    soort: Soort
    na_id: int
    tx_tot: int
    id_tot: int
    ids: Sequence[int]
    schakels: bytes
    opgeruimd_tot: int | None
    vorige: bytes
    zegel: bytes = b""

    @property
    def hashes(self) -> list[bytes]:
        """That of each row, in the order of ``ids``."""
        return [self.schakels[at : at + HASH_BYTES] for at in range(0, len(self.schakels), HASH_BYTES)]

    @property
    def naam(self) -> str:
        """By which somebody elsewhere remembers it: its number and value, ``12:0a1b...``."""
        return f"{self.nummer}:{self.zegel.hex()}"


def seal_key(secret: bytes, service: str) -> bytes:
    """The key for the seals of one service, made of the key for pseudonyms: that one does not change either."""
    return hmac.new(secret, f"knooppunt audit {service}".encode(), hashlib.sha256).digest()


def row_text(row: Rij) -> str:
    """A row as it is hashed: a JSON array of ``KOLOMMEN``, the time in microseconds since 1970, ids as text."""
    return _AS_JSON([row[name] for name in KOLOMMEN])


def row_hash(before: bytes, row: Rij) -> bytes:
    """The hash of a row that follows on this hash."""
    return hashlib.sha256(before + row_text(row).encode()).digest()


def row_hashes(before: bytes, rows: Sequence[Rij]) -> list[bytes]:
    """The hashes of rows that follow on each other."""
    found = []
    for row in rows:
        before = row_hash(before, row)
        found.append(before)
    return found


def value_of(zegel: Zegel, key: bytes) -> bytes:
    """What ``zegel`` must be: an HMAC over all else."""
    said = [
        zegel.nummer, zegel.tijd, zegel.soort, zegel.na_id, zegel.tx_tot, zegel.id_tot, list(zegel.ids),
        zegel.schakels.hex(), zegel.opgeruimd_tot, zegel.vorige.hex(),
    ]  # fmt: skip
    return hmac.new(key, _AS_JSON(said).encode(), hashlib.sha256).digest()


def is_genuine(zegel: Zegel, key: bytes) -> bool:
    """Whether it was made with this key, and is as it was made."""
    whole = len(zegel.schakels) == HASH_BYTES * len(zegel.ids)
    return whole and hmac.compare_digest(zegel.zegel, value_of(zegel, key))


def first_break(zegel: Zegel, rows: Sequence[Rij]) -> tuple[int, str] | None:
    """The first row that is not as it was sealed: its number, and (Dutch) what is wrong. ``rows``: all that now stand
    between the seal before and this one, in the order of the chain. The seal itself is genuine."""
    before = zegel.vorige
    for place, (number, sealed) in enumerate(zip(zegel.ids, zegel.hashes, strict=True)):
        row = rows[place] if place < len(rows) else None
        if row is None or row["id"] != number:
            if any(one["id"] == number for one in rows):
                other = -1 if row is None else int(row["id"])
                return (other, "staat er later tussen") if other not in zegel.ids else (number, "staat elders")
            return number, "is weg"
        if row_hash(before, row) != sealed:
            return number, "is gewijzigd"
        before = sealed
    if len(rows) > len(zegel.ids):
        return int(rows[len(zegel.ids)]["id"]), "staat er later tussen"
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value - _EPOCH) // _MICROSECOND
    if isinstance(value, UUID):
        return str(value)
    raise TypeError("no value of the audit trail")


_AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode
