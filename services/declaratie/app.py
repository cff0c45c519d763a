"""The app of the service declaratie."""

from fastapi import FastAPI

from services.declaratie import api, bewaren, controle, events, naslag, perioden_api, verbruik_api, zoeken_api
from services.declaratie.berichten_over import berichten_over
from services.declaratie.betalingen import routes as betalingen
from services.declaratie.handmatig import routes as handmatig
from services.declaratie.handmatig import termijn
from services.declaratie.processing import DeclaratieDienst
from services.declaratie.tables import EXCHANGE, KAFKA
from services.declaratie.verzamelfactuur import api as verzamelfacturen
from shared.exchange.bouw import Bouwplan, build_app
from shared.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Receives WMO303D, WMO303F and WMO323 of aanbieders; owns declarations and what was granted."""
    plan = Bouwplan(
        service="declaratie",
        titel="wmo-knooppunt: declaratie",
        dienst=DeclaratieDienst(),
        exchange=EXCHANGE,
        kafka=KAFKA,
        republish=events.republish,
        controles=dict.fromkeys(controle.SOORTEN, controle.check),
        berichten_over=berichten_over,
        naslag={controle.ANTWOORD: naslag.judge_antwoord},
        routers=[
            api.router,
            zoeken_api.router,
            verbruik_api.router,
            perioden_api.router,
            betalingen.router,
            verzamelfacturen.router,
            handmatig.router,
        ],
        handlers=events.HANDLERS,
        rondes=[termijn.due],
        bewaren=bewaren.SOORTEN,
    )
    return build_app(plan, settings)
