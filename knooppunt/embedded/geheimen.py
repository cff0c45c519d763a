"""Passwords and keys of the embedded stack: made once, kept in ``geheimen.json`` (mode 0600)."""

import base64
import binascii
import secrets
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from knooppunt.embedded.folder import create_once
from knooppunt.errors import KnooppuntStartError
from shared.settings import SERVICES, Service

FILE = "geheimen.json"
KEY_BYTES = 32


def _is_key(text: str) -> str:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("geen base64") from error
    if len(raw) != KEY_BYTES:
        raise ValueError("geen sleutel van 32 bytes")
    return text


Key = Annotated[str, AfterValidator(_is_key)]
Password = Annotated[str, Field(min_length=16)]


class Geheimen(BaseModel):
    """Losing this file makes the stored messages unreadable: it belongs in the backup of the data folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    postgres: Password = Field(repr=False)
    rollen: Annotated[dict[Service, Password], Field(min_length=len(SERVICES), repr=False)]
    sleutels: Annotated[dict[str, Key], Field(min_length=1, repr=False)]
    pseudoniem_sleutel: Key = Field(repr=False)

    @classmethod
    def load_or_create(cls, data_dir: Path) -> "Geheimen":
        """The secrets of a data folder; raises KnooppuntStartError when the file is damaged."""
        path = data_dir / FILE
        try:
            return cls.model_validate_json(create_once(path, _fresh))
        except ValidationError:
            # The cause is left out on purpose: it quotes the content.
            raise KnooppuntStartError(f"{path} is beschadigd; zet het terug uit een back-up") from None

    @property
    def sleutels_setting(self) -> str:
        """The encryption keys as ``KNOOPPUNT_SLEUTELS`` has them, newest first."""
        return ",".join(f"{name}:{key}" for name, key in self.sleutels.items())


def _fresh() -> bytes:
    return (
        Geheimen(
            postgres=secrets.token_urlsafe(24),
            rollen={service: secrets.token_urlsafe(24) for service in SERVICES},
            sleutels={f"s{secrets.token_hex(4)}": _new_key()},
            pseudoniem_sleutel=_new_key(),
        )
        .model_dump_json(indent=2)
        .encode()
    )


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
