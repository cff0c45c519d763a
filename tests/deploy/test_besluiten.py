"""The decision records: each has its parts, stands in the index, and names code that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "besluiten"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
PARTS = ["Context", "Decision", "Price", "Not chosen", "Shown by"]

each_record = pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)


@each_record
def test_a_record_has_its_five_parts(record: Path) -> None:
    assert re.findall(r"^## (.+)$", record.read_text(), re.MULTILINE) == PARTS


@each_record
def test_a_record_names_code_that_exists(record: Path) -> None:
    shown = record.read_text().split("## Shown by")[1]
    named = [path for line in shown.splitlines() for path in re.findall(r"`([^`]+)`", line)]

    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_index_lists_every_record_under_its_own_title() -> None:
    listed = re.findall(r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \| \w+ \|$", (FOLDER / "README.md").read_text(), re.M)
    titles = [record.read_text().splitlines()[0].removeprefix("# ").split(" ", 1) for record in RECORDS]

    assert [(number, title) for number, _, title in listed] == [(number, title) for number, title in titles]
    assert [name for _, name, _ in listed] == [record.name for record in RECORDS]
