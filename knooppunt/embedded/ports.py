"""Free loopback ports."""

import random
import socket

from knooppunt.errors import KnooppuntStartError, reason

LOOPBACK = "127.0.0.1"
# Below the range from which Linux picks the local port of outgoing connections: a child that is started
# again finds its port still free.
CANDIDATES = range(20_000, 32_000)
TRIES = 50


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    for port in random.sample(CANDIDATES, TRIES):
        try:
            listen_on(port).close()
        except KnooppuntStartError:
            continue
        return port
    raise KnooppuntStartError("Er is geen vrije poort op 127.0.0.1")


def listen_on(port: int) -> socket.socket:
    """A socket bound to a loopback port (0: any), not listening yet; raises KnooppuntStartError."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # After a stop the port lingers in TIME_WAIT; a listener of someone else still refuses us.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((LOOPBACK, port))
    except OSError as error:
        bound.close()
        raise KnooppuntStartError(f"Poort {port} op {LOOPBACK} is niet te gebruiken: {reason(error)}") from error
    return bound
