"""Running totals and terms that take less to write."""

from collections.abc import Sequence

from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What counts of a granted line: with euro the volume is the amount. In the order of the key, so that whoever writes
# the same rows waits and does not deadlock.
COUNTED = """
    SELECT toewijzing_nummer, gemeente, aanbieder, eenheid,
           {sign}sum(CASE WHEN credit THEN -1 ELSE 1 END * (volume - CASE eenheid WHEN '83' THEN gekort ELSE 0 END))
             AS volume,
           {sign}sum(CASE WHEN credit THEN -1 ELSE 1 END * (bedrag - gekort)) AS bedrag
    FROM {lines} WHERE toegekend GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
# Half of what ON CONFLICT DO UPDATE takes, which locks each row before it writes it. Two that add the first lines of
# a toewijzing at the same time would clash here; they cannot, for whoever writes lines holds their aanbieder.
MERGE = """
    MERGE INTO declaratie.verbruik AS v USING ({counted}) AS n
    ON v.toewijzing_nummer = n.toewijzing_nummer AND v.gemeente = n.gemeente AND v.aanbieder = n.aanbieder
       AND v.eenheid = n.eenheid
    WHEN MATCHED THEN UPDATE SET volume = v.volume + n.volume, bedrag = v.bedrag + n.bedrag
    WHEN NOT MATCHED THEN INSERT (toewijzing_nummer, gemeente, aanbieder, eenheid, volume, bedrag)
      VALUES (n.toewijzing_nummer, n.gemeente, n.aanbieder, n.eenheid, n.volume, n.bedrag)
"""
UPSERT = """
    INSERT INTO declaratie.verbruik AS v (toewijzing_nummer, gemeente, aanbieder, eenheid, volume, bedrag) {counted}
    ON CONFLICT (toewijzing_nummer, gemeente, aanbieder, eenheid)
    DO UPDATE SET volume = v.volume + excluded.volume, bedrag = v.bedrag + excluded.bedrag
"""
# Rows are looked up by their key, whatever the planner thought of the first lines that it saw.
BY_KEY = "SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off"
FUNCTION = """
CREATE OR REPLACE FUNCTION declaratie.tel_verbruik() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = declaratie, pg_temp {settings} AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN {new}; END IF;
  IF TG_OP <> 'INSERT' THEN {old}; END IF;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(_adding(MERGE, BY_KEY))
    op.drop_constraint("termijn_pkey", "termijn", schema="declaratie")
    op.drop_constraint("termijn_eenmaal", "termijn", schema="declaratie")
    op.create_primary_key(
        "termijn_eenmaal", "termijn", ["regel", "gemeente", "aanbieder", "sleutel"], schema="declaratie"
    )


def downgrade() -> None:
    op.drop_constraint("termijn_eenmaal", "termijn", schema="declaratie")
    op.create_primary_key("termijn_pkey", "termijn", ["id"], schema="declaratie")
    op.create_unique_constraint(
        "termijn_eenmaal", "termijn", ["regel", "gemeente", "aanbieder", "sleutel"], schema="declaratie"
    )
    op.execute(_adding(UPSERT, ""))


def _adding(statement: str, settings: str) -> str:
    new, old = (
        statement.format(counted=COUNTED.format(sign=sign, lines=lines))
        for sign, lines in (("", "nieuw"), ("-", "oud"))
    )
    return FUNCTION.format(new=new, old=old, settings=settings)
