"""The toewijzing as every service knows it: the contract of ``wmo.toewijzing``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.iwmo.waarden import Omvang, Periode, Product

VERVALLEN_REDENEN = frozenset({"01", "13"})


@dataclass(slots=True, unsafe_hash=True)
class Toewijzing:
    """The current version of one toegewezen product. ``client`` is a pseudonym; budget in cents.

    Treat it as frozen: it is not declared so because that makes it six times as dear to make, and a declaration reads a
    hundred thousand.
    """

    gemeente: str
    nummer: int
    aanbieder: str
    client: str
    product: Product
    periode: Periode
    moment: datetime
    reden_wijziging: str | None = None
    omvang: Omvang | None = None
    budget: int | None = None
    bericht_id: str | None = None
    """The WMO301 that brought this version."""
    ontvangen: date | None = None
    """The day on which it came in."""

    @property
    def sleutel(self) -> str:
        """The key of its events."""
        return sleutel(self.gemeente, self.nummer)

    @property
    def vervallen(self) -> bool:
        """Withdrawn: counts as never sent (regels-tr, chapter 1)."""
        return self.periode.eind == self.periode.begin and self.reden_wijziging in VERVALLEN_REDENEN

    def actueel(self, vandaag: date) -> bool:
        """In force on that day or still to begin: not withdrawn, and not over (regels-tr, chapter 1)."""
        return not self.vervallen and (self.periode.eind is None or self.periode.eind >= vandaag)

    def as_data(self) -> dict[str, Any]:
        """The whole state, as the event carries it."""
        return {
            "gemeente": self.gemeente,
            "nummer": self.nummer,
            "aanbieder": self.aanbieder,
            "client": self.client,
            "categorie": self.product.categorie,
            "code": self.product.code,
            "ingangsdatum": self.periode.begin.isoformat(),
            "einddatum": self.periode.eind.isoformat() if self.periode.eind else None,
            "moment": self.moment.isoformat(),
            "redenWijziging": self.reden_wijziging,
            "omvang": {
                "volume": self.omvang.volume,
                "eenheid": self.omvang.eenheid,
                "frequentie": self.omvang.frequentie,
            }
            if self.omvang
            else None,
            "budget": self.budget,
            "berichtId": self.bericht_id,
            "ontvangen": self.ontvangen.isoformat() if self.ontvangen else None,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Toewijzing":
        """The state that an event carries."""
        einddatum, omvang, ontvangen = data["einddatum"], data["omvang"], data.get("ontvangen")
        return cls(
            gemeente=data["gemeente"],
            nummer=data["nummer"],
            aanbieder=data["aanbieder"],
            client=data["client"],
            product=Product(data["categorie"], data["code"]),
            periode=Periode(
                date.fromisoformat(data["ingangsdatum"]), date.fromisoformat(einddatum) if einddatum else None
            ),
            moment=datetime.fromisoformat(data["moment"]),
            reden_wijziging=data["redenWijziging"],
            omvang=Omvang(**omvang) if omvang else None,
            budget=data["budget"],
            bericht_id=data.get("berichtId"),
            ontvangen=date.fromisoformat(ontvangen) if ontvangen else None,
        )


def sleutel(gemeente: str, nummer: int) -> str:
    """``0855:300201``."""
    return f"{gemeente}:{nummer}"
