"""The waiting list, what is to be looked at again, and evaluaties."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from shared.rijbeleid import NIETS, een_van, is_een_van, protect

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "startstop"
OP_DE_LIJST = "afgerond is null and regel in ('SEED-START', 'SEED-PAUZE', 'SEED-EVALUATIE')"
BOTH = ("gemeente", "aanbieder")


def upgrade() -> None:
    op.create_table(
        "evaluatie",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("volgnummer", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("aanbieder", sa.Text(), nullable=False),
        sa.Column("toewijzing_nummer", sa.BigInteger(), nullable=False),
        sa.Column("versie", sa.Integer(), nullable=False),
        sa.Column("einddatum", sa.Date(), nullable=False),
        sa.Column("gegeven", sa.Date(), nullable=False),
        sa.Column("vervolg", sa.Boolean(), nullable=False),
        sa.Column("reden", sa.Text(), nullable=True),
        sa.Column("ingediend", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ontvangen", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reden is not null or not vervolg", name="evaluatie_reden"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("volgnummer"),
        sa.UniqueConstraint("gemeente", "toewijzing_nummer", name="evaluatie_eenmaal"),
        schema=SCHEMA,
    )
    for party in BOTH:
        op.create_index(f"evaluatie_{party}", "evaluatie", [party, "volgnummer"], schema=SCHEMA)
    op.create_index(
        "evaluatie_wachtend",
        "evaluatie",
        ["gemeente", "volgnummer"],
        schema=SCHEMA,
        postgresql_where=sa.text("ontvangen is null"),
    )
    op.create_table(
        "evaluatie_versie",
        sa.Column("evaluatie_id", sa.Uuid(), nullable=False),
        sa.Column("versie", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("aanbieder", sa.Text(), nullable=False),
        sa.Column("einddatum", sa.Date(), nullable=False),
        sa.Column("vervolg", sa.Boolean(), nullable=False),
        sa.Column("reden", sa.Text(), nullable=True),
        sa.Column("ingediend", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inhoud", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["evaluatie_id"], ["startstop.evaluatie.id"]),
        sa.PrimaryKeyConstraint("evaluatie_id", "versie"),
        schema=SCHEMA,
    )
    op.create_table(
        "te_bezien",
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("nummer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("gemeente", "nummer"),
        schema=SCHEMA,
    )
    op.create_table(
        "bezien_tot",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("dag", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema=SCHEMA,
    )
    for party in BOTH:
        op.create_index(
            f"termijn_lijst_{party}",
            "termijn",
            [party, "regel"],
            schema=SCHEMA,
            postgresql_where=sa.text(OP_DE_LIJST),
        )
    protect(op.execute, SCHEMA, "evaluatie", een_van(*BOTH))
    # The gemeente reads versions and signs for them; what they say is the aanbieder's.
    protect(op.execute, SCHEMA, "evaluatie_versie", een_van(*BOTH), is_een_van("aanbieder"))
    # Of the service itself: no request sees these.
    protect(op.execute, SCHEMA, "te_bezien", NIETS)
    protect(op.execute, SCHEMA, "bezien_tot", NIETS)


def downgrade() -> None:
    for party in reversed(BOTH):
        op.drop_index(f"termijn_lijst_{party}", "termijn", schema=SCHEMA)
    for table in ("bezien_tot", "te_bezien", "evaluatie_versie", "evaluatie"):
        op.drop_table(table, schema=SCHEMA)
