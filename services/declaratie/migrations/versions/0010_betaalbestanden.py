"""Payment files of one or more released proposals."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "betaalbestand",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("volgnummer", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("gemaakt", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gemaakt_door", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("volgnummer"),
        schema="declaratie",
    )
    op.create_index("betaalbestand_gemeente", "betaalbestand", ["gemeente", "volgnummer"], schema="declaratie")
    op.create_table(
        "betaalbestand_voorstel",
        sa.Column("voorstel_id", sa.Uuid(), nullable=False),
        sa.Column("bestand_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["voorstel_id"], ["declaratie.betaalvoorstel.id"]),
        sa.ForeignKeyConstraint(["bestand_id"], ["declaratie.betaalbestand.id"]),
        sa.PrimaryKeyConstraint("voorstel_id"),
        schema="declaratie",
    )
    op.create_index("betaalbestand_voorstellen", "betaalbestand_voorstel", ["bestand_id"], schema="declaratie")
    # Before this nothing told which order was fetched: what was released may be at the bank, so it goes out alone.
    op.execute("""
        INSERT INTO declaratie.betaalbestand (id, gemeente, gemaakt, gemaakt_door)
        SELECT id, gemeente, beslist, beslist_door FROM declaratie.betaalvoorstel
        WHERE status = 'vrijgegeven' ORDER BY volgnummer
    """)
    op.execute("""
        INSERT INTO declaratie.betaalbestand_voorstel (voorstel_id, bestand_id)
        SELECT id, id FROM declaratie.betaalbestand
    """)
    # What went to the bank stays as it is: files only come.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON declaratie.betaalbestand FROM declaratie_dienst")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON declaratie.betaalbestand_voorstel FROM declaratie_dienst")


def downgrade() -> None:
    op.drop_table("betaalbestand_voorstel", schema="declaratie")
    op.drop_table("betaalbestand", schema="declaratie")
