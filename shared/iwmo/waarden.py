"""Values as the standard writes them, turned into values of Python; and the small value types that services share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from shared.iwmo.regels import Plek, xpath
from shared.problems import Fout, SchemaError

INSPANNING = frozenset({"01", "04", "14", "16", "84"})
OUTPUT = frozenset({"82", "83"})
MINUUT, UUR, EURO = "01", "04", "83"


@dataclass(frozen=True, slots=True)
class Product:
    """A product: a categorie alone (aspecifiek), with a code (specifiek), or neither (generiek)."""

    categorie: str | None = None
    code: str | None = None

    def __str__(self) -> str:
        return "/".join(part for part in (self.categorie, self.code) if part) or "generiek"


@dataclass(frozen=True, slots=True)
class Omvang:
    """How much: a whole number of units per frequentie."""

    volume: int
    eenheid: str
    frequentie: str


@dataclass(frozen=True, slots=True)
class Periode:
    """Two days and all between them; without ``eind`` it goes on."""

    begin: date
    eind: date | None = None

    def overlaps(self, other: "Periode") -> bool:
        """Whether some day is in both."""
        return self.begin <= (other.eind or date.max) and other.begin <= (self.eind or date.max)

    def __str__(self) -> str:
        return f"{self.begin.isoformat()} t/m {self.eind.isoformat() if self.eind else 'onbepaald'}"


def as_date(text: str, plek: Plek) -> date:
    """A valid xs:date; a year past 9999 or before 1 is valid XML but no day that a calendar here has."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        fout = Fout(xpath(plek), "een datum moet tussen de jaren 0001 en 9999 liggen")
        raise SchemaError("Het bericht bevat een onbruikbare datum", [fout]) from None


def as_time(text: str) -> time:
    """A valid xs:time; 24:00:00 is midnight, and digits past the microsecond fall away."""
    whole, _, fraction = text.partition(".")
    if whole == "24:00:00":
        return time(0, 0)
    return time.fromisoformat(f"{whole}.{fraction[:6].ljust(6, '0')}" if fraction else whole)


def as_moment(day: str, moment: str, plek: Plek) -> datetime:
    """Toewijzingsdatum and Toewijzingstijd: the moment of decision, Dutch wall-clock time. 24:00:00 ends the day."""
    date_ = as_date(day, plek)
    if moment.startswith("24:") and date_ < date.max:
        date_ += timedelta(days=1)
    return datetime.combine(date_, as_time(moment))


def as_product(inhoud: Mapping[str, Any] | None) -> Product:
    """A CDT_Product, or its absence."""
    return Product(inhoud["Categorie"], inhoud.get("Code")) if inhoud else Product()


def as_omvang(inhoud: Mapping[str, Any] | None) -> Omvang | None:
    """A CDT_Omvang, or its absence."""
    return Omvang(inhoud["Volume"], inhoud["Eenheid"], inhoud["Frequentie"]) if inhoud else None


def as_periode(inhoud: Mapping[str, Any], plek: Plek) -> Periode:
    """A CDT_GeslotenPeriode."""
    return Periode(as_date(inhoud["Begindatum"], plek), as_date(inhoud["Einddatum"], plek))


def optional_date(text: str | None, plek: Plek) -> date | None:
    """A date that may be absent."""
    return as_date(text, plek) if text is not None else None
