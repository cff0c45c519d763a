"""The app of the service toewijzing."""

from fastapi import FastAPI

from services.toewijzing import api, bewaren, controle, events, verzoeken_api
from services.toewijzing.catalogus import api as catalogus_api
from services.toewijzing.catalogus.bestanden import lees_profielen
from services.toewijzing.dossier import api as dossier_api
from services.toewijzing.dossier.hervatten import Hervatting
from services.toewijzing.dossier.vervolgvraag import vervolgvragen
from services.toewijzing.processing import ToewijzingDienst
from services.toewijzing.tables import EXCHANGE, KAFKA
from shared.exchange.bouw import Bouwplan, build_app
from shared.kafka import topics
from shared.klok import Klok
from shared.security.kluis import Kluis
from shared.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Receives WMO301 and WMO319 of gemeenten, WMO315 and WMO317 of aanbieders; owns toewijzingen and products.

    ProfielError when a catalogue of the operator is not right.
    """
    settings = settings or Settings()
    lees_profielen(settings.catalogus_dir)
    kluis = Kluis.from_settings(settings.sleutels, settings.pseudoniem_sleutel)
    plan = Bouwplan(
        service="toewijzing",
        titel="wmo-knooppunt: toewijzing",
        dienst=ToewijzingDienst(),
        exchange=EXCHANGE,
        kafka=KAFKA,
        republish=events.republish,
        controles=dict.fromkeys(controle.SOORTEN, controle.check),
        routers=[api.router, verzoeken_api.router, catalogus_api.router, dossier_api.router],
        handlers={**events.HANDLERS, topics.EVALUATIE: vervolgvragen(kluis, Klok(settings.klok_verschuiving))},
        rondes=[Hervatting()],
        bewaren=bewaren.SOORTEN,
    )
    return build_app(plan, settings)
