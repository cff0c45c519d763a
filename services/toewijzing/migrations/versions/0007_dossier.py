"""Cases: what is known of a resident, sealed; the deeds on it; the numbers that it gave out."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from shared.rijbeleid import een_van, is_een_van, protect, unprotect

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SERVICE = "toewijzing"


def upgrade() -> None:
    op.create_table(
        "dossier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("volgnummer", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("aanbieder", sa.Text(), nullable=True),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("fase", sa.Text(), nullable=False),
        sa.Column("ronde", sa.Integer(), nullable=False),
        sa.Column("release", sa.Text(), nullable=True),
        sa.Column("versie", sa.Integer(), nullable=False),
        sa.Column("vorig_id", sa.Uuid(), nullable=True),
        sa.Column("inhoud", sa.LargeBinary(), nullable=False),
        sa.Column("gemeld", sa.Date(), nullable=False),
        sa.Column("gewijzigd", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["vorig_id"], ["toewijzing.dossier.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("volgnummer"),
        schema=SERVICE,
    )
    op.create_index("dossier_gemeente", "dossier", ["gemeente", "volgnummer"], unique=False, schema=SERVICE)
    op.create_index(
        "dossier_aanbieder",
        "dossier",
        ["aanbieder", "volgnummer"],
        unique=False,
        schema=SERVICE,
        postgresql_where=sa.text("aanbieder is not null"),
    )
    op.create_index("dossier_client", "dossier", ["gemeente", "client"], unique=False, schema=SERVICE)
    op.create_table(
        "dossier_stap",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("versie", sa.Integer(), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("aanbieder", sa.Text(), nullable=True),
        sa.Column("partij", sa.Text(), nullable=False),
        sa.Column("handeling", sa.Text(), nullable=False),
        sa.Column("van", sa.Text(), nullable=True),
        sa.Column("naar", sa.Text(), nullable=False),
        sa.Column("ronde", sa.Integer(), nullable=False),
        sa.Column("tijd", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sleutel", sa.Text(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["dossier_id"], ["toewijzing.dossier.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("dossier_id", "versie", name="dossier_stap_eenmaal"),
        schema=SERVICE,
    )
    op.create_index(
        "dossier_stap_sleutel",
        "dossier_stap",
        ["partij", "sleutel"],
        unique=True,
        schema=SERVICE,
        postgresql_where=sa.text("sleutel is not null"),
    )
    op.create_table(
        "dossier_nummer",
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("nummer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["toewijzing.dossier.id"]),
        sa.PrimaryKeyConstraint("gemeente", "nummer"),
        schema=SERVICE,
    )
    # What was done stays written: the service adds deeds and numbers, and changes none.
    op.execute("REVOKE UPDATE, DELETE ON toewijzing.dossier_stap, toewijzing.dossier_nummer FROM toewijzing_dienst")
    op.execute("REVOKE DELETE ON toewijzing.dossier FROM toewijzing_dienst")
    for table in ("dossier", "dossier_stap"):
        protect(op.execute, SERVICE, table, een_van("gemeente", "aanbieder"))
    protect(op.execute, SERVICE, "dossier_nummer", is_een_van("gemeente"))


def downgrade() -> None:
    for table in ("dossier_nummer", "dossier_stap", "dossier"):
        unprotect(op.execute, SERVICE, table)
        op.drop_table(table, schema=SERVICE)
