"""The audit trail as a chain: who it concerns, the transaction that wrote it, and the seals."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "declaratie"
WRITTEN = "wie, partij, handeling, uitkomst, bericht_id, bericht, client, verzoek, gemeente, aanbieder, betreft"
PARTIES = """
    UPDATE {schema}.audit AS a SET
      gemeente = CASE WHEN b.partij_van LIKE 'gemeente:%' THEN substr(b.partij_van, 10) ELSE substr(b.partij_naar, 10) END,
      aanbieder = CASE WHEN b.partij_van LIKE 'agb:%' THEN substr(b.partij_van, 5) ELSE substr(b.partij_naar, 5) END
    FROM {schema}.bericht AS b WHERE b.id = a.bericht_id
"""


def upgrade() -> None:
    added: tuple[sa.Column[Any], ...] = (
        sa.Column("verzoek", sa.Uuid(), nullable=True),
        sa.Column("gemeente", sa.Text(), nullable=True),
        sa.Column("aanbieder", sa.Text(), nullable=True),
        sa.Column("betreft", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column(
            "tx",
            sa.BigInteger(),
            server_default=sa.text("((pg_current_xact_id())::text)::bigint"),
            nullable=False,
        ),
    )
    for column in added:
        op.add_column("audit", column, schema=SCHEMA)
    op.execute(PARTIES.format(schema=SCHEMA))
    op.create_index("audit_volgorde", "audit", ["tx", "id"], schema=SCHEMA)
    op.create_index("audit_partij", "audit", ["partij", "tijd", "id"], schema=SCHEMA)
    for name in ("gemeente", "client"):
        present = sa.text(f"{name} is not null")
        op.create_index(f"audit_{name}", "audit", [name, "tijd", "id"], schema=SCHEMA, postgresql_where=present)
    op.create_index(
        "audit_betreft",
        "audit",
        ["betreft"],
        schema=SCHEMA,
        postgresql_using="gin",
        postgresql_where=sa.text("betreft is not null"),
    )
    op.create_table(
        "audit_zegel",
        sa.Column("nummer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tijd", sa.DateTime(timezone=True), nullable=False),
        sa.Column("soort", sa.Text(), nullable=False),
        sa.Column("na_id", sa.BigInteger(), nullable=False),
        sa.Column("tx_tot", sa.BigInteger(), nullable=False),
        sa.Column("id_tot", sa.BigInteger(), nullable=False),
        sa.Column("ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("schakels", sa.LargeBinary(), nullable=False),
        sa.Column("opgeruimd_tot", sa.BigInteger(), nullable=True),
        sa.Column("vorige", sa.LargeBinary(), nullable=False),
        sa.Column("zegel", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("nummer"),
        schema=SCHEMA,
    )
    # Number, time and transaction are the database's own to give, and seals only come.
    op.execute(f"REVOKE INSERT ON {SCHEMA}.audit FROM {SCHEMA}_dienst")
    op.execute(f"GRANT INSERT ({WRITTEN}) ON {SCHEMA}.audit TO {SCHEMA}_dienst")
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {SCHEMA}.audit_zegel FROM {SCHEMA}_dienst")


def downgrade() -> None:
    op.execute(f"REVOKE INSERT ({WRITTEN}) ON {SCHEMA}.audit FROM {SCHEMA}_dienst")
    op.execute(f"GRANT INSERT ON {SCHEMA}.audit TO {SCHEMA}_dienst")
    op.drop_table("audit_zegel", schema=SCHEMA)
    for name in ("audit_betreft", "audit_client", "audit_gemeente", "audit_partij", "audit_volgorde"):
        op.drop_index(name, table_name="audit", schema=SCHEMA)
    for name in ("tx", "betreft", "aanbieder", "gemeente", "verzoek"):
        op.drop_column("audit", name, schema=SCHEMA)
