"""The conformity card: it is that of this code, and it tells what is wrong when something is."""

from dataclasses import replace
from pathlib import Path

import pytest

from knooppunt.conformiteit.kaart import Kaart
from knooppunt.conformiteit.proeven import (
    GEFAALD,
    GESLAAGD,
    NIET_GEDRAAID,
    OVERGESLAGEN,
    Proef,
    all_passed,
    find_proeven,
    read_report,
    run,
)
from knooppunt.conformiteit.register import Ingeschreven, register

ROOT = Path(__file__).parents[2]
PROEVEN = find_proeven(ROOT)
REGELS = register()
KAART = Kaart(REGELS, PROEVEN, all_passed(REGELS, PROEVEN))


def test_the_committed_card_is_that_of_these_rules_and_tests_and_says_that_all_passed() -> None:
    committed = (ROOT / "docs" / "conformiteit.md").read_text(encoding="utf-8")

    assert committed == KAART.as_markdown(), "docs/conformiteit.md is stale: run make regels"


def test_every_rule_is_proven_when_its_tests_pass() -> None:
    assert KAART.gebreken() == []


def new_gebreken(kaart: Kaart) -> list[str]:
    """What is wrong with a card beside what may be wrong with ours."""
    return [gebrek for gebrek in kaart.gebreken() if gebrek not in KAART.gebreken()]


def one_rule() -> tuple[Ingeschreven, list[Proef]]:
    rule = next(one for one in KAART.regels if one.code == "TR018")
    return rule, [proef for proef in PROEVEN if proef.of(rule)]


def test_a_rule_without_a_test_that_refuses_is_told() -> None:
    rule, proeven = one_rule()
    kaart = replace(KAART, proeven=[proef for proef in PROEVEN if not (proef in proeven and proef.weigert)])

    assert new_gebreken(kaart) == [f"TR018: geen test die weigert ({rule.plaats})"]
    assert not kaart.proven("TR018")
    assert kaart.as_markdown().count("**ontbreekt**") == KAART.as_markdown().count("**ontbreekt**") + 1


@pytest.mark.parametrize("outcome", [GEFAALD, OVERGESLAGEN, NIET_GEDRAAID])
def test_a_test_that_did_not_pass_is_told(outcome: str) -> None:
    _, proeven = one_rule()
    uitkomsten = {**KAART.uitslag.uitkomsten, proeven[0].id: outcome}
    kaart = replace(KAART, uitslag=replace(KAART.uitslag, uitkomsten=uitkomsten))

    assert new_gebreken(kaart) == [f"TR018: {proeven[0].id} is {outcome}"]
    assert not kaart.proven("TR018")


def test_a_rule_that_goes_off_in_none_of_its_tests_is_told() -> None:
    rule, proeven = one_rule()
    [refusing] = [proef.id for proef in proeven if proef.weigert]
    assert rule.plaats in KAART.uitslag.afgegaan
    for tests in (set(), {"tests/startstop/test_rules_in_bericht.py::test_cs058_refuses_another_status"}):
        afgegaan = {**KAART.uitslag.afgegaan, rule.plaats: tests}
        kaart = replace(KAART, uitslag=replace(KAART.uitslag, afgegaan=afgegaan))

        assert refusing not in tests
        assert new_gebreken(kaart) == [f"TR018: in geen test die weigert gaat de regel af ({rule.plaats})"]
        assert not kaart.proven("TR018")


def test_a_rule_that_is_not_there_is_told() -> None:
    kaart = replace(KAART, regels=[one for one in KAART.regels if one.code not in ("TR018", "CS058")])

    assert new_gebreken(kaart) == ["TR018: geen regel in de code", "CS058: geen regel in de code"]


TESTS = """
import pytest
from shared.iwmo.persoon import PERSOON_REGELS, Persoon
def test_tr001_accepts_well(): pass
@pytest.mark.parametrize("x", [1, 2])
def test_tr001_refuses_badly(x):
    PERSOON_REGELS.judge(Persoon((), "123456789"), None, "3.2", ())
    assert x == 1
@pytest.mark.skip(reason="not now")
def test_op033x1_accepts_never(): pass
def test_op033x1_refuses_without_fixture(no_such_fixture): pass
def test_tr001_accepts_nothing_here(): pytest.skip("no")
def test_tr001_is_no_test_of_a_rule(): pass
"""


def test_what_became_of_each_test_is_read_from_a_run(tmp_path: Path) -> None:
    """A test counts as failed when any of its cases does; a file that cannot be read has no outcomes."""
    (tmp_path / "tests" / "shared").mkdir(parents=True)
    (tmp_path / "tests" / "shared" / "test_een.py").write_text(TESTS)
    (tmp_path / "tests" / "shared" / "test_twee.py").write_text("import nothing\ndef test_tr002_accepts_all(): pass\n")

    proeven = find_proeven(tmp_path)
    uitslag = run(proeven, tmp_path)
    told = {proef.functie: uitslag.uitkomsten[proef.id] for proef in proeven}

    assert {proef.code for proef in proeven} == {"TR001", "TR002", "OP033x1"}
    assert {proef.thuis for proef in proeven} == {"shared"}
    assert told == {
        "test_tr001_accepts_well": GESLAAGD,
        "test_tr001_refuses_badly": GEFAALD,
        "test_op033x1_accepts_never": OVERGESLAGEN,
        "test_op033x1_refuses_without_fixture": GEFAALD,
        "test_tr001_accepts_nothing_here": OVERGESLAGEN,
        "test_tr002_accepts_all": NIET_GEDRAAID,
    }
    [rule] = [one for one in REGELS if one.code == "CS002"]
    assert uitslag.afgegaan == {rule.plaats: {"tests/shared/test_een.py::test_tr001_refuses_badly"}}


def test_without_a_report_no_test_ran() -> None:
    assert set(read_report(None, PROEVEN).uitkomsten.values()) == {NIET_GEDRAAID}
