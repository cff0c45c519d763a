"""The embedded database server: its data outlives it, and it cleans up after itself."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from knooppunt.embedded import leftovers, postgres
from knooppunt.embedded.child import Child
from knooppunt.embedded.folder import DataFolder
from knooppunt.embedded.scratch import running
from knooppunt.errors import KnooppuntStartError
from shared.db import async_url

PASSWORD = "wachtwoord-van-de-proef"


@pytest.fixture
def folder(short_path: Path) -> DataFolder:
    return DataFolder.open(short_path / "gegevens")


@pytest.fixture
def cluster(folder: DataFolder) -> Iterator[postgres.Cluster]:
    made = prepare(folder)
    yield made
    made.remove_socket_dir()


def prepare(folder: DataFolder) -> postgres.Cluster:
    return postgres.Cluster.prepare(postgres.find_binaries(), folder.path, PASSWORD)


async def ask(cluster: postgres.Cluster, statement: str, password: str = PASSWORD) -> Any:
    dsn = cluster.dsn("postgres", password).replace(f"/{postgres.DATABASE}?", "/postgres?")
    engine = create_async_engine(async_url(dsn), poolclass=NullPool)
    async with engine.begin() as conn:
        result = await conn.execute(text(statement))
        return result.scalar() if result.returns_rows else None


async def test_data_outlives_a_restart(folder: DataFolder, cluster: postgres.Cluster) -> None:
    with running(cluster, folder):
        await ask(cluster, "create table proef as select 42 as antwoord")

    with running(prepare(folder), folder):
        assert await ask(cluster, "select antwoord from proef") == 42
        assert await ask(cluster, "show data_checksums") == "on"
        assert await ask(cluster, "show fsync") == "on"
        assert await ask(cluster, "show synchronous_commit") == "on"


async def test_only_who_has_the_password_comes_in(folder: DataFolder, cluster: postgres.Cluster) -> None:
    with running(cluster, folder):
        with pytest.raises(Exception, match="password authentication failed"):
            await ask(cluster, "select 1", password="geraden")
        assert await ask(cluster, "show listen_addresses") == ""
    assert (folder.path / "pg").stat().st_mode & 0o777 == 0o700


async def test_the_log_has_no_statement_and_no_value(folder: DataFolder, cluster: postgres.Cluster) -> None:
    with running(cluster, folder), pytest.raises(Exception, match="out of range"):
        await ask(cluster, "select cast('999990019' as date)")
    assert "999990019" not in folder.log("postgres").read_text()


async def test_the_server_never_runs_as_root(folder: DataFolder, cluster: postgres.Cluster) -> None:
    with running(cluster, folder) as child:
        assert child.pid
        owner = cluster.data.stat().st_uid
        assert owner != 0
        assert owner == (cluster.account.uid if cluster.account else os.geteuid())


async def test_the_server_of_a_killed_stack_is_stopped_first(folder: DataFolder, cluster: postgres.Cluster) -> None:
    left_over = Child(cluster.program(folder.log("postgres")))
    left_over.start()
    await left_over.wait_ready(lambda: _accepts(cluster, left_over), 30)
    pid = left_over.pid
    assert pid

    again = await asyncio.to_thread(prepare, folder)

    assert not leftovers.runs(pid, ("postgres",))
    with running(again, folder):
        assert await ask(again, "select 1") == 1


async def test_a_killed_server_starts_again_although_its_process_id_is_in_use(
    folder: DataFolder, cluster: postgres.Cluster
) -> None:
    with running(cluster, folder) as child:
        assert child.pid
        lock = (cluster.data / "postmaster.pid").read_text()
        os.kill(child.pid, signal.SIGKILL)
    lines = lock.splitlines()
    (cluster.data / "postmaster.pid").write_text("\n".join([str(os.getppid()), *lines[1:], ""]))

    with running(prepare(folder), folder):
        assert await ask(cluster, "select 1") == 1


def test_a_half_made_cluster_is_made_anew(folder: DataFolder) -> None:
    (folder.path / "postgres.nieuw").mkdir()
    (folder.path / "postgres.nieuw" / "PG_VERSION").write_text("18")

    assert (prepare(folder).data / "global").is_dir()
    assert not (folder.path / "postgres.nieuw").exists()


def test_a_cluster_of_another_version_is_told(folder: DataFolder, cluster: postgres.Cluster) -> None:
    (cluster.data / "PG_VERSION").write_text("15\n")

    with pytest.raises(KnooppuntStartError, match=r"van PostgreSQL 15, hier is PostgreSQL \d+"):
        prepare(folder)


async def test_a_long_path_gets_its_socket_elsewhere(short_path: Path) -> None:
    folder = DataFolder.open(short_path / ("lang" * 30))
    cluster = prepare(folder)

    with running(cluster, folder):
        assert await ask(cluster, "select 1") == 1
    cluster.remove_socket_dir()

    assert not cluster.socket_dir.exists()
    assert cluster.data.exists()


async def _accepts(cluster: postgres.Cluster, child: Child) -> bool:
    return cluster.accepts(child.pid)
