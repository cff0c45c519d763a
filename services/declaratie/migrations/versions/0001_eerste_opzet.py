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
    op.execute(sa.schema.CreateSequence(sa.Sequence("barriere_nummer", data_type=sa.BigInteger(), schema="declaratie")))
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
        schema="declaratie",
    )
    op.create_index("audit_bericht", "audit", ["bericht_id"], unique=False, schema="declaratie")
    op.create_table(
        "barriere_gelezen",
        sa.Column("aanvrager", sa.Text(), nullable=False),
        sa.Column("nummer", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("aanvrager"),
        schema="declaratie",
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
            ["declaratie.bericht.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("volgnummer"),
        schema="declaratie",
    )
    op.create_index(
        "bericht_eenmaal",
        "bericht",
        ["afzender", "berichtcode", "identificatie", "hash"],
        unique=True,
        schema="declaratie",
        postgresql_where=sa.text("heen_id is null"),
    )
    op.create_index(
        "bericht_geparkeerd",
        "bericht",
        ["volgnummer"],
        unique=False,
        schema="declaratie",
        postgresql_where=sa.text("status = 'geparkeerd'"),
    )
    op.create_index("bericht_partij_naar", "bericht", ["partij_naar", "volgnummer"], unique=False, schema="declaratie")
    op.create_index("bericht_partij_van", "bericht", ["partij_van", "volgnummer"], unique=False, schema="declaratie")
    op.create_index(
        "bericht_retour",
        "bericht",
        ["heen_id"],
        unique=True,
        schema="declaratie",
        postgresql_where=sa.text("heen_id is not null"),
    )
    op.create_index(
        "bericht_sleutel",
        "bericht",
        ["afzender", "berichtcode", "identificatie"],
        unique=True,
        schema="declaratie",
        postgresql_where=sa.text("eerste"),
    )
    op.create_table(
        "lees_stand",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partitie", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("volgende", sa.BigInteger(), nullable=False),
        sa.Column("generatie", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partitie"),
        schema="declaratie",
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
        schema="declaratie",
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
        schema="declaratie",
    )
    op.create_index(
        "outbox_onverzonden",
        "outbox",
        ["id"],
        unique=False,
        schema="declaratie",
        postgresql_where=sa.text("verzonden IS NULL"),
    )
    op.create_table(
        "product",
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column("tarieven", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="1", nullable=False),
        sa.Column("versie", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("gemeente", "product_code"),
        schema="declaratie",
    )
    op.create_table(
        "relay_stand",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partitie", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partitie"),
        schema="declaratie",
    )
    op.create_table(
        "tijdperk",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="1", nullable=False),
        sa.Column("generatie", sa.BigInteger(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="declaratie",
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
        sa.PrimaryKeyConstraint("gemeente", "nummer"),
        schema="declaratie",
    )
    op.create_index(
        "toewijzing_client", "toewijzing", ["gemeente", "aanbieder", "client"], unique=False, schema="declaratie"
    )
    op.create_table(
        "versie",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("sleutel", sa.Text(), nullable=False),
        sa.Column("nummer", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "sleutel"),
        schema="declaratie",
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
        schema="declaratie",
    )
    op.create_table(
        "declaratie",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bericht_id", sa.Uuid(), nullable=False),
        sa.Column("soort", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("aanbieder", sa.Text(), nullable=False),
        sa.Column("nummer", sa.Text(), nullable=False),
        sa.Column("begindatum", sa.Date(), nullable=False),
        sa.Column("einddatum", sa.Date(), nullable=False),
        sa.Column("dagtekening", sa.Date(), nullable=False),
        sa.Column("ingediend", sa.BigInteger(), nullable=False),
        sa.Column("toegekend", sa.BigInteger(), nullable=False),
        sa.Column("regels", sa.BigInteger(), nullable=False),
        sa.Column("regels_toegekend", sa.BigInteger(), nullable=False),
        sa.Column("verwerkt", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["bericht_id"],
            ["declaratie.bericht.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("bericht_id"),
        schema="declaratie",
    )
    op.create_index("declaratie_gemeente", "declaratie", ["gemeente", "id"], unique=False, schema="declaratie")
    op.create_index("declaratie_nummer", "declaratie", ["aanbieder", "nummer"], unique=True, schema="declaratie")
    op.create_table(
        "postbus",
        sa.Column("volgnummer", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bericht_id", sa.Uuid(), nullable=False),
        sa.Column("partij", sa.Text(), nullable=False),
        sa.Column("geplaatst", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ontvangen", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["bericht_id"],
            ["declaratie.bericht.id"],
        ),
        sa.PrimaryKeyConstraint("volgnummer"),
        sa.UniqueConstraint("bericht_id", "partij", name="postbus_eenmaal"),
        schema="declaratie",
    )
    op.create_index(
        "postbus_wachtend",
        "postbus",
        ["partij", "volgnummer"],
        unique=False,
        schema="declaratie",
        postgresql_where=sa.text("ontvangen is null"),
    )
    op.create_table(
        "prestatie",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bericht_id", sa.Uuid(), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("aanbieder", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("referentie", sa.Text(), nullable=False),
        sa.Column("vorige_referentie", sa.Text(), nullable=True),
        sa.Column("toewijzing_nummer", sa.BigInteger(), nullable=False),
        sa.Column("categorie", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("begindatum", sa.Date(), nullable=False),
        sa.Column("einddatum", sa.Date(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("eenheid", sa.Text(), nullable=False),
        sa.Column("tarief", sa.BigInteger(), nullable=True),
        sa.Column("bedrag", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.Boolean(), nullable=False),
        sa.Column("toegekend", sa.Boolean(), nullable=False),
        sa.Column("dubbel", sa.Boolean(), nullable=False),
        sa.Column("retourcodes", sa.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["bericht_id"],
            ["declaratie.bericht.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        schema="declaratie",
    )
    op.create_index("prestatie_bericht", "prestatie", ["bericht_id"], unique=False, schema="declaratie")
    op.create_index(
        "prestatie_referentie",
        "prestatie",
        ["aanbieder", "referentie"],
        unique=True,
        schema="declaratie",
        postgresql_where=sa.text("not dubbel"),
    )
    op.create_index(
        "prestatie_toewijzing", "prestatie", ["gemeente", "toewijzing_nummer"], unique=False, schema="declaratie"
    )
    op.create_index(
        "prestatie_vorige",
        "prestatie",
        ["aanbieder", "vorige_referentie"],
        unique=False,
        schema="declaratie",
        postgresql_where=sa.text("credit"),
    )
    # Insert-only: what is in the audit trail stays as it was written.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON declaratie.audit FROM declaratie_dienst")


def downgrade() -> None:
    op.execute(sa.schema.DropSequence(sa.Sequence("barriere_nummer", schema="declaratie")))
    op.drop_index("prestatie_vorige", table_name="prestatie", schema="declaratie", postgresql_where=sa.text("credit"))
    op.drop_index("prestatie_toewijzing", table_name="prestatie", schema="declaratie")
    op.drop_index(
        "prestatie_referentie", table_name="prestatie", schema="declaratie", postgresql_where=sa.text("not dubbel")
    )
    op.drop_index("prestatie_bericht", table_name="prestatie", schema="declaratie")
    op.drop_table("prestatie", schema="declaratie")
    op.drop_index(
        "postbus_wachtend", table_name="postbus", schema="declaratie", postgresql_where=sa.text("ontvangen is null")
    )
    op.drop_table("postbus", schema="declaratie")
    op.drop_index("declaratie_nummer", table_name="declaratie", schema="declaratie")
    op.drop_index("declaratie_gemeente", table_name="declaratie", schema="declaratie")
    op.drop_table("declaratie", schema="declaratie")
    op.drop_table("watermerk", schema="declaratie")
    op.drop_table("versie", schema="declaratie")
    op.drop_index("toewijzing_client", table_name="toewijzing", schema="declaratie")
    op.drop_table("toewijzing", schema="declaratie")
    op.drop_table("tijdperk", schema="declaratie")
    op.drop_table("relay_stand", schema="declaratie")
    op.drop_table("product", schema="declaratie")
    op.drop_index(
        "outbox_onverzonden", table_name="outbox", schema="declaratie", postgresql_where=sa.text("verzonden IS NULL")
    )
    op.drop_table("outbox", schema="declaratie")
    op.drop_table("niet_toegepast", schema="declaratie")
    op.drop_table("lees_stand", schema="declaratie")
    op.drop_index("bericht_sleutel", table_name="bericht", schema="declaratie", postgresql_where=sa.text("eerste"))
    op.drop_index(
        "bericht_retour", table_name="bericht", schema="declaratie", postgresql_where=sa.text("heen_id is not null")
    )
    op.drop_index("bericht_partij_van", table_name="bericht", schema="declaratie")
    op.drop_index("bericht_partij_naar", table_name="bericht", schema="declaratie")
    op.drop_index(
        "bericht_geparkeerd",
        table_name="bericht",
        schema="declaratie",
        postgresql_where=sa.text("status = 'geparkeerd'"),
    )
    op.drop_index(
        "bericht_eenmaal", table_name="bericht", schema="declaratie", postgresql_where=sa.text("heen_id is null")
    )
    op.drop_table("bericht", schema="declaratie")
    op.drop_table("barriere_gelezen", schema="declaratie")
    op.drop_index("audit_bericht", table_name="audit", schema="declaratie")
    op.drop_table("audit", schema="declaratie")
