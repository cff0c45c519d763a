"""The clients of the embedded issuer: who may fetch a token, for which parties; in a file of the data folder."""

import fcntl
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knooppunt.embedded.folder import replace
from knooppunt.errors import KnooppuntStartError, reason
from knooppunt.issuer import read_partij
from shared.security.partij import Partij

CLIENTS_FILE = "clienten.json"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
SECRET_BYTES = 32
_NOBODY = hashlib.sha256(secrets.token_bytes(SECRET_BYTES)).hexdigest()


@dataclass(frozen=True)
class Clienten:
    """Reads the file each time: a client that was added or taken away counts at once."""

    data_dir: Path

    def add(self, naam: str, partijen: list[Partij]) -> str:
        """Adds a client, or gives it a new secret and other parties; returns the secret, which is kept as a digest.

        Raises KnooppuntStartError on a name in another form, or a file that cannot be read or written.
        """
        if NAME.fullmatch(naam) is None:
            raise KnooppuntStartError("naam moet bestaan uit hoogstens 64 kleine letters, cijfers, punten en streepjes")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        client = {"geheim_sha256": _digest(secret), "partijen": [str(partij) for partij in partijen]}
        self._change(lambda known: known | {naam: client})
        return secret

    def remove(self, naam: str) -> None:
        """Takes a client away; raises KnooppuntStartError when there is none of this name."""
        if naam not in self._read():
            raise KnooppuntStartError(f"Er is geen client {naam}")
        self._change(lambda known: {name: client for name, client in known.items() if name != naam})

    def partijen(self, naam: str, secret: str) -> list[Partij] | None:
        """The parties of a client that knows its secret; None otherwise, and no sooner for an unknown name."""
        client = self._read().get(naam, {"geheim_sha256": _NOBODY, "partijen": []})
        # The secret is 256 random bits: a slow digest would protect nothing, and would cost whoever asks.
        right = hmac.compare_digest(client["geheim_sha256"], _digest(secret))
        return [read_partij(text) for text in client["partijen"]] or None if right else None

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            known: dict[str, dict[str, Any]] = json.loads((self.data_dir / CLIENTS_FILE).read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise KnooppuntStartError(f"{CLIENTS_FILE} in de gegevensmap is niet te lezen") from error
        return known

    def _change(self, change: Any) -> None:
        """One at a time: two commands at once must not lose each other's client."""
        try:
            with (self.data_dir / f"{CLIENTS_FILE}.slot").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                content = json.dumps(change(self._read()), indent=2).encode()
                replace(self.data_dir / CLIENTS_FILE, content, mode=0o600)
        except OSError as error:
            raise KnooppuntStartError(f"{CLIENTS_FILE} is niet te schrijven: {reason(error)}") from error


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
