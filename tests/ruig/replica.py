"""One more process of a service beside that of the stack, with the same settings: a second replica."""

import os
import subprocess
import sys
from pathlib import Path

import httpx

from knooppunt.embedded.ports import LOOPBACK, free_port
from shared.security.partij import Partij
from tests.keten.stapel import ROOT, Stapel
from tests.wachten import eventually

SERVE = ("-P", "-m", "knooppunt", "serve")
START_SECONDS = 180.0


class Replica:
    """A way in of its own, as a Deelnemer uses it: ``url`` and ``token``."""

    def __init__(self, stapel: Stapel, dienst: str, program: tuple[str, ...] = SERVE, **omgeving: str) -> None:
        self.stapel, self.dienst = stapel, dienst
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        # Kept: the process of the stack may be gone when this one is started again.
        self.env = environment_of(stapel.state[dienst]) | omgeving
        self.argv = [sys.executable, *program, dienst, "--port", str(self.port)]
        self.start()

    def start(self) -> "Replica":
        """Starts the process, at the same address as before."""
        log = self.stapel.data / "log" / f"{self.dienst}-{self.port}.log"
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                self.argv, env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        return self

    async def gereed(self) -> "Replica":
        """Back when it says that it is ready."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=5) as client:

            async def ready() -> bool:
                assert self.process.poll() is None, f"the replica of {self.dienst} ended"
                try:
                    return (await client.get(f"/{self.dienst}/readyz")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually(ready, f"a replica of {self.dienst} is ready", seconds=START_SECONDS, every=0.1)
        return self

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.process.wait(60)

    def token(self, *partijen: Partij) -> str:
        """As the stack gives it."""
        return self.stapel.token(*partijen)


def environment_of(pid: int) -> dict[str, str]:
    """The environment of a process of ours, passwords and all."""
    pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return {name: value for name, _, value in (os.fsdecode(one).partition("=") for one in pairs if one)}
