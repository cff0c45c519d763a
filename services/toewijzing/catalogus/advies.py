"""Intensity advice (Stappenplan step 4): which band fits the hours or dagdelen of a result area. Pure.

The node never chooses where the table does not: on an edge that two bands share, and between two bands, both are
candidates and a person weighs the factors.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from services.toewijzing.catalogus.profiel import Band, Profiel, Resultaatgebied

Uitslag = Literal["past", "grens", "tussen", "onder", "boven"]

Factor = Literal[
    "leerbaarheid",
    "motivatie",
    "eigen_netwerk",
    "werk_of_school",
    "voorliggende_voorzieningen",
    "eigen_kracht",
    "eigen_regie",
]
FACTOREN: tuple[Factor, ...] = get_args(Factor)
"""What supports a resident, or hinders when it lacks: weighed beside the hours, never counted."""


@dataclass(frozen=True, slots=True)
class Inzet:
    """What is expected to be needed per four weeks; hours in an area of dagdelen count as dagdelen (2 : 1)."""

    uren: Decimal = Decimal(0)
    dagdelen: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Advies:
    """The bands that fit, lowest first: one when the table says so, two when a person has to choose, none never."""

    gebied: Resultaatgebied
    inzet: Decimal
    uitslag: Uitslag
    kandidaten: tuple[Band, ...]
    reden: str

    @property
    def intensiteit(self) -> int | None:
        """The intensity, where the table leaves no choice."""
        return self.kandidaten[0].intensiteit if self.uitslag == "past" else None


class InzetError(ValueError):
    """The amount makes no sense for the area; the message is Dutch."""


def omgerekend(profiel: Profiel, gebied: Resultaatgebied, inzet: Inzet) -> Decimal:
    """The amount in the unit of the area; InzetError when it cannot be expressed in it, or is not above zero."""
    if gebied.eenheid == "uur":
        if inzet.dagdelen:
            raise InzetError(f"{gebied.code} gaat in uren; dagdelen kunnen alleen bij {_opsomming(profiel)}")
        total = inzet.uren
    else:
        if inzet.uren and gebied.code not in profiel.omrekening.gebieden:
            raise InzetError(f"{gebied.code} gaat in dagdelen")
        total = inzet.dagdelen + profiel.omrekening.als_dagdelen(inzet.uren)
    if total <= 0:
        raise InzetError(f"{gebied.code}: geef een inzet groter dan nul")
    return total


def adviseer(profiel: Profiel, gebied: Resultaatgebied, inzet: Inzet) -> Advies:
    """The bands for this amount; InzetError when the amount makes no sense."""
    total = omgerekend(profiel, gebied, inzet)
    fits = tuple(band for band in gebied.banden if total in band)
    if len(fits) == 1:
        return Advies(gebied, total, "past", fits, f"{_getal(total)} {_bereik(gebied, fits[0])}")
    if fits:
        signs = " en ".join(band.teken for band in fits)
        return Advies(gebied, total, "grens", fits, f"{_getal(total)} is de grens van {signs}: kies en motiveer")
    lower = [band for band in gebied.banden if band.tot < total]
    higher = [band for band in gebied.banden if band.van > total]
    if lower and higher:
        pair = (lower[-1], higher[0])
        reason = (
            f"{_getal(total)} ligt tussen {pair[0].teken} (tot {_getal(pair[0].tot)})"
            f" en {pair[1].teken} (van {_getal(pair[1].van)}): kies en motiveer"
        )
        return Advies(gebied, total, "tussen", pair, reason)
    if higher:
        least = higher[0]
        return Advies(
            gebied, total, "onder", (least,), f"{_getal(total)} ligt onder de laagste band ({_grenzen(least)})"
        )
    most = lower[-1]
    return Advies(gebied, total, "boven", (most,), f"{_getal(total)} ligt boven de hoogste band ({_grenzen(most)})")


def _bereik(gebied: Resultaatgebied, band: Band) -> str:
    unit = "uur" if gebied.eenheid == "uur" else "dagdelen"
    return f"{unit} valt binnen {band.teken} ({_grenzen(band)})"


def _grenzen(band: Band) -> str:
    return f"{_getal(band.van)} tot {_getal(band.tot)}"


def _getal(value: Decimal) -> str:
    """As the Stappenplan writes it: a comma, and no zeros that say nothing."""
    text = f"{value.normalize():f}"
    return text.replace(".", ",")


def _opsomming(profiel: Profiel) -> str:
    return ", ".join(profiel.omrekening.gebieden)
