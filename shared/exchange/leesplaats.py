"""Places for looking things up: of the few connections for reading no party holds all, so others go on reading (P9).

A place is taken once the caller is known, and given back when his answer begins: what streams after that takes a
connection for each part alone, and a slow reader keeps none.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.exchange.toegang import Toegang
from shared.security.partij import Beller

_KEPT = "leesplaats"


async def take_place(request: Request, beller: Beller) -> None:
    """Takes one for a request that reads, after a wait if need be; TeVeelError when it takes too long."""
    if request.method == "GET":
        toegang: Toegang = request.app.state.toegang
        setattr(request.state, _KEPT, await toegang.looking(beller))


class Leesplaats:
    """Around the routes: gives back what was taken."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
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
