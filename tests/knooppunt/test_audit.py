"""``knooppunt audit``: an operator checks the trail and clears what is too old."""

import base64
import re
from asyncio import to_thread
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import select, text
from typer.testing import CliRunner

from knooppunt import migrate
from knooppunt.cli import app
from knooppunt.embedded.scratch import scratch_database
from services.startstop.tables import EXCHANGE
from shared.db import make_engine
from shared.exchange import spoor, verzegeling
from shared.namens import intern, niemand
from shared.security.audit import seal_key
from shared.security.partij import Beller, Partij
from shared.settings import Settings

SECRET = b"p" * 32
KEY = seal_key(SECRET, "startstop")
BELLER = Beller("mij", frozenset({Partij.gemeente("0855")}))


@dataclass(frozen=True)
class Beheerder:
    """Who has the environment of one service, and of the administrator of its database."""

    settings: Settings

    async def run(self, *words: str, **deviations: str) -> Result:
        env = {
            "KNOOPPUNT_DATABASE_URL_STARTSTOP": self.settings.dsn("startstop"),
            "KNOOPPUNT_DATABASE_URL_BEHEER": str(self.settings.database_url_beheer),
            "KNOOPPUNT_PSEUDONIEM_SLEUTEL": base64.b64encode(SECRET).decode(),
            **deviations,
        }
        return await to_thread(CliRunner().invoke, app, ["audit", *words], env=env)

    async def sql(self, statement: str) -> Any:
        """As the owner of everything."""
        engine = make_engine(str(self.settings.database_url_beheer), 1)
        try:
            async with engine.begin() as conn:
                await conn.execute(text(statement))
        finally:
            await engine.dispose()

    async def work(self, number: int, sealed_on: datetime | None = None) -> None:
        """What a service does: rows, and a seal over them; ``sealed_on`` by a clock of long ago."""
        engine = make_engine(self.settings.dsn("startstop"), 1, dienst="startstop")
        with intern():
            for _ in range(number):
                async with engine.begin() as conn:
                    await spoor.note(conn, EXCHANGE, BELLER, "gelezen", "inhoud")
            async with engine.begin() as conn:
                if sealed_on is None:
                    assert await verzegeling.seal(conn, EXCHANGE, KEY) is not None
                else:
                    await self._seal_on(conn, sealed_on)
        await engine.dispose()

    async def _seal_on(self, conn: Any, moment: datetime) -> None:
        last = await verzegeling.last_seal(conn, EXCHANGE)
        values = verzegeling.reached(last) | {"horizon": 2**62, "newest": 2**62, "most": 100}
        rows = await verzegeling._unsealed(EXCHANGE.audit).rows(conn, values)
        made = verzegeling._following(last, rows, (rows[-1]["tx"], rows[-1]["id"]))
        await verzegeling.add_seal(conn, EXCHANGE, KEY, moment, made)


@pytest.fixture(scope="module")
async def beheerder() -> AsyncIterator[Beheerder]:
    with scratch_database() as settings:
        await migrate.migrate(settings, ("startstop",))
        yield Beheerder(settings)


async def test_the_trail_is_checked_cleared_and_checked_again(beheerder: Beheerder) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=6 * 366)
    await beheerder.work(3, sealed_on=long_ago)
    await beheerder.work(4)

    whole = await beheerder.run("controleer", "startstop")
    assert whole.exit_code == 0, whole.output
    assert whole.stdout.startswith("startstop: heel: 7 regels in 2 zegels; laatste zegel 2:")
    anchor = re.findall(r"2:[0-9a-f]{64}", whole.stdout)[0]

    young = await beheerder.run("opruimen", "startstop", "--voor", f"{datetime.now(UTC):%Y-%m-%d}")
    assert (young.exit_code, "minstens 5 jaar" in young.stderr) == (2, True)
    cleared = await beheerder.run("opruimen", "startstop")
    assert cleared.exit_code == 0, cleared.output
    assert cleared.stdout.startswith("startstop: 3 regels van voor ")

    kept = await beheerder.run("controleer", "startstop", "--anker", anchor)
    assert kept.stdout.startswith("startstop: heel: 4 regels in 3 zegels; laatste zegel 3:"), kept.output

    await beheerder.sql("update startstop.audit set uitkomst = 'niets' where id = 5")
    broken = await beheerder.run("controleer", "startstop")
    assert broken.exit_code == 1
    assert re.match(r"startstop: NIET HEEL: rij 5 is gewijzigd \(zegel 2 van ", broken.stdout)
    refused = await beheerder.run("opruimen", "startstop")
    assert (refused.exit_code, "blijft alles staan" in refused.stderr) == (2, True)
    await beheerder.sql("update startstop.audit set uitkomst = 'inhoud' where id = 5")

    wrong = await beheerder.run("controleer", "startstop", "--anker", "2:" + "0" * 64)
    assert (wrong.exit_code, "zegel 2 is niet (meer) dat van het anker" in wrong.stdout) == (1, True)


async def test_a_copy_without_our_roles_is_checked_by_who_may_read_all_of_it(beheerder: Beheerder) -> None:
    found = await beheerder.run(
        "controleer", "startstop", KNOOPPUNT_DATABASE_URL_STARTSTOP=str(beheerder.settings.database_url_beheer)
    )

    assert found.exit_code == 0, found.output


@pytest.mark.parametrize(
    ("words", "deviations", "told"),
    [
        (("controleer", "--anker", "1:00"), {}, "Een anker is van een dienst"),
        (("controleer", "startstop"), {"KNOOPPUNT_PSEUDONIEM_SLEUTEL": ""}, "PSEUDONIEM_SLEUTEL ontbreekt"),
        (("opruimen", "startstop", "--voor", "gisteren"), {}, "--voor is geen datum"),
        (
            ("controleer", "startstop"),
            {"KNOOPPUNT_DATABASE_URL_STARTSTOP": "postgresql://u:p@/x?host=/tmp/nergens"},
            "Het auditspoor van startstop is niet te lezen",
        ),
    ],
)
async def test_what_cannot_be_checked_is_one_line(
    words: tuple[str, ...], deviations: dict[str, str], told: str, beheerder: Beheerder
) -> None:
    found = await beheerder.run(*words, **deviations)

    assert found.exit_code == 2
    [line] = found.stderr.splitlines()
    assert line.startswith("knooppunt: ")
    assert told in line


async def test_a_service_adds_rows_and_seals_and_no_more(beheerder: Beheerder) -> None:
    """Also not the number, the moment or the transaction of a row of its own."""
    engine = make_engine(beheerder.settings.dsn("startstop"), 1, dienst="startstop")
    row = "insert into startstop.audit ({}wie, partij, handeling, uitkomst) values ({}'a', 'b', 'c', 'd')"
    refused = (
        "update startstop.audit set wie = 'ander'",
        "delete from startstop.audit",
        "truncate startstop.audit",
        "update startstop.audit_zegel set nummer = 9",
        "delete from startstop.audit_zegel",
        row.format("id, ", "1000000, "),
        row.format("tijd, ", "now(), "),
        row.format("tx, ", "1, "),
        "select setval('startstop.audit_id_seq', 1)",
    )
    for speaks in (intern, niemand):
        for statement in refused:
            with speaks(), pytest.raises(Exception, match="permission denied"):
                async with engine.begin() as conn:
                    await conn.execute(text(statement))
    async with engine.begin() as conn:
        await conn.execute(text(row.format("", "")))
        await conn.rollback()
    with intern():
        async with engine.connect() as conn:
            assert await conn.scalar(select(EXCHANGE.audit.c.id).limit(1)) is not None
    await engine.dispose()
