"""Where the simulation takes the place of the world: the functions that hold SQL, the clients of the broker, the clock.

Everything between those is the code that runs in production: relay, publisher, read-back, consumer, applier, positions,
watermarks, projections, and the question whether facts are complete.
"""

import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

from shared.feiten import product_tabel, toewijzing_tabel
from shared.kafka import (
    applier,
    beside,
    client,
    consumer,
    groep,
    inbox_store,
    look,
    metrics,
    outbox,
    publisher,
    relay_lock,
    relay_part,
    relay_store,
    watchdog,
    watermark,
)
from tests.ruig.simulatie import store_reading, store_sending
from tests.ruig.simulatie.client import Admin
from tests.ruig.simulatie.database import START
from tests.ruig.simulatie.group_reader import GroupReader
from tests.ruig.simulatie.producer import Producer

TWINS: dict[ModuleType, tuple[str, ...]] = {
    outbox: ("add", "ask_barrier", "is_asking", "prune"),
    relay_store: (
        "look",
        "unsent",
        "unsent_extent",
        "mark_sent",
        "read_stand",
        "keep_stand",
        "next_generation",
        "keep_word",
        "read_words",
        "followed",
    ),
    inbox_store: ("keep_barriers", "keep_watermarks", "heal", "set_aside", "count_unapplied"),
    relay_lock: ("take",),
    consumer: ("read_places",),
    applier: ("claim_places", "keep_places"),
    watermark: ("lowest_echo", "unapplied"),
    product_tabel: ("upsert_newer",),
    toewijzing_tabel: ("upsert_newer",),
}
"""By module the names of the functions that the stores have a twin of."""


def twin(name: str) -> Any:
    """What stands for the function with this name."""
    return getattr(store_sending if hasattr(store_sending, name) else store_reading, name)


class Silence:
    """Meters and logs of a world that does not exist."""

    def __getattr__(self, name: str) -> Any:
        return self._nothing

    def _nothing(self, *args: Any, **told: Any) -> None:
        """Nobody looks."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Within it nothing happens because the garbage collector came by.

    It comes when so many objects were made, by whatever ran before: the tasks of the killed and the generators that it
    finds would call back into the loop at another step in each run. It is also a third of the time that it takes.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@contextmanager
def simulated(clock: Any, ids: Any) -> Iterator[None]:
    """Within it the modules talk to the simulation. `clock()` in seconds; `ids()` gives the relay its ids."""
    time = SimpleNamespace(monotonic=clock, time=lambda: START.timestamp() + clock())
    with uncollected(), ExitStack() as stack:

        def put(module: ModuleType, name: str, value: Any) -> None:
            stack.enter_context(patch.object(module, name, value))

        for module, names in TWINS.items():
            for name in names:
                put(module, name, twin(name))
        put(client, "AIOKafkaAdminClient", Admin)
        put(publisher, "AIOKafkaProducer", Producer)
        put(publisher, "AIOKafkaConsumer", GroupReader)
        put(consumer, "AIOKafkaConsumer", GroupReader)
        put(consumer, "Watchdog", lambda: watchdog.Watchdog(clock))
        put(consumer, "Replaced", lambda: beside.Replaced(clock))
        put(relay_part, "Said", lambda: look.Said(clock))
        put(relay_part, "uuid4", ids)
        put(consumer, "Groep", lambda service, dealt: groep.Groep(service, dealt, clock))
        for module in (relay_part, publisher, applier, metrics):
            put(module, "time", time)
        for name, module in sorted(sys.modules.items()):
            if name.startswith("shared.kafka.") and hasattr(module, "log"):
                put(module, "log", Silence())
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
