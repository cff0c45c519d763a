"""All routes of the gemeente's hand."""

from fastapi import APIRouter

from services.declaratie.handmatig import api, instellingen_api

router = APIRouter()
for _part in (instellingen_api.router, api.router):
    router.include_router(_part)
