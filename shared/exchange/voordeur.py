"""The way in for messages: ahead of the framework's routing and dependencies, which cost a message as much as a look
in the database. The route itself stays there, for OpenAPI and for every other method on its path."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.exchange.api import beller_of
from shared.exchange.berichten_api import post_bericht
from shared.problems import KnooppuntError


class Voordeur:
    """Hands a POST on one path to what the route there calls, with the caller that the route would get."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self.app = app
        self.path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != self.path:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            caller = request.app.dependency_overrides.get(beller_of, beller_of)
            response = await post_bericht(request, await caller(request))
        except KnooppuntError as error:
            response = await request.app.exception_handlers[KnooppuntError](request, error)
        await response(scope, receive, send)
