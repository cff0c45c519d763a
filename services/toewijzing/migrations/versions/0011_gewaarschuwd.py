"""Which last day of a term was told before it came, with the term itself; and cases that wait for their WMO301."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SERVICE = "toewijzing"


def upgrade() -> None:
    op.add_column("termijn", sa.Column("gewaarschuwd", sa.Date(), nullable=True), schema=SERVICE)
    op.create_index(
        "dossier_verzending",
        "dossier",
        ["volgnummer"],
        schema=SERVICE,
        postgresql_where=sa.text("fase = 'verzending'"),
    )


def downgrade() -> None:
    op.drop_index("dossier_verzending", "dossier", schema=SERVICE)
    op.drop_column("termijn", "gewaarschuwd", schema=SERVICE)
