"""Places for looking things up, and for deeds: of the connections to the database no party holds all, so others go on
(P9).

A place is taken once the caller is known, and given back when his answer begins: what streams after that takes a
connection for each part alone, and a slow reader keeps none. A message has a place of its own kind
(``Toegang.room``), and so has a validation.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.exchange.toegang import Toegang
from shared.security.partij import Beller

SEARCH = "/zoek"
"""Ends the address of what is looked up with a POST, because it has a BSN in its body."""
ELSEWHERE = "/validaties"
"""Takes its place once its body is there, as a message does."""
WIDE = 500
"""Values above which a body is looked into apart."""
_KEPT = "leesplaats"


async def take_place(request: Request, beller: Beller, values: int = 0) -> None:
    """Takes one for a request that has none yet, after a wait if need be; TeVeelError when it takes too long.
    ``values``: about how many its body has."""
    if hasattr(request.state, _KEPT):
        return
    toegang: Toegang = request.app.state.toegang
    path = request.url.path
    if values > WIDE:
        setattr(request.state, _KEPT, await toegang.wide(beller))
    elif request.method == "GET" or path.endswith(SEARCH):
        setattr(request.state, _KEPT, await toegang.looking(beller))
    elif not path.endswith(ELSEWHERE):
        setattr(request.state, _KEPT, await toegang.doing(beller))


class Leesplaats:
    """Around the routes: gives back what was taken."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        def give_back() -> None:
            kept: Callable[[], None] | None = scope["state"].pop(_KEPT, None)
            if kept is not None:
                kept()

        async def sent(message: Message) -> None:
            give_back()
            await send(message)

        try:
            await self.app(scope, receive, sent)
        finally:
            give_back()
