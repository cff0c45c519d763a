"""Products with their contract tariff as every service knows them: the contract of ``wmo.product``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.iwmo.codelijsten import landelijke_categorie
from shared.iwmo.waarden import Periode, Product

TAAKGERICHT = "taakgericht"


@dataclass(frozen=True, slots=True)
class Tarief:
    """One contract: of a product, for one aanbieder or all (None), in a period. Cents per unit; None with euro (83)."""

    product_code: str
    categorie: str
    eenheid: str
    variant: str
    aanbieder: str | None
    cents: int | None
    periode: Periode

    def as_data(self) -> dict[str, Any]:
        """As the event carries it."""
        return {
            "productCode": self.product_code,
            "categorie": self.categorie,
            "eenheid": self.eenheid,
            "variant": self.variant,
            "aanbieder": self.aanbieder,
            "tarief": self.cents,
            "geldigVan": self.periode.begin.isoformat(),
            "geldigTot": self.periode.eind.isoformat() if self.periode.eind else None,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Tarief":
        """As an event carries it."""
        tot = data["geldigTot"]
        return cls(
            product_code=data["productCode"],
            categorie=data["categorie"],
            eenheid=data["eenheid"],
            variant=data["variant"],
            aanbieder=data["aanbieder"],
            cents=data["tarief"],
            periode=Periode(date.fromisoformat(data["geldigVan"]), date.fromisoformat(tot) if tot else None),
        )


@dataclass(frozen=True, slots=True)
class Contracten:
    """The tariffs of one gemeente that matter to a message; ``bekend`` is false when it has none at all, and then
    nothing about contracts is checked."""

    bekend: bool
    tarieven: Mapping[str, Sequence[Tarief]]

    def tarief(self, product_code: str | None, aanbieder: str, op: date) -> Tarief | None:
        """The contract of a product on a day: the aanbieder's own goes before the one for all."""
        valid = [
            tarief
            for tarief in self.tarieven.get(product_code or "", ())
            if tarief.aanbieder in (None, aanbieder)
            and tarief.periode.begin <= op
            and (tarief.periode.eind is None or op <= tarief.periode.eind)
        ]
        return max(valid, key=lambda tarief: tarief.aanbieder is not None, default=None)

    def categorieen(self, product: Product, aanbieder: str, periode: Periode, release: str) -> frozenset[str] | None:
        """The categories under which a product code stands in the list that holds between gemeente and aanbieder: that
        of the gemeente, on any day of the period, or else the national one. Empty when it stands in neither, though the
        gemeente has a list; None when there is nothing to go by (TR381)."""
        if product.code is None:
            return None
        own = {
            tarief.categorie
            for tarief in self.tarieven.get(product.code, ())
            if tarief.aanbieder in (None, aanbieder) and tarief.periode.overlaps(periode)
        }
        if own:
            return frozenset(own)
        national = landelijke_categorie(release, product.code)
        if national is not None:
            return frozenset({national})
        return frozenset() if self.bekend else None

    def taakgericht(self, product_code: str | None, aanbieder: str, op: date) -> bool:
        """Whether a product goes without toewijzing; without contracts the node cannot say that it does not."""
        if not self.bekend:
            return True
        tarief = self.tarief(product_code, aanbieder, op)
        return tarief is not None and tarief.variant == TAAKGERICHT


def sleutel(gemeente: str, product_code: str) -> str:
    """The key of the events of one product."""
    return f"{gemeente}:{product_code}"
