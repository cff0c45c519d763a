"""The threat model names tests that exist, and at least one in each row."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_attack_has_a_test_that_exists() -> None:
    lines = (ROOT / "docs" / "dreigingsmodel.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("|")][2:]

    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)`", row.split("|")[-2])
        assert named, row
        assert [one for one in named if not (ROOT / one).is_file()] == []


def test_the_security_policy_leads_there() -> None:
    text = (ROOT / "SECURITY.md").read_text()

    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (ROOT / target).is_file(), target
