"""Proposals of whole declarations, the VAT of lines, and consumption in the order of toewijzingen."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from shared.rijbeleid import hoort_bij, is_een_van, protect

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SERVICE = "declaratie"
BTW = ("prestatie", True), ("telling", False), ("betaalvoorstel", False)
"""Tables that get the VAT, and whether it may be unknown: of a line it is what the message tells."""

COUNT = """
    INSERT INTO declaratie.telling (declaratie_id, gemeente, aanbieder, categorie, code, begindatum, einddatum,
                                    credit, toegekend, retourcodes, regels, bedrag, gekort{btw})
    SELECT (SELECT d.id FROM declaratie.declaratie AS d WHERE d.bericht_id = geteld.bericht_id),
           gemeente, aanbieder, categorie, code, begindatum, einddatum, credit, toegekend, retourcodes, regels,
           bedrag, gekort{btw}
    FROM (SELECT bericht_id, gemeente, aanbieder, categorie, code, begindatum, einddatum, credit, toegekend,
                 retourcodes, {sign}count(*) AS regels, {sign}sum(bedrag)::bigint AS bedrag,
                 {sign}sum(gekort)::bigint AS gekort{btw_som}
          FROM {lines} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) AS geteld
"""
COUNTING = """
CREATE OR REPLACE FUNCTION declaratie.tel_prestaties() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = declaratie, pg_temp AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN {new}; END IF;
  IF TG_OP <> 'INSERT' THEN {old}; END IF;
  RETURN NULL;
END $$
"""

# What is decided stays as it is, whoever asks: declarations come and go only in a concept (0004), and the lines of
# what was decided are those that were paid.
DECIDED = """
CREATE FUNCTION declaratie.{table}_vast() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = declaratie, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT {key} FROM geraakt) AS geraakt {join}
    JOIN declaratie.betaalvoorstel ON betaalvoorstel.id = voorstel_id WHERE betaalvoorstel.status <> 'concept'
  ) THEN
    RAISE EXCEPTION 'de regels van een betaalvoorstel waarover beslist is veranderen niet'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$
"""
KEPT = {
    "betaaldeclaratie": ("voorstel_id", "", {"INSERT": "NEW", "DELETE": "OLD"}),
    "prestatie": (
        "bericht_id",
        "JOIN declaratie.betaaldeclaratie ON betaaldeclaratie.bericht_id = geraakt.bericht_id",
        {"UPDATE": "OLD", "DELETE": "OLD"},
    ),
}
PLACE = """
    INSERT INTO declaratie.betaaldeclaratie (bericht_id, voorstel_id, regels, bedrag, btw)
    SELECT bericht_id, voorstel_id, count(*), sum(bedrag), 0 FROM declaratie.betaalregel GROUP BY 1, 2
"""
PLACE_LINES = """
    INSERT INTO declaratie.betaalregel (prestatie_id, voorstel_id, bericht_id, bedrag)
    SELECT id, voorstel_id, bericht_id, CASE WHEN credit THEN -1 ELSE 1 END * (prestatie.bedrag - gekort)
    FROM declaratie.prestatie JOIN declaratie.betaaldeclaratie USING (bericht_id) WHERE toegekend
"""
LINES_DECIDED = """
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
"""


def upgrade() -> None:
    for table, unknown in BTW:
        default = None if unknown else sa.text("0")
        op.add_column(
            table, sa.Column("btw", sa.BigInteger(), server_default=default, nullable=unknown), schema=SERVICE
        )
    op.execute(_counting(with_btw=True))
    op.create_index("verbruik_aanbieder", "verbruik", ["aanbieder", "gemeente", "toewijzing_nummer"], schema=SERVICE)
    _make_betaaldeclaratie()
    op.execute(PLACE)
    op.drop_table("betaalregel", schema=SERVICE)
    op.execute("DROP FUNCTION declaratie.betaalregel_vast()")
    for table, (key, join, events) in KEPT.items():
        op.execute(DECIDED.format(table=table, key=key, join=join))
        _guard(table, table, events)


def downgrade() -> None:
    for event in KEPT["prestatie"][2]:
        op.execute(f"DROP TRIGGER prestatie_vast_{event.lower()} ON declaratie.prestatie")
    op.execute("DROP FUNCTION declaratie.prestatie_vast()")
    _make_betaalregel()
    op.execute(PLACE_LINES)
    op.drop_table("betaaldeclaratie", schema=SERVICE)
    op.execute("DROP FUNCTION declaratie.betaaldeclaratie_vast()")
    op.execute(LINES_DECIDED)
    _guard("betaalregel", "betaalregel", {"INSERT": "NEW", "DELETE": "OLD"}, {"INSERT": "erbij", "DELETE": "eraf"})
    op.drop_index("verbruik_aanbieder", table_name="verbruik", schema=SERVICE)
    op.execute(_counting(with_btw=False))
    for table, _ in reversed(BTW):
        op.drop_column(table, "btw", schema=SERVICE)


def _counting(*, with_btw: bool) -> str:
    """The trigger function that counts lines (0003, 0008), with or without their VAT."""

    def count(sign: str, lines: str) -> str:
        som = f", {sign}coalesce(sum(btw), 0)::bigint AS btw" if with_btw else ""
        return COUNT.format(sign=sign, lines=lines, btw=", btw" if with_btw else "", btw_som=som)

    return COUNTING.format(new=count("", "nieuw"), old=count("-", "oud"))


def _guard(table: str, function: str, events: dict[str, str], names: dict[str, str] | None = None) -> None:
    for event, rows in events.items():
        name = names[event] if names else f"vast_{event.lower()}"
        op.execute(
            f"CREATE TRIGGER {table}_{name} AFTER {event} ON declaratie.{table} "
            f"REFERENCING {rows} TABLE AS geraakt FOR EACH STATEMENT EXECUTE FUNCTION declaratie.{function}_vast()"
        )


def _make_betaaldeclaratie() -> None:
    op.create_table(
        "betaaldeclaratie",
        sa.Column("bericht_id", sa.Uuid(), nullable=False),
        sa.Column("voorstel_id", sa.Uuid(), nullable=False),
        sa.Column("regels", sa.BigInteger(), nullable=False),
        sa.Column("bedrag", sa.BigInteger(), nullable=False),
        sa.Column("btw", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bericht_id"], ["declaratie.declaratie.bericht_id"]),
        sa.ForeignKeyConstraint(["voorstel_id"], ["declaratie.betaalvoorstel.id"]),
        sa.PrimaryKeyConstraint("bericht_id"),
        schema=SERVICE,
    )
    op.create_index("betaaldeclaratie_voorstel", "betaaldeclaratie", ["voorstel_id"], schema=SERVICE)
    _protect("betaaldeclaratie")


def _make_betaalregel() -> None:
    op.create_table(
        "betaalregel",
        sa.Column("prestatie_id", sa.BigInteger(), nullable=False),
        sa.Column("voorstel_id", sa.Uuid(), nullable=False),
        sa.Column("bericht_id", sa.Uuid(), nullable=False),
        sa.Column("bedrag", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["prestatie_id"], ["declaratie.prestatie.id"]),
        sa.ForeignKeyConstraint(["voorstel_id"], ["declaratie.betaalvoorstel.id"]),
        sa.PrimaryKeyConstraint("prestatie_id"),
        schema=SERVICE,
    )
    op.create_index("betaalregel_voorstel", "betaalregel", ["voorstel_id", "prestatie_id"], schema=SERVICE)
    op.create_index("betaalregel_bericht", "betaalregel", ["bericht_id"], schema=SERVICE)
    _protect("betaalregel")


def _protect(table: str) -> None:
    """Written in one statement with its proposal, which that statement does not see yet: by its declaration."""
    protect(
        op.execute,
        SERVICE,
        table,
        hoort_bij(SERVICE, table, "voorstel_id", "betaalvoorstel", "id"),
        hoort_bij(SERVICE, table, "bericht_id", "declaratie", "bericht_id", waar=is_een_van("bij.gemeente")),
    )
    op.execute(f"REVOKE UPDATE, TRUNCATE ON declaratie.{table} FROM declaratie_dienst")
