"""The key of a term begins with what differs most; a start or stop is written without looking for its message."""

from collections.abc import Sequence

from alembic import op

from shared.migrations import hold

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE, SINCE = ("regel", "gemeente", "aanbieder", "sleutel"), ("sleutel", "regel", "aanbieder", "gemeente")


def upgrade() -> None:
    hold("startstop", "bericht", "aanlevering", "termijn")
    _key(SINCE)
    op.drop_constraint("aanlevering_bericht_id_fkey", "aanlevering", schema="startstop", type_="foreignkey")


def downgrade() -> None:
    hold("startstop", "bericht", "aanlevering", "termijn")
    _key(BEFORE)
    op.create_foreign_key(
        "aanlevering_bericht_id_fkey", "aanlevering", "bericht", ["bericht_id"], ["id"],
        source_schema="startstop", referent_schema="startstop",
    )  # fmt: skip


def _key(columns: Sequence[str]) -> None:
    op.create_index("termijn_sleutel", "termijn", list(columns), unique=True, schema="startstop")
    op.execute(
        "ALTER TABLE startstop.termijn DROP CONSTRAINT termijn_eenmaal, "
        "ADD CONSTRAINT termijn_eenmaal PRIMARY KEY USING INDEX termijn_sleutel"
    )
