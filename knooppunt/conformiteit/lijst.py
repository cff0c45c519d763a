"""The rules that release 3.2 has, as facts: what each judges, with which code it refuses, and in which releases here.

``technische_regels.csv`` holds all technical rules; ``elementregels.csv`` the conditions and constraints on elements
(CD, CS) that no schema expresses, with every class that they are for.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from shared.iwmo.catalogus import RELEASES, Release

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class TechnischeRegel:
    """A technical rule; ``retourcode`` is empty where no message can carry one."""

    code: str
    niveau: int
    berichten: frozenset[str]
    retourcode: str
    releases: tuple[Release, ...]


class Elementregel(NamedTuple):
    """A condition or constraint, in one class of one message."""

    code: str
    bericht: str
    klasse: str


@cache
def technische_regels() -> dict[str, TechnischeRegel]:
    """All technical rules by code, in their order."""
    return {
        row["code"]: TechnischeRegel(
            code=row["code"],
            niveau=int(row["niveau"]),
            berichten=frozenset(row["berichten"].split()),
            retourcode=row["retourcode"],
            releases=tuple(release for release in RELEASES if release in row["releases"].split()),
        )
        for row in _rows("technische_regels.csv")
    }


@cache
def elementregels() -> tuple[Elementregel, ...]:
    """All conditions and constraints that are no matter of the schema."""
    return tuple(Elementregel(**row) for row in _rows("elementregels.csv"))


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
