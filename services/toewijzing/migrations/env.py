"""Alembic's entry to the schema of toewijzing; run by ``knooppunt migrate``."""

from services.toewijzing.tables import METADATA
from shared.migrations import run

run("toewijzing", METADATA)
