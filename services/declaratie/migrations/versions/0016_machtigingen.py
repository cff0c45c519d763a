"""Mandates: which organisation may act for a party. They are given and ended, and never taken away."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from shared.rijbeleid import is_een_van, protect

revision: str = "0016"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SERVICE = "declaratie"


def upgrade() -> None:
    op.create_table(
        "machtiging",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("volgnummer", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("partij", sa.Text(), nullable=False),
        sa.Column("oin", sa.Text(), nullable=False),
        sa.Column("begindatum", sa.Date(), nullable=False),
        sa.Column("einddatum", sa.Date(), nullable=True),
        sa.Column("gegeven", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beeindigd", sa.DateTime(timezone=True), nullable=True),
        schema=SERVICE,
    )
    op.create_index("machtiging_partij", "machtiging", ["partij", "volgnummer"], schema=SERVICE)
    op.create_index(
        "machtiging_oin", "machtiging", ["oin"], schema=SERVICE, postgresql_where=sa.text("beeindigd is null")
    )
    protect(op.execute, SERVICE, "machtiging", is_een_van("partij"))
    op.execute(f"REVOKE UPDATE, DELETE ON {SERVICE}.machtiging FROM {SERVICE}_dienst")
    op.execute(f"GRANT UPDATE (beeindigd) ON {SERVICE}.machtiging TO {SERVICE}_dienst")


def downgrade() -> None:
    op.drop_table("machtiging", schema=SERVICE)
