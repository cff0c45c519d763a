"""Logging and metrics. Logging is an allow-list: a field that is not named here is not written."""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# No field that can hold a BSN, a name, an address or a payload stands here; values of messages never do.
LOG_FIELDS = frozenset(
    {
        "event", "level", "timestamp", "service", "verzoek", "bericht_id", "bericht", "release", "status",
        "methode", "route", "duur_ms", "grootte", "partij", "topic", "partitie", "offset", "aantal", "poging",
        "fout", "reden_code", "onderdeel", "nummer", "generatie", "epoch", "bron", "poort", "versie", "seconden",
        "event_id", "aanvrager", "zegel", "abonnement_id",
    }
)  # fmt: skip


OWN_PACKAGES = ("services", "shared", "knooppunt")


def _only_allowed(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    dropped = [name for name in fields if name not in LOG_FIELDS]
    for name in dropped:
        del fields[name]
    return fields


def _type_of_exception(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the class of an exception and its place in our code; its text may quote a value."""
    exc = fields.pop("exc_info", None)
    if exc is True:
        exc = sys.exc_info()[1]
    if isinstance(exc, tuple):
        exc = exc[1]
    if isinstance(exc, BaseException):
        fields["fout"] = describe(exc)
    return fields


def describe(exc: BaseException) -> str:
    """The class of an exception, the database's code if it has one, and where in our own code it came by."""
    sqlstate = getattr(getattr(exc, "orig", exc), "sqlstate", None)
    place, step = "", exc.__traceback__
    while step is not None:
        module = str(step.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in OWN_PACKAGES:
            place = f"{module}.{step.tb_frame.f_code.co_name}:{step.tb_lineno}"
        step = step.tb_next
    return " ".join(part for part in (type(exc).__name__, sqlstate and f"sqlstate={sqlstate}", place) if part)


class _Output:
    """Standard output, on which a line that cannot be written is lost: where it goes to may be full, and work must not
    fail because nobody can be told about it."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stdout.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stdout.flush()


def configure_logging(service: str, level: str = "INFO") -> None:
    """One JSON object a line on standard output; other libraries only from WARNING on, without their texts."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            _type_of_exception,
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Output())),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.clear_contextvars()
    handler = _LibraryHandler(service)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # The server sets up loggers of its own that write whole exceptions, texts and all; they come to us instead.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


class _LibraryHandler(logging.Handler):
    """What libraries log: their logger, level and exception class, never the text (it may quote data)."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.log = structlog.get_logger()
        self.service = service

    def emit(self, record: logging.LogRecord) -> None:
        exc = record.exc_info[1] if record.exc_info else None
        self.log.log(
            record.levelno,
            "library_log",
            service=self.service,
            onderdeel=f"{record.name}:{record.funcName}:{record.lineno}",
            fout=type(exc).__name__ if exc else None,
        )


class Meters:
    """The figures of one service; labels hold kinds and outcomes, never a party or a person."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self.berichten = Counter(
            "knooppunt_berichten",
            "Messages judged, by kind and outcome",
            ["service", "bericht", "release", "status"],
            registry=self.registry,
        )
        self.geweigerd = Counter(
            "knooppunt_geweigerd", "Requests refused, by reason", ["service", "reden"], registry=self.registry
        )
        self.duur = Histogram(
            "knooppunt_verwerking_seconden",
            "Time from a read body to a committed verdict",
            ["service"],
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        )
        self.geparkeerd = Gauge(
            "knooppunt_geparkeerd", "Messages waiting for facts of another service", ["service"], registry=self.registry
        )
        self.oudste_geparkeerd = Gauge(
            "knooppunt_geparkeerd_oudste_seconden",
            "Age of the oldest waiting message (alarm: two working days)",
            ["service"],
            registry=self.registry,
        )
        self.geparkeerd_alarm = Gauge(
            "knooppunt_geparkeerd_alarm",
            "Those of them that have waited for more working days than they may (alarm: above 0)",
            ["service"],
            registry=self.registry,
        )
        self.termijnen_verlopen = Gauge(
            "knooppunt_termijnen_verlopen",
            "Terms that are past while what was to happen has not, by business rule",
            ["service", "regel"],
            registry=self.registry,
        )
        self.opgeruimd = Counter(
            "knooppunt_opgeruimd", "What retention took away, by kind", ["service", "soort"], registry=self.registry
        )
        self.handmatig = Gauge(
            "knooppunt_handmatig",
            "Messages waiting for decisions of their addressee",
            ["service"],
            registry=self.registry,
        )
        self.handmatig_alarm = Gauge(
            "knooppunt_handmatig_alarm",
            "Those of them with parts to decide that before long are answered without",
            ["service"],
            registry=self.registry,
        )
        self.webhook_pogingen = Counter(
            "knooppunt_webhook_pogingen",
            "Webhook requests, by what came of them",
            ["service", "uitkomst"],
            registry=self.registry,
        )
        # There from the start, at 0: the alarm that none arrives has nothing to compare where none ever did.
        self.webhook_pogingen.labels(service, "bezorgd")
        self.webhooks_wachtend = Gauge(
            "knooppunt_webhooks_wachtend", "Messages that webhooks are to tell of", ["service"], registry=self.registry
        )
        self.webhooks_rust = Gauge(
            "knooppunt_webhooks_rust",
            "Webhooks that failed for so long that they were set to rest (alarm: above 0)",
            ["service"],
            registry=self.registry,
        )
        self.webhooks_opgegeven = Gauge(
            "knooppunt_webhooks_opgegeven",
            "Messages that their receiver could not be told of for so long that it was given up",
            ["service"],
            registry=self.registry,
        )
        self.service = service
