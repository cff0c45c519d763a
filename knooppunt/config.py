"""The settings of the command line: the environment, read once, with a readable refusal."""

from pydantic import ValidationError

from knooppunt.errors import KnooppuntStartError
from shared.settings import Settings


def read_settings() -> Settings:
    """The settings from the environment; raises KnooppuntStartError that names every wrong variable.

    The values are left out of the message: one of them may be a password.
    """
    try:
        return Settings()
    except ValidationError as error:
        names = sorted({f"KNOOPPUNT_{str(fault['loc'][0]).upper()}" for fault in error.errors()})
        raise KnooppuntStartError(f"Ongeldige instelling: {', '.join(names)}") from error
