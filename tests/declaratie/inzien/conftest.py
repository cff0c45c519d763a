"""The running service as payments have it, and gemeenten of these tests alone."""

from collections.abc import Iterator
from itertools import islice

import pytest

from tests.declaratie.betalingen.boek import gemeenten
from tests.declaratie.betalingen.conftest import app, client, declarant, gemeente, huis

__all__ = ["app", "client", "codes", "declarant", "gemeente", "huis"]
THEIRS = 150
"""Payments take the first."""


@pytest.fixture(scope="session")
def codes() -> Iterator[str]:
    return islice(gemeenten(), THEIRS, None)
