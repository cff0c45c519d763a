"""A stack for the length of the demo: the real ``knooppunt up``, in a temporary folder on a free port."""

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from knooppunt.errors import KnooppuntStartError

READY = "gereed: "
START_SECONDS = 120
STOP_SECONDS = 60


@contextmanager
def stack() -> Iterator[tuple[str, Path]]:
    """The address and data folder of a running stack; stopped and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="knooppunt-") as name:
        data = Path(name)
        data.chmod(0o711)  # the database's own account passes through when we are root
        command = [sys.executable, "-m", "knooppunt", "up", "--port", "0", "--data", str(data)]
        env = {naam: value for naam, value in os.environ.items() if not naam.startswith("KNOOPPUNT_")}
        # In a session of its own: a Ctrl-C is for the demo, which then stops the stack in order.
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603
        try:
            yield _address(process), data
        finally:
            _stop(process)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None  # noqa: S101 - asked for above
    deadline = time.monotonic() + START_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if not selector.select(left):
                break
            line = process.stdout.readline()
            if line.startswith(READY):
                return line.removeprefix(READY).strip()
            if not line:
                raise KnooppuntStartError("Het knooppunt startte niet (zie de melding hierboven)")
    raise KnooppuntStartError(f"Het knooppunt was na {START_SECONDS} seconden niet gereed")


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
