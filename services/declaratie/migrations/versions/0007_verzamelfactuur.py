"""Year-end invoices (verzamelfacturen) beside what was granted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "verzamelfactuur",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bericht_id", sa.Uuid(), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("aanbieder", sa.Text(), nullable=False),
        sa.Column("nummer", sa.Text(), nullable=False),
        sa.Column("begindatum", sa.Date(), nullable=False),
        sa.Column("einddatum", sa.Date(), nullable=False),
        sa.Column("dagtekening", sa.Date(), nullable=False),
        sa.Column("ingediend", sa.BigInteger(), nullable=False),
        sa.Column("verwacht", sa.BigInteger(), nullable=False),
        sa.Column("toegekend", sa.BigInteger(), nullable=False),
        sa.Column("regels", sa.BigInteger(), nullable=False),
        sa.Column("regels_toegekend", sa.BigInteger(), nullable=False),
        sa.Column("ontbreekt", sa.BigInteger(), nullable=False),
        sa.Column("verwerkt", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["bericht_id"], ["declaratie.bericht.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("bericht_id"),
        schema="declaratie",
    )
    op.create_index(
        "verzamelfactuur_nummer", "verzamelfactuur", ["aanbieder", "nummer"], unique=True, schema="declaratie"
    )
    op.create_index("verzamelfactuur_gemeente", "verzamelfactuur", ["gemeente", "id"], schema="declaratie")
    op.create_table(
        "verzamelregel",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bericht_id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("referentie", sa.Text(), nullable=True),
        sa.Column("toewijzing_nummer", sa.BigInteger(), nullable=False),
        sa.Column("categorie", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("begindatum", sa.Date(), nullable=False),
        sa.Column("einddatum", sa.Date(), nullable=False),
        sa.Column("bedrag", sa.BigInteger(), nullable=False),
        sa.Column("gefactureerd", sa.BigInteger(), nullable=False),
        sa.Column("toegekend", sa.BigInteger(), nullable=False),
        sa.Column("akkoord", sa.Boolean(), nullable=False),
        sa.Column("retourcodes", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="declaratie",
    )
    op.create_index("verzamelregel_bericht", "verzamelregel", ["bericht_id", "id"], schema="declaratie")


def downgrade() -> None:
    op.drop_table("verzamelregel", schema="declaratie")
    op.drop_table("verzamelfactuur", schema="declaratie")
