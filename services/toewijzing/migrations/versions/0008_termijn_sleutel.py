"""The key of a term is what it is about: an index less to write for each."""

from collections.abc import Sequence

from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.drop_constraint("termijn_pkey", "termijn", schema="toewijzing")
    op.drop_constraint("termijn_eenmaal", "termijn", schema="toewijzing")
    op.create_primary_key(
        "termijn_eenmaal", "termijn", ["regel", "gemeente", "aanbieder", "sleutel"], schema="toewijzing"
    )


def downgrade() -> None:
    op.drop_constraint("termijn_eenmaal", "termijn", schema="toewijzing")
    op.create_primary_key("termijn_pkey", "termijn", ["id"], schema="toewijzing")
    op.create_unique_constraint(
        "termijn_eenmaal", "termijn", ["regel", "gemeente", "aanbieder", "sleutel"], schema="toewijzing"
    )
