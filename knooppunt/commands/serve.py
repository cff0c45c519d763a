"""``knooppunt serve``: one service, for production and as a child of ``up``."""

from typing import Annotated

import typer
import uvicorn

from knooppunt.config import read_settings
from knooppunt.http import Protocol
from shared.settings import Service

# Longer than any proxy keeps an idle connection: the proxy should be the one that closes it, or a
# request may leave on a connection that is being closed.
KEEP_ALIVE_SECONDS = 75
GRACE_SECONDS = 25


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    service: Service,
    host: Annotated[str, typer.Option(help="Adres om op te luisteren.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Aantal processen.")] = 1,
) -> None:
    """Draai één dienst; de instellingen komen uit de omgeving."""
    read_settings().dsn(service)
    uvicorn.run(
        f"services.{service}.app:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http=Protocol,
        ws="none",
        # No logging of its own: the service writes what may be written (shared.telemetry).
        log_config=None,
        access_log=False,
        server_header=False,
        # The other end is who is connected, whatever a header says: of a proxy alone is a certificate believed.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
