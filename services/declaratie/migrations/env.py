"""Alembic's entry to the schema of declaratie; run by ``knooppunt migrate``."""

from services.declaratie.tables import METADATA
from shared.migrations import run

run("declaratie", METADATA)
