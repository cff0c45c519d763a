"""The running service as payments have it."""

from tests.declaratie.betalingen.conftest import app, client, declarant, gemeente, huis

__all__ = ["app", "client", "declarant", "gemeente", "huis"]
