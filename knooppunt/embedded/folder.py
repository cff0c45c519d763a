"""The data folder of the embedded stack, and safe ways to write in it."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from knooppunt.errors import KnooppuntStartError, reason

LOG_MAX_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class DataFolder:
    """An existing, writable folder with everything that the embedded stack keeps."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> "DataFolder":
        """Make the folder when needed; raises KnooppuntStartError when it cannot be written."""
        path = path.expanduser().absolute()
        # The database runs as another account when we are root, and must be able to pass through.
        mode = 0o711 if os.geteuid() == 0 else 0o700
        try:
            path.mkdir(mode=mode, parents=True, exist_ok=True)
            path = path.resolve()
            (path / "log").mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                pass
        except OSError as error:
            raise KnooppuntStartError(f"De gegevensmap {path} is niet te gebruiken: {reason(error)}") from error
        return cls(path)

    @property
    def processes(self) -> Path:
        """The file with the process ids and ports of the running stack."""
        return self.path / "processen.json"

    def log(self, name: str) -> Path:
        """The log file of one process; an overgrown one is put aside as ``.1``. Call before it starts."""
        path = self.path / "log" / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_MAX_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Held by a running stack; raises KnooppuntStartError when another one has it.

        The kernel drops the lock with its holder, so a killed stack never locks its successor out.
        """
        with (self.path / "slot").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                holder = file.read().strip() or "onbekend"
                raise KnooppuntStartError(
                    f"Op de gegevensmap {self.path} draait al een knooppunt (proces {holder})"
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield


def create_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of a file (mode 0600), written with ``make()`` when it is not there yet.

    Of two processes that create it at once, both get the content of the one that came first.
    """
    try:
        if not path.exists():
            temporary = _write_beside(path, make(), 0o600)
            try:
                os.link(temporary, path)
            except FileExistsError:
                pass
            finally:
                temporary.unlink()
        return path.read_bytes()
    except OSError as error:
        raise KnooppuntStartError(f"{path} is niet te lezen of te schrijven: {reason(error)}") from error


def replace(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file in one step: a reader sees the old content or the new, never half of it."""
    _write_beside(path, content, mode).replace(path)


def _write_beside(path: Path, content: bytes, mode: int) -> Path:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    return Path(name)
