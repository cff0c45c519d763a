"""Row level security: a transaction sees the rows of the parties that it speaks for, and no others."""

from collections.abc import Sequence

from alembic import op

from shared.rijbeleid import EXCHANGE, een_van, elk_van, is_een_van, protect, protect_exchange, unprotect

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SERVICE = "startstop"
BOTH = ("gemeente", "aanbieder")


def upgrade() -> None:
    protect_exchange(op.execute, SERVICE)
    for table in ("aanlevering", "toewijzing"):
        protect(op.execute, SERVICE, table, een_van(*BOTH), elk_van(*BOTH))
    protect(op.execute, SERVICE, "product", is_een_van("gemeente"))


def downgrade() -> None:
    for table in (*EXCHANGE, "aanlevering", "toewijzing", "product"):
        unprotect(op.execute, SERVICE, table)
