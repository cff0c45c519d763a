"""The running service as payments have it."""

from tests.declaratie.betalingen.conftest import app, client, declarant, declarant32, gemeente, huis

__all__ = ["app", "client", "declarant", "declarant32", "gemeente", "huis"]
