"""``knooppunt up`` as a whole: it starts, heals, keeps its data, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from knooppunt.embedded import leftovers
from shared.settings import SERVICES
from tests.wachten import eventually_true

CHILDREN = ("postgres", "broker", *SERVICES)


class Up:
    """A stack in a process of its own."""

    def __init__(self, data: Path, env: dict[str, str]) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [sys.executable, "-m", "knooppunt", "up", "--port", "0", "--data", str(data)],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line.startswith("gereed: http://127.0.0.1:"), self.process.communicate()
        self.url = line.removeprefix("gereed: ").strip()

    def state(self) -> dict[str, Any]:
        return dict(json.loads((self.data / "processen.json").read_text()))

    def ready(self) -> bool:
        return all(httpx.get(f"{self.url}/{name}/readyz", timeout=10).status_code == 200 for name in SERVICES)

    def end(self, number: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        assert out == ""
        return self.process.returncode, err


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """One folder for all tests here: each start but the first finds what the one before kept."""
    with tempfile.TemporaryDirectory(prefix="knooppunt-") as name:
        yield Path(name) / "gegevens"


@pytest.fixture
def up(data: Path, environment: dict[str, str]) -> Iterator[Up]:
    started = Up(data, environment)
    yield started
    if started.process.poll() is None:
        started.end(signal.SIGTERM)


def gone(pids: dict[str, Any]) -> bool:
    return not any(leftovers.runs(pids[name], ("/",)) for name in CHILDREN)


def test_it_starts_and_a_signal_stops_everything(up: Up) -> None:
    pids = up.state()
    assert up.ready()

    code, _ = up.end(signal.SIGTERM)

    assert code == 0
    assert gone(pids)
    assert not (up.data / "processen.json").exists()


def test_whatever_dies_is_started_again(up: Up) -> None:
    before = up.state()

    for name in ("toewijzing", "broker", "postgres"):
        os.kill(before[name], signal.SIGKILL)

    eventually_true(
        lambda: all(up.state()[name] not in (None, before[name]) for name in ("toewijzing", "broker", "postgres"))
    )
    eventually_true(up.ready, 60)
    assert up.state()["broker_poort"] == before["broker_poort"]
    code, err = up.end(signal.SIGINT)
    assert code == 0
    assert "toewijzing is gestopt (-9) en wordt opnieuw gestart" in err


def test_a_killed_stack_leaves_nothing_that_hinders_the_next(up: Up, environment: dict[str, str]) -> None:
    pids = up.state()
    up.end(signal.SIGKILL)

    again = Up(up.data, environment)

    assert again.ready()
    eventually_true(lambda: gone(pids), 40)
    assert again.end(signal.SIGTERM)[0] == 0
