"""Every rule in every table is documented and tested, both ways."""

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import pytest

import services
import services.startstop.rules as startstop_rules
import shared.iwmo.in_bericht
import shared.iwmo.kop
import shared.iwmo.persoon
from shared.iwmo.regels import Regel, Tabel

TESTS = Path(__file__).parents[2]


def _modules() -> dict[ModuleType, Path]:
    """Every module with rules, and the folder of the tests that cover them: ``rules`` and ``rules_in_bericht``, each a
    module or a folder of them, in every service."""
    places = dict.fromkeys((shared.iwmo.kop, shared.iwmo.in_bericht, shared.iwmo.persoon), TESTS / "shared" / "iwmo")
    for info in walk_packages(services.__path__, "services."):
        _, service, *rooms = info.name.split(".")
        if rooms and rooms[0].startswith("rules") and not info.ispkg:
            places[import_module(info.name)] = TESTS / service
    return places


PLACES = _modules()


def test_every_service_has_rules_of_both_kinds() -> None:
    found = {tuple(module.__name__.split(".")[1:3]) for module in PLACES if module.__name__.startswith("services.")}

    assert found == {
        (service, kind)
        for service in ("toewijzing", "startstop", "declaratie")
        for kind in ("rules", "rules_in_bericht")
    }


def _judged(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """The rules of a module that stand in a table there. One that it has from elsewhere is covered at home."""
    tables = [value for value in vars(module).values() if isinstance(value, Tabel)]
    rules = [function for tabel in tables for function in tabel.regels]
    return {function.__name__: function for function in rules if function.__module__ == module.__name__}


def _rules() -> Iterator[Any]:
    for module, folder in PLACES.items():
        for name, function in _judged(module).items():
            yield pytest.param(function, folder, id=f"{module.__name__}-{name}")


def _regel(function: Callable[..., Any]) -> Regel:
    return function.regel  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(("function", "folder"), list(_rules()))
def test_a_rule_has_a_test_that_accepts_and_one_that_refuses(function: Callable[..., Any], folder: Path) -> None:
    tests = "\n".join(path.read_text() for path in sorted(folder.glob("test_*.py")))
    code = _regel(function).code.lower()

    for verb in ("accepts", "refuses"):
        assert re.search(rf"^(?:async )?def test_{code}_{verb}_\w+\(", tests, re.MULTILINE), f"test_{code}_{verb}_..."


@pytest.mark.parametrize(("function", "folder"), list(_rules()))
def test_a_rule_says_what_it_refuses_and_is_named_after_its_code(function: Callable[..., Any], folder: Path) -> None:
    regel = _regel(function)

    assert function.__doc__
    assert function.__name__.startswith(regel.code.lower() + "_")
    assert regel.bron
    assert (regel.retourcode == "0001") == (regel.niveau == 2)


@pytest.mark.parametrize("module", PLACES, ids=lambda module: module.__name__)
def test_every_rule_of_a_module_stands_in_a_table(module: ModuleType) -> None:
    rules = {
        name: value
        for name, value in vars(module).items()
        if isinstance(getattr(value, "regel", None), Regel) and value.__module__ == module.__name__
    }

    assert rules
    assert rules == _judged(module)


@pytest.mark.parametrize("module", PLACES, ids=lambda module: module.__name__)
def test_the_rules_of_a_module_are_of_one_level(module: ModuleType) -> None:
    """``rules_in_bericht`` holds what a message alone can break, ``rules`` what takes other facts."""
    levels = {_regel(function).niveau for function in _judged(module).values()}
    in_message = module in (shared.iwmo.in_bericht, shared.iwmo.persoon) or ".rules_in_bericht" in module.__name__

    assert levels == {2} if in_message else 2 not in levels


def test_the_classes_of_a_table_are_those_of_its_rules() -> None:
    """A rule that stands in two tables names both classes."""
    for klasse, tabel in (
        ("StartProduct", startstop_rules.STARTPRODUCT_REGELS),
        ("StopProduct", startstop_rules.STOPPRODUCT_REGELS),
    ):
        assert all(klasse in _regel(function).klasse.split() for function in tabel.regels)
