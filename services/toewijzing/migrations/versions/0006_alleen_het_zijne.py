"""Row level security: a transaction sees the rows of the parties that it speaks for, and no others."""

from collections.abc import Sequence

from alembic import op

from shared.rijbeleid import EXCHANGE, een_van, elk_van, hoort_bij, is_een_van, protect, protect_exchange, unprotect

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SERVICE = "toewijzing"
BOTH = ("gemeente", "aanbieder")


def upgrade() -> None:
    protect_exchange(op.execute, SERVICE)
    for table in ("toewijzing", "verzoek"):
        protect(op.execute, SERVICE, table, een_van(*BOTH), elk_van(*BOTH))
    protect(op.execute, SERVICE, "antwoord", hoort_bij(SERVICE, "antwoord", "verzoek_id", "verzoek", "id"))
    protect(op.execute, SERVICE, "gedeclareerd", is_een_van("gemeente"))
    # What a gemeente pays everyone may be seen by who has to do with it, which is for the query to say; what it pays
    # one aanbieder is no affair of others.
    protect(op.execute, SERVICE, "product", f"({een_van(*BOTH)} OR aanbieder IS NULL)", is_een_van("gemeente"))


def downgrade() -> None:
    for table in (*EXCHANGE, "toewijzing", "antwoord", "verzoek", "gedeclareerd", "product"):
        unprotect(op.execute, SERVICE, table)
