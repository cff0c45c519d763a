"""Which declarations are about a client, for the audit trail: a row there does not name thousands of clients."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select

from services.declaratie.tables import PRESTATIE, TOEWIJZING


def berichten_over(client: str, gemeenten: Sequence[str]) -> Select[tuple[UUID]]:
    """Declarations with a line of this client (his pseudonym), found by his toewijzingen."""
    own, line = TOEWIJZING.c, PRESTATIE.c
    numbers = select(own.nummer).where(own.gemeente == line.gemeente, own.client == client).correlate(PRESTATIE)
    return select(line.bericht_id).where(
        line.gemeente.in_(gemeenten), line.client == client, line.toewijzing_nummer.in_(numbers)
    )
