"""The terms of the process (Stappenplan, perspectiefplan process): which begin and which end by a deed. Pure.

A term in weeks that ends on a day that is no working day ends on the next one (Algemene termijnenwet).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.toewijzing.dossier.domain.zaak import Wie, Zaak
from shared.werkdagen import plus_weken, werkdag_vanaf

MELDING, ONDERSTEUNINGSPLAN, NORMENKADER, BESCHIKKEN = (
    "SEED-MELDING",
    "SEED-ONDERSTEUNINGSPLAN",
    "SEED-NORMENKADER",
    "SEED-BESCHIKKEN",
)
WEKEN = {MELDING: 4, ONDERSTEUNINGSPLAN: 2, NORMENKADER: 2, BESCHIKKEN: 2}
_TOT_KEUZE = frozenset({"melding", "gesprek", "onderzocht", "plan", "vervolg"})
_BIJ_AANBIEDER = frozenset({"opdracht", "overleg"})
_TOT_TOEWIJZING = frozenset({"akkoord", "ondertekend", "beschikt", "verzending"})


@dataclass(frozen=True, slots=True)
class Loopt:
    """A term that runs, from a day on; ``sleutel`` is the case and its round."""

    regel: str
    sleutel: str
    aanbieder: str
    wie: Wie
    vanaf: date

    @property
    def uiterlijk(self) -> date:
        """Its last day."""
        return werkdag_vanaf(plus_weken(self.vanaf, WEKEN[self.regel]))

    @property
    def wat(self) -> tuple[str, str, str]:
        """Which term it is."""
        return self.regel, self.aanbieder, self.sleutel


def lopend(zaak: Zaak) -> Iterator[Loopt]:
    """The terms that run while a case stands where it stands: one at most."""
    key = f"{zaak.id}/{zaak.ronde}"
    if zaak.fase in _TOT_KEUZE:
        yield Loopt(MELDING, key, "", "gemeente", zaak.begin)
    elif zaak.fase in _BIJ_AANBIEDER:
        keuze, held = zaak.inhoud["keuze"], zaak.inhoud.get("overleg", [])
        regel = NORMENKADER if keuze["soort"] == "normenkader" else ONDERSTEUNINGSPLAN
        since = keuze["dag"] if zaak.fase == "opdracht" else held[-1]["dag"]
        number = len(zaak.inhoud.get("voorstellen", ())) + 1
        yield Loopt(regel, f"{key}/{number}", zaak.aanbieder or "", "aanbieder", date.fromisoformat(since))
    elif zaak.fase in _TOT_TOEWIJZING:
        since = zaak.inhoud["akkoord"]["dag"]
        yield Loopt(BESCHIKKEN, key, zaak.aanbieder or "", "gemeente", date.fromisoformat(since))


def wijziging(voor: Zaak | None, na: Zaak) -> tuple[list[Loopt], list[Loopt]]:
    """Which terms begin and which end by a deed."""
    before = {one.wat: one for one in lopend(voor)} if voor else {}
    now = {one.wat: one for one in lopend(na)}
    return [one for key, one in now.items() if key not in before], [
        one for key, one in before.items() if key not in now
    ]
