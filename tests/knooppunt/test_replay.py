"""``knooppunt replay``, and folders that are none."""

from asyncio import to_thread

import sqlalchemy as sa
from typer.testing import CliRunner

from knooppunt import migrate
from knooppunt.cli import app
from knooppunt.embedded.scratch import scratch_database
from services.toewijzing.producten import add_products, parse_products
from shared.db import make_engine

PRODUCT = {
    "gemeente": "0855", "productCode": "01A04", "categorie": "01", "eenheid": "04", "tarief": 2750,
    "variant": "inspanningsgericht", "geldigVan": "2025-01-01",
}  # fmt: skip


async def test_replay_puts_the_current_state_in_the_outbox_again() -> None:
    with scratch_database() as settings:
        await migrate.migrate(settings, ("toewijzing",))
        dsn = settings.dsn("toewijzing")
        engine = make_engine(dsn, dienst="toewijzing")
        async with engine.begin() as conn:
            await add_products(conn, parse_products(PRODUCT))

        env = {"KNOOPPUNT_DATABASE_URL_TOEWIJZING": dsn}
        result = await to_thread(CliRunner().invoke, app, ["replay", "toewijzing"], env=env)

        async with engine.connect() as conn:
            rows = (await conn.execute(sa.text("select sleutel, versie, data from outbox order by id"))).all()
        await engine.dispose()

    assert result.exit_code == 0, result.output
    assert len(rows) == 2
    assert rows[0] == rows[1]


def test_replay_of_a_database_that_is_not_there_is_one_line() -> None:
    env = {"KNOOPPUNT_DATABASE_URL_TOEWIJZING": "postgresql://u:p@/x?host=/tmp/nergens"}

    result = CliRunner().invoke(app, ["replay", "toewijzing"], env=env)

    assert result.exit_code == 2
    assert result.stderr.splitlines() == ["knooppunt: De database van toewijzing is niet te bereiken"]


def test_an_empty_folder_option_is_refused() -> None:
    result = CliRunner().invoke(app, ["token", "--partij", "gemeente:0855", "--data", ""])

    assert result.exit_code == 2
    assert "geef een map" in result.stderr
