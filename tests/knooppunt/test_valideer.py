"""``knooppunt valideer``: what it tells, in which order, and how it ends."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from knooppunt.cli import app
from knooppunt.commands.valideer import CONTROLES, FEW
from shared.iwmo.catalogus import SOORTEN
from shared.iwmo.schemas import Schemas
from tests.knooppunt.conftest import ROOT
from tests.shared.iwmo.berichten import a_305, as_xml, soort

runner = CliRunner()
MESSAGES = ROOT / "knooppunt" / "demo" / "berichten"
BAD_BSN = "999990018"  # fails the elfproef


@pytest.fixture
def good(tmp_path: Path, schemas: Schemas) -> Path:
    path = tmp_path / "goed.xml"
    path.write_bytes(as_xml(a_305("3.2"), soort("WMO305", "3.2"), schemas))
    return path


@pytest.fixture
def wrong(tmp_path: Path, good: Path) -> Path:
    """A fault against the schema."""
    path = tmp_path / "fout.xml"
    path.write_text(good.read_text().replace("Geslacht>2<", "Geslacht>geheim<"))
    return path


@pytest.fixture
def unruly(tmp_path: Path, schemas: Schemas) -> Path:
    """Valid by its schema; it breaks a rule."""
    path = tmp_path / "regel.xml"
    inhoud = a_305("3.2")
    inhoud["Client"] |= {"Bsn": BAD_BSN}
    path.write_bytes(as_xml(inhoud, soort("WMO305", "3.2"), schemas))
    return path


def run(*arguments: object) -> tuple[int, list[str]]:
    result = runner.invoke(app, ["valideer", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout.splitlines()


def as_json(*arguments: object) -> tuple[int, list[dict[str, Any]]]:
    code, lines = run("--json", *arguments)
    return code, [json.loads(line) for line in lines]


def test_the_messages_of_the_demo_are_valid() -> None:
    code, lines = run(MESSAGES)

    assert code == 0, lines
    assert lines[-1] == "10 bestanden: 10 geldig, 0 ongeldig, 0 onleesbaar"


def test_a_valid_file_is_told_with_its_kind(good: Path) -> None:
    assert run(good) == (0, [f"{good}: geldig (WMO305 3.2)", "1 bestand: 1 geldig, 0 ongeldig, 0 onleesbaar"])


def test_json_has_one_object_per_file_with_the_fields_of_the_contract(good: Path, unruly: Path) -> None:
    code, [first, second] = as_json(good, unruly)

    assert code == 1
    assert first == {"bestand": str(good), "bericht": "WMO305", "release": "3.2", "geldig": True, "fouten": []}
    assert list(second) == ["bestand", "bericht", "release", "geldig", "fouten"]
    [fout] = second["fouten"]
    assert list(fout) == ["soort", "regel", "locatie", "reden"]
    assert (fout["soort"], fout["regel"]) == ("regel", "CS002")
    assert fout["locatie"].startswith("/Bericht/Client")


def test_a_fault_against_the_schema_has_no_rule(wrong: Path) -> None:
    code, [told] = as_json(wrong)

    assert code == 1
    assert {(fout["soort"], fout["regel"]) for fout in told["fouten"]} == {("xsd", None)}


def test_every_fault_of_an_invalid_file_is_told_with_place_and_reason(wrong: Path) -> None:
    code, lines = run(wrong)

    assert code == 1
    assert lines[0].startswith(f"{wrong}: ongeldig (WMO305 3.2), ")
    assert any(line.startswith("  /Bericht/Client/Geslacht: ") and line.endswith(" [xsd]") for line in lines)


def test_no_value_is_told(wrong: Path, unruly: Path) -> None:
    for arguments in ((wrong, unruly), ("--json", wrong, unruly)):
        told = "\n".join(run(*arguments)[1])
        assert "geheim" not in told
        assert BAD_BSN not in told
        assert "Berkel" not in told


def test_what_is_no_xml_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "half.xml").write_text("<Bericht>")

    code, [told] = as_json(tmp_path / "half.xml")

    assert code == 2
    assert (told["bericht"], told["release"], told["geldig"]) == (None, None, False)
    assert [(fout["soort"], fout["regel"], fout["locatie"]) for fout in told["fouten"]] == [("xsd", None, "/")]


def test_a_file_that_cannot_be_read_hides_nothing_and_wins(good: Path, wrong: Path, tmp_path: Path) -> None:
    code, lines = run(good, tmp_path / "weg.xml", wrong)

    assert code == 2
    assert lines[0] == f"{good}: geldig (WMO305 3.2)"
    assert lines[1] == f"{tmp_path / 'weg.xml'}: onleesbaar: bestaat niet"
    assert lines[2].startswith(f"{wrong}: ongeldig")
    assert lines[-1] == "3 bestanden: 1 geldig, 1 ongeldig, 1 onleesbaar"


def test_a_file_that_cannot_be_read_is_an_object_too(tmp_path: Path) -> None:
    code, [told] = as_json(tmp_path / "weg.xml")

    assert (code, told["geldig"]) == (2, False)
    assert told["fouten"] == [{"soort": "xsd", "regel": None, "locatie": "/", "reden": "bestaat niet"}]


def test_a_folder_without_messages_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "lees.txt").touch()

    assert run(tmp_path)[0] == 2
    assert "geen XML-bestanden in deze map" in run(tmp_path)[1][0]


def test_a_file_over_the_limit_is_not_read(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    big = good.with_name("groot.xml")
    with big.open("wb") as file:
        file.truncate(128 * 1024**2 + 1)

    code, lines = run(big)

    assert (code, lines[0]) == (2, f"{big}: onleesbaar: groter dan 128 MB")


def test_a_name_that_is_no_text_can_be_told(good: Path) -> None:
    odd = os.fsencode(good.parent) + b"/f\xff.xml"
    os.link(good, odd)

    code, [told] = as_json(os.fsdecode(odd))

    assert (code, told["bestand"]) == (0, f"{good.parent}/f?.xml")


def test_a_folder_is_searched_to_the_bottom_and_told_by_name(good: Path, tmp_path: Path) -> None:
    for name in ("b/c.xml", "b/A.XML", "a.xml", "b/nee.txt", "z/y/x.xml"):
        (tmp_path / "map" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "map" / name).write_bytes(good.read_bytes())

    _, told = as_json(tmp_path / "map", good)

    names = [str(Path(one["bestand"]).relative_to(tmp_path)) for one in told]
    assert names == ["map/a.xml", "map/b/A.XML", "map/b/c.xml", "map/z/y/x.xml", "goed.xml"]


@pytest.fixture
def many(good: Path, wrong: Path, tmp_path: Path) -> Path:
    """So many files that they are judged on all cores; every tenth is wrong."""
    folder = tmp_path / "veel"
    folder.mkdir()
    for number in range(FEW * 5):
        os.link(wrong if number % 10 == 0 else good, folder / f"{number:03}.xml")
    return folder


def test_many_files_are_told_in_order_and_the_valid_ones_only_counted(many: Path) -> None:
    code, lines = run(many)

    assert code == 1
    told = [line for line in lines if line.startswith(str(many))]
    assert [line.partition(":")[0] for line in told] == [f"{many}/{number:03}.xml" for number in range(0, FEW * 5, 10)]
    assert lines[-1] == "100 bestanden: 90 geldig, 10 ongeldig, 0 onleesbaar"


def test_many_files_as_json_are_all_told_in_order(many: Path) -> None:
    code, told = as_json(many)

    assert code == 1
    assert [Path(one["bestand"]).name for one in told] == [f"{number:03}.xml" for number in range(FEW * 5)]
    assert [one["geldig"] for one in told] == [number % 10 != 0 for number in range(FEW * 5)]


def test_a_terminal_shows_how_far_it_is_and_the_output_stays_clean(many: Path, environment: dict[str, str]) -> None:
    mother, child = pty.openpty()
    command = (sys.executable, "-m", "knooppunt", "valideer", "--json", str(many))

    ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=child, timeout=30, check=False)

    os.close(child)
    shown = b""
    try:
        while part := os.read(mother, 65536):
            shown += part
    except OSError:  # the end of a terminal
        pass
    os.close(mother)
    assert b"toetsen" in shown
    assert b"100/100" in shown
    assert len([json.loads(line) for line in ran.stdout.splitlines()]) == 100


def test_it_works_offline_and_says_nothing_on_stderr_elsewhere(
    many: Path, knooppunt: "Callable[..., subprocess.CompletedProcess[str]]"
) -> None:
    ran = knooppunt("valideer", str(many))

    assert (ran.returncode, ran.stderr) == (1, "")


def test_a_wrong_setting_is_one_line(knooppunt: "Callable[..., subprocess.CompletedProcess[str]]", good: Path) -> None:
    ran = knooppunt("valideer", str(good), env={"KNOOPPUNT_MAX_FOUTEN": "veel"})

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "knooppunt: Ongeldige instelling: KNOOPPUNT_MAX_FOUTEN\n"


def test_every_kind_that_a_sender_may_send_has_rules() -> None:
    assert {kind.naam for kind in SOORTEN if not kind.is_retour} == set(CONTROLES)
