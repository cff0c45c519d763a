"""Failpoints: named places in the code where a test lets a process die, stand still or fail.

They exist in the embedded stack alone, and only where ``KNOOPPUNT_FAALPUNTEN`` names a folder. Elsewhere passing one is
a comparison with None. A test sets one by a file ``{service}.{faalpunt}`` in that folder, which holds an action (see
``ACTIES``) and optionally at which passage it happens (1). The file is gone before the action is done, so that the
process that takes the place of a dead one lives.
"""

import errno
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar, get_args

from shared.settings import Service, Settings

Faalpunt = Literal[
    "tijdens_ontvangst",  # each time that a part of a body has come in
    "na_lezen",  # a message is parsed and valid; nothing is written yet
    "tijdens_copy",  # half of the lines that a declaration writes have been handed to the database
    "voor_vastleggen",  # the message, its verdict and all that follows is written, and not committed
    "na_vastleggen",  # it is committed; the sender has no answer yet
    "oordeel_voor_vastleggen",  # the same two for a message that was parked
    "oordeel_na_vastleggen",
    "na_publiceren",  # the broker has acknowledged events that are not marked as sent yet
    "na_merken",  # they are marked
    "na_ophalen",  # the consumer has records that it has not applied yet
    "toepassen_voor_vastleggen",  # it has applied them, without commit
    "na_toepassen",  # that is committed, and the offset at the broker is not
]
FAALPUNTEN: tuple[Faalpunt, ...] = get_args(Faalpunt)
HALFWAY = 100
"""After so many lines a COPY counts as half done."""
Item = TypeVar("Item")


class FaalpuntError(Exception):
    """Failpoints were asked for outside the embedded stack."""


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _stand_still() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _fail() -> None:
    raise OSError(errno.EIO, "faalpunt")


ACTIES: Mapping[str, Callable[[], None]] = MappingProxyType({"stop": _die, "stil": _stand_still, "fout": _fail})
"""``stop`` is kill -9, ``stil`` is SIGSTOP (the whole process, until somebody continues it), ``fout`` an OSError."""


class _Stand:
    """Where the files are, for which service; None when failpoints are off. One per process."""

    prefix: str | None = None


def open_faalpunten(settings: Settings, service: Service) -> None:
    """Turns failpoints on when the settings say so; raises FaalpuntError outside the embedded stack."""
    _Stand.prefix = None
    if settings.faalpunten is None:
        return
    brokers = settings.kafka_bootstrap.split(",")
    own_issuer = (settings.jwks_url or "").startswith("file:")
    if not (own_issuer and all(one.strip().startswith("127.0.0.1:") for one in brokers)):
        raise FaalpuntError("KNOOPPUNT_FAALPUNTEN is er alleen voor de ingebouwde omgeving")
    _Stand.prefix = str(settings.faalpunten / service)


def faalpunt(naam: Faalpunt) -> None:
    """A place where a test may intervene; raises OSError when it is told to."""
    if _Stand.prefix is not None:
        _pass(Path(f"{_Stand.prefix}.{naam}"))


def halfway(records: Iterable[Item]) -> Iterable[Item]:
    """The same records, with the failpoint ``tijdens_copy`` among them."""
    return records if _Stand.prefix is None else _interrupted(records)


def _interrupted(records: Iterable[Item]) -> Iterator[Item]:
    for number, record in enumerate(records):
        if number == HALFWAY:
            faalpunt("tijdens_copy")
        yield record


def set_faalpunt(folder: Path, service: Service, naam: Faalpunt, actie: str = "stop", passage: int = 1) -> Path:
    """Sets one from outside, in one step; the file that is there until it happens."""
    path = folder / f"{service}.{naam}"
    fresh = path.with_name(f".{path.name}")
    fresh.write_text(f"{actie} {passage}")
    return fresh.replace(path)


def _pass(path: Path) -> None:
    try:
        actie, _, left = path.read_text().partition(" ")
    except FileNotFoundError:
        return
    if int(left or 1) > 1:
        path.write_text(f"{actie} {int(left) - 1}")
        return
    path.unlink()
    ACTIES[actie]()
