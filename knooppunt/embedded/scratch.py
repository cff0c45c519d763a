"""A throw-away database server: for making migrations, and for tests."""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from knooppunt.embedded import environment, postgres
from knooppunt.embedded.child import Child
from knooppunt.embedded.folder import DataFolder
from knooppunt.embedded.geheimen import Geheimen
from shared.settings import Settings


@contextmanager
def scratch_database() -> Iterator[Settings]:
    """Settings that reach an empty server of its own, without roles or schemas yet; gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="knooppunt-"))
    path.chmod(0o711)  # The server's account passes through; its own folders inside are private.
    folder = DataFolder.open(path)
    try:
        geheimen = Geheimen.load_or_create(folder.path)
        cluster = postgres.Cluster.prepare(postgres.find_binaries(), folder.path, geheimen.postgres)
        with running(cluster, folder):
            yield environment.migration_settings(cluster, geheimen)
    finally:
        shutil.rmtree(folder.path)


@contextmanager
def running(cluster: postgres.Cluster, folder: DataFolder) -> Iterator[Child]:
    """The server runs inside the block, on an event loop of its own so that the block may have another."""
    child = Child(cluster.program(folder.log("postgres")))

    async def start() -> None:
        child.start()
        await child.wait_ready(accepts, postgres.READY_SECONDS)

    async def accepts() -> bool:
        return cluster.accepts(child.pid)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(start(), loop).result()
        yield child
    finally:
        asyncio.run_coroutine_threadsafe(child.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
