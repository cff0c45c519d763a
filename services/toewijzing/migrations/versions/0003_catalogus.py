"""Prices of the regional catalogue."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "catalogus_tarief",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("regio", sa.Text(), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("intensiteit", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("geldig_van", sa.Date(), nullable=False),
        sa.Column("geldig_tot", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        schema="toewijzing",
    )
    op.create_index(
        "catalogus_tarief_code",
        "catalogus_tarief",
        ["regio", "code", "intensiteit"],
        unique=False,
        schema="toewijzing",
    )


def downgrade() -> None:
    op.drop_index("catalogus_tarief_code", table_name="catalogus_tarief", schema="toewijzing")
    op.drop_table("catalogus_tarief", schema="toewijzing")
