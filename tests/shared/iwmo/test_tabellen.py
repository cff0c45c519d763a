"""Every rule in every table is documented and tested, both ways."""

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import services.startstop.rules as startstop_rules
import shared.iwmo.in_bericht
import shared.iwmo.persoon
from knooppunt.conformiteit.proeven import Proef, find_proeven
from knooppunt.conformiteit.register import Ingeschreven, judged, modules, regel_of, register
from shared.iwmo.regels import Regel

ROOT = Path(__file__).parents[3]
MODULES = modules()
PROEVEN = find_proeven(ROOT)
each_rule = pytest.mark.parametrize(
    "regel", [pytest.param(one, id=f"{one.functie.__module__}-{one.functie.__name__}") for one in register()]
)
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)


def test_every_service_has_rules_of_both_kinds() -> None:
    found = {tuple(module.__name__.split(".")[1:3]) for module in MODULES if module.__name__.startswith("services.")}

    assert found >= {
        (service, kind)
        for service in ("toewijzing", "startstop", "declaratie")
        for kind in ("rules", "rules_in_bericht")
    }


def test_no_rule_is_overlooked() -> None:
    """Rules are looked for in some modules; no other has any."""
    files = [path for part in ("shared", "services", "knooppunt") for path in (ROOT / part).rglob("*.py")]
    with_rules = {path for path in files if re.search(r"^@regel\(", path.read_text(), re.MULTILINE)}

    assert with_rules == {Path(str(module.__file__)) for module in MODULES}


@each_rule
def test_a_rule_has_a_test_that_accepts_and_one_that_refuses(regel: Ingeschreven) -> None:
    own: list[Proef] = [proef for proef in PROEVEN if proef.of(regel)]

    assert {proef.weigert for proef in own} == {False, True}, f"test_{regel.code.lower()}_accepts_, _refuses_"


@each_rule
def test_a_rule_says_what_it_refuses_and_is_named_after_its_code(regel: Ingeschreven) -> None:
    what = regel.regel

    assert regel.functie.__doc__
    assert regel.functie.__name__.startswith(what.code.lower() + "_")
    assert what.bron
    assert (what.retourcode == "0001") == (what.niveau == 2)


@each_rule
def test_a_signal_has_no_retourcode(regel: Ingeschreven) -> None:
    what = regel.regel

    assert what.code.startswith(("OP", "VF")) == (what.niveau == 0)
    assert what.niveau or not what.retourcode


@each_module
def test_every_rule_of_a_module_stands_in_a_table(module: ModuleType) -> None:
    rules = {
        name: value
        for name, value in vars(module).items()
        if isinstance(getattr(value, "regel", None), Regel) and value.__module__ == module.__name__
    }

    assert rules
    assert rules == judged(module)


@each_module
def test_the_rules_of_a_module_are_of_one_level(module: ModuleType) -> None:
    """``rules_in_bericht`` holds what a message alone can break, ``rules`` what takes other facts."""
    levels = {regel_of(function).niveau for function in judged(module).values()}
    in_message = module in (shared.iwmo.in_bericht, shared.iwmo.persoon) or ".rules_in_bericht" in module.__name__

    assert levels == {2} if in_message else 2 not in levels


def test_the_classes_of_a_table_are_those_of_its_rules() -> None:
    """A rule that stands in two tables names both classes."""
    tables: list[tuple[str, tuple[Callable[..., Any], ...]]] = [
        ("StartProduct", startstop_rules.STARTPRODUCT_REGELS.regels),
        ("StopProduct", startstop_rules.STOPPRODUCT_REGELS.regels),
    ]

    for klasse, regels in tables:
        assert all(klasse in regel_of(function).klasse.split() for function in regels)
