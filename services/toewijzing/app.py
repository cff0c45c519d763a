"""The app of the service toewijzing."""

from fastapi import FastAPI

from services.toewijzing import api, controle, events
from services.toewijzing.processing import ToewijzingDienst
from services.toewijzing.tables import EXCHANGE, KAFKA
from shared.exchange.bouw import Bouwplan, build_app
from shared.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Receives WMO301 of gemeenten; owns toewijzingen and products."""
    plan = Bouwplan(
        service="toewijzing",
        titel="wmo-knooppunt: toewijzing",
        dienst=ToewijzingDienst(),
        exchange=EXCHANGE,
        kafka=KAFKA,
        republish=events.republish,
        controles=dict.fromkeys(controle.SOORTEN, controle.check),
        routers=[api.router],
    )
    return build_app(plan, settings)
