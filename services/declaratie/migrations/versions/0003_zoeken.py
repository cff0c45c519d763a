"""Searching declarations and lines, and figures about them: lines counted per declaration."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COUNT = """
    INSERT INTO declaratie.telling (declaratie_id, gemeente, aanbieder, categorie, code, begindatum, einddatum,
                                    credit, toegekend, retourcodes, regels, bedrag)
    SELECT (SELECT d.id FROM declaratie.declaratie AS d WHERE d.bericht_id = geteld.bericht_id),
           gemeente, aanbieder, categorie, code, begindatum, einddatum, credit, toegekend, retourcodes, regels, bedrag
    FROM (SELECT bericht_id, gemeente, aanbieder, categorie, code, begindatum, einddatum, credit, toegekend,
                 retourcodes, {sign}count(*) AS regels, {sign}sum(bedrag)::bigint AS bedrag
          FROM {lines} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) AS geteld
"""
FUNCTION = f"""
CREATE FUNCTION declaratie.tel_prestaties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN {COUNT.format(sign="", lines="nieuw")}; END IF;
  IF TG_OP <> 'INSERT' THEN {COUNT.format(sign="-", lines="oud")}; END IF;
  RETURN NULL;
END $$
"""
TABLES = {
    "INSERT": "NEW TABLE AS nieuw",
    "UPDATE": "OLD TABLE AS oud NEW TABLE AS nieuw",
    "DELETE": "OLD TABLE AS oud",
}


def upgrade() -> None:
    op.create_table(
        "telling",
        sa.Column("declaratie_id", sa.BigInteger(), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("aanbieder", sa.Text(), nullable=False),
        sa.Column("categorie", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("begindatum", sa.Date(), nullable=False),
        sa.Column("einddatum", sa.Date(), nullable=False),
        sa.Column("credit", sa.Boolean(), nullable=False),
        sa.Column("toegekend", sa.Boolean(), nullable=False),
        sa.Column("retourcodes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("regels", sa.BigInteger(), nullable=False),
        sa.Column("bedrag", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["declaratie_id"], ["declaratie.declaratie.id"]),
        schema="declaratie",
    )
    # A lock on the lines that lets others read: what is counted here and what the trigger counts add up to all.
    op.execute("LOCK TABLE declaratie.prestatie IN SHARE ROW EXCLUSIVE MODE")
    op.execute(COUNT.format(sign="", lines="declaratie.prestatie"))
    op.execute(FUNCTION)
    for event, transition in TABLES.items():
        op.execute(
            f"CREATE TRIGGER prestatie_geteld_{event.lower()} AFTER {event} ON declaratie.prestatie "
            f"REFERENCING {transition} FOR EACH STATEMENT EXECUTE FUNCTION declaratie.tel_prestaties()"
        )
    op.create_index("telling_gemeente", "telling", ["gemeente", "declaratie_id"], unique=False, schema="declaratie")
    op.create_index("telling_aanbieder", "telling", ["aanbieder", "declaratie_id"], unique=False, schema="declaratie")
    op.create_index("declaratie_aanbieder", "declaratie", ["aanbieder", "id"], unique=False, schema="declaratie")
    op.create_index(
        "toewijzing_aanbieder", "toewijzing", ["aanbieder", "gemeente", "nummer"], unique=False, schema="declaratie"
    )


def downgrade() -> None:
    op.drop_index("toewijzing_aanbieder", table_name="toewijzing", schema="declaratie")
    op.drop_index("declaratie_aanbieder", table_name="declaratie", schema="declaratie")
    for event in TABLES:
        op.execute(f"DROP TRIGGER prestatie_geteld_{event.lower()} ON declaratie.prestatie")
    op.execute("DROP FUNCTION declaratie.tel_prestaties()")
    op.drop_table("telling", schema="declaratie")
