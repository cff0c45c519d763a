"""All routes under ``/betalingen``."""

from fastapi import APIRouter

from services.declaratie.betalingen import api, bestanden_api, rekeningen_api, verantwoording_api

router = APIRouter()
# Accounts and files first: their address would be the id of a proposal.
for _part in (rekeningen_api.router, bestanden_api.router, api.router, verantwoording_api.router):
    router.include_router(_part)
