"""Every rule in every table is documented and tested, both ways."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import services.declaratie.rules
import services.startstop.rules
import services.toewijzing.rules
import shared.iwmo.kop
from shared.iwmo.regels import Regel, Tabel

TESTS = Path(__file__).parents[2]
# Which tests cover the rules of which module.
PLACES = {
    shared.iwmo.kop: TESTS / "shared" / "iwmo",
    services.toewijzing.rules: TESTS / "toewijzing",
    services.startstop.rules: TESTS / "startstop",
    services.declaratie.rules: TESTS / "declaratie",
}


def _rules() -> Iterator[Any]:
    for module, folder in PLACES.items():
        found: dict[str, Callable[..., Any]] = {}
        for tabel in vars(module).values():
            if isinstance(tabel, Tabel):
                found.update({function.__name__: function for function in tabel.regels})
        assert found, f"{module.__name__} has no table"
        for name, function in found.items():
            yield pytest.param(function, folder, id=name)


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
def test_every_rule_of_a_module_stands_in_a_table(module: Any) -> None:
    tables = [value for value in vars(module).values() if isinstance(value, Tabel)]
    judged = {function for tabel in tables for function in tabel.regels}

    rules = {value for value in vars(module).values() if hasattr(value, "regel")}

    assert rules == judged


def test_the_classes_of_a_table_are_those_of_its_rules() -> None:
    """A rule that stands in two tables names both classes."""
    module = services.startstop.rules
    for klasse, tabel in (("StartProduct", module.STARTPRODUCT_REGELS), ("StopProduct", module.STOPPRODUCT_REGELS)):
        assert all(klasse in _regel(function).klasse.split() for function in tabel.regels)
