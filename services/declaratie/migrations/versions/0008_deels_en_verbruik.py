"""Lines granted in part, and running totals of what was granted on each toewijzing."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COUNT = """
    INSERT INTO declaratie.telling (declaratie_id, gemeente, aanbieder, categorie, code, begindatum, einddatum,
                                    credit, toegekend, retourcodes, regels, bedrag{gekort})
    SELECT (SELECT d.id FROM declaratie.declaratie AS d WHERE d.bericht_id = geteld.bericht_id),
           gemeente, aanbieder, categorie, code, begindatum, einddatum, credit, toegekend, retourcodes, regels,
           bedrag{gekort}
    FROM (SELECT bericht_id, gemeente, aanbieder, categorie, code, begindatum, einddatum, credit, toegekend,
                 retourcodes, {sign}count(*) AS regels, {sign}sum(bedrag)::bigint AS bedrag{gekort_som}
          FROM {lines} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) AS geteld
"""
# What counts of a granted line: with euro the volume is the amount. In the order of the key, so that whoever writes
# the same rows waits and does not deadlock.
ADD = """
    INSERT INTO declaratie.verbruik AS v (toewijzing_nummer, gemeente, aanbieder, eenheid, volume, bedrag)
    SELECT toewijzing_nummer, gemeente, aanbieder, eenheid,
           {sign}sum(CASE WHEN credit THEN -1 ELSE 1 END * (volume - CASE eenheid WHEN '83' THEN gekort ELSE 0 END)),
           {sign}sum(CASE WHEN credit THEN -1 ELSE 1 END * (bedrag - gekort))
    FROM {lines} WHERE toegekend GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (toewijzing_nummer, gemeente, aanbieder, eenheid)
    DO UPDATE SET volume = v.volume + excluded.volume, bedrag = v.bedrag + excluded.bedrag
"""
FUNCTION = """
CREATE OR REPLACE FUNCTION declaratie.{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN {new}; END IF;
  IF TG_OP <> 'INSERT' THEN {old}; END IF;
  RETURN NULL;
END $$
"""
TABLES = {
    "INSERT": "NEW TABLE AS nieuw",
    "UPDATE": "OLD TABLE AS oud NEW TABLE AS nieuw",
    "DELETE": "OLD TABLE AS oud",
}
DECIDED = "(status in ('afgekeurd', 'deels')) = (retourcode is not null)"
PART = "(status = 'deels') = (toegekend_bedrag is not null)"
LESS = "toegekend_bedrag > 0 and toegekend_bedrag < bedrag"


def upgrade() -> None:
    for table, column in (("prestatie", "gekort"), ("telling", "gekort"), ("declaratie", "regels_deels")):
        added = sa.Column(column, sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        op.add_column(table, added, schema="declaratie")
    op.execute(_counting(with_gekort=True))
    op.add_column("handmatig_regel", sa.Column("toegekend_bedrag", sa.BigInteger(), nullable=True), schema="declaratie")
    op.drop_constraint("handmatig_regel_retourcode", "handmatig_regel", schema="declaratie", type_="check")
    for name, condition in (("retourcode", DECIDED), ("deels", PART), ("minder", LESS)):
        op.create_check_constraint(
            f"handmatig_regel_{name}", "handmatig_regel", sa.text(condition), schema="declaratie"
        )
    op.create_table(
        "verbruik",
        sa.Column("toewijzing_nummer", sa.BigInteger(), nullable=False),
        sa.Column("gemeente", sa.Text(), nullable=False),
        sa.Column("aanbieder", sa.Text(), nullable=False),
        sa.Column("eenheid", sa.Text(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("bedrag", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("toewijzing_nummer", "gemeente", "aanbieder", "eenheid"),
        schema="declaratie",
    )
    # Room on each page for the new version of its rows: then no index changes with them.
    op.execute("ALTER TABLE declaratie.verbruik SET (fillfactor = 50)")
    # Nobody writes lines meanwhile: what is added up here and what the trigger adds is all.
    op.execute("LOCK TABLE declaratie.prestatie IN SHARE ROW EXCLUSIVE MODE")
    op.execute(ADD.format(sign="", lines="declaratie.prestatie"))
    adding = {"new": ADD.format(sign="", lines="nieuw"), "old": ADD.format(sign="-", lines="oud")}
    op.execute(FUNCTION.format(name="tel_verbruik", **adding))
    for event, transition in TABLES.items():
        op.execute(
            f"CREATE TRIGGER prestatie_verbruik_{event.lower()} AFTER {event} ON declaratie.prestatie "
            f"REFERENCING {transition} FOR EACH STATEMENT EXECUTE FUNCTION declaratie.tel_verbruik()"
        )


def downgrade() -> None:
    for event in TABLES:
        op.execute(f"DROP TRIGGER prestatie_verbruik_{event.lower()} ON declaratie.prestatie")
    op.execute("DROP FUNCTION declaratie.tel_verbruik()")
    op.drop_table("verbruik", schema="declaratie")
    for name in ("retourcode", "deels", "minder"):
        op.drop_constraint(f"handmatig_regel_{name}", "handmatig_regel", schema="declaratie", type_="check")
    condition = sa.text("(status = 'afgekeurd') = (retourcode is not null)")
    op.create_check_constraint("handmatig_regel_retourcode", "handmatig_regel", condition, schema="declaratie")
    op.drop_column("handmatig_regel", "toegekend_bedrag", schema="declaratie")
    op.execute(_counting(with_gekort=False))
    for table, column in (("declaratie", "regels_deels"), ("telling", "gekort"), ("prestatie", "gekort")):
        op.drop_column(table, column, schema="declaratie")


def _counting(*, with_gekort: bool) -> str:
    """The trigger function that counts lines (0003), with or without what was not granted of them."""

    def count(sign: str, lines: str) -> str:
        som = f", {sign}sum(gekort)::bigint AS gekort" if with_gekort else ""
        return COUNT.format(sign=sign, lines=lines, gekort=", gekort" if with_gekort else "", gekort_som=som)

    return FUNCTION.format(name="tel_prestaties", new=count("", "nieuw"), old=count("-", "oud"))
