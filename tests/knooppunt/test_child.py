"""A child process: kept running, stopped, and not left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from knooppunt.embedded import leftovers
from knooppunt.embedded.child import Child, Program, tell
from knooppunt.errors import KnooppuntStartError
from tests.wachten import eventually, eventually_true

WAITS = "import signal; print('begonnen', flush=True); signal.pause()"
IGNORES = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('begonnen', flush=True)\n"
IGNORES += "while True: signal.pause()"


def a_program(tmp_path: Path, code: str = WAITS, stop_seconds: float = 10) -> Program:
    return Program("proef", (sys.executable, "-c", code), tmp_path / "proef.log", stop_seconds=stop_seconds)


def began(program: Program, times: int = 1) -> Callable[[], Awaitable[bool]]:
    async def probe() -> bool:
        return program.log.read_text().count("begonnen") == times

    return probe


async def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    program, starts = a_program(tmp_path), []
    child = Child(program, on_start=lambda: starts.append(child.pid))
    child.start()
    child.keep_running()
    await child.wait_ready(began(program), 10)

    os.kill(starts[0], signal.SIGKILL)
    await eventually(began(program, times=2), "it is started again")
    await child.stop()

    assert len(set(starts)) == 2
    assert not any(leftovers.runs(pid, (sys.executable,)) for pid in starts)


async def test_a_child_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    program = a_program(tmp_path, IGNORES, stop_seconds=0.1)
    child = Child(program)
    child.start()
    await child.wait_ready(began(program), 10)

    await child.stop()

    assert child.pid is None


async def test_a_child_that_ends_while_starting_tells_its_last_words(tmp_path: Path) -> None:
    program = a_program(tmp_path, "raise SystemExit('geen zin')")
    child = Child(program)
    child.start()

    with pytest.raises(KnooppuntStartError, match="geen zin"):
        await child.wait_ready(began(program), 10)


async def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    child = Child(Program("proef", (str(tmp_path / "weg"),), tmp_path / "proef.log"))

    with pytest.raises(KnooppuntStartError, match="proef is niet te starten: bestaat niet"):
        child.start()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_a_child_dies_with_its_parent(tmp_path: Path, environment: dict[str, str]) -> None:
    code = (
        "import asyncio, os, signal, sys; from pathlib import Path\n"
        "from knooppunt.embedded.child import Child, Program\n"
        "async def main():\n"
        f"    child = Child(Program('proef', (sys.executable, '-c', {WAITS!r}), Path(sys.argv[1])))\n"
        "    child.start(); print(child.pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "log")],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    pid = int(parent.stdout.readline())
    eventually_true(lambda: leftovers.runs(pid, ("signal.pause",)))

    parent.kill()
    parent.communicate()

    eventually_true(lambda: not leftovers.runs(pid, ("signal.pause",)))


def test_a_stranger_with_a_known_process_id_is_left_alone() -> None:
    leftovers.stop(os.getpid(), ("knooppunt", "serve", "toewijzing", "29999"), signal.SIGKILL, seconds=1)


def test_who_cannot_be_told_anything_does_not_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stderr", full)
        tell("nobody reads this")
        with suppress(OSError):  # the line is still in its buffer
            full.close()
