"""Looking into the audit trail: what is asked about a client costs what there is about him, however long the trail."""

from sqlalchemy import text

from shared.exchange.spoorvragen import ClientVraag, Zoeker
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from tests.shared.exchange.spoor_schema import a_trail

CLIENT, OTHER = "a" * 32, "b" * 32
ROWS, OWN = 20_000, 7
FILL = """
    insert into {s}.audit (wie, partij, handeling, uitkomst, bericht_id, client, gemeente)
    select 'mij', 'gemeente:0855', 'gelezen', 'inhoud', gen_random_uuid(), :client, :gemeente
    from generate_series(1, :rows)
"""
READ = text("select coalesce(sum(seq_tup_read + idx_tup_fetch), 0) from pg_stat_xact_user_tables where schemaname = :s")


async def test_a_search_reads_the_rows_of_one_client_and_not_all_that_a_gemeente_has(migrated: Settings) -> None:
    """Else who asks often enough has the database for himself (P9)."""
    async with a_trail(migrated) as spoor:
        for client, gemeente, rows in ((OTHER, "0855", ROWS), (CLIENT, "0855", OWN), (CLIENT, "0772", OWN)):
            await spoor.run(FILL, client=client, gemeente=gemeente, rows=rows)
        await spoor.run("update {s}.audit set partij = 'gemeente:0772' where gemeente = '0772'")
        await spoor.run("analyze {s}.audit")
        zoeker = Zoeker(spoor.tables, Beller("mij", frozenset({Partij.gemeente("0855")})))
        async with spoor.engine.begin() as conn:
            before = int(await conn.scalar(READ, {"s": spoor.tables.audit.schema}))
            about = zoeker.about(CLIENT, None)
            found, after = await zoeker.page(conn, ClientVraag(bsn="999990019"), None, 100, about)
            read = int(await conn.scalar(READ, {"s": spoor.tables.audit.schema})) - before

        assert ([row.gemeente for row in found], after) == (["0855"] * OWN, None)
        assert read < ROWS / 10
