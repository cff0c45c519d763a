"""Webhooks: subscriptions of parties, and what each is to tell of or has told of."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.rijbeleid import is_een_van, protect

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SERVICE = "toewijzing"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "abonnement",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("volgnummer", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("partij", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("berichten", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("inhoud", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("gemaakt", TIME, nullable=False),
        sa.Column("positie", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("merk_nummer", sa.BigInteger(), nullable=True),
        sa.Column("merk_tx", sa.BigInteger(), nullable=True),
        sa.Column("mislukt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("mislukt_sinds", TIME, nullable=True),
        sa.Column("volgende", TIME, nullable=True),
        sa.Column("laatste_poging", TIME, nullable=True),
        sa.Column("laatste_uitkomst", sa.Text(), nullable=True),
        sa.Column("laatste_status", sa.Integer(), nullable=True),
        sa.Column("laatst_bezorgd", TIME, nullable=True),
        sa.Column("huurder", sa.Uuid(), nullable=True),
        sa.Column("gehuurd_tot", TIME, nullable=True),
        sa.UniqueConstraint("partij", "url", name="abonnement_eenmaal"),
        schema=SERVICE,
    )
    active = sa.text("status = 'actief'")
    op.create_index("abonnement_actief", "abonnement", ["partij"], schema=SERVICE, postgresql_where=active)
    op.create_table(
        "bezorging",
        sa.Column("abonnement_id", sa.Uuid(), nullable=False),
        sa.Column("volgnummer", sa.BigInteger(), nullable=False),
        sa.Column("partij", sa.Text(), nullable=False),
        sa.Column("pogingen", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("eerste", TIME, nullable=True),
        sa.Column("volgende", TIME, nullable=True),
        sa.Column("bezorgd", TIME, nullable=True),
        sa.Column("opgegeven", TIME, nullable=True),
        sa.ForeignKeyConstraint(["abonnement_id"], [f"{SERVICE}.abonnement.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("abonnement_id", "volgnummer", name="bezorging_eenmaal"),
        schema=SERVICE,
    )
    op.create_index(
        "bezorging_open",
        "bezorging",
        ["abonnement_id", "volgnummer"],
        schema=SERVICE,
        postgresql_where=sa.text("bezorgd is null and opgegeven is null"),
    )
    for table in ("abonnement", "bezorging"):
        protect(op.execute, SERVICE, table, is_een_van("partij"))


def downgrade() -> None:
    op.drop_table("bezorging", schema=SERVICE)
    op.drop_table("abonnement", schema=SERVICE)
