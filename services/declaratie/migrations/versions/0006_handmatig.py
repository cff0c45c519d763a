"""Lines that wait for a decision of the gemeente."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "handmatig_instelling",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("categorie", sa.Text(), nullable=True),
        sa.Column("aanbieder", sa.Text(), nullable=True),
        sa.Column("bedrag_vanaf", sa.BigInteger(), nullable=True),
        sa.Column("gewijzigd", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gewijzigd_door", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="declaratie",
    )
    op.create_index("handmatig_instelling_gemeente", "handmatig_instelling", ["gemeente", "id"], schema="declaratie")
    op.create_table(
        "handmatig_declaratie",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bericht_id", sa.Uuid(), nullable=False),
        sa.Column("soort", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("aanbieder", sa.Text(), nullable=False),
        sa.Column("nummer", sa.Text(), nullable=False),
        sa.Column("begindatum", sa.Date(), nullable=False),
        sa.Column("einddatum", sa.Date(), nullable=False),
        sa.Column("ingediend", sa.BigInteger(), nullable=False),
        sa.Column("regels", sa.BigInteger(), nullable=False),
        sa.Column("geparkeerd", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("uiterlijk", sa.Date(), nullable=False),
        sa.Column("beslissen_tot", sa.Date(), nullable=False),
        sa.Column("gesloten", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("alarm", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["bericht_id"], ["declaratie.bericht.id"]),
        sa.PrimaryKeyConstraint("bericht_id"),
        sa.UniqueConstraint("id"),
        schema="declaratie",
    )
    op.create_index("handmatig_declaratie_gemeente", "handmatig_declaratie", ["gemeente", "id"], schema="declaratie")
    op.create_table(
        "handmatig_regel",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bericht_id", sa.Uuid(), nullable=False),
        sa.Column("referentie", sa.Text(), nullable=False),
        sa.Column("toewijzing_nummer", sa.BigInteger(), nullable=False),
        sa.Column("categorie", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("begindatum", sa.Date(), nullable=False),
        sa.Column("einddatum", sa.Date(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("eenheid", sa.Text(), nullable=False),
        sa.Column("tarief", sa.BigInteger(), nullable=True),
        sa.Column("bedrag", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'te_beslissen'"), nullable=False),
        sa.Column("retourcode", sa.Text(), nullable=True),
        sa.Column("reden", sa.Text(), nullable=True),
        sa.Column("beslist", sa.DateTime(timezone=True), nullable=True),
        sa.Column("beslist_door", sa.Text(), nullable=True),
        sa.CheckConstraint("(status = 'afgekeurd') = (retourcode is not null)", name="handmatig_regel_retourcode"),
        sa.CheckConstraint("(status = 'te_beslissen') = (beslist_door is null)", name="handmatig_regel_beslist"),
        sa.ForeignKeyConstraint(["bericht_id"], ["declaratie.handmatig_declaratie.bericht_id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("bericht_id", "referentie", name="handmatig_regel_eenmaal"),
        schema="declaratie",
    )
    op.create_index("handmatig_regel_bericht", "handmatig_regel", ["bericht_id", "id"], schema="declaratie")
    op.create_index(
        "handmatig_regel_open",
        "handmatig_regel",
        ["bericht_id"],
        schema="declaratie",
        postgresql_where=sa.text("status = 'te_beslissen'"),
    )


def downgrade() -> None:
    op.drop_table("handmatig_regel", schema="declaratie")
    op.drop_table("handmatig_declaratie", schema="declaratie")
    op.drop_table("handmatig_instelling", schema="declaratie")
