"""Starts and stops of care, and the administration of one client at one aanbieder."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from shared.iwmo.persoon import Persoon
from shared.iwmo.regels import Plek
from shared.iwmo.waarden import Product

EERSTE_AANLEVERING = "1"
VERWIJDEREN = "3"
TIJDELIJK = "20"


@dataclass(frozen=True, slots=True)
class Start:
    """A care period as its start names it; ``nummer`` is absent for a taakgericht product."""

    nummer: int | None
    product: Product
    begindatum: date


@dataclass(frozen=True, slots=True)
class Stop:
    """The end of a care period, with its reason; reason 20 is temporary."""

    start: Start
    reden: str
    einddatum: date


@dataclass(frozen=True, slots=True)
class StartProduct:
    """A start as a WMO305 delivers or takes back."""

    plek: Plek
    start: Start
    toewijzing_ingangsdatum: date | None
    status: str


@dataclass(frozen=True, slots=True)
class StopProduct:
    """A stop as a WMO307 delivers or takes back."""

    plek: Plek
    stop: Stop
    toewijzing_ingangsdatum: date | None
    status: str

    @property
    def start(self) -> Start:
        """The care period that it ends."""
        return self.stop.start


Aanlevering = StartProduct | StopProduct


@dataclass(frozen=True, slots=True)
class Zorgbericht:
    """A WMO305 or WMO307: starts or stops of one client. ``persoon`` is not kept."""

    gemeente: str
    aanbieder: str
    persoon: Persoon
    client: str
    producten: tuple[Aanlevering, ...]

    @property
    def in_order(self) -> list[Aanlevering]:
        """What is taken back goes before what is delivered, whatever the order in the message."""
        return sorted(self.producten, key=lambda one: one.status != VERWIJDEREN)


@dataclass
class Administratie:
    """The starts and stops that hold for one client at one aanbieder."""

    starts: set[Start] = field(default_factory=set)
    stops: set[Stop] = field(default_factory=set)

    @classmethod
    def of(cls, starts: Iterable[Start], stops: Iterable[Stop]) -> "Administratie":
        """An administration of its own, free to change."""
        return cls(set(starts), set(stops))

    def stops_on(self, start: Start) -> list[Stop]:
        """The stops on one care period, temporary ones too."""
        return [stop for stop in self.stops if stop.start == start]

    def open_start(self, nummer: int | None, product: Product) -> Start | None:
        """A start on this toewijzing and product without any stop on it."""
        stopped = {stop.start for stop in self.stops}
        return next(
            (
                start
                for start in self.starts
                if (start.nummer, start.product) == (nummer, product) and start not in stopped
            ),
            None,
        )

    def apply(self, product: Aanlevering) -> None:
        """What the administration becomes when this is accepted."""
        if isinstance(product, StartProduct):
            _change(self.starts, product.start, product.status)
        else:
            _change(self.stops, product.stop, product.status)


Item = TypeVar("Item", Start, Stop)


def _change(held: set[Item], item: Item, status: str) -> None:
    if status == VERWIJDEREN:
        held.discard(item)
    else:
        held.add(item)
