"""What a verzamelfactuur is held against, read from the tables: so many statements, however many lines it has."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie import facts_sql
from services.declaratie.domain.declaratie import Declaratie
from services.declaratie.domain.verzamelfactuur import VerzamelFeiten, compare, differing, invoiced
from services.declaratie.tables import TOEWIJZING
from services.declaratie.verzamelfactuur.toegekend import granted_per_group, granted_per_period
from shared.feiten import toewijzing_tabel


async def read_verzamelfeiten(conn: AsyncConnection, lezing: Declaratie) -> VerzamelFeiten:
    """All that the rules need; call it under ``lock_aanbieder``, so that nothing is granted meanwhile."""
    values = {"aanbieder": lezing.aanbieder, "nummer": lezing.nummer}
    earlier = await facts_sql.DECLARATIE_BY_NUMMER.value(conn, values)
    gefactureerd = invoiced(lezing.prestaties, lezing.periode)
    toegekend = await granted_per_group(conn, lezing)
    delen = await granted_per_period(conn, lezing, differing(gefactureerd, toegekend))
    nummers = {line.nummer for line in lezing.prestaties}
    return VerzamelFeiten(
        periode=lezing.periode,
        eerdere_declaratie=str(earlier) if earlier else None,
        toewijzingen=await toewijzing_tabel.read(conn, TOEWIJZING, lezing.gemeente, nummers),
        vergelijking=compare(gefactureerd, toegekend, delen, lezing.periode),
    )
