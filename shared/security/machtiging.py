"""Which organisation may act for which gemeente or aanbieder, from when until when.

A token says who somebody is; for whom he may act is said here, by the node's own register, so that an issuer need not
know the contracts of gemeenten, and a mandate that ends, ends without a new token.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shared.security.partij import Partij

COLUMNS = ("organisatie", "partij", "begindatum", "einddatum")
_ORGANISATIE = re.compile(r"organisatie:([0-9]{20})")
"""With the OIN of the organisation (Logius)."""


class MachtigingError(Exception):
    """The operator's file is not as it should be; the message (Dutch) names the file and the line."""


def read_organisatie(text: str) -> str | None:
    """The OIN in ``organisatie:OIN``, as a token may name its bearer; None for anything else."""
    match = _ORGANISATIE.fullmatch(text)
    return match[1] if match else None


@dataclass(frozen=True, slots=True)
class Machtiging:
    """A mandate of a party to an organisation; both days count, and without a last day it goes on."""

    oin: str
    partij: Partij
    van: date
    tot: date | None

    def holds(self, dag: date) -> bool:
        """Whether it does on this day."""
        return self.van <= dag and (self.tot is None or dag <= self.tot)


@dataclass(frozen=True, slots=True)
class Machtigingen:
    """The register."""

    alle: tuple[Machtiging, ...] = ()

    @classmethod
    def load(cls, path: Path | None) -> "Machtigingen":
        """What the operator's file says; raises MachtigingError where that is not right."""
        return cls(tuple(_read(path))) if path else cls()

    def partijen(self, oins: Iterable[str], dag: date) -> frozenset[Partij]:
        """The parties that gave a mandate to one of these organisations, and for this day."""
        wanted = set(oins)
        return frozenset(one.partij for one in self.alle if one.oin in wanted and one.holds(dag))


def _read(path: Path) -> Iterator[Machtiging]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise MachtigingError(f"{path}: de eerste regel moet zijn: {','.join(COLUMNS)}")
            for row in reader:
                yield _machtiging(row, f"{path}, regel {reader.line_num}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MachtigingError(f"{path} is niet te lezen ({type(error).__name__})") from error


def _machtiging(row: Mapping[str | None, str | None], place: str) -> Machtiging:
    organisatie, partij, van, tot = (row[name] or "" for name in COLUMNS)
    oin = read_organisatie(organisatie)
    if None in row or None in row.values() or oin is None:
        raise MachtigingError(f"{place}: verwacht organisatie:<OIN van 20 cijfers>, een partij en twee datums")
    try:
        given = Machtiging(oin, Partij.parse(partij), date.fromisoformat(van), date.fromisoformat(tot) if tot else None)
    except ValueError:
        raise MachtigingError(
            f"{place}: een partij is gemeente:NNNN of agb:NNNNNNNN, een datum JJJJ-MM-DD; alleen de einddatum mag leeg"
        ) from None
    if given.partij.soort == "beheer":
        raise MachtigingError(f"{place}: beheer is geen partij die een ander kan machtigen")
    if given.tot and given.tot < given.van:
        raise MachtigingError(f"{place}: de einddatum ligt voor de begindatum")
    return given
