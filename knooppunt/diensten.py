"""What commands that work on the data of a service need of it: its tables, what is sealed in them, and its terms."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from knooppunt.errors import KnooppuntStartError
from shared.db import make_engine
from shared.exchange.tables import ExchangeTables
from shared.namens import intern
from shared.retentie.opruimen import Soort
from shared.security.kluis import Kluis
from shared.security.roteren import Verzegeld
from shared.settings import SERVICES, Service, Settings


def chosen(service: Service | None) -> Sequence[Service]:
    """The one that was named, or all."""
    return (service,) if service else SERVICES


def tables_of(service: Service) -> ExchangeTables:
    """The tables of reception."""
    found: ExchangeTables = _bewaren(service).EXCHANGE
    return found


def sealed_of(service: Service) -> Sequence[Verzegeld]:
    """What is sealed."""
    found: Sequence[Verzegeld] = _bewaren(service).VERZEGELD
    return found


def terms_of(service: Service) -> Sequence[Soort]:
    """What has a term."""
    found: Sequence[Soort] = _bewaren(service).SOORTEN
    return found


def kluis_of(settings: Settings) -> Kluis:
    """The keys; KnooppuntStartError without."""
    kluis = Kluis.from_settings(settings.sleutels, settings.pseudoniem_sleutel)
    if not kluis.sleutels:
        raise KnooppuntStartError("KNOOPPUNT_SLEUTELS ontbreekt")
    return kluis


@asynccontextmanager
async def own_work(service: Service, settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The way in of the service itself, for work that spans parties. KnooppuntStartError when the database is away or
    refuses."""
    engine = make_engine(settings.dsn(service), pool_size=1, dienst=service)
    try:
        with intern():
            yield engine
    except (SQLAlchemyError, OSError) as error:
        raise KnooppuntStartError(f"De database van {service} is niet bereikbaar of weigert dit") from error
    finally:
        await engine.dispose()


def _bewaren(service: Service) -> Any:
    # By name: which services there are is known, and only some of them are wanted.
    return import_module(f"services.{service}.bewaren")
