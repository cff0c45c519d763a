"""How long things are kept: the settings, and for a gemeente that wants otherwise a line in the operator's file.

The gemeente is who answers for the data; the operator of the node keeps it for her, by what they agreed. So her terms
are with the operator, in one place for all three services, and not in the tables of each.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement

from shared.iwmo.gemeenten import Gemeenten
from shared.settings import BEWAAR_GRENZEN, Settings

YEAR = timedelta(days=365.25)


class BewaarError(Exception):
    """The operator's file of terms is not as it should be; the message (Dutch) names the file and the line."""


@dataclass(frozen=True, slots=True)
class Termijnen:
    """Days and years, as the settings ``bewaar_*`` have them."""

    inhoud_dagen: int
    postbus_dagen: int
    sleutel_jaren: int
    dossier_jaren: int


@dataclass(frozen=True, slots=True)
class Grenzen:
    """What is older than these moments may go. ``inhoud``: content after its answer was fetched, ``postbus``: what
    nobody fetched, ``sleutel``: keys and hashes of messages, ``dossier``: cases and evaluaties after their end."""

    inhoud: datetime
    postbus: datetime
    sleutel: datetime
    dossier: datetime

    @classmethod
    def of(cls, termijnen: Termijnen, nu: datetime) -> "Grenzen":
        """Counted back from now."""
        return cls(
            nu - timedelta(days=termijnen.inhoud_dagen),
            nu - timedelta(days=termijnen.postbus_dagen),
            nu - termijnen.sleutel_jaren * YEAR,
            nu - termijnen.dossier_jaren * YEAR,
        )


@dataclass(frozen=True, slots=True)
class Groep:
    """The gemeenten with the same terms: these, or all but these."""

    termijnen: Termijnen
    gemeenten: tuple[str, ...]
    behalve: bool = False

    def has(self, gemeente: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether the gemeente of a row is one of them."""
        return gemeente.not_in(self.gemeenten) if self.behalve else gemeente.in_(self.gemeenten)


@dataclass(frozen=True, slots=True)
class Bewaartermijnen:
    """Those of every gemeente, and of some their own."""

    gewoon: Termijnen
    eigen: Mapping[str, Termijnen] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Settings) -> "Bewaartermijnen":
        """From the settings and the file that they name; raises BewaarError where that is not right."""
        usual = Termijnen(*(getattr(settings, f"bewaar_{name}") for name in NAMEN))
        if settings.bewaartermijnen is None:
            return cls(usual)
        return cls(usual, _read(settings.bewaartermijnen, usual, Gemeenten.load(settings.gemeenten)))

    def groepen(self) -> Iterable[Groep]:
        """Each gemeente in one of them."""
        yield Groep(self.gewoon, tuple(sorted(self.eigen)), behalve=True)
        for terms in sorted(set(self.eigen.values()), key=str):
            yield Groep(terms, tuple(sorted(code for code, its in self.eigen.items() if its == terms)))


NAMEN = tuple(one.name for one in fields(Termijnen))
COLUMNS = ("gemeente", *NAMEN)


def _read(path: Path, usual: Termijnen, gemeenten: Gemeenten) -> dict[str, Termijnen]:
    found: dict[str, Termijnen] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise BewaarError(f"{path}: de eerste regel moet zijn: {','.join(COLUMNS)}")
            for row in reader:
                place = f"{path}, regel {reader.line_num}"
                code = row["gemeente"] or ""
                if None in row or None in row.values() or gemeenten.get(code) is None or code in found:
                    raise BewaarError(f"{place}: verwacht een gemeentecode, eenmaal, en {len(NAMEN)} termijnen")
                found[code] = Termijnen(*(_term(name, row[name] or "", usual, place) for name in NAMEN))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BewaarError(f"{path} is niet te lezen ({type(error).__name__})") from error
    return found


def _term(name: str, text: str, usual: Termijnen, place: str) -> int:
    """One of a line; empty is as the setting says."""
    if not text:
        return int(getattr(usual, name))
    least, most = BEWAAR_GRENZEN[name]
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and least <= int(text) <= most):
        raise BewaarError(f"{place}: {name} is een getal van {least} tot {most}, of leeg")
    return int(text)
