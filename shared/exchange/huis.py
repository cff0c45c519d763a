"""Everything one running service holds, made in one place and handed on."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.exchange.beurten import Beurten
from shared.exchange.dienst import Dienst, Uitkomst
from shared.exchange.samen import Samen
from shared.exchange.tables import ExchangeTables
from shared.iwmo.gemeenten import Gemeenten
from shared.iwmo.lezer import Grenzen
from shared.iwmo.schemas import Schemas
from shared.kafka.relay import Relay
from shared.kafka.tables import KafkaTables
from shared.klok import Klok
from shared.security.kluis import Kluis
from shared.security.tokens import Poortwachter
from shared.settings import Service, Settings
from shared.telemetry import Meters

if TYPE_CHECKING:
    from shared.exchange.vlot import Inzending, Vlot


@dataclass
class Huis:
    """The rooms of a service: settings, database, keys, schemas, its own way with messages, and the relay."""

    service: Service
    settings: Settings
    engine: AsyncEngine
    tables: ExchangeTables
    kafka: KafkaTables
    dienst: Dienst[Any, Any]
    klok: Klok
    kluis: Kluis
    schemas: Schemas
    poortwachter: Poortwachter
    meters: Meters
    relay: Relay
    gemeenten: Gemeenten
    vlot: "Vlot | None" = None
    """The service's short way for small messages that are right, if it has one."""
    samen: "Samen[Inzending, Uitkomst]" = field(default_factory=Samen)
    """Who goes that way at the same time goes together."""
    bron_topics: tuple[str, ...] = ()
    """The topics of ``dienst.bron`` that this service projects: a refusal waits for a watermark on all of them."""
    large: Beurten = field(default_factory=lambda: Beurten(2))
    """Bounds the large bodies that are parsed or judged at once, each in a thread; parties take turns."""
    wachtenden: dict[UUID, asyncio.Event] = field(default_factory=dict)
    """Requests of this process that wait for the verdict on a parked message (Prefer: wait)."""

    def with_engine(self, engine: AsyncEngine) -> "Huis":
        """The same house, all that changes in it shared, on another pool of connections."""
        return replace(self, engine=engine)

    @property
    def grenzen(self) -> Grenzen:
        """The limits of a body, from the settings."""
        settings = self.settings
        return Grenzen(
            settings.max_diepte, settings.max_starttag_kb * 1024, settings.max_fouten, settings.max_verwijzingen
        )
