"""The libraries we ship: what the audit says of a report, and the bill of materials against the lock."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deploy" / "toelevering.py"


def judge(report: Any, accepted: dict[str, str]) -> tuple[int, str]:
    spec = spec_from_file_location("toelevering", SCRIPT)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    answer: tuple[int, str] = module.judge(report, accepted)
    return answer


def report(*vulns: dict[str, Any]) -> dict[str, Any]:
    return {
        "dependencies": [
            {"name": "lxml", "version": "1.0", "vulns": list(vulns)},
            {"name": "eigen", "skip_reason": "Dependency not found"},
        ]
    }


LEAK = {"id": "PYSEC-1", "aliases": ["CVE-1"]}


@pytest.mark.parametrize(
    ("found", "accepted", "code", "said"),
    [
        (report(), {}, 0, "1 packages without"),
        (report(LEAK), {}, 1, "lxml 1.0 has PYSEC-1"),
        (report(LEAK), {"CVE-1": "we never call it"}, 0, "1 packages without"),
        (report(LEAK, {"id": "PYSEC-2"}), {"CVE-1": "we never call it"}, 1, "PYSEC-2"),
        (None, {}, 0, "not run"),
        ({"dependencies": [{"name": "lxml", "skip_reason": "Dependency not found"}]}, {}, 0, "not run"),
    ],
)
def test_only_a_known_vulnerability_without_a_reason_fails(
    found: Any, accepted: dict[str, str], code: int, said: str
) -> None:
    outcome, line = judge(found, accepted)

    assert outcome == code
    assert said in line


def test_every_accepted_vulnerability_has_its_reason() -> None:
    accepted = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["knooppunt"]["kwetsbaarheden"]

    assert all(len(reason) > 20 for reason in accepted.values())


def locked(name: str) -> dict[str, str]:
    """Versions, by name; each has to have its hashes."""
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    found = {}
    for block in blocks:
        match = re.match(r"([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", block)
        assert match, block
        assert "--hash=sha256:" in block, match[0]
        found[match[1].lower()] = match[2]
    return found


def test_the_locks_pin_every_artefact_and_agree() -> None:
    shipped, developing = locked("requirements.lock"), locked("requirements-dev.lock")

    assert shipped.items() <= developing.items()
    assert not re.search(r"--(index|extra-index|find)|https?://", (ROOT / "requirements.lock").read_text())


def test_the_bill_of_materials_is_what_is_locked(tmp_path: Path) -> None:
    target = tmp_path / "build" / "sbom.json"
    subprocess.run([sys.executable, SCRIPT, "stuklijst", target], check=True, capture_output=True)
    bill = json.loads(target.read_text())

    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "wmo-knooppunt")
    assert {one["name"].lower(): one["version"] for one in bill["components"]} == locked("requirements.lock")
    assert all(one["purl"].startswith("pkg:pypi/") for one in bill["components"])
    assert {one["name"] for one in bill["components"] if "licenses" not in one} <= {"colorama", "tzdata"}
    assert "://" not in json.dumps(bill["components"])
