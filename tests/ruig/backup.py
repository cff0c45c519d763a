"""A backup of one service's schema, taken and put back as an operator would: with PostgreSQL's own tools."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from knooppunt.embedded.geheimen import FILE, Geheimen
from knooppunt.embedded.postgres import ADMIN, DATABASE, find_binaries
from tests.keten.stapel import ROOT, Stapel
from tests.ruig.replica import environment_of
from tests.ruig.storing import dood, stil
from tests.wachten import eventually


async def neem(stapel: Stapel, dienst: str, to: Path) -> Path:
    """The whole schema in a file."""
    await _tool(stapel, "pg_dump", "--format=custom", f"--schema={dienst}", f"--file={to}")
    return to


async def zet_terug(stapel: Stapel, dienst: str, backup: Path) -> None:
    """The schema as it was; the service stands still meanwhile, and afterwards starts in a new epoch."""
    before = stapel.state[dienst]
    environment = environment_of(before)
    async with stil(stapel, dienst):
        sql = "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1"
        await stapel.query(sql, dienst)
        await stapel.query(f"drop schema {dienst} cascade")
        await _tool(
            stapel, "pg_restore", "--single-transaction", "--exit-on-error", f"--dbname={DATABASE}", str(backup)
        )
        await _run([sys.executable, "-P", "-m", "knooppunt", "replay", dienst, "--hersteld"], environment)
        dood(stapel, dienst)

    async def again() -> bool:
        return stapel.state[dienst] not in (None, before) and await stapel.ready()

    await eventually(again, f"{dienst} runs again", seconds=60, every=0.1)


async def _tool(stapel: Stapel, name: str, *arguments: str) -> None:
    password = Geheimen.model_validate_json((stapel.data / FILE).read_bytes()).postgres
    where = {"PGHOST": str(stapel.data / "pg"), "PGUSER": ADMIN, "PGPASSWORD": password, "PGDATABASE": DATABASE}
    await _run([str(find_binaries() / name), *arguments], os.environ | where)


async def _run(argv: list[str], environment: dict[str, str]) -> None:
    ran = await asyncio.to_thread(
        subprocess.run, argv, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, (Path(argv[0]).name, ran.stderr[-2000:])
