"""A request speaks for its caller: every transaction in it sees his rows and no others, whatever a query asks for."""

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.namens import niemand


class Spreker:
    """Around the app: a request speaks for nobody until its caller is known (``shared.exchange.api.beller_of``), and
    what holds for one never holds for the next on the same connection or in the same task."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        with niemand():
            await self.app(scope, receive, send)
