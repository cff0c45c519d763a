"""The app of the service startstop."""

from fastapi import FastAPI

from services.startstop import api, bewaren, controle, events, wachtlijst_api
from services.startstop.evaluatie import api as evaluatie_api
from services.startstop.processing import StartstopDienst
from services.startstop.stilstand_ronde import Stilstandronde
from services.startstop.tables import EXCHANGE, KAFKA
from services.startstop.vlot import StartstopVlot
from shared.exchange.bouw import Bouwplan, build_app
from shared.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Receives WMO305 and WMO307 of aanbieders; owns the care periods, the waiting list and evaluaties."""
    plan = Bouwplan(
        service="startstop",
        titel="wmo-knooppunt: startstop",
        dienst=StartstopDienst(),
        vlot=StartstopVlot(),
        exchange=EXCHANGE,
        kafka=KAFKA,
        republish=events.republish,
        controles=dict.fromkeys(controle.SOORTEN, controle.check),
        routers=[api.router, wachtlijst_api.router, evaluatie_api.router],
        handlers=events.HANDLERS,
        rondes=[Stilstandronde()],
        bewaren=bewaren.SOORTEN,
    )
    return build_app(plan, settings)
