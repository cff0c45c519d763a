"""deploy/README.md lists every setting there is, and none that is not."""

import re
from pathlib import Path

from shared.settings import Settings

README = Path(__file__).parents[2] / "deploy" / "README.md"


def listed_settings() -> set[str]:
    table = README.read_text().split("## Settings")[1].split("## What to monitor first")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {
        f"DATABASE_URL{name}" if name.startswith("_") else name
        for cell in cells
        for name in re.findall(r"`(\w+)`", cell)
    }


def test_the_settings_table_is_complete() -> None:
    assert listed_settings() == {field.upper() for field in Settings.model_fields}
