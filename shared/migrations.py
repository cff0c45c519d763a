"""What every service's Alembic environment has in common: one schema, one version table inside it; and tables in
use that are changed together."""

from alembic import context, op
from sqlalchemy import Connection, MetaData

_HOLD = """
DO $$ BEGIN LOOP
  BEGIN
    LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE;
    EXIT;
  EXCEPTION WHEN lock_not_available THEN
    PERFORM pg_sleep(0.1);
  END;
END LOOP; END $$
"""


def run(service: str, metadata: MetaData) -> None:
    """Migrate the schema named after ``service`` on the connection that the caller put in the configuration.

    The caller chooses the role (the owner of the schema) and the database; this only knows the schema.
    """
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=service,
        include_schemas=True,
        # Autogenerate compares this one schema: another service's tables would look like tables to drop.
        include_name=lambda name, kind, _parents: kind != "schema" or name == service,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def hold(service: str, *tables: str) -> None:
    """Nobody else reads or writes these tables until the migration ends: all of them or, for now, none. Services work
    on meanwhile, and who has read one table may need another, in any order. So it waits for none longer than a third
    of the second after which PostgreSQL would break off one of two that wait for each other."""
    op.execute("SET LOCAL lock_timeout = '300ms'")
    op.execute(_HOLD.format(tables=", ".join(f"{service}.{table}" for table in tables)))
    op.execute("SET LOCAL lock_timeout TO DEFAULT")
