"""Starts and stops of care, and the administration of one client at one aanbieder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar
from uuid import UUID

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


def wat_of(product: Aanlevering) -> "Start | Stop":
    """What is delivered or taken back: its whole logical key."""
    return product.start if isinstance(product, StartProduct) else product.stop


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


@dataclass(frozen=True, slots=True)
class Gemeld:
    """A start or stop as it was reported: on which day, in which message, and whether it was taken back later."""

    wat: Start | Stop
    dag: date
    bericht_id: UUID
    teruggenomen: bool = False

    @property
    def start(self) -> Start:
        """The care period that it is about."""
        return self.wat.start if isinstance(self.wat, Stop) else self.wat


@dataclass(frozen=True, slots=True)
class Herkomst:
    """Where a start or stop that holds came from: an earlier message, by id, or a place in the one that is judged."""

    bericht_id: str | None = None
    plek: Plek | None = None


@dataclass
class Administratie:
    """The starts and stops that hold for one client at one aanbieder, in the order in which they were reported."""

    starts: dict[Start, Herkomst] = field(default_factory=dict)
    stops: dict[Stop, Herkomst] = field(default_factory=dict)

    @classmethod
    def of(cls, starts: Mapping[Start, Herkomst], stops: Mapping[Stop, Herkomst]) -> "Administratie":
        """An administration of its own, free to change."""
        return cls(dict(starts), dict(stops))

    def herkomst(self, product: Aanlevering) -> Herkomst | None:
        """Where the same key came from, if it holds."""
        if isinstance(product, StartProduct):
            return self.starts.get(product.start)
        return self.stops.get(product.stop)

    def starts_of(self, nummer: int | None, product: Product) -> list[Start]:
        """The starts on this toewijzing and product, in the order in which they were reported."""
        return [start for start in self.starts if (start.nummer, start.product) == (nummer, product)]

    def stops_on(self, start: Start) -> list[Stop]:
        """The stops on one care period, temporary ones too."""
        return [stop for stop in self.stops if stop.start == start]

    def stops_from(self, start: Start) -> list[Stop]:
        """The stops on this toewijzing and Begindatum, whatever their product: what TR413, TR414 and TR415 look at.

        Without number it is the product that tells one from another (regels-tr, chapter 6).
        """
        return [
            stop
            for stop in self.stops
            if (stop.start.nummer, stop.start.begindatum) == (start.nummer, start.begindatum)
            and (start.nummer is not None or stop.start.product == start.product)
        ]

    def open_start(self, nummer: int | None, product: Product) -> Start | None:
        """A start on this toewijzing and product without any stop on it."""
        stopped = {stop.start for stop in self.stops}
        return next((start for start in self.starts_of(nummer, product) if start not in stopped), None)

    def apply(self, product: Aanlevering) -> None:
        """What the administration becomes when this is accepted."""
        if isinstance(product, StartProduct):
            _change(self.starts, product.start, product)
        else:
            _change(self.stops, product.stop, product)


Item = TypeVar("Item", Start, Stop)


def _change(held: dict[Item, Herkomst], item: Item, product: Aanlevering) -> None:
    if product.status == VERWIJDEREN:
        held.pop(item, None)
    else:
        held[item] = Herkomst(plek=product.plek)
