"""What the tests of the command line and the embedded stack share."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment() -> dict[str, str]:
    """An environment without anybody's settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KNOOPPUNT_")}
    return clean | {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [clean.get("PYTHONPATH")])])}


@pytest.fixture
def knooppunt(environment: dict[str, str]) -> Command:
    """The command, run to its end in a process of its own."""

    def run(*arguments: str, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        command: Sequence[str] = (sys.executable, "-m", "knooppunt", *arguments)
        return subprocess.run(
            command, env=environment | (env or {}), capture_output=True, text=True, timeout=30, check=False
        )

    return run


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder for a database: not under pytest's own, which every session closes again to other accounts."""
    with tempfile.TemporaryDirectory(prefix="knooppunt-") as name:
        yield Path(name)
