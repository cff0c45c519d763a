"""The catalogue of a region as data: its parts, and what must hold between them. Pure: bestanden.py reads the files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

PLUS = "+"
BEGELEIDING = "begeleiding"
"""In ``samenMet``: any result area, whichever."""


class ProfielError(ValueError):
    """A profile is not as it should be; the message (Dutch) names the place."""


@dataclass(frozen=True, slots=True)
class Band:
    """What one intensity means: from-(mean)-to, in hours or dagdelen per four weeks. Both ends belong to it."""

    intensiteit: int
    van: Decimal
    gemiddeld: Decimal
    tot: Decimal

    @property
    def teken(self) -> str:
        """``+`` to ``+++++``, as the Stappenplan writes it."""
        return PLUS * self.intensiteit

    def __contains__(self, inzet: Decimal) -> bool:
        return self.van <= inzet <= self.tot


@dataclass(frozen=True, slots=True)
class Leefdomein:
    """One of the domains of life on which the integrale vraaganalyse is made."""

    nummer: int
    naam: str


@dataclass(frozen=True, slots=True)
class Resultaatgebied:
    """A result to reach, such as ``2A``; ``eenheid`` is that of its bands, ``gemeenten`` None where all have it."""

    code: str
    leefdomein: int
    naam: str
    toelichting: str
    eenheid: str
    categorie: str
    banden: tuple[Band, ...]
    gemeenten: frozenset[str] | None = None

    def geldt_in(self, gemeente: str) -> bool:
        """Whether this gemeente has it (1B: four of them only)."""
        return self.gemeenten is None or gemeente in self.gemeenten

    def band(self, intensiteit: int) -> Band | None:
        """The band of this intensity; None when the area does not have it."""
        return next((band for band in self.banden if band.intensiteit == intensiteit), None)

    def product_code(self, intensiteit: int) -> str:
        """The code under which a WMO301 assigns it: categorie, area and intensity (``022A3``)."""
        return f"{self.categorie}{self.code}{intensiteit}"


@dataclass(frozen=True, slots=True)
class Voorziening:
    """A product beside the result areas. ``samen_met``: the areas of which one must be there, or None."""

    code: str
    naam: str
    toelichting: str
    categorie: str
    product_code: str
    eenheid: str
    iwmo_eenheid: str
    samen_met: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Omrekening:
    """So many dagdelen may also be given as so many hours of individual support, in these areas."""

    gebieden: tuple[str, ...]
    dagdelen: Decimal
    uren: Decimal

    def als_dagdelen(self, uren: Decimal) -> Decimal:
        """Hours as the dagdelen that they stand for."""
        return uren * self.dagdelen / self.uren


@dataclass(frozen=True)
class Profiel:
    """The catalogue of one region, in one version, for as long as it holds."""

    regio: str
    naam: str
    versie: int
    geldig_van: date
    geldig_tot: date | None
    standaard: bool
    gemeenten: frozenset[str]
    omrekening: Omrekening
    leefdomeinen: tuple[Leefdomein, ...]
    gebieden: tuple[Resultaatgebied, ...]
    voorzieningen: tuple[Voorziening, ...]

    @cached_property
    def gebied_bij_code(self) -> Mapping[str, Resultaatgebied]:
        """The result areas by code."""
        return {gebied.code: gebied for gebied in self.gebieden}

    @cached_property
    def voorziening_bij_code(self) -> Mapping[str, Voorziening]:
        """The other products by code."""
        return {one.code: one for one in self.voorzieningen}

    def geldt_op(self, dag: date) -> bool:
        """Whether this version holds on that day."""
        return self.geldig_van <= dag and (self.geldig_tot is None or dag <= self.geldig_tot)


def kies(profielen: Iterable[Profiel], gemeente: str | None, dag: date) -> Profiel | None:
    """The catalogue of a gemeente on a day: its region's, or else the one that is everybody's; of two versions the
    newest."""
    found = [one for one in profielen if one.geldt_op(dag) and (gemeente in one.gemeenten or one.standaard)]
    return max(found, key=lambda one: (gemeente in one.gemeenten, one.geldig_van, one.versie), default=None)


def maak_profiel(document: Any) -> Profiel:
    """A profile from its JSON; ProfielError names what is not right."""
    try:
        profiel = _maak(document)
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise ProfielError(f"profiel onleesbaar: {type(error).__name__} {error}") from error
    _controleer(profiel)
    return profiel


def _maak(document: Mapping[str, Any]) -> Profiel:
    omrekening = document["urenPerDagdelen"]
    return Profiel(
        regio=document["regio"],
        naam=document["naam"],
        versie=int(document["versie"]),
        geldig_van=date.fromisoformat(document["geldigVan"]),
        geldig_tot=date.fromisoformat(document["geldigTot"]) if document.get("geldigTot") else None,
        standaard=bool(document.get("standaard", False)),
        gemeenten=frozenset(document["gemeenten"]),
        omrekening=Omrekening(
            tuple(omrekening["gebieden"]), Decimal(omrekening["dagdelen"]), Decimal(omrekening["uren"])
        ),
        leefdomeinen=tuple(Leefdomein(one["nummer"], one["naam"]) for one in document["leefdomeinen"]),
        gebieden=tuple(_gebied(one) for one in document["resultaatgebieden"]),
        voorzieningen=tuple(_voorziening(one) for one in document["producten"]),
    )


def _gebied(document: Mapping[str, Any]) -> Resultaatgebied:
    banden = tuple(
        Band(number, *(Decimal(value) for value in values)) for number, values in enumerate(document["banden"], 1)
    )
    gemeenten = document.get("gemeenten")
    return Resultaatgebied(
        code=document["code"],
        leefdomein=document["leefdomein"],
        naam=document["naam"],
        toelichting=document["toelichting"],
        eenheid=document["eenheid"],
        categorie=document["categorie"],
        banden=banden,
        gemeenten=None if gemeenten is None else frozenset(gemeenten),
    )


def _voorziening(document: Mapping[str, Any]) -> Voorziening:
    samen_met = document["samenMet"]
    if samen_met is not None:
        samen_met = (BEGELEIDING,) if samen_met == BEGELEIDING else tuple(samen_met)
    return Voorziening(
        code=document["code"],
        naam=document["naam"],
        toelichting=document["toelichting"],
        categorie=document["categorie"],
        product_code=document["productCode"],
        eenheid=document["eenheid"],
        iwmo_eenheid=document["iwmoEenheid"],
        samen_met=samen_met,
    )


def _controleer(profiel: Profiel) -> None:
    codes = [gebied.code for gebied in profiel.gebieden] + [one.code for one in profiel.voorzieningen]
    if len(set(codes)) != len(codes):
        raise ProfielError("een code komt twee keer voor")
    domeinen = {one.nummer for one in profiel.leefdomeinen}
    for gebied in profiel.gebieden:
        if gebied.leefdomein not in domeinen:
            raise ProfielError(f"{gebied.code}: leefdomein {gebied.leefdomein} is er niet")
        if not gebied.banden:
            raise ProfielError(f"{gebied.code}: er is geen intensiteit")
        if gebied.eenheid not in ("uur", "dagdeel"):
            raise ProfielError(f"{gebied.code}: de eenheid is uur of dagdeel")
        _controleer_banden(gebied)
    known = {*profiel.gebied_bij_code, BEGELEIDING}
    for voorziening in profiel.voorzieningen:
        if not set(voorziening.samen_met or ()) <= known:
            raise ProfielError(f"{voorziening.code}: samenMet noemt een gebied dat er niet is")
    if not set(profiel.omrekening.gebieden) <= set(profiel.gebied_bij_code):
        raise ProfielError("urenPerDagdelen noemt een gebied dat er niet is")
    if profiel.omrekening.dagdelen <= 0 or profiel.omrekening.uren <= 0:
        raise ProfielError("urenPerDagdelen: beide getallen zijn groter dan nul")


def _controleer_banden(gebied: Resultaatgebied) -> None:
    before = Decimal(0)
    for band in gebied.banden:
        if not before <= band.van <= band.gemiddeld <= band.tot:
            raise ProfielError(f"{gebied.code} {band.teken}: de grenzen lopen niet op")
        before = band.tot
