"""One child process of the stack: started, watched, started again when it dies, and stopped."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from knooppunt.errors import KnooppuntStartError, reason

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
STABLE_SECONDS = 10.0
PROBE_SECONDS = 0.03
PR_SET_PDEATHSIG = 1
# Loaded before any fork: loading a library in the child of a process with threads could block for ever.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """The account a program runs as, when not our own."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """What to run, and how to stop it."""

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str] | None = field(default=None, repr=False)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 30.0
    orphan_signal: signal.Signals = signal.SIGTERM
    account: Account | None = None


class Child:
    """Runs one program; must be made and used on one event loop in the main thread."""

    def __init__(self, program: Program, on_start: Callable[[], None] = lambda: None) -> None:
        self.program = program
        self._on_start = on_start
        self._process: subprocess.Popen[bytes] | None = None
        self._exited: asyncio.Future[int] | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, or None when it does not run."""
        return self._process.pid if self._process and self.running else None

    @property
    def running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._exited is not None and not self._exited.done()

    def start(self) -> None:
        """Start the process; raises KnooppuntStartError when it cannot be run."""
        program, loop = self.program, asyncio.get_running_loop()
        account = program.account
        try:
            with program.log.open("ab") as log:
                process = subprocess.Popen(  # noqa: S603 - our own binaries, no shell
                    program.argv,
                    env=program.env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # Its own session: Ctrl-C in the terminal reaches us only, and we stop things in order.
                    start_new_session=True,
                    user=account.uid if account else None,
                    group=account.gid if account else None,
                    extra_groups=[] if account else None,
                    preexec_fn=_die_with_parent(program.orphan_signal),  # noqa: PLW1509 - only a system call
                )
        except OSError as error:
            raise KnooppuntStartError(f"{program.name} is niet te starten: {reason(error)}") from error
        self._process, self._exited = process, loop.create_future()
        threading.Thread(target=_watch, args=(process, loop, self._exited), daemon=True).start()
        self._on_start()

    async def wait_ready(self, probe: Callable[[], Awaitable[bool]], seconds: float) -> None:
        """Return when ``probe`` says yes; raises KnooppuntStartError when it ends or takes too long."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await probe():
            if not self.running:
                raise KnooppuntStartError(f"{self.program.name} is gestopt bij het starten{self._last_words()}")
            if asyncio.get_running_loop().time() > deadline:
                raise KnooppuntStartError(
                    f"{self.program.name} was na {seconds:.0f} seconden nog niet gereed{self._last_words()}"
                )
            await asyncio.sleep(PROBE_SECONDS)

    def keep_running(self) -> None:
        """From now on start the process again whenever it ends."""
        self._keeper = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        """Ask the process to end, and kill it when it does not within its time."""
        if self._keeper:
            self._keeper.cancel()
        if self._process is None or self._exited is None or self._exited.done():
            return
        self._process.send_signal(self.program.stop_signal)
        try:
            await asyncio.wait_for(asyncio.shield(self._exited), self.program.stop_seconds)
        except TimeoutError:
            tell(f"{self.program.name} stopt niet vanzelf en wordt afgebroken")
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._exited

    async def _keep(self) -> None:
        """Start again after each end: soon at first, ever later while it keeps dying young."""
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE_SECONDS
        while self._exited is not None:
            since = loop.time()
            code = await asyncio.shield(self._exited)
            if loop.time() - since > STABLE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            tell(f"{self.program.name} is gestopt ({code}) en wordt opnieuw gestart")
            while not self.running:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
                try:
                    self.start()
                except KnooppuntStartError as error:
                    tell(str(error))

    def _last_words(self) -> str:
        """Where to look, with the last line of the log when there is one."""
        lines = self.program.log.read_text(errors="replace").strip().splitlines() or [""]
        return f"; zie {self.program.log}" + (f" ({lines[-1].strip()})" if lines[-1] else "")


def tell(line: str) -> None:
    """One line to the operator, on standard error; lost when that is full, for who tells it has work to go on with."""
    with suppress(OSError):
        print(f"knooppunt: {line}", file=sys.stderr, flush=True)


def _watch(process: subprocess.Popen[bytes], loop: asyncio.AbstractEventLoop, exited: asyncio.Future[int]) -> None:
    """Wait for the end in a thread of its own, since child watchers differ per event loop and system."""
    code = process.wait()
    if not loop.is_closed():
        loop.call_soon_threadsafe(_settle, exited, code)


def _settle(exited: asyncio.Future[int], code: int) -> None:
    if not exited.done():
        exited.set_result(code)


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Runs in the child just before exec: when we are killed, the kernel sends the child this signal.

    It is set after the change of account, which would clear it. Elsewhere than on Linux the next start
    cleans up (``leftovers``).
    """
    if _LIBC is None:
        return None
    libc, parent = _LIBC, os.getpid()

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
