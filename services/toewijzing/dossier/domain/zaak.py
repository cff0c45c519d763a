"""A case: where it stands, and what is known. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from services.toewijzing.catalogus.profiel import Profiel
from services.toewijzing.catalogus.voorwaarden import Weigering
from shared.iwmo.catalogus import Release

Wie = Literal["gemeente", "aanbieder"]
Fase = Literal[
    "melding",
    "gesprek",
    "onderzocht",
    "plan",
    "opdracht",
    "voorstel",
    "overleg",
    "akkoord",
    "ondertekend",
    "beschikt",
    "verzending",
    "toegewezen",
    "vervolg",
    "gesloten",
]
"""What was done last: ``opdracht`` waits for the aanbieder's plan, ``voorstel`` for the gemeente, ``overleg`` for the
next version; ``verzending`` is a WMO301 that was made, whose outcome is not written down yet."""
Gegevens = Mapping[str, Any]

PER_RONDE = (
    "informatie",
    "gesprek",
    "route",
    "vraaganalyse",
    "perspectiefplan",
    "handtekeningen",
    "plan",
    "keuze",
    "voorstellen",
    "overleg",
    "besluit",
    "akkoord",
    "ongedaan",
    "aanleiding",
)
"""What belongs to one round; the next round keeps it in ``rondes``."""


@dataclass(frozen=True, slots=True)
class Zaak:
    """One case. ``inhoud`` is all that is known of the resident and his plans: it is never told in an error or log."""

    id: str
    gemeente: str
    fase: Fase = "melding"
    ronde: int = 1
    aanbieder: str | None = None
    release: Release | None = None
    inhoud: Gegevens = field(default_factory=dict, repr=False)

    @property
    def begin(self) -> date:
        """The day on which this round began: no deed of it can lie before."""
        return date.fromisoformat(self.inhoud["begin"])

    @property
    def voorstel(self) -> Gegevens:
        """The newest plan of the aanbieder in this round."""
        found: Gegevens = self.inhoud["voorstellen"][-1]
        return found

    @property
    def maatwerk(self) -> frozenset[str]:
        """The result areas of the plan for which a maatwerkvoorziening is needed."""
        plan = self.inhoud.get("plan", {"gebieden": ()})
        return frozenset(one["code"] for one in plan["gebieden"] if one["maatwerk"])


@dataclass(frozen=True, slots=True)
class Omgeving:
    """Who acts, when, and under which catalogue."""

    wie: Wie
    nu: datetime
    """Dutch wall-clock time."""
    profiel: Profiel

    @property
    def vandaag(self) -> date:
        """The calendar day in the Netherlands."""
        return self.nu.date()


class ZaakError(Exception):
    """A deed that is refused; ``weigeringen`` say which condition, where and why (Dutch), without personal data."""

    def __init__(self, weigeringen: Sequence[Weigering]) -> None:
        super().__init__(", ".join(one.voorwaarde for one in weigeringen))
        self.weigeringen = tuple(weigeringen)


class NietNuError(ZaakError):
    """The case does not stand where this deed belongs."""


class NietZoError(ZaakError):
    """What was given is not enough, or breaks a condition."""


class NietDoorUError(ZaakError):
    """The deed is for the other party."""


def weiger(voorwaarde: str, plek: str, reden: str) -> None:
    """Refuses what was given for one reason."""
    raise NietZoError([Weigering(voorwaarde, plek, reden)])


def weiger_alle(weigeringen: Sequence[Weigering]) -> None:
    """Refuses what was given if there is any reason to."""
    if weigeringen:
        raise NietZoError(weigeringen)


def dag_van(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving, veld: str = "dag") -> date:
    """The day of a deed: not after today, not before the round began; without one it is today."""
    text = gegevens.get(veld)
    if text is None:
        return omgeving.vandaag
    dag = date.fromisoformat(text)
    if dag > omgeving.vandaag:
        weiger("dag_in_toekomst", f"/{veld}", "Deze dag ligt in de toekomst")
    if dag < zaak.begin:
        weiger("dag_voor_melding", f"/{veld}", "Deze dag ligt voor de melding")
    return dag


def zonder_delen(inhoud: Gegevens, prefix: str) -> dict[str, Any]:
    """The content without consent to share the parts that begin so: it was given for what they said before."""
    known = dict(inhoud)
    if keuze := inhoud.get("keuze"):
        kept = [one for one in keuze["delen"] if not one["onderdeel"].startswith(prefix)]
        known["keuze"] = {**keuze, "delen": kept}
    return known


_OF_AANBIEDER = ("keuze", "voorstellen", "overleg")


def leg_weg(zaak: Zaak, waarom: Gegevens) -> dict[str, Any]:
    """The content without what is of the aanbieder who was chosen: the next one has nothing to do with that. It is kept
    among the ``teruggaven``, for the gemeente."""
    his = {name: zaak.inhoud[name] for name in _OF_AANBIEDER if name in zaak.inhoud}
    gone = {**waarom, "aanbieder": zaak.aanbieder, **his}
    kept = {name: value for name, value in zaak.inhoud.items() if name not in _OF_AANBIEDER}
    return {**kept, "teruggaven": [*zaak.inhoud.get("teruggaven", []), gone]}
