"""The catalogue that comes with the software."""

import pytest

from services.toewijzing.catalogus.bestanden import lees_profielen
from services.toewijzing.catalogus.profiel import Profiel


@pytest.fixture(scope="session")
def profiel() -> Profiel:
    [ours] = lees_profielen()
    return ours
