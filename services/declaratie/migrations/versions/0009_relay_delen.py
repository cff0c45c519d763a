"""What each relay of a slice of the keys has proven."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "relay_deel",
        sa.Column("deel", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("van", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("generatie", sa.BigInteger(), nullable=False),
        sa.Column("tijd", sa.DateTime(timezone=True), nullable=False),
        sa.Column("echo", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("deel", "van"),
        schema="declaratie",
    )


def downgrade() -> None:
    op.drop_table("relay_deel", schema="declaratie")
