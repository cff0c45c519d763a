"""Payment proposals."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What is decided stays as it is, whoever asks: a service can only decide a concept, and only lines of a concept come
# and go. Statement triggers, with the lines as a table: a proposal may have a hundred thousand.
_RULES = (
    """
CREATE FUNCTION declaratie.betaalvoorstel_vast() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status <> 'concept' THEN
    RAISE EXCEPTION 'een betaalvoorstel waarover beslist is verandert niet' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$
""",
    """
CREATE TRIGGER betaalvoorstel_vast BEFORE UPDATE OR DELETE ON declaratie.betaalvoorstel
  FOR EACH ROW EXECUTE FUNCTION declaratie.betaalvoorstel_vast()
""",
    """
CREATE FUNCTION declaratie.betaalregel_vast() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT voorstel_id FROM geraakt) AS geraakt
    JOIN declaratie.betaalvoorstel ON betaalvoorstel.id = geraakt.voorstel_id WHERE betaalvoorstel.status <> 'concept'
  ) THEN
    RAISE EXCEPTION 'de regels van een betaalvoorstel waarover beslist is veranderen niet'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$
""",
    """
CREATE TRIGGER betaalregel_erbij AFTER INSERT ON declaratie.betaalregel
  REFERENCING NEW TABLE AS geraakt FOR EACH STATEMENT EXECUTE FUNCTION declaratie.betaalregel_vast()
""",
    """
CREATE TRIGGER betaalregel_eraf AFTER DELETE ON declaratie.betaalregel
  REFERENCING OLD TABLE AS geraakt FOR EACH STATEMENT EXECUTE FUNCTION declaratie.betaalregel_vast()
""",
    "REVOKE UPDATE, DELETE, TRUNCATE ON declaratie.betaalrekening FROM declaratie_dienst",
    "REVOKE UPDATE, DELETE, TRUNCATE ON declaratie.betaalvoorstel FROM declaratie_dienst",
    "GRANT UPDATE (status, beslist, beslist_door, uitvoerdatum) ON declaratie.betaalvoorstel TO declaratie_dienst",
    "REVOKE UPDATE, TRUNCATE ON declaratie.betaalregel FROM declaratie_dienst",
)


def upgrade() -> None:
    op.create_table(
        "betaalrekening",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("houder", sa.Text(), nullable=False),
        sa.Column("naam", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), nullable=True),
        sa.Column("gewijzigd", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gewijzigd_door", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="declaratie",
    )
    op.create_index("betaalrekening_houder", "betaalrekening", ["gemeente", "houder", "id"], schema="declaratie")
    op.create_table(
        "betaalvoorstel",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("volgnummer", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("aanbieder", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tot_en_met", sa.Date(), nullable=True),
        sa.Column("begindatum", sa.Date(), nullable=False),
        sa.Column("einddatum", sa.Date(), nullable=False),
        sa.Column("bedrag", sa.BigInteger(), nullable=False),
        sa.Column("regels", sa.BigInteger(), nullable=False),
        sa.Column("declaraties", sa.BigInteger(), nullable=False),
        sa.Column("van_rekening", sa.BigInteger(), nullable=True),
        sa.Column("naar_rekening", sa.BigInteger(), nullable=True),
        sa.Column("gemaakt", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gemaakt_door", sa.Text(), nullable=False),
        sa.Column("beslist", sa.DateTime(timezone=True), nullable=True),
        sa.Column("beslist_door", sa.Text(), nullable=True),
        sa.Column("uitvoerdatum", sa.Date(), nullable=True),
        sa.CheckConstraint("bedrag > 0", name="betaalvoorstel_positief"),
        sa.CheckConstraint("(status = 'concept') = (beslist_door is null)", name="betaalvoorstel_beslist"),
        sa.CheckConstraint(
            "status <> 'vrijgegeven' or (beslist_door <> gemaakt_door and van_rekening is not null"
            " and naar_rekening is not null and uitvoerdatum is not null)",
            name="betaalvoorstel_vier_ogen",
        ),
        sa.ForeignKeyConstraint(["van_rekening"], ["declaratie.betaalrekening.id"]),
        sa.ForeignKeyConstraint(["naar_rekening"], ["declaratie.betaalrekening.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("volgnummer"),
        schema="declaratie",
    )
    op.create_index("betaalvoorstel_gemeente", "betaalvoorstel", ["gemeente", "volgnummer"], schema="declaratie")
    op.create_index("betaalvoorstel_aanbieder", "betaalvoorstel", ["aanbieder", "volgnummer"], schema="declaratie")
    op.create_table(
        "betaalregel",
        sa.Column("prestatie_id", sa.BigInteger(), nullable=False),
        sa.Column("voorstel_id", sa.Uuid(), nullable=False),
        sa.Column("bericht_id", sa.Uuid(), nullable=False),
        sa.Column("bedrag", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["prestatie_id"], ["declaratie.prestatie.id"]),
        sa.ForeignKeyConstraint(["voorstel_id"], ["declaratie.betaalvoorstel.id"]),
        sa.PrimaryKeyConstraint("prestatie_id"),
        schema="declaratie",
    )
    op.create_index("betaalregel_voorstel", "betaalregel", ["voorstel_id", "prestatie_id"], schema="declaratie")
    op.create_index("betaalregel_bericht", "betaalregel", ["bericht_id"], schema="declaratie")
    for statement in _RULES:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("betaalregel", schema="declaratie")
    op.drop_table("betaalvoorstel", schema="declaratie")
    op.drop_table("betaalrekening", schema="declaratie")
    op.execute("DROP FUNCTION declaratie.betaalregel_vast()")
    op.execute("DROP FUNCTION declaratie.betaalvoorstel_vast()")
