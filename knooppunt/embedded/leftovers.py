"""What an earlier stack left running because it was killed; only processes that are provably ours."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from knooppunt.embedded.folder import DataFolder
from shared.settings import SERVICES

PROC = Path("/proc")
POLL_SECONDS = 0.05


def clean(folder: DataFolder) -> None:
    """Stop the services and the broker that ``processen.json`` still names; the database sees to itself."""
    state = read_state(folder)
    ports = state.get("poorten", {})
    for service in SERVICES:
        words = ("knooppunt", "serve", service, str(ports.get(service)))
        stop(state.get(service), words, signal.SIGTERM, seconds=5)
    broker = ("broker", f"tcp://127.0.0.1:{state.get('broker_poort')}")
    stop(state.get("broker"), broker, signal.SIGKILL, seconds=5)


def read_state(folder: DataFolder) -> dict[str, Any]:
    """What the last stack wrote about itself; empty when there is nothing (readable)."""
    try:
        state = json.loads(folder.processes.read_text())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def stop(pid: object, words: tuple[str, ...], number: signal.Signals, *, seconds: float) -> None:
    """Stop a process if its command line has all these words: ids are used again, it may be a stranger."""
    if not isinstance(pid, int) or not runs(pid, words):
        return
    for attempt in (number, signal.SIGKILL):
        os.kill(pid, attempt)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not runs(pid, words):
                return
            time.sleep(POLL_SECONDS)


def runs(pid: int, words: tuple[str, ...]) -> bool:
    """Whether this process exists and has all these words on its command line (a zombie has none)."""
    line = _command_line(pid)
    return all(word in line for word in words)


def working_in(folder: Path) -> list[int] | None:
    """Processes whose working directory is ``folder``; None where the system does not tell."""
    if not PROC.is_dir():
        return None
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink() == folder:
                    found.append(int(entry.name))
            except OSError:
                continue  # It ended meanwhile, or belongs to another account, which cannot own our folder.
    return found


def _command_line(pid: int) -> str:
    if PROC.is_dir():
        try:
            return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    listed = subprocess.run(  # noqa: S603 - fixed command, the only variable is a number
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout
