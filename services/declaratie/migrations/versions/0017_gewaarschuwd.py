"""Which last day of a term was told before it came, with the term itself."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SERVICE = "declaratie"


def upgrade() -> None:
    op.add_column("termijn", sa.Column("gewaarschuwd", sa.Date(), nullable=True), schema=SERVICE)


def downgrade() -> None:
    op.drop_column("termijn", "gewaarschuwd", schema=SERVICE)
