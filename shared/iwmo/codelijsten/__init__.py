"""The code lists of both releases: which codes there are, what they mean, and when they hold.

``lijsten.csv`` names the lists with the types of the schema that they belong to; ``2.4.csv`` and ``3.2.csv`` hold the
codes. A closed list is all there is; of an open one (products, gemeenten) a message may hold other codes as well.
``gemeenten.csv`` is for ``shared.iwmo.gemeenten``.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path

from shared.iwmo.catalogus import RELEASES, Release

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Code:
    """One code; without ``van`` or ``tot`` it has no known beginning or end, and both days are in."""

    code: str
    omschrijving: str
    van: date | None = None
    tot: date | None = None

    def geldt_op(self, datum: date) -> bool:
        """Whether the code may be used on that day."""
        return (self.van is None or self.van <= datum) and (self.tot is None or datum <= self.tot)


@dataclass(frozen=True)
class Codelijst:
    """A list in one release; ``typen`` are the types of the schema (LDT) whose values it holds."""

    code: str
    release: Release
    naam: str
    typen: tuple[str, ...]
    gesloten: bool
    codes: tuple[Code, ...]

    @cached_property
    def by_code(self) -> dict[str, Code]:
        """The codes by themselves."""
        return {one.code: one for one in self.codes}


def codelijst(release: str, code: str) -> Codelijst | None:
    """The list of this name (``WJ756``) in this release."""
    return _by_code().get((release, code))


def of_type(release: str, type_naam: str) -> Codelijst | None:
    """The list that says what values of this type (``LDT_Eenheid``) mean."""
    return _by_type().get((release, type_naam))


def landelijke_categorie(release: str, product_code: str) -> str | None:
    """The category of a product in the national list, which its code begins with; None when it is not on that list."""
    lijst = of_type(release, "LDT_ProductCode")
    return product_code[:2] if lijst and product_code in lijst.by_code else None


def label(release: str, type_naam: str, code: str) -> str | None:
    """What a value of this type means; None when no list knows it."""
    lijst = of_type(release, type_naam)
    found = lijst.by_code.get(code) if lijst else None
    return found.omschrijving if found else None


def codelijsten(release: str | None = None) -> list[Codelijst]:
    """All lists, of one release or of both, in the order of release and name."""
    return [lijst for lijst in _by_code().values() if release in (None, lijst.release)]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def _by_code() -> Mapping[tuple[str, str], Codelijst]:
    codes: dict[tuple[Release, str], list[Code]] = {}
    for release in RELEASES:
        for row in _rows(f"{release}.csv"):
            code = Code(row["code"], row["omschrijving"], _day(row["van"]), _day(row["tot"]))
            codes.setdefault((release, row["lijst"]), []).append(code)
    found: dict[tuple[str, str], Codelijst] = {}
    for row in _rows("lijsten.csv"):
        release = next(release for release in RELEASES if release == row["release"])
        key = (release, row["lijst"])
        typen, gesloten = tuple(row["typen"].split()), row["gesloten"] == "ja"
        found[key] = Codelijst(row["lijst"], release, row["naam"], typen, gesloten, tuple(codes[key]))
    return found


@cache
def _by_type() -> Mapping[tuple[str, str], Codelijst]:
    return {(lijst.release, type_naam): lijst for lijst in _by_code().values() for type_naam in lijst.typen}
