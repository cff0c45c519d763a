"""What others may know of an evaluatie: the contract of ``wmo.evaluatie``, without a word about the client."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args
from uuid import UUID

from shared.feiten.toewijzing import sleutel

INGEDIEND = "evaluatie-ingediend"
"""The kind of event."""
Reden = Literal["verlenging", "meer_ondersteuning", "minder_ondersteuning", "andere_ondersteuning", "andere_aanbieder",
                "voorliggend", "doel_bereikt", "anders"]  # fmt: skip
"""Why there is a question to follow, or none."""
REDENEN: tuple[Reden, ...] = get_args(Reden)


@dataclass(frozen=True, slots=True)
class EvaluatieIngediend:
    """The aanbieder's evaluatie of the support under one toewijzing, in its current version (step 10).

    ``einddatum``: the end of the support that it looks back on. ``vervolg``: the client has a question for Toegang.
    """

    evaluatie_id: UUID
    gemeente: str
    nummer: int
    aanbieder: str
    versie: int
    ingediend: date
    einddatum: date
    vervolg: bool
    reden: Reden | None = None

    @property
    def sleutel(self) -> str:
        """The key of its events: that of the toewijzing."""
        return sleutel(self.gemeente, self.nummer)

    def as_data(self) -> dict[str, Any]:
        """The whole state, as the event carries it."""
        return {
            "evaluatieId": str(self.evaluatie_id),
            "gemeente": self.gemeente,
            "nummer": self.nummer,
            "aanbieder": self.aanbieder,
            "versie": self.versie,
            "ingediend": self.ingediend.isoformat(),
            "einddatum": self.einddatum.isoformat(),
            "vervolg": self.vervolg,
            "reden": self.reden,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "EvaluatieIngediend":
        """The state that an event carries."""
        return cls(
            evaluatie_id=UUID(data["evaluatieId"]),
            gemeente=data["gemeente"],
            nummer=data["nummer"],
            aanbieder=data["aanbieder"],
            versie=data["versie"],
            ingediend=date.fromisoformat(data["ingediend"]),
            einddatum=date.fromisoformat(data["einddatum"]),
            vervolg=data["vervolg"],
            reden=data["reden"],
        )
