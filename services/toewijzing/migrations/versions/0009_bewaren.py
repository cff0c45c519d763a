"""Cases past their retention may be taken away: by the service's own work, not by what a caller asks."""

from collections.abc import Sequence

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = "toewijzing.dossier, toewijzing.dossier_stap, toewijzing.dossier_nummer"


def upgrade() -> None:
    op.execute(f"GRANT DELETE ON {TABLES} TO toewijzing_intern")


def downgrade() -> None:
    op.execute(f"REVOKE DELETE ON {TABLES} FROM toewijzing_intern")
