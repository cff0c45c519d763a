"""Alembic's entry to the schema of startstop; run by ``knooppunt migrate``."""

from services.startstop.tables import METADATA
from shared.migrations import run

run("startstop", METADATA)
