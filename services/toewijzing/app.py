"""The app of the service toewijzing."""

from fastapi import FastAPI

from services.toewijzing import api, controle, events, verzoeken_api
from services.toewijzing.processing import ToewijzingDienst
from services.toewijzing.tables import EXCHANGE, KAFKA
from shared.exchange.bouw import Bouwplan, build_app
from shared.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Receives WMO301 and WMO319 of gemeenten, WMO315 and WMO317 of aanbieders; owns toewijzingen and products."""
    plan = Bouwplan(
        service="toewijzing",
        titel="wmo-knooppunt: toewijzing",
        dienst=ToewijzingDienst(),
        exchange=EXCHANGE,
        kafka=KAFKA,
        republish=events.republish,
        controles=dict.fromkeys(controle.SOORTEN, controle.check),
        routers=[api.router, verzoeken_api.router],
        handlers=events.HANDLERS,
    )
    return build_app(plan, settings)
