"""Builds the ASGI app of a service: routes, errors as problem documents, relay and consumer in the background."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db import make_engine, make_reader
from shared.exchange.audit_api import make_audit_router
from shared.exchange.berichten_api import make_router
from shared.exchange.codelijsten_api import make_codelijsten_router
from shared.exchange.dienst import Dienst
from shared.exchange.drempel import Drempel
from shared.exchange.fouten import install_error_handlers
from shared.exchange.gezondheid import make_health_router
from shared.exchange.herkomst import Herkomst
from shared.exchange.huis import Huis
from shared.exchange.leesplaats import Leesplaats
from shared.exchange.machtigingen import Register
from shared.exchange.machtigingen_api import router as machtigingen_router
from shared.exchange.meldingen_api import router as meldingen_router
from shared.exchange.openapi import add_bericht_schemas, soorten_named
from shared.exchange.proefpagina import add_proefpagina
from shared.exchange.spoorvragen import BerichtenOver
from shared.exchange.spreker import Spreker
from shared.exchange.tables import ExchangeTables
from shared.exchange.tempo import Tempo
from shared.exchange.termijn_waarschuwing import Waarschuwing
from shared.exchange.termijnen_api import make_termijnen_router
from shared.exchange.toegang import Toegang
from shared.exchange.validaties_api import Naslag, make_validatie_router
from shared.exchange.verzegeling import Verzegelaar
from shared.exchange.vlot import Vlot
from shared.exchange.voordeur import Voordeur
from shared.exchange.wachtkamer import Ronde, Wachtkamer
from shared.exchange.weigeringen import Weigeringen
from shared.faalpunten import open_faalpunten
from shared.iwmo.catalogus import SOORTEN, soort_named
from shared.iwmo.gemeenten import Gemeenten
from shared.iwmo.schemas import Schemas
from shared.iwmo.validatie import Controle
from shared.kafka.applier import Applied, Handler
from shared.kafka.client import KafkaConfig
from shared.kafka.consumer import Consumer
from shared.kafka.metrics import KafkaMeters
from shared.kafka.relay import Relay, Verdeling
from shared.kafka.tables import KafkaTables
from shared.kafka.topics import TOPICS
from shared.kafka.wekker import PostgresWekker
from shared.klok import Klok
from shared.namens import intern
from shared.retentie.opruimen import Soort
from shared.retentie.ronde import Opruimronde
from shared.retentie.termijnen import Bewaartermijnen
from shared.security.kluis import Kluis
from shared.security.tokens import Poortwachter
from shared.settings import Service, Settings
from shared.telemetry import Meters, configure_logging
from shared.webhooks.api import router as abonnementen_router
from shared.webhooks.bezorger import Bezorger

API_VERSION = "1.0.0"
READ_BY_THEMSELVES = ("berichten", "validaties")
"""Resources that take bodies as large as messages, and read them with care of their own."""
SWITCH_SECONDS = 0.001
"""After so long a thread lets others have their turn. The usual 5 ms is what a large message, worked on by several,
waits each time that one of them comes back from parsing or from the database."""


@dataclass(frozen=True)
class Bouwplan:
    """What differs between services: their messages, tables, routes, and the events they publish and follow."""

    service: Service
    titel: str
    dienst: Dienst[Any, Any]
    exchange: ExchangeTables
    kafka: KafkaTables
    republish: Callable[[AsyncConnection], Awaitable[None]]
    controles: Mapping[str, Controle]
    """The rules within a message, per kind of message, as ``POST /validaties`` tries them."""
    vlot: Vlot | None = None
    """The service's short way for small messages that are right."""
    naslag: Mapping[str, Naslag] = field(default_factory=dict)
    """What else ``POST /validaties`` holds a kind of message against: what is stored here."""
    berichten_over: BerichtenOver | None = None
    """Where messages may have more clients than the audit trail names: those about a client."""
    routers: Sequence[APIRouter] = ()
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    rondes: Sequence[Ronde] = ()
    bewaren: Sequence[Soort] = ()
    """What has a term, after which it is taken away."""


def build_app(plan: Bouwplan, settings: Settings | None = None) -> FastAPI:
    """The app; nothing is opened before it starts. Raises MissingSettingError, SleutelError,
    GemeentenError, BewaarError or FaalpuntError on bad settings."""
    settings = settings or Settings()
    configure_logging(plan.service, settings.log_niveau)
    open_faalpunten(settings, plan.service)
    huis, consumer, wachtkamer = _furnish(plan, settings)
    weigeringen = Weigeringen(plan.exchange, settings.weigeringen_per_minuut)
    opruimronde = Opruimronde(Bewaartermijnen.load(settings), plan.bewaren)
    base = f"/{plan.service}/v1"
    # The page to try the API at works on a closed network: its files come from here, not from elsewhere.
    app = FastAPIOffline(
        title=plan.titel,
        version=API_VERSION,
        openapi_url=f"{base}/openapi.json",
        docs_url=None,
        redoc_url=None,
        static_url=f"{base}/docs/bestanden",
        redirect_slashes=False,
        lifespan=_lifespan(huis, consumer, wachtkamer, opruimronde, weigeringen),
    )
    dsn = settings.dsn(plan.service)
    reader = make_reader(huis.engine, dsn, settings.database_pool_lezen, dienst=plan.service)
    huis.poortwachter.gegeven = Register(reader, plan.exchange).partijen
    app.state.huis, app.state.huis_lezend = huis, huis.with_engine(reader)
    app.state.toegang, app.state.tempo, app.state.werk = Toegang(settings), Tempo.of(settings), ()
    app.state.weigeringen, app.state.wachtkamer = weigeringen, wachtkamer
    for router in (
        make_router(),
        meldingen_router,
        make_validatie_router(plan.controles, plan.naslag),
        make_codelijsten_router(),
        make_termijnen_router(),
        make_audit_router(plan.berichten_over),
        machtigingen_router,
        abonnementen_router,
        *plan.routers,
    ):
        app.include_router(router, prefix=base)
    app.include_router(make_health_router(app.state.huis_lezend, consumer), prefix=f"/{plan.service}")
    add_bericht_schemas(app, soorten_named(plan.dienst.soorten), huis.schemas, soorten_named(plan.controles))
    add_proefpagina(app, f"{base}/docs", f"{base}/docs/bestanden")
    app.add_middleware(Leesplaats)
    app.add_middleware(Drempel, own=[f"{base}/{one}" for one in READ_BY_THEMSELVES])
    app.add_middleware(Voordeur, path=f"{base}/berichten")
    if settings.cors_herkomsten:
        app.add_middleware(Herkomst, origins=settings.cors_herkomsten)
    install_error_handlers(app, huis, API_VERSION)
    app.add_middleware(Spreker)
    return app


def _furnish(plan: Bouwplan, settings: Settings) -> tuple[Huis, Consumer, Wachtkamer]:
    # The relay of each slice keeps its connection, for the lock on it, and so does who listens for what wakes them.
    held = settings.relay_delen + 1
    engine = make_engine(settings.dsn(plan.service), settings.database_pool, held, dienst=plan.service)
    meters = Meters(plan.service)
    kafka_meters = KafkaMeters(plan.service, meters.registry)
    config = KafkaConfig.of(settings)
    wekker = PostgresWekker(engine, plan.service)
    division = Verdeling(settings.relay_delen, wekker, settings.relay_rust_ms / 1000)
    relay = Relay(engine, plan.kafka, plan.service, config, plan.republish, meters=kafka_meters, verdeling=division)
    huis = Huis(
        service=plan.service,
        settings=settings,
        engine=engine,
        tables=plan.exchange,
        kafka=plan.kafka,
        dienst=plan.dienst,
        klok=Klok(settings.klok_verschuiving),
        kluis=Kluis.from_settings(settings.sleutels, settings.pseudoniem_sleutel),
        schemas=Schemas(settings.xsd_dir),
        poortwachter=Poortwachter.of(settings),
        meters=meters,
        relay=relay,
        gemeenten=Gemeenten.load(settings.gemeenten),
        vlot=plan.vlot,
        bron_topics=tuple(sorted(one for one in plan.handlers if TOPICS[one].eigenaar == plan.dienst.bron)),
    )

    wachtkamer = Wachtkamer(huis, (*plan.rondes, Waarschuwing()))

    async def after(applied: Applied) -> None:
        await wachtkamer.after_events({sleutel for _, sleutel in applied.keys})

    consumer = Consumer(engine, plan.kafka, plan.service, config, plan.handlers, after, relay.wake, meters=kafka_meters)
    return huis, consumer, wachtkamer


def _open_schemas(huis: Huis) -> None:
    for soort in SOORTEN:
        if soort.naam in huis.dienst.soorten:
            answer = soort_named(soort.retour or "", soort.release)
            for one in (soort, answer):
                if one is not None:
                    schema = huis.schemas.of(one)
                    _ = schema.root, schema.names, schema.versies, schema.validator


async def _settle_memory(app: FastAPI) -> None:
    """Keeps what lives as long as the process out of every collection: modules, schemas, and the OpenAPI document.

    That document is half a second's work, made beside the loop: whoever asks for it first holds up nobody.
    """
    await asyncio.to_thread(app.openapi)
    gc.collect()
    gc.freeze()


def _lifespan(
    huis: Huis, consumer: Consumer, wachtkamer: Wachtkamer, opruimronde: Opruimronde, weigeringen: Weigeringen
) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # A declaration makes a million objects and no cycles: looking for those less often saves a tenth of its time.
        gc.set_threshold(50_000, 20, 50)
        sys.setswitchinterval(SWITCH_SECONDS)
        # Opened now, so that a wrong schema folder shows at the start and no first message waits for it.
        await asyncio.to_thread(_open_schemas, huis)
        verzegelaar, bezorger = Verzegelaar(huis), Bezorger(huis)
        beside = (wachtkamer.run(), verzegelaar.run(), opruimronde.run(huis), bezorger.run())
        work = (_settle_memory(app), huis.relay.run(), consumer.run(), weigeringen.run(huis.engine), *beside)
        # What runs beside the requests is the service's own work: a task speaks as what made it did.
        with intern():
            tasks = [asyncio.create_task(one) for one in work]
        app.state.werk = tasks[1:]
        try:
            yield
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(10):
                    last_round = weigeringen.round(huis.engine)
                    ending = (huis.relay.stop(), consumer.stop(), verzegelaar.stop(), bezorger.stop())
                    await asyncio.gather(*ending, last_round)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await huis.engine.dispose()

    return lifespan
