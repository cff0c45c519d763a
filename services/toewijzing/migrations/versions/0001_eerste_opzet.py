"""eerste opzet."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Sequences of their own are beyond autogenerate.
    op.execute(sa.schema.CreateSequence(sa.Sequence("barriere_nummer", data_type=sa.BigInteger(), schema="toewijzing")))
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tijd", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("wie", sa.Text(), nullable=False),
        sa.Column("partij", sa.Text(), nullable=False),
        sa.Column("handeling", sa.Text(), nullable=False),
        sa.Column("bericht_id", sa.Uuid(), nullable=True),
        sa.Column("bericht", sa.Text(), nullable=True),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("uitkomst", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="toewijzing",
    )
    op.create_index("audit_bericht", "audit", ["bericht_id"], unique=False, schema="toewijzing")
    op.create_table(
        "barriere_gelezen",
        sa.Column("aanvrager", sa.Text(), nullable=False),
        sa.Column("nummer", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("aanvrager"),
        schema="toewijzing",
    )
    op.create_table(
        "bericht",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("volgnummer", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bericht", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("berichtcode", sa.Text(), nullable=False),
        sa.Column("afzender", sa.Text(), nullable=False),
        sa.Column("ontvanger", sa.Text(), nullable=False),
        sa.Column("partij_van", sa.Text(), nullable=False),
        sa.Column("partij_naar", sa.Text(), nullable=False),
        sa.Column("identificatie", sa.Text(), nullable=False),
        sa.Column("dagtekening", sa.Date(), nullable=False),
        sa.Column("heen_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.Column("eerste", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("inhoud", sa.LargeBinary(), nullable=True),
        sa.Column("grootte", sa.BigInteger(), nullable=False),
        sa.Column(
            "meldingen", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("ontvangen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verwerkt", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wacht_nummer", sa.BigInteger(), nullable=True),
        sa.Column("wacht_sleutels", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["heen_id"],
            ["toewijzing.bericht.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("volgnummer"),
        schema="toewijzing",
    )
    op.create_index(
        "bericht_eenmaal",
        "bericht",
        ["afzender", "berichtcode", "identificatie", "hash"],
        unique=True,
        schema="toewijzing",
        postgresql_where=sa.text("heen_id is null"),
    )
    op.create_index(
        "bericht_geparkeerd",
        "bericht",
        ["volgnummer"],
        unique=False,
        schema="toewijzing",
        postgresql_where=sa.text("status = 'geparkeerd'"),
    )
    op.create_index("bericht_partij_naar", "bericht", ["partij_naar", "volgnummer"], unique=False, schema="toewijzing")
    op.create_index("bericht_partij_van", "bericht", ["partij_van", "volgnummer"], unique=False, schema="toewijzing")
    op.create_index(
        "bericht_retour",
        "bericht",
        ["heen_id"],
        unique=True,
        schema="toewijzing",
        postgresql_where=sa.text("heen_id is not null"),
    )
    op.create_index(
        "bericht_sleutel",
        "bericht",
        ["afzender", "berichtcode", "identificatie"],
        unique=True,
        schema="toewijzing",
        postgresql_where=sa.text("eerste"),
    )
    op.create_table(
        "lees_stand",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partitie", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("volgende", sa.BigInteger(), nullable=False),
        sa.Column("generatie", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partitie"),
        schema="toewijzing",
    )
    op.create_table(
        "niet_toegepast",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("sleutel", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("versie", sa.BigInteger(), nullable=False),
        sa.Column("reden", sa.Text(), nullable=False),
        sa.Column("sinds", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("topic", "sleutel"),
        schema="toewijzing",
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("sleutel", sa.Text(), nullable=False),
        sa.Column("soort", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("versie", sa.BigInteger(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("aangemaakt", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("verzonden", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        schema="toewijzing",
    )
    op.create_index(
        "outbox_onverzonden",
        "outbox",
        ["id"],
        unique=False,
        schema="toewijzing",
        postgresql_where=sa.text("verzonden IS NULL"),
    )
    op.create_table(
        "product",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("aanbieder", sa.Text(), nullable=True),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column("categorie", sa.Text(), nullable=False),
        sa.Column("eenheid", sa.Text(), nullable=False),
        sa.Column("tarief", sa.BigInteger(), nullable=True),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("geldig_van", sa.Date(), nullable=False),
        sa.Column("geldig_tot", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        schema="toewijzing",
    )
    op.create_index("product_code", "product", ["gemeente", "product_code"], unique=False, schema="toewijzing")
    op.create_table(
        "relay_stand",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partitie", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partitie"),
        schema="toewijzing",
    )
    op.create_table(
        "tijdperk",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="1", nullable=False),
        sa.Column("generatie", sa.BigInteger(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="toewijzing",
    )
    op.create_table(
        "versie",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("sleutel", sa.Text(), nullable=False),
        sa.Column("nummer", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "sleutel"),
        schema="toewijzing",
    )
    op.create_table(
        "watermerk",
        sa.Column("bron", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partitie", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("partities", sa.Integer(), nullable=False),
        sa.Column("generatie", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("tijd", sa.DateTime(timezone=True), nullable=False),
        sa.Column("echo", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bron", "topic", "partitie"),
        schema="toewijzing",
    )
    op.create_table(
        "postbus",
        sa.Column("volgnummer", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bericht_id", sa.Uuid(), nullable=False),
        sa.Column("partij", sa.Text(), nullable=False),
        sa.Column("geplaatst", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ontvangen", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["bericht_id"],
            ["toewijzing.bericht.id"],
        ),
        sa.PrimaryKeyConstraint("volgnummer"),
        sa.UniqueConstraint("bericht_id", "partij", name="postbus_eenmaal"),
        schema="toewijzing",
    )
    op.create_index(
        "postbus_wachtend",
        "postbus",
        ["partij", "volgnummer"],
        unique=False,
        schema="toewijzing",
        postgresql_where=sa.text("ontvangen is null"),
    )
    op.create_table(
        "toewijzing",
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("nummer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("aanbieder", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("categorie", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("ingangsdatum", sa.Date(), nullable=False),
        sa.Column("einddatum", sa.Date(), nullable=True),
        sa.Column("moment", sa.DateTime(), nullable=False),
        sa.Column("reden_wijziging", sa.Text(), nullable=True),
        sa.Column("volume", sa.BigInteger(), nullable=True),
        sa.Column("eenheid", sa.Text(), nullable=True),
        sa.Column("frequentie", sa.Text(), nullable=True),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("epoch", sa.Integer(), server_default="1", nullable=False),
        sa.Column("versie", sa.BigInteger(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("referentie_aanbieder", sa.Text(), nullable=True),
        sa.Column("bericht_id", sa.Uuid(), nullable=False),
        sa.Column("gewijzigd", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["bericht_id"],
            ["toewijzing.bericht.id"],
        ),
        sa.PrimaryKeyConstraint("gemeente", "nummer"),
        schema="toewijzing",
    )
    op.create_index(
        "toewijzing_aanbieder", "toewijzing", ["aanbieder", "gemeente", "nummer"], unique=False, schema="toewijzing"
    )
    op.create_index("toewijzing_client", "toewijzing", ["gemeente", "client"], unique=False, schema="toewijzing")
    # Insert-only: what is in the audit trail stays as it was written.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON toewijzing.audit FROM toewijzing_dienst")


def downgrade() -> None:
    op.execute(sa.schema.DropSequence(sa.Sequence("barriere_nummer", schema="toewijzing")))
    op.drop_index("toewijzing_client", table_name="toewijzing", schema="toewijzing")
    op.drop_index("toewijzing_aanbieder", table_name="toewijzing", schema="toewijzing")
    op.drop_table("toewijzing", schema="toewijzing")
    op.drop_index(
        "postbus_wachtend", table_name="postbus", schema="toewijzing", postgresql_where=sa.text("ontvangen is null")
    )
    op.drop_table("postbus", schema="toewijzing")
    op.drop_table("watermerk", schema="toewijzing")
    op.drop_table("versie", schema="toewijzing")
    op.drop_table("tijdperk", schema="toewijzing")
    op.drop_table("relay_stand", schema="toewijzing")
    op.drop_index("product_code", table_name="product", schema="toewijzing")
    op.drop_table("product", schema="toewijzing")
    op.drop_index(
        "outbox_onverzonden", table_name="outbox", schema="toewijzing", postgresql_where=sa.text("verzonden IS NULL")
    )
    op.drop_table("outbox", schema="toewijzing")
    op.drop_table("niet_toegepast", schema="toewijzing")
    op.drop_table("lees_stand", schema="toewijzing")
    op.drop_index("bericht_sleutel", table_name="bericht", schema="toewijzing", postgresql_where=sa.text("eerste"))
    op.drop_index(
        "bericht_retour", table_name="bericht", schema="toewijzing", postgresql_where=sa.text("heen_id is not null")
    )
    op.drop_index("bericht_partij_van", table_name="bericht", schema="toewijzing")
    op.drop_index("bericht_partij_naar", table_name="bericht", schema="toewijzing")
    op.drop_index(
        "bericht_geparkeerd",
        table_name="bericht",
        schema="toewijzing",
        postgresql_where=sa.text("status = 'geparkeerd'"),
    )
    op.drop_index(
        "bericht_eenmaal", table_name="bericht", schema="toewijzing", postgresql_where=sa.text("heen_id is null")
    )
    op.drop_table("bericht", schema="toewijzing")
    op.drop_table("barriere_gelezen", schema="toewijzing")
    op.drop_index("audit_bericht", table_name="audit", schema="toewijzing")
    op.drop_table("audit", schema="toewijzing")
