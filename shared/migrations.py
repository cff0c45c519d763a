"""What every service's Alembic environment has in common: one schema, one version table inside it."""

from alembic import context
from sqlalchemy import Connection, MetaData


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
