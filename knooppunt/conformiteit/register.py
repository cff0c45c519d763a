"""The rules that there are: every function in a table, in the modules that hold rules."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import services
import shared.iwmo
from shared.iwmo.regels import Regel, Tabel

GEDEELD = "shared"


@dataclass(frozen=True, slots=True)
class Ingeschreven:
    """A rule in the code: what it is, and the function that judges it."""

    regel: Regel
    functie: Callable[..., Any]

    @property
    def code(self) -> str:
        """Of the rule."""
        return self.regel.code

    @property
    def thuis(self) -> str:
        """The service that has it, or ``shared``: there its tests are too."""
        root, *rest = self.functie.__module__.split(".")
        return rest[0] if root == "services" else GEDEELD

    @property
    def zin(self) -> str:
        """What it refuses, in the words of the code: the first paragraph of its docstring."""
        first, _, _ = (self.functie.__doc__ or "").strip().partition("\n\n")
        return " ".join(first.split()).replace("|", "\\|")

    @property
    def plaats(self) -> str:
        """File and function; no line, which changes with every change above it."""
        return f"{self.functie.__module__.replace('.', '/')}.py:{self.functie.__name__}"


def modules() -> list[ModuleType]:
    """Every module with rules: in a service those named ``rules…`` and what is below them, and any of shared.iwmo."""
    found = []
    for info in walk_packages(services.__path__, "services."):
        rooms = info.name.split(".")[2:]
        if rooms and rooms[0].startswith("rules") and not info.ispkg:
            found.append(import_module(info.name))
    for info in walk_packages(shared.iwmo.__path__, "shared.iwmo."):
        module = import_module(info.name)
        if judged(module):
            found.append(module)
    return found


def judged(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """The rules of a module that stand in a table there. One that it has from elsewhere is of that other module."""
    tables = [value for value in vars(module).values() if isinstance(value, Tabel)]
    rules = [functie for tabel in tables for functie in tabel.regels]
    return {functie.__name__: functie for functie in rules if functie.__module__ == module.__name__}


def regel_of(functie: Callable[..., Any]) -> Regel:
    """What the decorator says of a rule."""
    found: Regel = functie.regel  # type: ignore[attr-defined]
    return found


def register() -> list[Ingeschreven]:
    """Every rule, by code and place."""
    return sorted(_all(), key=lambda one: (one.code, one.plaats))


def _all() -> Iterator[Ingeschreven]:
    for module in modules():
        for functie in judged(module).values():
            yield Ingeschreven(regel_of(functie), functie)
