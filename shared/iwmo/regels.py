"""Rules: one small function each, in a table per class; and the engine that runs a table.

A rule gets a subject (a header, a line) and facts, and returns an Afwijking when the subject breaks it, else None. It
is pure: it reads nothing and writes nothing. What the rule is (code, retourcode, class, source) stands in its
decorator, so the same table judges messages and fills the conformity card.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from shared.iwmo.catalogus import RELEASES, Release

GOED = "0200"
NIET_BEOORDEELD = "0233"
TECHNISCH_AFGEKEURD = "0001"
VOLLEDIG_TOEGEKEND = "8001"

Plek = tuple[tuple[str, int], ...]
"""Where a class stands in a message: (element, number) steps from below Bericht. What may repeat is numbered from 1; a
step with number 0 is there once."""


@dataclass(frozen=True, slots=True)
class Herstel:
    """What a correct next message would have in one place, where that is beyond doubt.

    ``element`` is the path below the class at fault (``ProductPeriode/Begindatum``); ``waarde`` None: leave it out.
    """

    element: str
    waarde: str | None


@dataclass(frozen=True, slots=True)
class Afwijking:
    """How a subject breaks a rule: a Dutch sentence, the values compared (never of persons), what it clashed with."""

    omschrijving: str
    gevonden: str | None = None
    verwacht: str | None = None
    botst_met: str | None = None
    """The earlier message that it clashed with, by id."""
    eigen: bool = False
    """In a rule that reads foreign facts: this refusal does not rest on them, so it need not wait."""
    botst_met_plek: Plek | None = None
    """The class of this same message that it clashed with."""
    herstel: tuple[Herstel, ...] = ()
    """The changes, all of them together, that would make it right; empty where there is more than one way."""
    botst_met_toewijzing: str | None = None
    """Like ``botst_met``, of a WMO301: the service toewijzing has it."""


@dataclass(frozen=True, slots=True)
class Regel:
    """What a rule is, apart from its condition.

    ``berichten``: the messages that it judges, by name. ``niveau`` 2: within the message, any fault gives 0001 on the
    header; 3: against earlier messages; 4: against an outside source; 0: only a sign to the parties (regels-op), it has
    no retourcode. ``vreemd``: it reads facts of another service, so
    its refusal waits until those facts are surely complete (P4).
    """

    code: str
    berichten: tuple[str, ...]
    retourcode: str
    klasse: str
    niveau: int
    bron: str
    releases: tuple[Release, ...] = RELEASES
    vreemd: bool = False


@dataclass(frozen=True, slots=True)
class Melding:
    """A broken rule at a place in a message: what the retourbericht and the API tell."""

    regel: Regel
    plek: Plek
    afwijking: Afwijking

    @property
    def retourcode(self) -> str:
        """The code for the retourbericht: 0001 for every fault within the message."""
        return TECHNISCH_AFGEKEURD if self.regel.niveau == 2 else self.regel.retourcode

    @property
    def vreemd(self) -> bool:
        """Whether the refusal rests on facts of another service."""
        return self.regel.vreemd and not self.afwijking.eigen

    @property
    def klasse(self) -> str:
        """The class at that place: a rule may hold for several. What is a class in 3.2 (Declaratie) may in 2.4 stand
        in another (Header)."""
        named = self.regel.klasse.split()
        found = next((naam for naam, _ in reversed(self.plek) if naam in named), None)
        return found or (self.plek[0][0] if self.plek else named[0])

    @property
    def locatie(self) -> str:
        """The place as an XPath from the root."""
        return xpath(self.plek)

    def as_json(self) -> dict[str, Any]:
        """The melding as the API shows it."""
        met, elsewhere = self.afwijking.botst_met_plek, self.afwijking.botst_met_toewijzing
        herstel = [{"locatie": f"{self.locatie}/{one.element}", "waarde": one.waarde} for one in self.afwijking.herstel]
        shown = {
            "regel": self.regel.code,
            "retourcode": self.retourcode or None,
            "klasse": self.klasse,
            "locatie": self.locatie,
            "omschrijving": self.afwijking.omschrijving,
            "gevonden": self.afwijking.gevonden,
            "verwacht": self.afwijking.verwacht,
            "botstMet": self.afwijking.botst_met or elsewhere,
            "botstMetDienst": "toewijzing" if elsewhere and not self.afwijking.botst_met else None,
            "botstMetLocatie": xpath(met) if met is not None else None,
            "herstel": herstel or None,
        }
        return {name: value for name, value in shown.items() if value is not None}


def xpath(plek: Plek) -> str:
    """``(("Client", 0), ("StartProduct", 1))`` -> ``/Bericht/Client/StartProduct[1]``."""
    return "/Bericht" + "".join(f"/{naam}[{number}]" if number else f"/{naam}" for naam, number in plek)


Conditie = Callable[[Any, Any], Afwijking | None]
Function = TypeVar("Function", bound=Callable[..., Afwijking | None])


def regel(
    code: str,
    *,
    berichten: str,
    retourcode: str = TECHNISCH_AFGEKEURD,
    klasse: str,
    niveau: int = 3,
    bron: str,
    releases: Sequence[Release] = RELEASES,
    vreemd: bool = False,
) -> Callable[[Function], Function]:
    """Marks a function as a rule; the function itself stays as it is."""

    def mark(function: Function) -> Function:
        function.regel = Regel(  # type: ignore[attr-defined]
            code, tuple(berichten.split()), retourcode, klasse, niveau, bron, tuple(releases), vreemd
        )
        return function

    return mark


Subject = TypeVar("Subject")
Feiten = TypeVar("Feiten")


@dataclass(frozen=True)
class Tabel(Generic[Subject, Feiten]):
    """The rules of one class, in the order in which they are judged."""

    regels: tuple[Callable[[Subject, Feiten], Afwijking | None], ...]
    _rows: dict[Release, list[Conditie]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows: dict[Release, list[Conditie]] = {
            release: [
                function
                for function in self.regels
                if release in function.regel.releases  # type: ignore[attr-defined]
            ]
            for release in RELEASES
        }
        object.__setattr__(self, "_rows", rows)

    def __add__(self, other: "Tabel[Subject, Feiten]") -> "Tabel[Subject, Feiten]":
        """One table of both, for a class whose rules stand in more modules."""
        return Tabel(self.regels + other.regels)

    def judge(self, subject: Subject, feiten: Feiten, release: Release, plek: Plek) -> list[Melding]:
        """Every rule of this release that the subject breaks, in the order of the table."""
        found: list[Melding] = []  # a plain loop: this runs for every line of a declaration
        for conditie in self._rows[release]:
            afwijking = conditie(subject, feiten)
            if afwijking is not None:
                found.append(Melding(conditie.regel, plek, afwijking))  # type: ignore[attr-defined]
        return found
