"""How the database goes about a large declaration, also when a connection has dealt with many before."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.processing import DeclaratieDienst
from services.declaratie.tables import EXCHANGE
from tests.declaratie.verwerken import know
from tests.shared.exchange.verwerken import KLUIS, claim
from tests.shared.iwmo.berichten import a_declaratie_bericht, a_heen, a_regel, soort

pytestmark = pytest.mark.usefixtures("bekend")
LINES, DECLARATIONS = 200, 9
"""From the sixth time on, a connection may hold to one plan for a statement, made for ten values in an array."""
READ = text("select coalesce(sum(seq_tup_read + idx_tup_fetch), 0) from pg_stat_xact_user_tables")


async def test_the_ninth_declaration_on_a_connection_walks_through_no_table_for_each_line(
    conn: AsyncConnection,
) -> None:
    dienst, read = DeclaratieDienst(), []
    for number in range(DECLARATIONS):
        first = 1000 * (number + 1)
        await know(conn, *range(first, first + LINES))
        lines = [a_regel("3.2", referentie=f"P{first + n}", ToewijzingNummer=first + n) for n in range(LINES)]
        name = f"P{uuid4().hex[:8]}"
        heen = a_heen(a_declaratie_bericht("3.2", lines, nummer=name, identificatie=name), soort("WMO323", "3.2"))
        await claim(conn, EXCHANGE, heen.kop, name.encode(), heen.id)
        lezing = dienst.read(heen, KLUIS)
        before = int(await conn.scalar(READ))

        facts = await dienst.facts(conn, lezing, heen)
        await dienst.record(conn, lezing, facts, dienst.judge(lezing, facts, heen), heen, KLUIS)

        read.append(int(await conn.scalar(READ)) - before)

    stored = LINES * DECLARATIONS
    assert max(read) < 5 * stored, f"{read}: for each line it would be {LINES * stored}"
