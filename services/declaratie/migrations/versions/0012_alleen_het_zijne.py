"""Row level security: a transaction sees the rows of the parties that it speaks for, and no others."""

from collections.abc import Sequence

from alembic import op

from shared.rijbeleid import (
    EXCHANGE,
    check_copied,
    een_van,
    elk_van,
    hoort_bij,
    is_een_van,
    protect,
    protect_exchange,
    uncheck_copied,
    unprotect,
)

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SERVICE = "declaratie"
BOTH = ("gemeente", "aanbieder")
OF_BOTH = ("toewijzing", "declaratie", "prestatie", "telling", "verbruik", "verzamelfactuur")
"""Written while a message is judged, or by a trigger."""
OF_GEMEENTE = ("product", "handmatig_instelling", "handmatig_declaratie", "betaalrekening", "betaalbestand")
BELONGING = {
    "handmatig_regel": ("bericht_id", "handmatig_declaratie", "bericht_id"),
    "verzamelregel": ("bericht_id", "verzamelfactuur", "bericht_id"),
    "betaalregel": ("voorstel_id", "betaalvoorstel", "id"),
    "betaalbestand_voorstel": ("bestand_id", "betaalbestand", "id"),
}
"""Tables without a party of their own: the column that names a row of another table, that table, and its key."""
WRITTEN = {
    # In one statement with their proposal, which that statement does not see yet.
    "betaalregel": hoort_bij(
        SERVICE, "betaalregel", "bericht_id", "declaratie", "bericht_id", waar=is_een_van("bij.gemeente")
    )
}
COUNTING = ("tel_prestaties", "tel_verbruik")
STRANGE = f"SELECT FROM nieuw WHERE NOT {elk_van(*BOTH)}"
STRANGE_LINES = """
    SELECT FROM (SELECT DISTINCT bericht_id FROM nieuw) AS regel WHERE NOT EXISTS (
      SELECT FROM declaratie.{of} AS bij WHERE bij.bericht_id = regel.bericht_id AND {both}
    )
"""
COPIED = {
    "prestatie": STRANGE,
    "handmatig_regel": STRANGE_LINES.format(of="handmatig_declaratie", both=elk_van(*BOTH)),
    "verzamelregel": STRANGE_LINES.format(of="verzamelfactuur", both=elk_van(*BOTH)),
}


def upgrade() -> None:
    protect_exchange(op.execute, SERVICE)
    for table in OF_BOTH:
        protect(op.execute, SERVICE, table, een_van(*BOTH), elk_van(*BOTH))
    for table in OF_GEMEENTE:
        protect(op.execute, SERVICE, table, is_een_van("gemeente"))
    protect(op.execute, SERVICE, "betaalvoorstel", een_van(*BOTH), is_een_van("gemeente"))
    for table, (column, other, key) in BELONGING.items():
        protect(op.execute, SERVICE, table, hoort_bij(SERVICE, table, column, other, key), WRITTEN.get(table))
    # Who adds lines by COPY may do nothing else, so what counts them does it with the rights of the owner.
    for function in COUNTING:
        op.execute(f"ALTER FUNCTION {SERVICE}.{function}() SECURITY DEFINER SET search_path = {SERVICE}, pg_temp")
    for table, strange in COPIED.items():
        check_copied(op.execute, SERVICE, table, strange)


def downgrade() -> None:
    for table in COPIED:
        uncheck_copied(op.execute, SERVICE, table)
    for function in COUNTING:
        op.execute(f"ALTER FUNCTION {SERVICE}.{function}() SECURITY INVOKER RESET search_path")
    # Those that look at another table first.
    for table in (*BELONGING, *EXCHANGE, *OF_BOTH, *OF_GEMEENTE, "betaalvoorstel"):
        unprotect(op.execute, SERVICE, table)
