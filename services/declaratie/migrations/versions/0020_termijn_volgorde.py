"""The key of a term begins with what differs most."""

from collections.abc import Sequence

from alembic import op

from shared.migrations import hold

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE, SINCE = ("regel", "gemeente", "aanbieder", "sleutel"), ("sleutel", "regel", "aanbieder", "gemeente")


def upgrade() -> None:
    _key(SINCE)


def downgrade() -> None:
    _key(BEFORE)


def _key(columns: Sequence[str]) -> None:
    hold("declaratie", "termijn")
    op.create_index("termijn_sleutel", "termijn", list(columns), unique=True, schema="declaratie")
    op.execute(
        "ALTER TABLE declaratie.termijn DROP CONSTRAINT termijn_eenmaal, "
        "ADD CONSTRAINT termijn_eenmaal PRIMARY KEY USING INDEX termijn_sleutel"
    )
